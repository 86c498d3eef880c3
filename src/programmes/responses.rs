//! Responses about programmes.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{FeedbackMode, Programme, ProgrammeState};
use crate::http::{ETag, Page};
use crate::kernel::money::Currency;
use crate::kernel::period::Cycle;
use crate::kernel::text::{Code, Description, Name};

/// An incentive programme (激励方案).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgrammeResponse {
    pub id: Uuid,
    pub code: Code,
    pub name: Name,
    pub description: Option<Description>,
    pub state: ProgrammeState,
    /// Periods that begin on or after this local day pay. Null if the programme has never been active: then no period pays.
    pub pays_from_on: Option<NaiveDate>,
    /// The last local day of the last period of a programme that has ended: the period in which it was ended, or that of its last
    /// session. From the next day on another programme may score its groups. Null: it goes on.
    pub last_period_ends_on: Option<NaiveDate>,
    #[schema(max_length = 64, examples("Asia/Shanghai"))]
    pub time_zone: String,
    pub currency: Currency,
    pub cycle: Cycle,
    #[schema(minimum = 1, maximum = 1000)]
    pub board_size: i32,
    pub feedback_mode: FeedbackMode,
    /// What is set here, and holds until a scoring rule raises it (`feedback.min_k`). In the mode `anonymous` at least 5 are in
    /// effect, whatever is set; in the mode `named` nothing is held back. Each period says what holds in it.
    #[schema(minimum = 1, maximum = 1000)]
    pub feedback_min_k: i32,
    /// By how many minutes a delivery may lie before its planned start without HR.
    #[schema(minimum = 0, maximum = 10_080)]
    pub early_delivery_minutes: i32,
    /// From the period with this local day on, files bring no ratings and no decided cases. Null: no period is closed to them yet.
    pub live_feedback_from_on: Option<NaiveDate>,
    /// For so many local days after the day of a close, or of a restatement that was accepted, lecturers may appeal (申诉).
    #[schema(minimum = 1, maximum = 90)]
    pub appeal_days: i32,
    /// The lecturer groups for which its sessions may be planned. Which groups are scored is in the scoring rule (`groups`).
    #[schema(max_items = 200)]
    pub group_ids: Vec<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub etag: ETag,
}

impl ProgrammeResponse {
    #[must_use]
    pub fn new(programme: Programme, group_ids: Vec<Uuid>) -> Self {
        Self {
            id: programme.id,
            code: programme.code,
            name: programme.name,
            description: programme.description,
            state: programme.state,
            pays_from_on: programme.pays_from_on,
            last_period_ends_on: programme.periods_end_on.and_then(|day| day.pred_opt()),
            time_zone: programme.time_zone.name().to_owned(),
            currency: programme.currency,
            cycle: programme.cycle,
            board_size: programme.board_size,
            feedback_mode: programme.feedback_mode,
            feedback_min_k: programme.feedback_min_k,
            early_delivery_minutes: programme.early_delivery_minutes,
            live_feedback_from_on: programme.live_feedback_from_on,
            appeal_days: programme.appeal_days,
            group_ids,
            created_at: programme.created_at,
            updated_at: programme.updated_at,
            etag: ETag(programme.version),
        }
    }
}

/// A page of programmes.
pub type ProgrammePage = Page<ProgrammeResponse>;
