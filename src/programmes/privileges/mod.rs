//! What a good grade opens in a programme (讲师权益): the content of others, and the office of a mentor.
//!
//! A programme that has set nothing is as if its content were open to everybody and its best grade made mentors. The grade that decides
//! is the latest of a closed period in which the lecturer was rated, by the snapshot that counts. It is looked up each time: a close
//! opens and an accepted restatement takes away at once.

mod dto;
mod grades;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::PutProgrammePrivilegesRequest;
pub use grades::{Graded, latest_grades, needed_grade, reaches};
pub use model::{ContentAccess, MENTOR_CAPACITY, Privileges};
pub use service::{earned_content, of_programme, put};
