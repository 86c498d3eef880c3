//! Rows of requests.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::message::in_chinese;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::schema::session_change_requests;

words! {
    /// What a lecturer asks for.
    pub enum ChangeKind {
        /// To cancel the session.
        Cancel = "cancel",
        /// To hold it at another time.
        Move = "move",
        /// That a colleague gives it instead, with the same share of the credit.
        HandOver = "hand_over",
        /// To make it a voluntary session.
        BecomeVoluntary = "change_kind",
    }

    /// State of a request.
    pub enum ChangeState {
        /// Asked with `ask_session_change`, and not answered yet. The session stands.
        Open = "open",
        /// Approved by HR or an organiser (`approve_session_change`, from `open`): the change was made. Final.
        Approved = "approved",
        /// Declined by HR or an organiser (`decline_session_change`, from `open`). Final.
        Declined = "declined",
        /// Withdrawn by who asked (`withdraw_session_change`, from `open`). Final.
        Withdrawn = "withdrawn",
        /// The session was delivered, missed or cancelled before anybody answered. Final.
        Lapsed = "lapsed",
    }
}

text_column!(ChangeKind, ChangeState);

in_chinese!(ChangeKind {
    Cancel = "取消", Move = "改期", HandOver = "交由同事主讲", BecomeVoluntary = "改为自愿分享"
});

in_chinese!(ChangeState {
    Open = "待处理", Approved = "已同意", Declined = "未同意", Withdrawn = "已撤回", Lapsed = "已失效"
});

/// Asking is late from one day before the planned start on.
#[must_use]
pub fn late_after(scheduled_start: DateTime<Utc>) -> DateTime<Utc> {
    scheduled_start - Duration::days(1)
}

/// What a lecturer asks for about a session.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = session_change_requests, treat_none_as_default_value = false)]
pub struct ChangeRequest {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub session_id: Uuid,
    pub kind: ChangeKind,
    pub starts_at: Option<DateTime<Utc>>,
    pub scheduled_minutes: Option<i32>,
    pub colleague_id: Option<Uuid>,
    pub reason: Reason,
    pub state: ChangeState,
    pub asked_by_id: Uuid,
    pub late_after: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by_id: Option<Uuid>,
    pub decision_note: Option<Reason>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl ChangeRequest {
    /// Whether it was asked late.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.created_at > self.late_after
    }
}

/// How a request ends.
#[derive(Debug)]
pub struct Ending {
    pub state: ChangeState,
    /// Who answered. None if it was withdrawn.
    pub by: Option<Uuid>,
    pub note: Option<Reason>,
}

/// The requests that a caller may see.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// HR sees all.
    All,
    /// Their own ones, and those about sessions of groups that the person organises.
    Own { person: Uuid, groups: Vec<Uuid> },
}
