//! Rows of appeals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::{AppealText, Title};
use crate::kernel::words::words;
use crate::schema::{appeal_events, appeals};

words! {
    /// State of an appeal.
    pub enum AppealState {
        /// It waits for HR. Reached by `file_appeal`, and by `answer_appeal` from `asked`.
        Open = "open",
        /// HR has asked back (`ask_about_appeal`, from `open`): it waits for the lecturer.
        Asked = "asked",
        /// HR agrees (`accept_appeal`, from `open` and `asked`): the correction is named, and a restatement takes it in. Final.
        Accepted = "accepted",
        /// HR does not agree (`decline_appeal`, from `open` and `asked`), with the reasons. Final.
        Declined = "declined",
        /// The lecturer took it back (`withdraw_appeal`, from `open` and `asked`). Final.
        Withdrawn = "withdrawn",
    }

    /// What happened to an appeal.
    pub enum AppealEventKind {
        /// The lecturer filed it.
        Filed = "filed",
        /// HR asked back.
        Asked = "asked",
        /// The lecturer answered.
        Answered = "answered",
        /// HR accepted it.
        Accepted = "accepted",
        /// HR declined it.
        Declined = "declined",
        /// The lecturer took it back.
        Withdrawn = "withdrawn",
    }

    /// How an accepted appeal was settled.
    pub enum AppealCorrection {
        /// The acceptance corrected the session.
        Fact = "fact",
        /// By what an entry of the operation log tells.
        Log = "log",
        /// By a reward that was entered by hand.
        Reward = "reward",
    }
}

text_column!(AppealState, AppealEventKind, AppealCorrection);

in_chinese!(AppealState {
    Open = "待处理", Asked = "待补充说明", Accepted = "申诉成立", Declined = "申诉不成立", Withdrawn = "已撤回"
});

/// An appeal. It is about exactly one of session, content, metric and reward.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = appeals, treat_none_as_default_value = false)]
pub struct Appeal {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub period_id: Uuid,
    /// The snapshot that it disputes.
    pub snapshot_id: Uuid,
    /// The lecturer.
    pub employee_id: Uuid,
    pub session_id: Option<Uuid>,
    pub content_id: Option<Uuid>,
    pub metric: Option<String>,
    /// The reward.
    pub entry_id: Option<Uuid>,
    pub state: AppealState,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub self_approved: bool,
    pub correction: Option<AppealCorrection>,
    pub audit_entry_id: Option<Uuid>,
    /// The reward that settles it.
    pub correcting_entry_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// What a step writes to an appeal.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = appeals, treat_none_as_null = true)]
pub struct Step {
    pub state: AppealState,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub self_approved: bool,
    /// Its [`AppealCorrection`].
    pub correction: Option<&'static str>,
    pub audit_entry_id: Option<Uuid>,
    pub correcting_entry_id: Option<Uuid>,
}

impl Step {
    /// To a state in which nothing is decided.
    pub fn to(state: AppealState) -> Self {
        Self {
            state,
            decided_at: None,
            decided_by_id: None,
            self_approved: false,
            correction: None,
            audit_entry_id: None,
            correcting_entry_id: None,
        }
    }
}

/// A step in the course of an appeal.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = appeal_events, treat_none_as_default_value = false)]
pub struct AppealEvent {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub appeal_id: Uuid,
    pub seq: i32,
    pub event: AppealEventKind,
    pub actor_id: Uuid,
    pub message: Option<AppealText>,
    pub occurred_at: DateTime<Utc>,
}

/// Where an appeal belongs, and what it is about by name.
#[derive(Debug, Clone, QueryableByName)]
pub struct Context {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub period: String,
    #[diesel(sql_type = Integer)]
    pub snapshot_number: i32,
    /// The snapshot that was made after an acceptance and counts now.
    #[diesel(sql_type = Nullable<Integer>)]
    pub restated_by_number: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub appeals_until_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub session_title: Option<Title>,
    #[diesel(sql_type = Nullable<Text>)]
    pub content_title: Option<Title>,
}

/// What is known of what an appeal is about. What it is not about is known.
#[derive(Debug, QueryableByName)]
pub struct Known {
    /// Whether the lecturer is in the snapshot.
    #[diesel(sql_type = Bool)]
    pub card: bool,
    #[diesel(sql_type = Bool)]
    pub session: bool,
    #[diesel(sql_type = Bool)]
    pub content: bool,
    #[diesel(sql_type = Bool)]
    pub metric: bool,
    #[diesel(sql_type = Bool)]
    pub reward: bool,
}
