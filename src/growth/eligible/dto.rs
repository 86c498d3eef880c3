//! Who is eligible, on the wire.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::growth::answer::Verdict;
use crate::growth::policies::PromotionPolicy;
use crate::kernel::text::Code;
use crate::kernel::wire;
use crate::people::EmployeeRef;

/// The position that is asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TargetPath {
    /// Code of the position, as its promotion policy names it.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$", example = "department-manager")]
    pub target_code: String,
}

/// The day that is asked about.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EligibleLecturersQuery {
    /// The day to check for: appointment, suspensions, titles, notices, certificates of competence and waivers are those of this day, and
    /// the months looked at had ended by it. Their closed results, and the policy in force, are those of the moment of asking. If absent,
    /// today in the company's time zone.
    #[validate(custom(function = "wire::any_day"))]
    pub on: Option<NaiveDate>,
}

/// A lecturer who may be promoted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EligibleLecturer {
    pub employee: EmployeeRef,
    /// First day of the appointment as lecturer that is valid on the day asked about.
    pub appointed_on: NaiveDate,
    /// `met`, or `waived` if it rests on a waiver.
    pub verdict: Verdict,
    /// The waivers that it rests on.
    #[schema(max_items = 3200)]
    pub waiver_ids: Vec<Uuid>,
}

/// By what and for when lecturers were checked.
#[derive(Debug, Clone)]
pub struct EligibleHead {
    pub target_code: Code,
    pub policy_id: Uuid,
    pub policy_version: i32,
    pub asked_on: NaiveDate,
}

impl EligibleHead {
    #[must_use]
    pub fn new(policy: &PromotionPolicy, asked_on: NaiveDate) -> Self {
        Self {
            target_code: policy.heading.target_code.clone(),
            policy_id: policy.id,
            policy_version: policy.number,
            asked_on,
        }
    }
}

/// A page of the lecturers who may be promoted.
#[derive(Debug, Serialize, ToSchema)]
pub struct EligibleLecturerPage {
    /// The position.
    pub target_code: Code,
    pub policy_id: Uuid,
    #[schema(minimum = 1)]
    pub policy_version: i32,
    /// The day that was checked for.
    pub asked_on: NaiveDate,
    #[schema(max_items = 200)]
    pub items: Vec<EligibleLecturer>,
    /// Send it as `cursor` to get the next page; null on the last page.
    #[schema(max_length = 2000)]
    pub next_cursor: Option<String>,
}

/// Eligible lecturers as a table.
#[derive(ToSchema)]
#[schema(max_length = 1_000_000_000)]
pub struct EligibleLecturerTable(#[expect(dead_code, reason = "names the schema")] String);
