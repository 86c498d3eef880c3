//! Restatements on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{LaterPeriod, Proposal, ProposalKind, Restatement, RestatementLine, RestatementState};
use super::propose::RestatePeriod;
use super::queries::{self, Sum};
use super::runs::ProposedFiring;
use crate::closing::late::{LateFact, LateResult};
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::journal::Tx;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::people::{EmployeeRef, People, employee_refs};
use crate::rewards::fees::HoldReason;
use crate::rewards::ledger::reasons;
use crate::scoring::CHUNK;

/// Why the period is computed again.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The attendance of 12 March was wrong."}))]
pub struct RestatePeriodRequest {
    #[validate(nested)]
    pub reason: Reason,
}

impl RestatePeriodRequest {
    /// The command for a programme's period, requested by this person or by a machine client that this person is responsible for.
    pub fn into_command(self, programme: Uuid, period: Period, answerable: Option<Uuid>) -> RestatePeriod {
        RestatePeriod { programme, period, reason: self.reason, answerable, chunk: CHUNK }
    }
}

/// What is accepted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"declined": [], "reason": null}))]
pub struct AcceptRestatementRequest {
    /// The parts that are declined, each with its reason; empty: the whole is accepted.
    #[serde(default)]
    #[validate(length(max = 500), nested)]
    #[schema(max_items = 500, default = json!([]))]
    pub declined: Vec<DeclinedPart>,
    #[validate(nested)]
    pub reason: Option<Reason>,
}

/// A part that is declined while the rest is accepted.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclinedPart {
    /// The proposal, in a line of this restatement.
    pub proposal_id: Uuid,
    #[validate(nested)]
    pub reason: Reason,
}

/// Why the restatement is declined.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "签到记录尚在核对"}))]
pub struct DeclineRestatementRequest {
    #[validate(nested)]
    pub reason: Reason,
}

/// Filters of restatements.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRestatementsQuery {
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those of this period.
    pub period: Option<Period>,
    /// Only those in this state.
    pub state: Option<RestatementState>,
}

/// Filters of a restatement's lines.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRestatementLinesQuery {
    /// Only the line of this lecturer.
    pub employee_id: Option<Uuid>,
    /// Only lines that propose this: `task` for example lists what HR has to look at.
    pub proposal: Option<ProposalKind>,
}

/// What a restatement comes to. What was declined in part is not in the sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestatementTotals {
    pub granted: Money,
    /// 0 or less.
    pub taken_back: Money,
    /// What lecturers have above what is due and keep.
    pub kept: Money,
    /// Certificates to issue.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub certificate_count: i64,
    /// Titles to grant.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub title_count: i64,
    /// Improvement notices to open.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub notice_count: i64,
    /// Precedences for training opportunities to give.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub precedence_count: i64,
    /// Certificates, titles, notices and precedences that have lost their ground: tasks for HR.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub task_count: i64,
    /// Fees that gates hold from now on.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub hold_count: i64,
    /// Fees that their gates let go.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub release_count: i64,
    /// Parts that were declined when the rest was accepted.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub declined_count: i64,
}

impl RestatementTotals {
    fn new(sums: &[Sum], currency: Currency) -> Self {
        let of = |kind: ProposalKind| sums.iter().find(move |sum| sum.kind == kind);
        let amount = |kind| Money::new(of(kind).map_or(0, |sum| sum.amount_minor), currency);
        let count = |kind| of(kind).map_or(0, |sum| sum.count - sum.declined);
        Self {
            granted: amount(ProposalKind::Grant),
            taken_back: amount(ProposalKind::TakeBack),
            kept: Money::new(of(ProposalKind::Keep).map_or(0, |sum| sum.excess_minor), currency),
            certificate_count: count(ProposalKind::Certificate),
            title_count: count(ProposalKind::Title),
            notice_count: count(ProposalKind::Notice),
            precedence_count: count(ProposalKind::Precedence),
            task_count: count(ProposalKind::Task),
            hold_count: count(ProposalKind::Hold),
            release_count: count(ProposalKind::Release),
            declined_count: sums.iter().map(|sum| sum.declined).sum(),
        }
    }
}

response! {
    /// A closed period computed again (重新核算), and what it proposes.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RestatementResponse: try new(row: Restatement, sums: &[Sum], people: &People) {
        pub id: Uuid,
        pub programme_id: Uuid,
        pub period: Period,
        pub state: RestatementState,
        /// Why the period was computed again.
        pub reason: Reason,
        /// The number of the snapshot that counted then, with which it is compared.
        #[schema(minimum = 1, format = "int32")]
        pub base_number: i32,
        /// The number of its own snapshot, which counts and can be read once it is accepted.
        #[schema(minimum = 2, format = "int32")]
        pub number: i32,
        /// The id of that snapshot, which `GET /v1/rewards?snapshot_id=` takes.
        pub snapshot_id: Uuid,
        /// Lecturers whose facts or results differ: the number of lines.
        #[schema(minimum = 1, format = "int32")]
        pub lecturer_count: i32,
        pub totals: RestatementTotals =
            RestatementTotals::new(sums, row.currency.parse().map_err(Error::internal)?),
        /// Closed periods after this one that today's facts would move as well. They stay as they are until they are restated.
        #[schema(max_items = 10_000)]
        pub later_periods: Vec<LaterPeriod> = row.later_periods.0,
        /// Who ordered it. If a machine client did, the person responsible for it; null if there is none.
        pub maker: Option<EmployeeRef> = people.maybe(row.maker_id)?,
        pub created_at: DateTime<Utc>,
        /// When it was accepted or declined.
        pub decided_at: Option<DateTime<Utc>>,
        pub decided_by: Option<EmployeeRef> = people.maybe(row.checker_id)?,
        /// Whether its maker accepted it, in a company that allows self-approval.
        pub self_approved: bool,
        pub decision_reason: Option<Reason>,
        pub etag: ETag = ETag(1 + i64::from(row.state != RestatementState::Proposed)),
    }
}

