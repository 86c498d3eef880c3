//! Promotion checks: the facts about a person, the verdict on them, and the answer over HTTP.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::answer::CriterionResult;
use super::criteria::PromotionCriterion;
use super::policies::{self, PromotionPolicy};
use super::rules::{self, ClosedResult, Facts, Taught};

use crate::auth::rights::{PromotionsRead, PromotionsWrite};
use crate::auth::{Right, records_of};
use crate::call::{Answer, Call, answer};
use crate::db::{Document, concat, statement};
use crate::error::{Error, Result};
use crate::http::{Json, Reply, operations};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::text::Code;
use crate::kernel::wire;
use crate::names::grade_order;
use crate::people::{
    AbsenceKind, appointments_on, competences_on, is_employee, merged_into, merged_record, records_of_all, time_zone,
    today, visible,
};
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{absences, improvement_notices, lecturers, scoring_rules, sessions, titles};
use crate::scoring::Score;
use crate::scoring::inputs::SessionInputs;
use crate::scoring::metrics::qualifies;
use crate::versioned::Versioned as _;

operations! { create_promotion_check }

/// Whom to check, and for what.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"employee_id": "01980f6e-5c1e-7d3a-9b1f-0c2d3e4f5a6b", "target_code": "department-manager"}))]
pub struct PromotionCheckRequest {
    pub employee_id: Uuid,
    /// A certain version of a policy. Send either this or a position.
    pub policy_id: Option<Uuid>,
    /// The position, checked by its policy in force. Send either this or a policy.
    #[validate(nested)]
    pub target_code: Option<Code>,
    /// The day to check for. If absent, today in the company's time zone.
    #[validate(custom(function = "wire::any_day"))]
    pub on: Option<NaiveDate>,
}

/// The result of a promotion check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PromotionCheckResponse {
    pub employee_id: Uuid,
    pub policy_id: Uuid,
    /// The position.
    pub target_code: Code,
    #[schema(minimum = 1)]
    pub policy_version: i32,
    /// The day that was checked for.
    pub asked_on: NaiveDate,
    pub eligible: bool,
    /// The verdict on the policy's criterion and on every criterion below it, with the evidence.
    pub result: CriterionResult,
}

/// A policy and the result of the check by it.
pub struct CheckedAnswer {
    pub policy: PromotionPolicy,
    pub answer: PromotionCheckResponse,
}

/// Check whether a person may be promoted
///
/// Computes the result from closed snapshots, with the evidence month by month and what is missing. The result is not stored.
#[utoipa::path(post, path = "/v1/promotion-checks", responses((status = 200, body = PromotionCheckResponse)))]
async fn create_promotion_check(call: Call<PromotionsRead>, body: Json<PromotionCheckRequest>) -> Answer {
    answer!(call.read_checked(body), |tx, request, faults| {
        let on = match request.on {
            Some(on) => on,
            None => today(tx).await?,
        };
        let target = Target { policy_id: request.policy_id, target_code: request.target_code };
        Reply::ok(&check::<PromotionsRead>(tx, request.employee_id, target, on, faults).await?.answer)
    })
}

/// What a person is checked for: a policy, or a position.
pub struct Target {
    pub policy_id: Option<Uuid>,
    pub target_code: Option<Code>,
}

/// Checks a person whom the caller's right `R` covers for a day. Refuses with the faults found before and all of its own.
pub async fn check<R: Right>(
    tx: &mut Tx<'_>,
    employee: Uuid,
    target: Target,
    on: NaiveDate,
    mut faults: Faults,
) -> Result<CheckedAnswer> {
    let is_seen = visible::<R>(tx).await?.includes(employee);
    if let Some(kept) = merged_into(tx, &[employee]).await?.remove(&employee).filter(|_| is_seen) {
        faults.push(merged_record("/employee_id", kept));
    } else if !is_seen || !is_employee(tx, employee).await? {
        faults.push(Fault::new("/employee_id", FaultCode::NotFound));
    }
    let policy = faults.and(policy_of(tx, target).await)?;
    let facts = facts(tx, employee, on).await?;
    let result = rules::check(&policy.document, &facts);
    let answer = PromotionCheckResponse {
        employee_id: employee,
        policy_id: policy.id,
        target_code: policy.heading.target_code.clone(),
        policy_version: policy.number,
        asked_on: on,
        eligible: result.verdict().passes(),
        result,
    };
    Ok(CheckedAnswer { policy, answer })
}

