//! What the career file reads: what is dated until the end of a day, under all records of the person, latest first.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{RecordApplication, RecordNotice, RecordProgramme, RecordSuspension};
use crate::db::{Statement, concat, statement};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{CertificateNumber, Code, Label, Name, Reason};
use crate::rewards::ledger::{EntryState, RewardKind, STATE};
use crate::schema::programmes;

/// Whose facts, and until when.
#[derive(Debug, Clone)]
pub struct Sought {
    /// All records of the person.
    pub records: Vec<Uuid>,
    pub day: NaiveDate,
    /// The instant at which the day ends.
    pub until: DateTime<Utc>,
}

impl Sought {
    pub(super) fn statement(&self, tx: &Tx<'_>, text: &'static str) -> Statement<'_> {
        let asked = statement(text).bind("tenant", tx.tenant).bind("records", &self.records);
        asked.bind_if_asked("day", self.day).bind_if_asked("until", self.until)
    }
}

#[derive(Debug, QueryableByName)]
pub struct AppointmentRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Date)]
    pub appointed_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    pub ended_on: Option<LastDay>,
    #[diesel(sql_type = Nullable<Date>)]
    pub term_to: Option<LastDay>,
}

/// The term is the one that it had then: what the first renewal after that replaced.
pub async fn appointments(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<AppointmentRow>> {
    const APPOINTMENTS: &str = "
SELECT l.id, l.appointed_on, CASE WHEN l.ended_on <= :day + 1 THEN l.ended_on END AS ended_on,
       CASE WHEN later.id IS NULL THEN l.term_to ELSE later.term_before END AS term_to
  FROM lecturers l
  LEFT JOIN LATERAL (SELECT r.id, r.term_before FROM lecturer_renewals r
                      WHERE r.tenant_id = :tenant AND r.lecturer_id = l.id AND r.renewed_at >= :until
                      ORDER BY r.renewed_at, r.id LIMIT 1) later ON true
 WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:records) AND l.appointed_on <= :day
 ORDER BY l.appointed_on DESC";
    sought.statement(tx, APPOINTMENTS).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct LevelRow {
    #[diesel(sql_type = SqlUuid)]
    pub lecturer_id: Uuid,
    #[diesel(sql_type = Text)]
    pub level: Label,
    #[diesel(sql_type = Date)]
    pub starts_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    pub ended_on: Option<LastDay>,
}

/// Only the days of the appointment count.
pub async fn levels(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<LevelRow>> {
    const LEVELS: &str = "
SELECT v.lecturer_id, v.level, s.first AS starts_on, CASE WHEN s.end <= :day + 1 THEN s.end END AS ended_on
  FROM lecturers l
  JOIN lecturer_levels v ON v.tenant_id = :tenant AND v.lecturer_id = l.id
 CROSS JOIN LATERAL (SELECT greatest(v.valid_from, l.appointed_on) AS first, least(v.valid_to, l.ended_on) AS end) s
 WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:records) AND s.first <= :day AND (s.end IS NULL OR s.first < s.end)
 ORDER BY s.first DESC";
    sought.statement(tx, LEVELS).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct RenewalRow {
    #[diesel(sql_type = SqlUuid)]
    pub lecturer_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    pub renewed_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Date>)]
    pub term_before: Option<LastDay>,
    #[diesel(sql_type = Nullable<Date>)]
    pub term_to: Option<LastDay>,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<Reason>,
}