/// A page of restatements.
pub type RestatementPage = Page<RestatementResponse>;

/// The restatements as responses.
pub async fn responses(tx: &mut Tx<'_>, rows: Vec<Restatement>) -> Result<Vec<RestatementResponse>> {
    let named: Vec<Uuid> = rows.iter().flat_map(|row| [row.maker_id, row.checker_id]).flatten().collect();
    let people = employee_refs(tx, &named).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut sums: BTreeMap<Uuid, Vec<Sum>> = BTreeMap::new();
    for sum in queries::sums(tx, &ids).await? {
        sums.entry(sum.restatement_id).or_default().push(sum);
    }
    let response = |row: Restatement| {
        let own = sums.remove(&row.id).unwrap_or_default();
        RestatementResponse::new(row, &own, &people)
    };
    rows.into_iter().map(response).collect()
}

response! {
    /// A part of a restatement that can be declined by itself.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RestatementProposal: try new(row: Proposal, currency: Currency) {
        pub id: Uuid,
        pub kind: ProposalKind,
        /// Code of the policy.
        #[schema(max_length = 64, examples("excellent-bonus"))]
        pub policy: String = row.policy_code,
        /// The session, for a session fee.
        pub session_id: Option<Uuid>,
        /// Kind of the certificate; null for what is about none.
        #[schema(max_length = 64, examples("knowledge-contribution"))]
        pub certificate_code: Option<String>,
        /// Code of the title that is due or has lost its ground; null for what is about none.
        #[schema(max_length = 64, examples("senior-lecturer"))]
        pub title_code: Option<String>,
        /// The title that has lost its ground.
        pub title_id: Option<Uuid>,
        /// The improvement notice that has lost its ground.
        pub notice_id: Option<Uuid>,
        /// Code of the training opportunities for which a precedence is due or has lost its ground; null for what is about none.
        #[schema(max_length = 64, examples("industry-summit"))]
        pub opportunity_code: Option<String>,
        /// The precedence that has lost its ground.
        pub precedence_id: Option<Uuid>,
        /// For titles, notices and precedences: when the policy fires, or had fired by the earlier results. Null for others.
        pub firing: Option<ProposedFiring> =
            row.firing.map(serde_json::from_value).transpose().map_err(Error::internal)?,
        /// What the lecturer has of the policy for the period: what was granted, with its corrections, without what was rejected.
        pub had: Money = Money::new(row.had_minor, currency),
        /// What today's facts give.
        pub due: Money = Money::new(row.due_minor, currency),
        /// What accepting it moves: above 0 if granted, below 0 if taken back. A grant is smaller than the difference if the cap per
        /// person leaves no room.
        pub amount: Money = Money::new(row.amount_minor, currency),
        /// Whether the period is over budget, so that what is granted is held.
        pub held: bool,
        /// The gates of the fee that hold what is granted, or hold it from now on, in their order.
        #[schema(max_items = 4)]
        pub hold_reasons: Vec<HoldReason> = reasons(row.hold_reasons.as_ref()),
        /// Why this part was declined; null if it was not.
        pub decline_reason: Option<Reason>,
    }
}

/// A lecturer in a restatement: what moves, why, and what it proposes.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestatementLineResponse {
    pub id: Uuid,
    pub employee: EmployeeRef,
    /// Today's facts compared with the frozen ones. Empty if only the facts of others change the result.
    #[schema(max_items = 10_000)]
    pub facts: Vec<LateFact>,
    /// The result in the snapshot that counted; null if the lecturer was not in it.
    pub before: Option<LateResult>,
    /// The result of today's facts; null if the lecturer no longer belongs to the period.
    pub after: Option<LateResult>,
    #[schema(max_items = 10_000)]
    pub proposals: Vec<RestatementProposal>,
}

/// A page of a restatement's lines.
pub type RestatementLinePage = Page<RestatementLineResponse>;

/// Lines as responses, with what they propose.
pub async fn line_responses(
    tx: &mut Tx<'_>,
    currency: Currency,
    rows: Vec<RestatementLine>,
) -> Result<Vec<RestatementLineResponse>> {
    let people: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
    let people = employee_refs(tx, &people).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut proposals: BTreeMap<Uuid, Vec<RestatementProposal>> = BTreeMap::new();
    for own in queries::proposals_of(tx, &ids).await? {
        proposals.entry(own.line_id).or_default().push(RestatementProposal::new(own, currency)?);
    }
    let response = |row: RestatementLine| {
        Ok(RestatementLineResponse {
            id: row.id,
            employee: people.get(row.employee_id)?,
            facts: row.facts.0,
            before: row.before.map(|result| result.0),
            after: row.after.map(|result| result.0),
            proposals: proposals.remove(&row.id).unwrap_or_default(),
        })
    };
    rows.into_iter().map(response).collect()
}
