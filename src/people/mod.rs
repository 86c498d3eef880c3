//! Departments, employees, lecturers and their groups: the organisation as dated facts.
//!
//! A dated fact (membership, level, group) is a half-open interval of days `[from, to)`. The database ensures that those of one
//! person and kind do not overlap. "Today" is the company's local day ([`today`]). Which day counts for a score is decided in
//! `scoring`, in the programme's time zone.
//!
//! What other features may ask: who people are ([`employee_refs`], the only way in which people get into responses;
//! [`existing_employees`]), what departments are called ([`department_refs`]), where people belong ([`departments_on`],
//! [`departments_below`]), facts about the company ([`check_self_approval`]) and whom a caller may see
//! ([`visible`]).

mod absences;
mod company;
mod competences;
mod confirmed;
mod departments;
mod directory;
mod employees;
mod employments;
mod groups;
pub mod import_store;
mod lecturers;
mod memberships;
mod merge;
mod organisers;
pub mod routes;
mod timeline;
mod visibility;

pub use absences::{AbsenceKind, is_suspended, reads_reasons as reads_suspension_reasons, suspend as suspend_lecturer};
pub use company::{allows_self_approval, check_self_approval, future_fault, past_fault, time_zone, today};
pub use competences::{Competence, competences_on, create as record_competence, take_back as take_back_competence};
pub use confirmed::{apply_access_change, is_as_proposed, lock_changed, touch_changed};
pub use departments::{DepartmentRef, Departments, gainers, refs as department_refs};
pub use directory::{
    EmployeeRef, Existing, People, Refs, departments_below, departments_on, employee_refs, employee_refs_asked,
    existing_employees, hold_employees, is_employee, merged_into, merged_record, records_of_all, records_of_one,
    refuse_merged,
};
pub(crate) use directory::{employed_days, lock_employees, person_of};
pub use employees::{
    AwaitedMarks, BatchMode, NumberHolder, awaited_marks, awaited_numbers, find_holder, holders, lend as lend_numbers,
    unnumbered,
};
pub use employments::{Employment, earlier_than, not_employed, shown, unemployed};
pub use lecturers::{PaidDays, appointments_on, no_longer_appointed, paid_days, renew as renew_lecturer};
pub use merge::{EndedOffices, count_merged, keep_imports_out, keep_merges_out, lock_for_merge, take_over};
pub use organisers::groups_organised_by;
pub use visibility::{Visible, person_seen, visible, within_reach};