pub async fn renewals(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<RenewalRow>> {
    const RENEWALS: &str = "
SELECT r.lecturer_id, r.renewed_at, r.term_before, r.term_to, r.reason
  FROM lecturers l
  JOIN lecturer_renewals r ON r.tenant_id = :tenant AND r.lecturer_id = l.id
 WHERE l.tenant_id = :tenant AND l.employee_id = ANY (:records) AND r.renewed_at < :until
 ORDER BY r.renewed_at DESC, r.id DESC";
    sought.statement(tx, RENEWALS).load(tx.conn).await
}

pub async fn suspensions(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<RecordSuspension>> {
    const SUSPENSIONS: &str = "
SELECT a.id, a.starts_on, CASE WHEN a.ends_on <= :day THEN a.ends_on END AS ends_on, a.reason,
       CASE WHEN a.lifted_at < :until THEN a.lifted_at END AS lifted_at,
       CASE WHEN a.lifted_at < :until THEN a.lift_reason END AS lift_reason
  FROM absences a
 WHERE a.tenant_id = :tenant AND a.employee_id = ANY (:records) AND a.kind = 'suspension' AND a.starts_on <= :day
 ORDER BY a.starts_on DESC, a.id DESC";
    sought.statement(tx, SUSPENSIONS).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct TitleRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub code: Code,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub programme_id: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    pub granted_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub withdrawn_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub withdraw_reason: Option<Reason>,
}

pub async fn titles(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<TitleRow>> {
    const TITLES: &str = "
SELECT t.id, t.code, t.programme_id, t.granted_at, CASE WHEN t.withdrawn_at < :until THEN t.withdrawn_at END AS withdrawn_at,
       CASE WHEN t.withdrawn_at < :until THEN t.withdraw_reason END AS withdraw_reason
  FROM titles t
 WHERE t.tenant_id = :tenant AND t.employee_id = ANY (:records) AND t.granted_at < :until
 ORDER BY t.granted_at DESC, t.id DESC";
    sought.statement(tx, TITLES).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct ResultRow {
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub period: String,
    #[diesel(sql_type = SqlUuid)]
    pub snapshot_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub snapshot_number: i32,
    #[diesel(sql_type = Timestamptz)]
    pub since: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    pub rule_version: i32,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub score: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    pub grade: Option<String>,
}

/// Of each closed period the snapshot that counted then: that of the close, or of the latest restatement that was accepted by then.
pub async fn results(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<ResultRow>> {
    const RESULTS: &str = "
SELECT p.programme_id, p.period, counted.id AS snapshot_id, counted.number AS snapshot_number, counted.since,
       v.version AS rule_version, x.score, x.grade
  FROM (SELECT DISTINCT s.period_id
          FROM snapshot_lecturers x
          JOIN snapshots s ON s.tenant_id = :tenant AND s.id = x.snapshot_id
         WHERE x.tenant_id = :tenant AND x.employee_id = ANY (:records)) own
  JOIN periods p ON p.tenant_id = :tenant AND p.id = own.period_id AND p.state = 'closed'
 CROSS JOIN LATERAL (
    SELECT s.id, s.number, s.rule_id, CASE WHEN t.id IS NULL THEN s.closed_at ELSE t.decided_at END AS since
      FROM snapshots s
      LEFT JOIN restatements t ON t.tenant_id = :tenant AND t.snapshot_id = s.id
     WHERE s.tenant_id = :tenant AND s.period_id = p.id
       AND (t.id IS NULL AND s.closed_at < :until OR t.state = 'accepted' AND t.decided_at < :until)
     ORDER BY s.number DESC LIMIT 1) counted
  JOIN snapshot_lecturers x ON x.tenant_id = :tenant AND x.snapshot_id = counted.id AND x.employee_id = ANY (:records)
  JOIN scoring_rules v ON v.tenant_id = :tenant AND v.id = counted.rule_id";
    sought.statement(tx, RESULTS).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct AwardRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub earned_period: String,
    #[diesel(sql_type = Text)]
    pub kind: RewardKind,
    #[diesel(sql_type = Nullable<Text>)]
    pub policy_code: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub corrects_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub state: EntryState,
    #[diesel(sql_type = Timestamptz)]
    pub granted_at: DateTime<Utc>,
}

/// In the state of the last event until then. Lines that were rejected or voided are left out.
pub async fn awards(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<AwardRow>> {
    const AWARDS: &str = concat!(
        "
SELECT e.id, e.programme_id, e.earned_period, e.kind, e.policy_code, e.amount_minor, e.currency::text AS currency, e.corrects_id, ",
        STATE,
        " AS state, e.created_at AS granted_at
  FROM reward_entries e
 CROSS JOIN LATERAL (SELECT v.event, v.line_id FROM reward_entry_events v
                      WHERE v.tenant_id = :tenant AND v.entry_id = e.id AND v.occurred_at < :until
                      ORDER BY v.seq DESC LIMIT 1) last
 WHERE e.tenant_id = :tenant AND e.employee_id = ANY (:records) AND ",
        STATE,
        " NOT IN ('rejected', 'voided')
 ORDER BY e.created_at DESC, e.id DESC"
    );
    sought.statement(tx, AWARDS).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct CertificateRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub earned_period: String,
    #[diesel(sql_type = Text)]
    pub certificate_code: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub policy_code: Option<String>,
    #[diesel(sql_type = Text)]
    pub public_code: String,
    #[diesel(sql_type = Timestamptz)]
    pub issued_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub revoked_at: Option<DateTime<Utc>>,
}

pub async fn certificates(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<CertificateRow>> {
    const CERTIFICATES: &str = "
SELECT c.id, c.programme_id, c.earned_period, c.certificate_code, c.policy_code, c.public_code, c.issued_at,
       CASE WHEN c.revoked_at < :until THEN c.revoked_at END AS revoked_at
  FROM certificates c
 WHERE c.tenant_id = :tenant AND c.employee_id = ANY (:records) AND c.issued_at < :until
 ORDER BY c.issued_at DESC, c.id DESC";
    sought.statement(tx, CERTIFICATES).load(tx.conn).await
}

#[derive(Debug, QueryableByName)]
pub struct CompetenceRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: Code,
    #[diesel(sql_type = Text)]
    pub issuer: Name,
    #[diesel(sql_type = Nullable<Text>)]
    pub certificate_number: Option<CertificateNumber>,
    #[diesel(sql_type = Date)]
    pub valid_from: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    pub valid_to: Option<LastDay>,
}

pub async fn competences(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<CompetenceRow>> {
    const COMPETENCES: &str = "
SELECT c.id, c.kind, c.issuer, c.certificate_number, c.valid_from, c.valid_to
  FROM competence_certificates c
 WHERE c.tenant_id = :tenant AND c.employee_id = ANY (:records) AND c.valid_from <= :day
 ORDER BY c.valid_from DESC, c.id DESC";
    sought.statement(tx, COMPETENCES).load(tx.conn).await
}

pub async fn notices(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<RecordNotice>> {
    const NOTICES: &str = "
SELECT n.id, n.programme_id, n.opened_at, CASE WHEN n.closed_at < :until THEN n.closed_at END AS closed_at,
       CASE WHEN n.closed_at < :until THEN n.closing_note END AS closing_note,
       CASE WHEN n.closed_at < :until THEN 'closed' WHEN n.answered_at < :until THEN 'answered'
            WHEN n.acknowledged_at < :until THEN 'acknowledged' ELSE 'open' END AS state
  FROM improvement_notices n
 WHERE n.tenant_id = :tenant AND n.employee_id = ANY (:records) AND n.opened_at < :until
 ORDER BY n.opened_at DESC, n.id DESC";
    sought.statement(tx, NOTICES).load(tx.conn).await
}

pub async fn applications(tx: &mut Tx<'_>, sought: &Sought) -> QueryResult<Vec<RecordApplication>> {
    const APPLICATIONS: &str = "
SELECT a.id, a.target_code, p.name AS target_name, a.created_at AS submitted_at,
       CASE WHEN a.decided_at < :until THEN a.state ELSE 'submitted' END AS state,
       CASE WHEN a.decided_at < :until THEN a.decided_at END AS decided_at,
       CASE WHEN a.decided_at < :until THEN a.decision_reason END AS decision_reason
  FROM promotion_applications a
  JOIN promotion_policies p ON p.tenant_id = :tenant AND p.id = a.policy_id
 WHERE a.tenant_id = :tenant AND a.employee_id = ANY (:records) AND a.created_at < :until
 ORDER BY a.created_at DESC, a.id DESC";
    sought.statement(tx, APPLICATIONS).load(tx.conn).await
}

/// These programmes, by id.
pub async fn programmes(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeMap<Uuid, RecordProgramme>> {
    let rows: Vec<(Uuid, Code, Name)> = programmes::table
        .filter(programmes::tenant_id.eq(tx.tenant))
        .filter(programmes::id.eq_any(ids))
        .select((programmes::id, programmes::code, programmes::name))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().map(|(id, code, name)| (id, RecordProgramme { id, code, name })).collect())
}
