//! Training outside of the company (外部培训机会): HR publishes an opportunity with places, what a place costs, what it asks for, how it
//! ranks and until when lecturers apply; lecturers apply; places are offered in the order of the ranking ([`rules`]).
//!
//! States of an opportunity: `open → ranked`, and from both `cancelled`. What it asks for and how it ranks are said when it is published
//! and never change. States of an application: `applied → waiting → offered → accepted → attended | no_show`; a place that is declined,
//! withdrawn, revoked or not answered in time is passed on to the next in rank at once ([`places`]), as long as there is budget. HR can
//! also offer a place by hand, with a reason.
//!
//! Whoever has precedence for the code of an opportunity (`growth::precedences`) is ranked first; the offer of a place spends it, and who
//! waits with it elsewhere is ranked anew there. An offer lapses by itself: a job looks at it when its time is over. Until then, whoever
//! comes late is told so. Whoever is suspended as a lecturer neither applies nor gets a place.
//!
//! Lock order: the opportunity's row, then applications, then precedences.

mod applications;
mod dto;
mod job;
mod merge;
mod model;
mod places;
mod queries;
pub mod routes;
mod rules;
mod service;
mod standing;

pub use applications::{accept, apply, record_attendance};
pub use job::{PASS_ON_JOB, run_pass_on};
pub use merge::take_over;
pub use service::{publish, rank};
