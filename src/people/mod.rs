//! Departments, employees, lecturers and their groups: the organisation as dated facts.
//!
//! A dated fact (membership, level, group) is a half-open interval of days `[from, to)`; the database keeps those of one person
//! and kind from overlapping. "Today" is the company's local day ([`today`]); what counts for a score is decided by the day in the
//! programme's zone, in `scoring`.
//!
//! Others may ask who people are ([`employee_refs`], the one door by which people come into answers; [`existing_employees`]), what
//! departments are called ([`department_refs`]), where people belong ([`departments_on`], [`departments_below`]), what holds for the
//! company ([`grade_order`], [`check_self_approval`]), whom a caller may see ([`visible`]), and give a lecturer another level
//! ([`set_level`]).

mod absences;
mod company;
mod departments;
mod directory;
mod employees;
mod groups;
pub mod import_store;
mod lecturers;
mod memberships;
pub mod routes;
mod timeline;
mod visibility;

pub use absences::AbsenceKind;
pub use company::{allows_self_approval, check_self_approval, grade_order, time_zone, today};
pub use departments::{DepartmentRef, Departments, refs as department_refs};
pub(crate) use directory::holds_on;
pub use directory::{EmployeeRef, People, Refs, departments_below, departments_on, employee_refs, existing_employees};
pub use employees::BatchMode;
pub use lecturers::{appointments_on, set_level};
pub use visibility::{Visible, visible};
