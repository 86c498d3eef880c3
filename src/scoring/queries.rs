//! Statements that read the facts of some lecturers of a period.
//!
//! They are given as many lecturers at a time as memory should hold, and find their facts by index: what they cost depends on these
//! lecturers alone, however long the history of the company is.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::population::Member;
use crate::db::{Statement, concat, statement};
use crate::feedback::{
    BATCHED_ANSWERS, BATCHED_FEEDBACK, COUNTED_ANSWERS, COUNTED_FEEDBACK, RELEASED_ANSWERS, RELEASED_FEEDBACK,
    TEXTS_OF_BATCHES,
};
use crate::journal::{Asking, Tx};
use crate::kernel::decimal::Decimal;
use crate::kernel::text::Comment;
use crate::sessions::{ATTENDEE_COUNT, HAS_RECORDS};

/// The period whose facts are read, and the programme's settings that decide which facts count.
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    pub programme: Uuid,
    /// The groups whose members are scored.
    pub groups: &'a [Uuid],
    /// The period is `starts_at <= instant < ends_at`.
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub first_day: NaiveDate,
    /// The first day after the period.
    pub day_after: NaiveDate,
    /// The day whose department memberships decide the board.
    pub department_on: NaiveDate,
    /// Cases decided after this instant do not count.
    pub cases_until: DateTime<Utc>,
    /// IANA name.
    pub time_zone: String,
    pub reuse_kinds: Vec<&'static str>,
    pub case_max_age_days: Option<i32>,
    /// Whether to leave out deliveries that only their lecturer has reported.
    pub confirmed_only: bool,
    /// Whether to read only feedback that was released, as lecturers see it.
    pub released_only: bool,
    /// Whether to leave out feedback that waits for others to be released with.
    pub batched_only: bool,
    /// Whether the programme's feedback is anonymous: it is stored as counts.
    pub is_anonymous: bool,
    /// Whether to read what fees depend on.
    pub with_fees: bool,
}

impl Cut<'_> {
    /// The statement, bound to the tenant, the programme and the period.
    pub(super) fn statement(&self, tenant: Uuid, text: &'static str) -> Statement<'_> {
        statement(text)
            .bind("tenant", tenant)
            .bind("programme", self.programme)
            .bind("starts_at", self.starts_at)
            .bind("ends_at", self.ends_at)
    }

    /// Whether each piece of feedback counts for itself, and as it is stored.
    pub(super) fn counts_each(&self) -> bool {
        !(self.is_anonymous || self.released_only || self.batched_only)
    }

    /// A statement on the feedback of the sessions `held`, as that of the lecturers `only`.
    fn feedback<'q>(&'q self, tenant: Uuid, text: &'static str, of: &Feedback<'q>) -> Statement<'q> {
        statement(text)
            .bind("tenant", tenant)
            .bind("held", of.held)
            .bind_if_asked("only", of.only)
            .bind_if_asked("programme", self.programme)
            .bind_if_asked("first_day", self.first_day)
    }
}

/// Whether the session `s` counts in the period: a delivered one by its actual start, a missed one by its scheduled start. Planned
/// and cancelled sessions never count. A delivery earns money once attendance or HR has confirmed it.
pub(super) const COUNTS: &str = "
     s.tenant_id = :tenant AND s.programme_id = :programme
     AND ((s.state = 'delivered' AND s.delivered_start >= :starts_at AND s.delivered_start < :ends_at)
          OR (s.state = 'missed' AND s.scheduled_start >= :starts_at AND s.scheduled_start < :ends_at))
     AND (NOT :confirmed_only OR s.state <> 'delivered' OR s.delivery_confirmed_at IS NOT NULL)";

/// One lecturer's part in one session.
#[derive(Debug, QueryableByName)]
pub struct SessionRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub delivered: bool,
    #[diesel(sql_type = Bool)]
    pub voluntary: bool,
    #[diesel(sql_type = Integer)]
    pub minutes: i32,
    #[diesel(sql_type = BigInt)]
    pub attendees: i64,
    #[diesel(sql_type = Numeric)]
    pub credit: Decimal,
    #[diesel(sql_type = Nullable<Bool>)]
    pub on_time: Option<bool>,
    #[diesel(sql_type = BigInt)]
    pub confirmed_cases: i64,
}

