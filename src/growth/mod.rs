//! Growth of lecturers: promotion policies, checks with evidence, applications, titles, improvement notices, precedence for training
//! opportunities, and the career file that shows all of it ([`career`]).
//!
//! A promotion policy is a versioned document for one position. One person drafts it and another publishes it; checks use the
//! highest published version. An application is accepted only if the applicant is eligible. It keeps the whole result of the
//! check and goes `submitted → approved | rejected | withdrawn`. A title is granted by hand or by a streak ([`streaks`]) and never ends
//! by itself. The day of a check is a day in the company's time zone.
//!
//! The facts of any number of people are read in a few statements ([`facts`]), and one pure rule ([`rules`]) comes to the verdicts: for one
//! person or some hundred ([`checks`]), or for all lecturers of a company ([`eligible`]). A criterion can be waived for one person
//! ([`waivers`]). A result can be signed, for another system to keep.

pub mod answer;
mod applications;
mod career;
mod checks;
pub mod criteria;
mod eligible;
mod facts;
mod judging;
mod merge;
mod notices;
mod policies;
pub mod precedences;
mod references;
mod rules;
pub mod streaks;
mod titles;
mod waivers;

use crate::http::Operations;

pub use applications::{CreatePromotionApplicationRequest, create as apply};
pub use career::opportunities::{OpportunityApplicationState, OpportunityKind};
pub use checks::{Asked, CheckedAnswer, PromotionCheckResponse, Target, check, check_all};
pub use judging::{judge, judge_each};
pub use merge::take_over;
pub use policies::PromotionPolicyRequest;
pub use references::{criteria_faults, unknown_programmes};
pub use rules::{ClosedResult, Facts};
pub use waivers::{CreatePromotionWaiverRequest, create as ask_for_waiver};

/// All routes of growth.
pub fn routes(operations: &mut Operations<'_>) {
    policies::routes::routes(operations);
    checks::routes::routes(operations);
    eligible::routes::routes(operations);
    waivers::routes::routes(operations);
    applications::routes::routes(operations);
    titles::routes(operations);
    notices::routes::routes(operations);
    precedences::routes::routes(operations);
    career::routes::routes(operations);
}