/// The named policy, or the policy in force for the named position. People who maintain drafts may check against them too.
async fn policy_of(tx: &mut Tx<'_>, target: Target) -> Result<PromotionPolicy> {
    match (target.policy_id, target.target_code) {
        (Some(id), None) => {
            let found = PromotionCriterion::find(tx, id).await?;
            let tries = tx.actor.reach::<PromotionsWrite>().is_ok();
            let usable = found.filter(|policy| policy.published_at.is_some() || tries);
            usable.ok_or_else(|| Error::fault("/policy_id", FaultCode::NotFound))
        }
        (None, Some(target_code)) => {
            let found = policies::in_force(tx, &target_code).await?;
            found.ok_or_else(|| Error::fault("/target_code", FaultCode::NotFound))
        }
        _ => Err(Fault::exactly_one("/policy_id", &["policy_id", "target_code"]).into()),
    }
}

/// All facts that a criterion may use.
async fn facts(tx: &mut Tx<'_>, employee: Uuid, on: NaiveDate) -> Result<Facts> {
    let zone = time_zone(tx).await?;
    // What has begun by the day and not ended.
    let stands = |began_at: DateTime<Utc>, ended_at: Option<DateTime<Utc>>| {
        let day = |instant: DateTime<Utc>| instant.with_timezone(&zone).date_naive();
        day(began_at) <= on && ended_at.is_none_or(|ended_at| day(ended_at) > on)
    };
    let titles = titles_of(tx, employee).await?.into_iter();
    let titles = titles.filter(|(_, granted_at, withdrawn_at)| stands(*granted_at, *withdrawn_at));
    let notices = notices_of(tx, employee).await?.into_iter();
    let notices = notices.filter(|(_, opened_at, closed_at)| stands(*opened_at, *closed_at));
    Ok(Facts {
        asked_on: on,
        grades: grade_order(tx).await?,
        appointed_on: appointed_on(tx, employee, on).await?,
        suspensions: suspensions(tx, employee).await?,
        results: closed_results(tx, employee).await?,
        titles: titles.map(|(code, granted_at, _)| (code, granted_at)).collect(),
        open_notices: notices.map(|(id, ..)| id).collect(),
        competences: competences_on(tx, &[(employee, on)]).await?,
    })
}

async fn appointed_on(tx: &mut Tx<'_>, employee: Uuid, on: NaiveDate) -> QueryResult<Option<NaiveDate>> {
    lecturers::table
        .filter(lecturers::tenant_id.eq(tx.tenant))
        .filter(lecturers::employee_id.eq(employee))
        .filter(appointments_on(on))
        .select(lecturers::appointed_on)
        .first(tx.conn)
        .await
        .optional()
}

/// Suspensions, each from its first to its last day. Those until further notice last until the end of the calendar.
async fn suspensions(tx: &mut Tx<'_>, employee: Uuid) -> QueryResult<Vec<(NaiveDate, NaiveDate)>> {
    let found: Vec<(NaiveDate, Option<NaiveDate>)> = absences::table
        .filter(absences::tenant_id.eq(tx.tenant))
        .filter(absences::employee_id.eq(employee))
        .filter(absences::kind.eq(AbsenceKind::Suspension))
        .select((absences::starts_on, absences::ends_on))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().map(|(first, last)| (first, last.unwrap_or(NaiveDate::MAX))).collect())
}

/// The titles of a person, with when each was granted and withdrawn.
async fn titles_of(
    tx: &mut Tx<'_>,
    employee: Uuid,
) -> QueryResult<Vec<(String, DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let records = records_of_all(tx, &[employee]).await?;
    titles::table
        .filter(titles::tenant_id.eq(tx.tenant))
        .filter(titles::employee_id.eq_any(records))
        .order(titles::granted_at)
        .select((titles::code, titles::granted_at, titles::withdrawn_at))
        .load(tx.conn)
        .await
}

/// The improvement notices of a person, with when each was opened and closed.
async fn notices_of(tx: &mut Tx<'_>, employee: Uuid) -> QueryResult<Vec<(Uuid, DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let records = records_of_all(tx, &[employee]).await?;
    improvement_notices::table
        .filter(improvement_notices::tenant_id.eq(tx.tenant))
        .filter(improvement_notices::employee_id.eq_any(records))
        .order(improvement_notices::id)
        .select((improvement_notices::id, improvement_notices::opened_at, improvement_notices::closed_at))
        .load(tx.conn)
        .await
}

