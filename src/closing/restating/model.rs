//! Rows of restatements.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::closing::late::{LateFact, LateResult};
use crate::db::text::text_column;
use crate::db::{Document, set_row};
use crate::kernel::message::in_chinese;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::programmes::periods::PeriodColumn;
use crate::schema::{restatement_lines, restatement_proposals, restatements};

words! {
    /// State of a restatement.
    pub enum RestatementState {
        /// Computed by `restate_period`. It waits for another person, and nothing of it counts.
        Proposed = "proposed",
        /// Accepted, whole or in part (`accept_restatement`): its snapshot counts, and the ledger has the differences. Final.
        Accepted = "accepted",
        /// Declined with a reason (`decline_restatement`): nothing of it ever counts. Final.
        Declined = "declined",
    }

    /// What a part of a restatement proposes.
    pub enum ProposalKind {
        /// The lecturer is due more than he or she has: the difference is granted.
        Grant = "grant",
        /// The lecturer has more than is due, and the policies take it back: a negative adjustment.
        TakeBack = "take_back",
        /// The lecturer has more than is due and keeps it, because the policies take nothing back. It is reported and moves nothing.
        Keep = "keep",
        /// A certificate is due.
        Certificate = "certificate",
        /// A run of good periods is complete: a title is due.
        Title = "title",
        /// A run of poor periods is complete: an improvement notice is due.
        Notice = "notice",
        /// A run of good periods is complete: precedence for a training opportunity is due.
        Precedence = "precedence",
        /// A gate of the fee holds what is not approved yet, or holds it for other reasons: it moves nothing.
        Hold = "hold",
        /// The reasons for which a gate of the fee holds something are gone: it is released, and moves nothing.
        Release = "release",
        /// A certificate, a title, a notice or a precedence has lost its ground. It stays; what becomes of it is for HR (`list_hr_tasks`).
        Task = "task",
    }
}

text_column!(RestatementState, ProposalKind);

in_chinese!(RestatementState { Proposed = "待批准", Accepted = "已接受", Declined = "已驳回" });

/// A closed period after the restated one that today's facts would move as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LaterPeriod {
    pub period: Period,
    /// How many lecturers have other facts or another result there.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub lecturer_count: usize,
}

/// A period computed again.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = restatements)]
pub struct Restatement {
    pub id: Uuid,
    pub programme_id: Uuid,
    #[diesel(deserialize_as = PeriodColumn)]
    pub period: Period,
    pub base_number: i32,
    pub snapshot_id: Uuid,
    pub number: i32,
    pub state: RestatementState,
    pub reason: Reason,
    pub lecturer_count: i32,
    pub currency: String,
    pub later_periods: Document<Vec<LaterPeriod>>,
    pub maker_id: Option<Uuid>,
    pub checker_id: Option<Uuid>,
    pub self_approved: bool,
    pub decided_at: Option<DateTime<Utc>>,
    pub decision_reason: Option<Reason>,
    pub created_at: DateTime<Utc>,
}

impl Restatement {
    /// It changes once, when it is decided.
    #[must_use]
    pub fn version(&self) -> i64 {
        1 + i64::from(self.state != RestatementState::Proposed)
    }
}

/// A restatement to insert: it waits.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = restatements, treat_none_as_default_value = false)]
pub struct NewRestatement {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    pub period_id: Uuid,
    pub period: String,
    pub base_id: Uuid,
    pub base_number: i32,
    pub snapshot_id: Uuid,
    pub number: i32,
    pub state: &'static str,
    pub reason: Reason,
    pub lecturer_count: i32,
    pub currency: String,
    pub later_periods: Value,
    pub maker_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

set_row! {
    into restatement_lines;
    /// A lecturer in a restatement to insert.
    #[derive(Debug, Clone)]
    pub struct NewLine {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub restatement_id: Uuid,
        pub employee_id: Uuid,
        pub facts: Value,
        pub before: Option<Value>,
        pub after: Option<Value>,
    }
}

/// A lecturer in a restatement.
#[derive(Debug, Clone, QueryableByName)]
#[diesel(table_name = restatement_lines)]
pub struct RestatementLine {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub facts: Document<Vec<LateFact>>,
    pub before: Option<Document<LateResult>>,
    pub after: Option<Document<LateResult>>,
}

set_row! {
    into restatement_proposals;
    /// A part of a restatement that somebody decides on.
    #[derive(Debug, Clone, Queryable, Selectable)]
    #[diesel(table_name = restatement_proposals)]
    pub struct Proposal {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub restatement_id: Uuid,
        pub line_id: Uuid,
        pub employee_id: Uuid,
        pub kind: ProposalKind,
        pub policy_code: String,
        pub session_id: Option<Uuid>,
        pub certificate_code: Option<String>,
        pub had_minor: i64,
        pub due_minor: i64,
        pub amount_minor: i64,
        pub held: bool,
        pub pay_item_code: String,
        pub reason_code: String,
        pub reason_params: Value,
        pub decline_reason: Option<Reason>,
        pub title_code: Option<String>,
        pub title_id: Option<Uuid>,
        pub notice_id: Option<Uuid>,
        /// A [`ProposedFiring`](super::runs::ProposedFiring).
        pub firing: Option<Value>,
        pub hold_reasons: Option<Value>,
        pub opportunity_code: Option<String>,
        pub precedence_id: Option<Uuid>,
    }
}

/// How a restatement is decided.
#[derive(Debug)]
pub struct Decision {
    pub state: RestatementState,
    pub by: Option<Uuid>,
    /// Whether its maker accepted it, in a company that allows self-approval.
    pub self_approved: bool,
    pub reason: Option<Reason>,
}