/// Cases count if they are decided by `:cases_until` and, if there is a limit, at most `:max_age_days` days after their session,
/// in days of `:time_zone`. A case without a date counts as applied on the day when it was submitted, at the latest.
///
/// `OFFSET 0` has each part looked up by its key. To read the sessions of all lecturers may look cheaper for one chunk of them.
const SESSIONS: &str = concat!(
    "
SELECT p.employee_id, s.id AS session_id, s.state = 'delivered' AS delivered, s.kind = 'voluntary' AS voluntary,
       coalesce(s.delivered_minutes, 0) AS minutes, l.credit,
       CASE WHEN s.state <> 'delivered' THEN 0
            WHEN ",
    HAS_RECORDS,
    " THEN ",
    ATTENDEE_COUNT,
    "
            ELSE coalesce(s.head_count, 0)::bigint END AS attendees,
       CASE WHEN s.due_at IS NOT NULL THEN coalesce(s.submitted_at <= s.due_at, false) END AS on_time,
       CASE WHEN s.state <> 'delivered' THEN 0
            ELSE (SELECT count(*) FROM application_cases a
                   WHERE a.tenant_id = :tenant AND a.session_id = s.id AND a.state = 'confirmed' AND a.voided_at IS NULL
                     AND a.decided_at <= :cases_until
                     AND (:max_age_days IS NULL
                          OR coalesce(a.applied_on, (a.submitted_at AT TIME ZONE :time_zone)::date)
                             - (s.delivered_start AT TIME ZONE :time_zone)::date <= :max_age_days)) END AS confirmed_cases
  FROM unnest(:lecturers, :parts) AS p (employee_id, session_id)
 CROSS JOIN LATERAL (SELECT l.credit FROM session_lecturers l
                      WHERE l.tenant_id = :tenant AND l.session_id = p.session_id AND l.employee_id = p.employee_id OFFSET 0) l
 CROSS JOIN LATERAL (SELECT s.* FROM sessions s WHERE s.id = p.session_id AND",
    COUNTS,
    " OFFSET 0) s
 ORDER BY p.employee_id, s.id"
);

/// The parts of these members in their sessions.
pub async fn sessions(mut asking: Asking<'_>, cut: &Cut<'_>, members: &[Member]) -> QueryResult<Vec<SessionRow>> {
    let parts = members.iter().flat_map(|own| own.sessions.iter().map(|session| (own.employee_id, *session)));
    let (lecturers, parts): (Vec<Uuid>, Vec<Uuid>) = parts.unzip();
    cut.statement(asking.tenant, SESSIONS)
        .bind("confirmed_only", cut.confirmed_only)
        .bind("cases_until", cut.cases_until)
        .bind("max_age_days", cut.case_max_age_days)
        .bind("time_zone", &cut.time_zone)
        .bind("lecturers", lecturers)
        .bind("parts", parts)
        .load(&mut asking.conn)
        .await
}

/// Which feedback is read.
#[derive(Debug, Clone, Copy)]
pub struct Feedback<'q> {
    /// The delivered sessions of the lecturers that count.
    pub held: &'q [Uuid],
    pub only: &'q [Uuid],
}

/// The ratings of one session on one scale.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct RatingRow {
    #[diesel(embed)]
    pub of: Of,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
    /// Whether answers to items came with any of them.
    #[diesel(sql_type = Bool)]
    pub has_items: bool,
}

/// The answers to one item of one session on one scale.
#[derive(Debug, QueryableByName)]
pub struct ItemRow {
    #[diesel(embed)]
    pub of: Of,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
    #[diesel(sql_type = BigInt)]
    pub sum: i64,
}

/// Whose feedback a sum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Of {
    /// None: of every lecturer of the session.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub employee_id: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    /// Whether it is of this session alone. Otherwise it is of several sessions of the lecturer, and the session is one of them.
    #[diesel(sql_type = Bool)]
    pub is_apart: bool,
}

