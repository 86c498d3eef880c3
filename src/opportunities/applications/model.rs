//! Rows of applications.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::Document;
use crate::growth::OpportunityApplicationState;
use crate::growth::answer::CriterionResult;
use crate::kernel::decimal::Decimal;
use crate::kernel::text::Reason;
use crate::schema::opportunity_applications;

/// An application, or a place that HR offered by hand.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = opportunity_applications)]
pub struct OpportunityApplication {
    pub id: Uuid,
    pub opportunity_id: Uuid,
    pub employee_id: Uuid,
    pub state: OpportunityApplicationState,
    pub by_hand: bool,
    pub checked: Option<Document<CriterionResult>>,
    pub applied_at: DateTime<Utc>,
    pub rank: Option<i32>,
    pub score: Option<Decimal>,
    pub appointed_on: Option<NaiveDate>,
    pub precedence_id: Option<Uuid>,
    pub cost_minor: Option<i64>,
    pub offered_at: Option<DateTime<Utc>>,
    pub respond_by_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub reason: Option<Reason>,
    pub certificate_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// An application to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = opportunity_applications)]
pub struct NewOpportunityApplication {
    pub opportunity_id: Uuid,
    pub employee_id: Uuid,
    pub state: OpportunityApplicationState,
    pub by_hand: bool,
    pub checked: Option<Document<CriterionResult>>,
    pub applied_at: DateTime<Utc>,
}

/// A step of an application. What is None stays.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = opportunity_applications)]
pub struct Step {
    pub state: OpportunityApplicationState,
    pub by_hand: Option<bool>,
    pub precedence_id: Option<Option<Uuid>>,
    pub cost_minor: Option<i64>,
    pub offered_at: Option<DateTime<Utc>>,
    pub respond_by_at: Option<DateTime<Utc>>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub reason: Option<Reason>,
    pub certificate_id: Option<Option<Uuid>>,
}

impl Step {
    #[must_use]
    pub fn to(state: OpportunityApplicationState) -> Self {
        Self {
            state,
            by_hand: None,
            precedence_id: None,
            cost_minor: None,
            offered_at: None,
            respond_by_at: None,
            accepted_at: None,
            ended_at: None,
            reason: None,
            certificate_id: None,
        }
    }

    /// It comes to its end.
    #[must_use]
    pub fn end(state: OpportunityApplicationState, now: DateTime<Utc>, reason: Option<Reason>) -> Self {
        Self { ended_at: Some(now), reason, ..Self::to(state) }
    }
}
