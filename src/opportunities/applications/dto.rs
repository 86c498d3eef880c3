//! Applications on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::OpportunityApplication;
use crate::error::{Error, Result};
use crate::growth::answer::CriterionResult;
use crate::growth::{OpportunityApplicationState, OpportunityKind};
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::money::Money;
use crate::kernel::text::{CertificateNumber, Code, Reason, Title};
use crate::opportunities::dto::currency;
use crate::opportunities::model::TrainingOpportunity;
use crate::opportunities::queries;
use crate::people::{EmployeeRef, People, employee_refs};
use crate::scoring::Score;

/// A place that HR offers by hand.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "reason": "该讲师将在会后牵头内部转训"
}))]
pub struct OfferOpportunityPlaceRequest {
    pub employee_id: Uuid,
    /// Why this person goes, whatever the ranking says.
    #[validate(nested)]
    pub reason: Reason,
}

/// Why a lecturer declines a place.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "与客户拜访时间冲突"}))]
pub struct DeclineOpportunityPlaceRequest {
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// Why HR takes an application or a place back.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "已离职"}))]
pub struct RevokeOpportunityApplicationRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// Whether the lecturer came.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"attended": true, "certificate_number": null, "reason": null}))]
pub struct RecordOpportunityAttendanceRequest {
    pub attended: bool,
    /// The number of the certificate at its issuer, if the opportunity brings one and it has a number. Null: none.
    #[validate(nested)]
    pub certificate_number: Option<CertificateNumber>,
    /// Why what was recorded before is corrected: needed for that, and for nothing else.
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// The opportunity that an application is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpportunityRef {
    pub id: Uuid,
    /// Example: industry-summit
    pub code: Code,
    pub kind: OpportunityKind,
    pub title: Title,
    /// First day of the opportunity.
    pub starts_on: NaiveDate,
    /// Last day of the opportunity (included).
    pub ends_on: LastDay,
}

response! {
    /// An application for a training opportunity, or a place that HR offered by hand.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct OpportunityApplicationResponse: try new(
        row: OpportunityApplication, of: &TrainingOpportunity, people: &People
    ) {
        pub id: Uuid,
        pub opportunity: OpportunityRef = opportunity(of),
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        pub state: OpportunityApplicationState,
        /// Whether HR offered the place by hand, whatever the ranking says.
        pub by_hand: bool,
        pub applied_at: DateTime<Utc>,
        /// The verdict on the criteria when the lecturer applied, with the evidence. Null: there are none, or HR offered the place.
        pub checked: Option<CriterionResult> = row.checked.map(|checked| checked.0),
        /// The place in the ranking, from 1. Null: it was not ranked.
        #[schema(minimum = 1, maximum = 10_000_000)]
        pub rank: Option<i32>,
        /// The mean score by which it was ranked. Null: not ranked, or no month was rated.
        pub score: Option<Score> = row.score.map(|score| Score::round(&score.to_ratio())),
        /// Since when the lecturer has been appointed, which may have decided a tie. Null: not ranked.
        pub appointed_on: Option<NaiveDate>,
        /// The precedence with which it is ranked. Null: none, or another place has cost it, or it was withdrawn, before this one was
        /// offered: then the lecturer is ranked by result.
        pub precedence_id: Option<Uuid>,
        /// What the place costs. Null: none was offered.
        pub cost: Option<Money> = {
            let currency = currency(of)?;
            row.cost_minor.map(|minor| Money::new(minor, currency))
        },
        /// When a place was offered. Null: none was.
        pub offered_at: Option<DateTime<Utc>>,
        /// Before this instant the offer can be accepted.
        pub respond_by_at: Option<DateTime<Utc>>,
        pub accepted_at: Option<DateTime<Utc>>,
        /// When it came to its end. Null: it has not.
        pub ended_at: Option<DateTime<Utc>>,
        /// Why HR offered or revoked the place, or the lecturer declined it.
        pub reason: Option<Reason>,
        /// The certificate of competence that the attendance brought (`get_competence_certificate`). Null: none.
        pub certificate_id: Option<Uuid>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

fn opportunity(of: &TrainingOpportunity) -> OpportunityRef {
    OpportunityRef {
        id: of.id,
        code: of.code.clone(),
        kind: of.kind,
        title: of.title.clone(),
        starts_on: of.starts_on,
        ends_on: of.ends_on,
    }
}

/// A page of applications.
pub type OpportunityApplicationPage = Page<OpportunityApplicationResponse>;

/// Filters of applications.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListOpportunityApplicationsQuery {
    /// Only those for this opportunity.
    pub opportunity_id: Option<Uuid>,
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<OpportunityApplicationState>,
}

/// The applications as responses.
pub async fn responses(
    tx: &mut Tx<'_>,
    rows: Vec<OpportunityApplication>,
) -> Result<Vec<OpportunityApplicationResponse>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.opportunity_id).collect();
    let found = queries::find_all(tx, &ids).await?;
    let of: BTreeMap<Uuid, TrainingOpportunity> = found.into_iter().map(|row| (row.id, row)).collect();
    let people: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
    let people = employee_refs(tx, &people).await?;
    let response = |row: OpportunityApplication| {
        let own = of.get(&row.opportunity_id).ok_or_else(|| Error::internal("an application for no opportunity"))?;
        OpportunityApplicationResponse::new(row, own, &people)
    };
    rows.into_iter().map(response).collect()
}