const HELD: &str = "
WITH held AS (SELECT unnest(:held::uuid[]) AS id), given AS (";

/// The groups are few, the rows many: an order here would have all rows sorted.
const RATINGS: &str = ")
 SELECT employee_id, session_id, is_apart, scale, count(*) AS n, sum(rating) AS sum, bool_or(jsonb_array_length(items) > 0) AS has_items FROM given
  GROUP BY employee_id, session_id, is_apart, scale";

const ITEMS: &str = ")
 SELECT g.employee_id, g.session_id, g.is_apart, i.key, i.scale, count(*) AS n, sum(i.value) AS sum
   FROM given g CROSS JOIN LATERAL jsonb_to_recordset(g.items) AS i (key text, value integer, scale integer)
  GROUP BY g.employee_id, g.session_id, g.is_apart, i.key, i.scale";

/// Like [`RATINGS`] and [`ITEMS`], for anonymous feedback.
const COUNTED_RATINGS: &str = ")
 SELECT employee_id, session_id, is_apart, scale, sum(times) AS n, sum(value * times) AS sum, true AS has_items FROM given WHERE key IS NULL
  GROUP BY employee_id, session_id, is_apart, scale";

const COUNTED_ITEMS: &str = ")
 SELECT employee_id, session_id, is_apart, key, scale, sum(times) AS n, sum(value * times) AS sum FROM given WHERE key IS NOT NULL
  GROUP BY employee_id, session_id, is_apart, key, scale";

pub async fn ratings(tx: &mut Tx<'_>, cut: &Cut<'_>, of: Feedback<'_>) -> QueryResult<Vec<RatingRow>> {
    let text = match (cut.is_anonymous, cut.released_only, cut.batched_only) {
        (false, true, _) => concat!(HELD, RELEASED_FEEDBACK, RATINGS),
        (false, false, true) => concat!(HELD, BATCHED_FEEDBACK, RATINGS),
        (false, false, false) => concat!(HELD, COUNTED_FEEDBACK, RATINGS),
        (true, true, _) => concat!(HELD, RELEASED_ANSWERS, COUNTED_RATINGS),
        (true, false, true) => concat!(HELD, BATCHED_ANSWERS, COUNTED_RATINGS),
        (true, false, false) => concat!(HELD, COUNTED_ANSWERS, COUNTED_RATINGS),
    };
    cut.feedback(tx.tenant, text, &of).load(tx.conn).await
}

/// The ratings of the whole period, in the order of its sessions, where each counts as it is stored: those that [`ratings`] finds for
/// its delivered sessions.
pub async fn ratings_of_period(tx: &mut Tx<'_>, cut: &Cut<'_>) -> QueryResult<Vec<RatingRow>> {
    const OF_PERIOD: &str = concat!(
        "
SELECT NULL::uuid AS employee_id, f.session_id, true AS is_apart, f.scale, count(*) AS n, sum(f.rating) AS sum,
       bool_or(jsonb_array_length(f.items) > 0) AS has_items
  FROM feedback f
 WHERE f.tenant_id = :tenant AND f.counts AND f.session_id IN (SELECT s.id FROM sessions s WHERE s.state = 'delivered' AND",
        COUNTS,
        ")
 GROUP BY f.session_id, f.scale ORDER BY f.session_id, f.scale"
    );
    cut.statement(tx.tenant, OF_PERIOD).bind("confirmed_only", cut.confirmed_only).load(tx.conn).await
}

pub async fn items(tx: &mut Tx<'_>, cut: &Cut<'_>, of: Feedback<'_>) -> QueryResult<Vec<ItemRow>> {
    let text = match (cut.is_anonymous, cut.released_only, cut.batched_only) {
        (false, true, _) => concat!(HELD, RELEASED_FEEDBACK, ITEMS),
        (false, false, true) => concat!(HELD, BATCHED_FEEDBACK, ITEMS),
        (false, false, false) => concat!(HELD, COUNTED_FEEDBACK, " AND f.items <> '[]'", ITEMS),
        (true, true, _) => concat!(HELD, RELEASED_ANSWERS, COUNTED_ITEMS),
        (true, false, true) => concat!(HELD, BATCHED_ANSWERS, COUNTED_ITEMS),
        (true, false, false) => concat!(HELD, COUNTED_ANSWERS, COUNTED_ITEMS),
    };
    cut.feedback(tx.tenant, text, &of).load(tx.conn).await
}

/// A text of feedback.
#[derive(Debug, QueryableByName)]
pub struct TextRow {
    #[diesel(sql_type = Text)]
    pub comment: Comment,
}

/// At most `limit` texts of these batches, in an order that nobody can foresee.
pub async fn texts(tx: &mut Tx<'_>, batches: &[Uuid], limit: i32) -> QueryResult<Vec<TextRow>> {
    const TEXTS: &str = concat!("SELECT t.comment FROM (", TEXTS_OF_BATCHES, ") t ORDER BY t.place LIMIT :limit");
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    statement(TEXTS).bind("tenant", tx.tenant).bind("batches", batches).bind("limit", limit).load(tx.conn).await
}

/// A batch that is shown as that of a lecturer.
#[derive(Debug, QueryableByName)]
pub struct BatchRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub batch_id: Uuid,
}

/// The batches of several sessions that are shown as those of the lecturers.
pub async fn batches_together(tx: &mut Tx<'_>, cut: &Cut<'_>, of: Feedback<'_>) -> QueryResult<Vec<BatchRow>> {
    const BATCHES: &str =
        ") SELECT DISTINCT employee_id, batch_id FROM given WHERE NOT is_apart ORDER BY employee_id, batch_id";
    let text = if cut.is_anonymous {
        concat!(HELD, RELEASED_ANSWERS, BATCHES)
    } else {
        concat!(HELD, RELEASED_FEEDBACK, BATCHES)
    };
    cut.feedback(tx.tenant, text, &of).load(tx.conn).await
}

/// One content of an author, and the number of people who reused it.
#[derive(Debug, QueryableByName)]
pub struct ContentRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub content_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub months_old: i32,
    #[diesel(sql_type = BigInt)]
    pub reused_by: i64,
    #[diesel(sql_type = Bool)]
    pub reused_before: bool,
}

