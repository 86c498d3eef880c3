//! What a close waits for.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl as _;
use serde_json::json;
use uuid::Uuid;

use crate::db::{Statement, concat, statement};
use crate::error::{Code, Error, Result};
use crate::feedback::WINDOW_ENDS_AT;
use crate::journal::Tx;
use crate::kernel::message::{data, local_time};
use crate::kernel::period::{Interval, Period};
use crate::kernel::phrases::{Counted, counted};
use crate::kernel::text::Title;
use crate::programmes::documents::rule::DEFAULT_SETTLE_DAYS;
use crate::programmes::periods::interval_of;
use crate::programmes::{FEEDBACK_TERMS, PeriodState, Programme, closable_at, find_period, rule_in_force};

/// Something that a close waits for.
#[derive(Debug)]
pub struct Obstacle {
    /// What the close would say.
    pub refusal: Error,
    /// The sessions that it waits for, and how many they are.
    pub sessions: Option<(Open, i64)>,
}

/// Sessions of a period that hold its close up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Nobody has said what became of them.
    Undecided,
    /// Only their lecturers have said that they took place.
    Unconfirmed,
    /// Learners may still rate them.
    Rated,
}

/// Everything that a close of the period waits for, in the order in which it is looked at: the end of the period and its settle days,
/// the close of the period before it, the decision of its sessions, the confirmation of its deliveries, the end of their feedback.
pub async fn obstacles(tx: &mut Tx<'_>, programme: &Programme, period: Period) -> Result<Vec<Obstacle>> {
    let interval = interval_of(programme, &period)?;
    let mut found = Vec::new();
    if let Some(refusal) = too_early(tx, programme, period).await? {
        found.push(Obstacle { refusal, sessions: None });
    }
    if let Some(earlier) = open_before(tx, programme, period).await? {
        let refusal = Error::new(Code::EarlierPeriodOpen).with("earlier", data(earlier));
        found.push(Obstacle { refusal, sessions: None });
    }
    for open in [Open::Undecided, Open::Unconfirmed, Open::Rated] {
        let count = open.count(tx, programme.id, interval).await?;
        if count > 0 {
            found.push(Obstacle { refusal: open.refusal(count, period), sessions: Some((open, count)) });
        }
    }
    Ok(found)
}

/// Whether the period is not over, or its settle days are not.
async fn too_early(tx: &mut Tx<'_>, programme: &Programme, period: Period) -> Result<Option<Error>> {
    let rule = rule_in_force(tx, programme.id, &period).await?;
    let settle_days = rule.map_or(DEFAULT_SETTLE_DAYS, |rule| rule.document.settle_days);
    let closable_at =
        closable_at(programme, settle_days, &period).ok_or_else(|| Error::internal("a period beyond the calendar"))?;
    let refused = Error::new(Code::PeriodNotOver).with("period", data(period));
    let refused = refused.with("closable_at", local_time(closable_at, programme.time_zone));
    Ok((tx.now < closable_at).then_some(refused))
}

/// The period before this one, if a rule applies to it and it is not closed. Periods before the first rule need no close.
async fn open_before(tx: &mut Tx<'_>, programme: &Programme, period: Period) -> Result<Option<Period>> {
    let Some(earlier) = period.previous() else { return Ok(None) };
    if rule_in_force(tx, programme.id, &earlier).await?.is_none() {
        return Ok(None);
    }
    let row = find_period(tx, programme.id, &earlier).await?;
    Ok(if row.is_some_and(|row| row.state == PeriodState::Closed) { None } else { Some(earlier) })
}

/// Sessions `s` of `:programme` in the interval from `:from` to `:to` whose outcome nobody has reported.
const UNDECIDED: &str = " WHERE s.tenant_id = :tenant AND s.programme_id = :programme AND s.state = 'planned'
   AND s.scheduled_start >= :from AND s.scheduled_start < :to";

