//! Mentors (培训导师): excellent lecturers offer, newcomers ask, and both consent. A pair has goals and notes, and ends with a result that
//! stands in the career files of both.
//!
//! An offer is made in a programme, by a lecturer whose latest closed grade there is at least what the programme says (its privileges),
//! and who is not suspended; one of a lecturer stands there at a time. States of a pair: `asked → active → ended`, and from `asked` also
//! `declined` by the mentor or `withdrawn` by who asked. A person has one live pair (`asked` or `active`) in a programme, and a mentor has
//! no more active ones than the offer and the programme say. A pair goes on when the offer is withdrawn, the mentor's grade falls or the
//! mentor is suspended.
//!
//! Secrecy: goals, notes and why somebody was declined are read by the two and HR (the role `admin`), by nobody else: not by managers,
//! auditors or the HRIS. No event and no entry of the operation log has them. That there is a pair, and its result with the summary, is
//! read by everybody who sees one of the two, because it stands in their career files.
//!
//! Lock order: the standing offer, then the pair.

mod merge;
mod offers;
mod pairs;

use crate::http::Operations;

pub use merge::take_over;
pub use offers::{CreateMentorOfferRequest, create as offer};
pub use pairs::{
    AskMentorshipRequest, CreateMentorshipNoteRequest, EndMentorshipRequest, MentorshipResult, MentorshipRole, accept,
    ask, end, mentors_of, write_note,
};

/// All routes of mentoring.
pub fn routes(operations: &mut Operations<'_>) {
    offers::routes::routes(operations);
    pairs::routes::routes(operations);
}