/// Whether the event `r` is a reuse that counts: of a kind that counts, not voided, and not by an author of the content.
const COUNTED_REUSE: &str = "r.kind = ANY (:kinds) AND r.voided_at IS NULL
     AND NOT EXISTS (SELECT FROM content_authors own
                      WHERE own.tenant_id = :tenant AND own.content_id = r.content_id AND own.employee_id = r.employee_id)";

/// Content that was there in the period, with the distinct people who reused it in the period, and whether anybody did before. The
/// content of a session that is cancelled is not there, that of a missed one is.
const CONTENTS: &str = concat!(
    "
SELECT a.employee_id, c.id AS content_id,
       (12 * (extract(year FROM m.day_after) - extract(year FROM m.published))
           + extract(month FROM m.day_after) - extract(month FROM m.published))::integer - 1 AS months_old,
       (SELECT count(DISTINCT r.employee_id) FROM reuse_events r
         WHERE r.tenant_id = :tenant AND r.content_id = c.id AND r.occurred_at >= :starts_at AND r.occurred_at < :ends_at AND ",
    COUNTED_REUSE,
    ") AS reused_by,
       EXISTS (SELECT FROM reuse_events r
                WHERE r.tenant_id = :tenant AND r.content_id = c.id AND r.occurred_at < :starts_at AND ",
    COUNTED_REUSE,
    ") AS reused_before
  FROM content_authors a
  JOIN contents c ON c.tenant_id = :tenant AND c.id = a.content_id
 CROSS JOIN LATERAL (SELECT :day_after::date AS day_after, c.published_at AT TIME ZONE :time_zone AS published) m
 WHERE a.tenant_id = :tenant AND a.employee_id = ANY (:only) AND c.programme_id = :programme
   AND c.published_at < :ends_at AND (c.withdrawn_at IS NULL OR c.withdrawn_at >= :starts_at)
   AND NOT EXISTS (SELECT FROM sessions s WHERE s.tenant_id = :tenant AND s.id = c.session_id AND s.state = 'cancelled')
 ORDER BY a.employee_id, c.id"
);

pub async fn contents(mut asking: Asking<'_>, cut: &Cut<'_>, only: &[Uuid]) -> QueryResult<Vec<ContentRow>> {
    cut.statement(asking.tenant, CONTENTS)
        .bind("day_after", cut.day_after)
        .bind("time_zone", &cut.time_zone)
        .bind("kinds", &cut.reuse_kinds)
        .bind("only", only)
        .load(&mut asking.conn)
        .await
}

/// The current value of one external metric.
#[derive(Debug, QueryableByName)]
pub struct ExternalRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Numeric)]
    pub value: Decimal,
}

pub async fn external_values(
    mut asking: Asking<'_>,
    programme: Uuid,
    period: &str,
    only: &[Uuid],
) -> QueryResult<Vec<ExternalRow>> {
    statement(
        "SELECT DISTINCT ON (employee_id, key) employee_id, key, value
           FROM external_metric_values
          WHERE tenant_id = :tenant AND programme_id = :programme AND period = :period AND employee_id = ANY (:only)
          ORDER BY employee_id, key, received_at DESC, id DESC",
    )
    .bind("tenant", asking.tenant)
    .bind("programme", programme)
    .bind("period", period)
    .bind("only", only)
    .load(&mut asking.conn)
    .await
}
