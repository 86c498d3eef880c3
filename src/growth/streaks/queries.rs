//! Statements on what streaks grant, open and close.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::rules::OpenNotice;
use crate::db::{Constraint as _, collect_column, concat, set_row, statement};
use crate::error::{Code, Error, Result};
use crate::growth::notices::NoticeState;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::people::person_of;

/// The notices of a programme that are not closed, each with its person.
pub async fn open_notices(tx: &mut Tx<'_>, programme: Uuid) -> Result<Vec<(Uuid, OpenNotice)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        person_id: Uuid,
        #[diesel(sql_type = Nullable<Text>)]
        policy_code: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        earned_period: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        grade_at_most: Option<String>,
    }
    const OPEN: &str = concat!(
        "
SELECT n.id, n.policy_code, n.earned_period, n.grade_at_most, ",
        person_of!("e"),
        " AS person_id
  FROM improvement_notices n
  JOIN employees e ON e.tenant_id = :tenant AND e.id = n.employee_id
 WHERE n.tenant_id = :tenant AND n.programme_id = :programme AND n.state <> 'closed'
 ORDER BY n.id"
    );
    let asked = statement(OPEN).bind("programme", programme);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    let notice = |row: Row| {
        let (policy, grade_at_most) = (row.policy_code.unwrap_or_default(), row.grade_at_most);
        let period = row.earned_period.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
        Ok((row.person_id, OpenNotice { id: row.id, policy, period, grade_at_most }))
    };
    rows.into_iter().map(notice).collect()
}

#[derive(QueryableByName)]
struct HeldTitle {
    #[diesel(sql_type = SqlUuid)]
    person_id: Uuid,
    #[diesel(sql_type = Text)]
    code: String,
}

/// Which of these titles these people hold.
pub async fn held_titles(tx: &mut Tx<'_>, people: &[Uuid], codes: &[&str]) -> QueryResult<Vec<(Uuid, String)>> {
    const HELD: &str = "
SELECT asked.id AS person_id, t.code
  FROM unnest(:people) AS asked (id)
 CROSS JOIN LATERAL (SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.id = asked.id
                     UNION ALL
                     SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.merged_into_id = asked.id) r
 CROSS JOIN LATERAL (SELECT t.code FROM titles t
                      WHERE t.tenant_id = :tenant AND t.employee_id = r.id AND t.code = ANY (:codes) AND t.withdrawn_at IS NULL
                     OFFSET 0) t";
    let asked = statement(HELD).bind("people", people).bind("codes", codes);
    let rows: Vec<HeldTitle> = tx.complete(asked).load(tx.conn).await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.code)).collect())
}

/// Which of these titles these people had been granted before an instant, but for what streaks of this programme granted, and hold.
pub async fn titles_from_elsewhere(
    tx: &mut Tx<'_>,
    programme: Uuid,
    (people, codes): (&[Uuid], &[&str]),
    until: DateTime<Utc>,
) -> QueryResult<Vec<(Uuid, String)>> {
    const ELSEWHERE: &str = "
SELECT asked.id AS person_id, t.code
  FROM unnest(:people) AS asked (id)
 CROSS JOIN LATERAL (SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.id = asked.id
                     UNION ALL
                     SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.merged_into_id = asked.id) r
 CROSS JOIN LATERAL (SELECT t.code FROM titles t
                      WHERE t.tenant_id = :tenant AND t.employee_id = r.id AND t.code = ANY (:codes) AND t.granted_at < :until
                        AND (t.withdrawn_at IS NULL OR t.withdrawn_at >= :until)
                        AND (t.policy_code IS NULL OR t.programme_id IS DISTINCT FROM :programme)
                     OFFSET 0) t";
    let asked = statement(ELSEWHERE).bind("people", people).bind("codes", codes);
    let asked = asked.bind("programme", programme).bind("until", until);
    let rows: Vec<HeldTitle> = tx.complete(asked).load(tx.conn).await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.code)).collect())
}

set_row! {
    into titles;
    /// A title that a streak grants.
    #[derive(Debug)]
    pub struct EarnedTitle {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub programme_id: Option<Uuid>,
        pub code: String,
        pub snapshot_id: Option<Uuid>,
        pub policy_code: Option<String>,
        pub earned_period: Option<String>,
        pub firing_number: Option<i32>,
        pub run: Option<Value>,
        pub granted_at: DateTime<Utc>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

/// The firings of a programme's policies that gave these people precedence for an opportunity: person, policy and number.
pub async fn held_precedences(
    tx: &mut Tx<'_>,
    programme: Uuid,
    people: &[Uuid],
) -> QueryResult<Vec<(Uuid, String, i32)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        person_id: Uuid,
        #[diesel(sql_type = Text)]
        policy_code: String,
        #[diesel(sql_type = Integer)]
        firing_number: i32,
    }
    const HELD: &str = "
SELECT asked.id AS person_id, c.policy_code, c.firing_number
  FROM unnest(:people) AS asked (id)
 CROSS JOIN LATERAL (SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.id = asked.id
                     UNION ALL
                     SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.merged_into_id = asked.id) r
 CROSS JOIN LATERAL (SELECT c.policy_code, c.firing_number FROM opportunity_precedences c
                      WHERE c.tenant_id = :tenant AND c.employee_id = r.id AND c.programme_id = :programme AND c.withdrawn_at IS NULL
                     OFFSET 0) c";
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let asked = statement(HELD).bind("people", people).bind("programme", programme);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.policy_code, row.firing_number)).collect())
}

