//! Closes and snapshots on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::Snapshot;
use super::replay::Replay;
use super::service::ClosePeriod;
use crate::auth::ActorRef;
use crate::error::{Error, Result};
use crate::http::{ETag, Page, response};
use crate::kernel::fault::FaultCode;
use crate::kernel::hex::Sha256;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::text::Reason;
use crate::scoring::CHUNK;

/// How to close a period.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"force": false, "reason": "Every session of the month is decided."}))]
pub struct ClosePeriodRequest {
    /// Close before it is due, before an earlier period is closed, or with undecided sessions or unconfirmed deliveries (both
    /// are left out).
    #[serde(default)]
    #[schema(default = false)]
    pub force: bool,
    /// Close the open periods before it first, in their order and in the same job, from the first one with a scoring rule on: an
    /// imported history, for example. None is closed unless all of them can be, when it is ordered; `force` holds for all.
    #[serde(default)]
    #[schema(default = false)]
    pub with_earlier: bool,
    /// The reason; required with `force`, otherwise optional.
    #[validate(nested)]
    pub reason: Option<Reason>,
}

impl ClosePeriodRequest {
    /// The command for a programme's period, requested by this person or by a machine client that this person is responsible for.
    pub fn into_command(self, programme: Uuid, period: Period, answerable: Option<Uuid>) -> Result<ClosePeriod> {
        if self.force && self.reason.is_none() {
            return Err(Error::fault("/reason", FaultCode::Required));
        }
        let Self { force, with_earlier, reason } = self;
        Ok(ClosePeriod { programme, period, force, reason, with_earlier, answerable, chunk: CHUNK })
    }
}

response! {
    /// The frozen inputs and results of a closed period.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct SnapshotResponse: try new(
        row: Snapshot, programme: Uuid, period: Period, rule_version: i32, with_money: bool
    ) {
        pub id: Uuid,
        pub programme_id: Uuid = programme,
        pub period: Period = period,
        /// 1 for the close; higher numbers are accepted restatements.
        #[schema(minimum = 1, format = "int32")]
        pub number: i32,
        pub rule_id: Uuid,
        /// The version of the scoring rule that was used.
        #[schema(minimum = 1, format = "int32")]
        pub rule_version: i32 = rule_version,
        /// The version of the reward policies; null if there were none, or if the programme was a pilot.
        pub policy_set_id: Option<Uuid>,
        /// SHA-256 of rule, inputs and results in canonical form.
        pub digest: Sha256 = row.digest.into(),
        #[schema(minimum = 0, format = "int32")]
        pub lecturer_count: i32,
        #[schema(minimum = 0, format = "int32")]
        pub rated_count: i32,
        /// The money granted; null if the caller may not see the money of the whole company.
        pub reward_total: Option<Money> =
            with_money.then_some(Money::new(row.reward_total_minor, row.currency.parse().map_err(Error::internal)?)),
        /// Whether it was closed before it was due, before an earlier period, or with undecided sessions or unconfirmed deliveries.
        pub forced: bool,
        pub reason: Option<Reason>,
        pub closed_at: DateTime<Utc>,
        pub closed_by: ActorRef = ActorRef { kind: row.closed_by_kind, id: row.closed_by_id },
        // A snapshot never changes.
        pub etag: ETag = ETag(1),
    }
}

/// A page of snapshots.
pub type SnapshotPage = Page<SnapshotResponse>;

/// The result of computing a snapshot again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayResponse {
    pub snapshot_id: Uuid,
    /// Whether the digests are equal and every lecturer's stored result equals the one computed now.
    pub matches: bool,
    /// The digest stored at the close.
    pub digest: Sha256,
    /// The digest of the frozen inputs under the same rule, computed now.
    pub replayed_digest: Sha256,
    /// Number of lecturers whose stored result differs.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub differing_count: usize,
}

impl ReplayResponse {
    #[must_use]
    pub fn new(snapshot: &Snapshot, replay: Replay) -> Self {
        Self {
            snapshot_id: snapshot.id,
            matches: replay.matches(snapshot),
            digest: snapshot.digest.clone().into(),
            replayed_digest: replay.digest.into(),
            differing_count: replay.differing_count,
        }
    }
}
