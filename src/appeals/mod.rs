//! Appeals (申诉): a lecturer disputes a fact, a metric or a reward of a closed period, and HR answers.
//!
//! States: `open → asked → open` (HR asks back, the lecturer answers), and from both `accepted | declined` by HR or `withdrawn` by
//! the lecturer. Nobody decides their own, unless the company is too small for two people. An acceptance corrects the disputed
//! session itself, or points at the correction: what the operation log tells, or a reward entered by hand. What it corrects stays
//! frozen in the snapshot; a restatement takes it in.
//!
//! Appeals are filed before the period's `appeals_until_at`, one about a subject and snapshot. What both sides say is seen by the
//! lecturer, HR and auditors; the statement shows the course without it.
//!
//! Lock order: the period's row, then the appeal's, then the session's.

mod course;
mod dto;
mod merge;
mod model;
mod queries;
pub mod routes;
mod service;

pub use course::{StatementAppeal, StatementAppeals, on_statement};
pub use dto::FileAppealRequest;
pub use merge::take_over;
pub use service::{decline, file, statement_of};