set_row! {
    into opportunity_precedences;
    /// Precedence for an opportunity that a streak gives.
    #[derive(Debug)]
    pub struct EarnedPrecedence {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub programme_id: Uuid,
        pub code: String,
        pub snapshot_id: Uuid,
        pub policy_code: String,
        pub earned_period: String,
        pub firing_number: i32,
        pub run: Value,
        pub granted_at: DateTime<Utc>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

set_row! {
    into improvement_notices;
    /// A notice that a run of poor periods opens.
    #[derive(Debug)]
    pub struct EarnedNotice {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub employee_id: Uuid,
        pub programme_id: Uuid,
        pub snapshot_id: Option<Uuid>,
        pub policy_code: Option<String>,
        pub state: NoticeState,
        pub opened_at: DateTime<Utc>,
        pub earned_period: Option<String>,
        pub firing_number: Option<i32>,
        pub run: Option<Value>,
        pub grade_at_most: Option<String>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

/// Fails with `busy` if somebody has been granted one of the titles in the meantime.
pub async fn insert_titles(tx: &mut Tx<'_>, rows: &[EarnedTitle]) -> Result<usize> {
    tx.insert_set(rows).await.on_constraint("titles_held_key", || Error::new(Code::Busy))
}

/// Fails with `busy` if somebody has got a notice in the meantime.
pub async fn insert_notices(tx: &mut Tx<'_>, rows: &[EarnedNotice]) -> Result<usize> {
    tx.insert_set(rows).await.on_constraint("improvement_notices_open_key", || Error::new(Code::Busy))
}

/// Fails with `busy` if somebody has got one of the precedences in the meantime.
pub async fn insert_precedences(tx: &mut Tx<'_>, rows: &[EarnedPrecedence]) -> Result<usize> {
    tx.insert_set(rows).await.on_constraint("opportunity_precedences_firing_key", || Error::new(Code::Busy))
}

/// Better periods close these notices.
pub async fn pass(tx: &mut Tx<'_>, passed: &[(Uuid, Period)]) -> QueryResult<usize> {
    const PASS: &str = "
UPDATE improvement_notices n
   SET state = 'closed', closed_at = :now, passed_period = p.period, updated_at = :now, version = n.version + 1
  FROM unnest(:notices, :periods) AS p (id, period)
 WHERE n.tenant_id = :tenant AND n.id = p.id AND n.state <> 'closed'";
    if passed.is_empty() {
        return Ok(0);
    }
    let notices = collect_column(passed, |(notice, _)| *notice);
    let periods = collect_column(passed, |(_, period)| period.to_string());
    let closed = statement(PASS).bind("notices", notices).bind("periods", periods);
    tx.complete(closed).execute(tx.conn).await
}

/// What a firing brought: a title or a precedence that is held, used or not, or a notice in any state.
#[derive(Debug, Clone, QueryableByName)]
pub struct Earned {
    #[diesel(sql_type = SqlUuid)]
    pub person_id: Uuid,
    #[diesel(sql_type = Text)]
    pub policy_code: String,
    #[diesel(sql_type = Integer)]
    pub firing_number: i32,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub title_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub title_code: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub notice_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub precedence_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub opportunity_code: Option<String>,
}

/// What the policies of a programme have brought these people.
pub async fn earned(tx: &mut Tx<'_>, programme: Uuid, people: &[Uuid]) -> QueryResult<Vec<Earned>> {
    const EARNED: &str = "
SELECT asked.id AS person_id, o.policy_code, o.firing_number, o.title_id, o.title_code, o.notice_id, o.precedence_id, o.opportunity_code
  FROM unnest(:people) AS asked (id)
 CROSS JOIN LATERAL (SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.id = asked.id
                     UNION ALL
                     SELECT r.id FROM employees r WHERE r.tenant_id = :tenant AND r.merged_into_id = asked.id) r
 CROSS JOIN LATERAL (SELECT t.policy_code, t.firing_number, t.id AS title_id, t.code AS title_code, NULL::uuid AS notice_id,
                            NULL::uuid AS precedence_id, NULL::text AS opportunity_code
                       FROM titles t
                      WHERE t.tenant_id = :tenant AND t.employee_id = r.id AND t.programme_id = :programme
                        AND t.firing_number IS NOT NULL AND t.withdrawn_at IS NULL
                     UNION ALL
                     SELECT c.policy_code, c.firing_number, NULL, NULL, NULL, c.id, c.code
                       FROM opportunity_precedences c
                      WHERE c.tenant_id = :tenant AND c.employee_id = r.id AND c.programme_id = :programme AND c.withdrawn_at IS NULL
                     UNION ALL
                     SELECT n.policy_code, n.firing_number, NULL, NULL, n.id, NULL, NULL
                       FROM improvement_notices n
                      WHERE n.tenant_id = :tenant AND n.employee_id = r.id AND n.programme_id = :programme
                        AND n.firing_number IS NOT NULL) o
 ORDER BY person_id, policy_code, firing_number";
    let asked = statement(EARNED).bind("programme", programme).bind("people", people);
    tx.complete(asked).load(tx.conn).await
}
