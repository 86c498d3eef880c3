//! What a company calls the codes of its own: grades, metrics, reward policies, levels, titles and kinds of certificates of
//! competence, in Chinese and in English.
//!
//! Codes are what documents and other systems refer to; they are never translated. Every text for people says the name instead,
//! and gets it here: [`names`] is the only way. A code without a name stands for itself, because a title or a level may be used
//! before anybody has named it. Built-in metrics and the usual grades have names of ours until the company gives its own.
//!
//! The list of grades is more than names: which grades there are, and their order, belongs to the company, and a rule only gives
//! them thresholds. So a grade that is not in the list is refused in documents, and what published documents rely on stays in the
//! list and in its order. A company that has changed nothing has no row: it is as if its list were made of the grades that it was
//! created with.
//!
//! Lock order: the owner of the version that is published, the company's lists, then the groups that the version scores.

mod built_in;
mod dto;
mod lists;
mod queries;
pub mod routes;
mod rules;
mod service;
mod texts;

pub use dto::UpdateDisplayNamesRequest;
pub use service::{
    declared_levels, grade_order, hold_grades, names, title_codes, unknown_competence, unknown_grade, unknown_level,
    unknown_title, update,
};
pub use texts::Names;
