//! Growth of lecturers: promotion policies, checks with evidence, applications, titles, improvement notices, and the career file that
//! shows all of it ([`career`]).
//!
//! A promotion policy is a versioned document for one position. One person drafts it and another publishes it; checks use the
//! highest published version. An application is accepted only if the applicant is eligible. It keeps the whole result of the
//! check and goes `submitted → approved | rejected | withdrawn`. A title is granted by hand or by a streak ([`streaks`]) and never ends
//! by itself. The day of a check is a day in the company's time zone.
//!
//! Not implemented yet: waivers, although a verdict for them exists.

pub mod answer;
mod applications;
mod career;
mod checks;
pub mod criteria;
mod merge;
mod notices;
mod policies;
mod rules;
pub mod streaks;
mod titles;

use crate::http::Operations;

pub use checks::{CheckedAnswer, check};
pub use merge::take_over;
pub use policies::PromotionPolicyRequest;
pub use rules::{ClosedResult, Facts};

/// All routes of growth.
pub fn routes(operations: &mut Operations<'_>) {
    policies::routes::routes(operations);
    checks::routes(operations);
    applications::routes::routes(operations);
    titles::routes(operations);
    notices::routes::routes(operations);
    career::routes::routes(operations);
}
