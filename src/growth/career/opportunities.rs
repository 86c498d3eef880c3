//! What a career file says of training opportunities: what became of the places that were offered.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Date, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::queries::Sought;
use crate::db::text::text_column;
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{Code, Name, Title};
use crate::kernel::words::words;

words! {
    /// Kind of a training opportunity.
    pub enum OpportunityKind {
        /// A summit or conference.
        Summit = "summit",
        /// A course.
        Course = "course",
        /// Train-the-trainer.
        TrainTheTrainer = "train_the_trainer",
    }

    /// What became of an application for a training opportunity, or of a place that was offered.
    pub enum OpportunityApplicationState {
        /// Submitted (`apply_for_training_opportunity`). It is ranked after the deadline.
        Applied = "applied",
        /// Ranked, and there is no place for it yet: it moves up when one becomes free.
        Waiting = "waiting",
        /// A place is offered, until `respond_by_at`.
        Offered = "offered",
        /// The lecturer has accepted the place (`accept_opportunity_place`, from `offered`).
        Accepted = "accepted",
        /// The lecturer has declined it (`decline_opportunity_place`, from `offered`). Final.
        Declined = "declined",
        /// The offer was not answered in time, and the place was passed on. Final.
        PassedOn = "passed_on",
        /// The lecturer has withdrawn (`withdraw_opportunity_application`, from `applied`, `waiting` and `accepted`). Final.
        Withdrawn = "withdrawn",
        /// HR has taken the application or the place back (`revoke_opportunity_application`). Final.
        Revoked = "revoked",
        /// When its turn came, the person was no longer a lecturer, was suspended or had left. Final.
        PassedOver = "passed_over",
        /// The opportunity was cancelled. Final.
        Cancelled = "cancelled",
        /// The lecturer attended (`record_opportunity_attendance`).
        Attended = "attended",
        /// The lecturer accepted the place and did not come (`record_opportunity_attendance`).
        NoShow = "no_show",
    }
}

text_column!(OpportunityKind, OpportunityApplicationState);

in_chinese!(OpportunityKind { Summit = "峰会", Course = "课程", TrainTheTrainer = "培训师认证（TTT）" });

in_chinese!(OpportunityApplicationState {
    Applied = "已报名",
    Waiting = "候补",
    Offered = "待答复",
    Accepted = "已接受",
    Declined = "已谢绝",
    PassedOn = "逾期顺延",
    Withdrawn = "已退出",
    Revoked = "已收回",
    PassedOver = "已跳过",
    Cancelled = "已取消",
    Attended = "已参加",
    NoShow = "未到场"
});

/// A place in a training opportunity that was offered, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordOpportunity {
    /// Id of the application.
    pub id: Uuid,
    pub opportunity_id: Uuid,
    /// Example: industry-summit
    pub code: Code,
    pub kind: OpportunityKind,
    pub title: Title,
    /// Who holds it.
    pub provider: Name,
    /// First day of the opportunity.
    pub starts_on: NaiveDate,
    /// Last day of the opportunity (included).
    pub ends_on: LastDay,
    pub state: OpportunityApplicationState,
    pub offered_at: DateTime<Utc>,
}

#[derive(Debug, QueryableByName)]
struct OpportunityRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    opportunity_id: Uuid,
    #[diesel(sql_type = Text)]
    code: Code,
    #[diesel(sql_type = Text)]
    kind: OpportunityKind,
    #[diesel(sql_type = Text)]
    title: Title,
    #[diesel(sql_type = Text)]
    provider: Name,
    #[diesel(sql_type = Date)]
    starts_on: NaiveDate,
    #[diesel(sql_type = Date)]
    ends_on: LastDay,
    #[diesel(sql_type = Text)]
    state: OpportunityApplicationState,
    #[diesel(sql_type = Timestamptz)]
    offered_at: DateTime<Utc>,
}

/// The places that had been offered by then, in the state of then.
pub async fn find(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<RecordOpportunity>> {
    const OFFERED: &str = "
SELECT a.id, a.opportunity_id, o.code, o.kind, o.title, o.provider, o.starts_on, o.ends_on, a.offered_at,
       CASE WHEN a.ended_at < :until THEN a.state WHEN a.accepted_at < :until THEN 'accepted' ELSE 'offered' END AS state
  FROM opportunity_applications a
  JOIN training_opportunities o ON o.tenant_id = :tenant AND o.id = a.opportunity_id
 WHERE a.tenant_id = :tenant AND a.employee_id = ANY (:records) AND a.offered_at < :until
 ORDER BY o.starts_on DESC, a.id DESC";
    let rows: Vec<OpportunityRow> = sought.statement(tx, OFFERED).load(tx.conn).await?;
    let whole = |row: OpportunityRow| RecordOpportunity {
        id: row.id,
        opportunity_id: row.opportunity_id,
        code: row.code,
        kind: row.kind,
        title: row.title,
        provider: row.provider,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        state: row.state,
        offered_at: row.offered_at,
    };
    Ok(rows.into_iter().map(whole).collect())
}