/// Those whose delivery only their lecturer has reported.
const UNCONFIRMED: &str = " WHERE s.tenant_id = :tenant AND s.programme_id = :programme AND s.state = 'delivered'
   AND s.delivered_start >= :from AND s.delivered_start < :to AND s.delivery_confirmed_at IS NULL";

/// Delivered ones that learners may still rate.
const RATED: &str = concat!(
    " WHERE s.tenant_id = :tenant AND s.programme_id = :programme AND s.state = 'delivered'
   AND s.delivered_start >= :from AND s.delivered_start < :to AND ",
    WINDOW_ENDS_AT,
    " > :now"
);

/// Sessions with the terms of their feedback.
const SESSIONS: &str = concat!(
    "
  FROM sessions s
  JOIN programmes p ON p.tenant_id = :tenant AND p.id = s.programme_id",
    FEEDBACK_TERMS
);

const COLUMNS: &str = concat!(
    "SELECT s.id, s.title, coalesce(s.delivered_start, s.scheduled_start) AS starts_at, ",
    WINDOW_ENDS_AT,
    " AS window_ends_at,
       ARRAY(SELECT l.employee_id FROM session_lecturers l
              WHERE l.tenant_id = :tenant AND l.session_id = s.id ORDER BY l.employee_id) AS lecturers"
);

const ORDER: &str = " ORDER BY starts_at, s.id LIMIT :limit";

/// A session that holds a close up.
#[derive(Debug, QueryableByName)]
pub struct OpenSession {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Timestamptz)]
    pub starts_at: DateTime<Utc>,
    #[diesel(sql_type = diesel::sql_types::Nullable<Timestamptz>)]
    pub window_ends_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<SqlUuid>)]
    pub lecturers: Vec<Uuid>,
}

impl Open {
    async fn count(self, tx: &mut Tx<'_>, programme: Uuid, interval: Interval) -> QueryResult<i64> {
        let count = match self {
            Self::Undecided => concat!("SELECT count(*) AS count FROM sessions s", UNDECIDED),
            Self::Unconfirmed => concat!("SELECT count(*) AS count FROM sessions s", UNCONFIRMED),
            Self::Rated => concat!("SELECT count(*) AS count", SESSIONS, RATED),
        };
        let found: Count = of(tx, count, programme, interval).get_result(tx.conn).await?;
        Ok(found.count)
    }

    /// The first of them, earliest first.
    pub async fn sessions(
        self,
        tx: &mut Tx<'_>,
        programme: Uuid,
        interval: Interval,
        limit: i64,
    ) -> QueryResult<Vec<OpenSession>> {
        let list = match self {
            Self::Undecided => concat!(COLUMNS, SESSIONS, UNDECIDED, ORDER),
            Self::Unconfirmed => concat!(COLUMNS, SESSIONS, UNCONFIRMED, ORDER),
            Self::Rated => concat!(COLUMNS, SESSIONS, RATED, ORDER),
        };
        of(tx, list, programme, interval).bind("limit", limit).load(tx.conn).await
    }

    fn refusal(self, count: i64, period: Period) -> Error {
        let (code, name, words) = match self {
            Self::Undecided => (Code::SessionsUndecided, "sessions", [Counted::OneSession, Counted::Sessions]),
            Self::Unconfirmed => {
                (Code::DeliveriesUnconfirmed, "deliveries", [Counted::OneDelivery, Counted::Deliveries])
            }
            Self::Rated => (Code::FeedbackWindowsOpen, "sessions", [Counted::OneSession, Counted::Sessions]),
        };
        let refused = Error::new(code).with("period", data(period)).member("count", json!(count));
        refused.with(name, counted(count, words))
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn of<'q>(tx: &Tx<'_>, text: &'static str, programme: Uuid, interval: Interval) -> Statement<'q> {
    let asked = statement(text).bind("programme", programme).bind("from", interval.start).bind("to", interval.end);
    tx.complete(asked)
}
