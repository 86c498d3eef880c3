//! What a lecturer grows into: promotion policies, checks with evidence, applications, titles, improvement notices.
//!
//! A promotion policy is a versioned document for one position, drafted by one and published by another; a check looks at the
//! highest published version. An application is taken only from who is eligible, keeps the whole answer, and goes
//! `submitted → approved | rejected | withdrawn`. A title is granted by hand and never withdrawn by itself. The day that is asked for is
//! a day of the company's time zone.
//!
//! Not there yet: waivers, though the answer has a word for them, and streaks, which are to grant titles and open notices.

pub mod answer;
mod applications;
mod checks;
pub mod criteria;
mod notices;
mod policies;
mod rules;
mod titles;

use utoipa_actix_web::service_config::ServiceConfig;

pub use checks::{CheckedAnswer, check};
pub use policies::PromotionPolicyRequest;
pub use rules::{ClosedResult, Facts};

/// Every route of growth.
pub fn routes(config: &mut ServiceConfig) {
    policies::routes::routes(config);
    checks::routes(config);
    applications::routes::routes(config);
    titles::routes(config);
    notices::routes(config);
}