/// For every closed period, only the snapshot that counts is read, whether or not an earlier one contained the person.
const CLOSED_RESULTS: &str = concat!(
    "
SELECT g.id AS programme_id, g.code AS programme_code, g.time_zone, p.period, s.rule_id, l.score, l.grade,
       coalesce(l.inputs -> 'sessions', '[]') AS sessions
  FROM snapshot_lecturers l
  JOIN snapshots s ON s.tenant_id = l.tenant_id AND s.id = l.snapshot_id
  JOIN periods p ON p.tenant_id = s.tenant_id AND p.snapshot_id = s.id
  JOIN programmes g ON g.tenant_id = p.tenant_id AND g.id = p.programme_id
 WHERE l.tenant_id = :tenant AND s.tenant_id = :tenant AND p.tenant_id = :tenant AND g.tenant_id = :tenant
   AND l.employee_id IN ",
    records_of!(":employee"),
    "
 ORDER BY p.starts_on DESC, g.id"
);

#[derive(QueryableByName)]
struct ClosedRow {
    #[diesel(sql_type = SqlUuid)]
    programme_id: Uuid,
    #[diesel(sql_type = Text)]
    programme_code: String,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Text)]
    period: String,
    #[diesel(sql_type = SqlUuid)]
    rule_id: Uuid,
    #[diesel(sql_type = Nullable<Numeric>)]
    score: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    grade: Option<String>,
    #[diesel(sql_type = Jsonb)]
    sessions: Value,
}

async fn closed_results(tx: &mut Tx<'_>, employee: Uuid) -> Result<Vec<ClosedResult>> {
    let mut rows: Vec<ClosedRow> =
        statement(CLOSED_RESULTS).bind("tenant", tx.tenant).bind("employee", employee).load(tx.conn).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.rule_id).collect();
    let rules = rules_of(tx, &ids).await?;
    let mut taught = Vec::with_capacity(rows.len());
    for row in &mut rows {
        let (_, rule) = rules.get(&row.rule_id).ok_or_else(no_rule)?;
        let frozen: Vec<SessionInputs> = serde_json::from_value(row.sessions.take()).map_err(Error::internal)?;
        taught.push(frozen.into_iter().filter(|session| qualifies(rule, session)).collect::<Vec<_>>());
    }
    let ids: Vec<Uuid> = taught.iter().flatten().map(|session| session.session_id).collect();
    let starts = starts_of(tx, &ids).await?;
    let mut closed = Vec::with_capacity(rows.len());
    for (row, sessions) in rows.into_iter().zip(taught) {
        let (version, _) = rules.get(&row.rule_id).ok_or_else(no_rule)?;
        let zone: Tz = row.time_zone.parse().map_err(Error::internal)?;
        closed.push(ClosedResult {
            programme_id: row.programme_id,
            programme_code: row.programme_code,
            period: row.period.parse().map_err(|_| Error::internal("a row with an invalid period"))?,
            rule_version: *version,
            rating: row.score.map(|score| Score::round(&score.to_ratio())).zip(row.grade),
            sessions: with_days(&sessions, &starts, zone)?,
        });
    }
    Ok(closed)
}

fn no_rule() -> Error {
    Error::internal("a snapshot without its rule")
}

/// When these sessions started or are scheduled to start.
async fn starts_of(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeMap<Uuid, DateTime<Utc>>> {
    let starts: Vec<(Uuid, DateTime<Utc>, Option<DateTime<Utc>>)> = sessions::table
        .filter(sessions::tenant_id.eq(tx.tenant))
        .filter(sessions::id.eq_any(ids))
        .select((sessions::id, sessions::scheduled_start, sessions::delivered_start))
        .load(tx.conn)
        .await?;
    Ok(starts.into_iter().map(|(id, scheduled, delivered)| (id, delivered.unwrap_or(scheduled))).collect())
}

/// Frozen sessions with their local days. The day is not frozen: it is taken from the session as it is now.
fn with_days(sessions: &[SessionInputs], starts: &BTreeMap<Uuid, DateTime<Utc>>, zone: Tz) -> Result<Vec<Taught>> {
    let taught = sessions.iter().map(|session| {
        let start = starts.get(&session.session_id);
        let start = start.ok_or_else(|| Error::internal("a frozen session no longer exists"))?;
        Ok(Taught { on: start.with_timezone(&zone).date_naive(), credit: session.credit })
    });
    taught.collect()
}

/// These rule versions, with their numbers.
async fn rules_of(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<BTreeMap<Uuid, (i32, ScoringRule)>> {
    let rows: Vec<(Uuid, i32, Document<ScoringRule>)> = scoring_rules::table
        .filter(scoring_rules::tenant_id.eq(tx.tenant))
        .filter(scoring_rules::id.eq_any(ids))
        .select((scoring_rules::id, scoring_rules::version, scoring_rules::document))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().map(|(id, version, document)| (id, (version, document.0))).collect())
}
