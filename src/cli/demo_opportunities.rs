//! Training opportunities of the demonstration company: one took place, with a certificate; the places of one are taken and others wait;
//! for one lecturers can apply.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::demo_disputes::person;
use crate::auth::Actor;
use crate::auth::rights::OpportunitiesWrite;
use crate::db::statement;
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Circumstances, read_tx, write_tx};
use crate::kernel::clock::Clock;
use crate::kernel::fault::Faults;
use crate::opportunities;
use crate::people::today;
use crate::state::State;

/// Lecturers who were rated in the last closed period of a programme: those with precedence for the summit first, then the last ones by
/// employee number, because the first ones play parts of their own.
const LECTURERS: &str = "
SELECT l.employee_id AS id
  FROM lecturers l
  JOIN employees e ON e.tenant_id = :tenant AND e.id = l.employee_id AND e.left_on IS NULL
  JOIN LATERAL (SELECT p.snapshot_id FROM periods p
                 WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.state = 'closed'
                 ORDER BY p.starts_on DESC LIMIT 1) last ON true
  JOIN snapshot_lecturers x ON x.tenant_id = :tenant AND x.snapshot_id = last.snapshot_id AND x.employee_id = l.employee_id
 WHERE l.tenant_id = :tenant AND l.ended_on IS NULL AND l.appointed_on < (:now)::date AND x.score IS NOT NULL
 ORDER BY EXISTS (SELECT FROM opportunity_precedences c WHERE c.tenant_id = :tenant AND c.employee_id = l.employee_id) DESC,
          e.employee_number COLLATE \"C\" DESC
 LIMIT 16";

/// How many places the first two opportunities have.
const PLACES: usize = 2;

/// What took place since the last closed month, and what is full. The clock stands some days later then.
pub(super) async fn hold(
    state: &State,
    tenant: Uuid,
    admin: &Actor,
    programme: Uuid,
    (clock, now): (&Clock, DateTime<Utc>),
) -> Result<()> {
    let lecturers = lecturers(state, tenant, programme).await?;
    let (begun, soon) = (day(state, tenant).await?, now.date_naive());
    let course = published(state, tenant, admin, course(programme, clock.now(), begun)).await?;
    let summit = published(state, tenant, admin, summit(programme, clock.now(), soon)).await?;
    apply(state, tenant, course, lecturers.iter().rev(), PLACES + 1).await?;
    apply(state, tenant, summit, lecturers.iter(), PLACES + 3).await?;
    clock.set(clock.now() + TimeDelta::days(1));
    for opportunity in [course, summit] {
        rank(state, tenant, admin, opportunity).await?;
        accept(state, tenant, opportunity).await?;
    }
    clock.set(clock.now() + TimeDelta::days(4));
    attend(state, tenant, admin, course).await
}

/// Today: lecturers can apply for one, and somebody has.
pub(super) async fn announce(
    state: &State,
    tenant: Uuid,
    admin: &Actor,
    programme: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let lecturers = lecturers(state, tenant, programme).await?;
    let open = published(state, tenant, admin, open_course(programme, now)).await?;
    apply(state, tenant, open, lecturers.iter(), 1).await
}

fn in_days(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn yuan(amount: i64) -> Value {
    json!({"amount_minor": amount * 100, "currency": "CNY"})
}

/// Train-the-trainer, three days after this one.
fn course(programme: Uuid, now: DateTime<Utc>, today: NaiveDate) -> Value {
    json!({
        "code": "train-the-trainer", "kind": "train_the_trainer", "title": "内部培训师认证（TTT）公开课", "provider": "培训师认证中心",
        "description": "两天课程与试讲考核。", "place": "上海", "starts_on": in_days(today, 3), "ends_on": in_days(today, 4),
        "apply_until_at": now + TimeDelta::hours(20), "answer_days": 2, "seats": PLACES, "cost": yuan(4_800), "budget": yuan(10_000),
        "criteria": null, "ranking": {"programme_id": programme, "periods": 3, "ties": ["longer_tenure"]},
        "certificate": {"kind": "ttt", "months": 36},
    })
}

/// Three weeks from today.
fn summit(programme: Uuid, now: DateTime<Utc>, today: NaiveDate) -> Value {
    json!({
        "code": "industry-summit", "kind": "summit", "title": "企业学习行业峰会", "provider": "中国企业培训协会",
        "description": "两天主论坛与一天案例参访。", "place": "北京", "starts_on": in_days(today, 21), "ends_on": in_days(today, 23),
        "apply_until_at": now + TimeDelta::hours(20), "answer_days": 5, "seats": PLACES, "cost": yuan(3_800), "budget": yuan(7_600),
        "criteria": {"kind": "grades", "periods": 1, "every": "pass", "programme_id": programme},
        "ranking": {"programme_id": programme, "periods": 3, "ties": ["longer_tenure"]}, "certificate": null,
    })
}

/// In five weeks.
fn open_course(programme: Uuid, now: DateTime<Utc>) -> Value {
    let today = now.date_naive();
    json!({
        "code": "course-design", "kind": "course", "title": "课程设计工作坊", "provider": "云岭教育研究院",
        "description": "从业务问题到课程大纲，带着自己的课题来。", "place": "线上", "starts_on": in_days(today, 35),
        "ends_on": in_days(today, 36), "apply_until_at": now + TimeDelta::days(10), "answer_days": 5, "seats": 3,
        "cost": yuan(1_200), "budget": null,
        "criteria": {"kind": "any", "criteria": [
            {"kind": "title", "code": "senior-lecturer"},
            {"kind": "all", "criteria": [
                {"kind": "grades", "periods": 3, "every": "good", "programme_id": programme},
                {"kind": "score_average", "periods": 3, "at_least": "80", "programme_id": programme},
            ]},
        ]},
        "ranking": {"programme_id": programme, "periods": 3, "ties": ["earlier_application"]}, "certificate": null,
    })
}

async fn day(state: &State, tenant: Uuid) -> Result<NaiveDate> {
    read_tx(state, tenant, Actor::system(), |tx| async move { Ok(today(tx).await?) }.boxed()).await
}

async fn lecturers(state: &State, tenant: Uuid, programme: Uuid) -> Result<Vec<Uuid>> {
    read_tx(state, tenant, Actor::system(), move |tx| {
        async move {
            let asked = statement(LECTURERS).bind("programme", programme);
            Ok(tx.complete(asked).load_ids(tx.conn).await?)
        }
        .boxed()
    })
    .await
}

async fn published(state: &State, tenant: Uuid, admin: &Actor, opportunity: Value) -> Result<Uuid> {
    let request = serde_json::from_value(opportunity).map_err(Error::internal)?;
    write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move { Ok(opportunities::publish(tx, request, Faults::default()).await?.id) }.boxed()
    })
    .await
}

/// The first so many of them who meet what it asks for apply.
async fn apply<'p>(
    state: &State,
    tenant: Uuid,
    opportunity: Uuid,
    lecturers: impl Iterator<Item = &'p Uuid>,
    count: usize,
) -> Result<()> {
    let mut applied = 0;
    for lecturer in lecturers {
        if applied == count {
            break;
        }
        let applying = write_tx(state, tenant, person(*lecturer), Circumstances::default(), move |tx| {
            async move { opportunities::apply(tx, opportunity).await.map(drop) }.boxed()
        });
        match applying.await {
            Err(refused) if refused.code == Code::MayNotApply => {}
            done => {
                done?;
                applied += 1;
            }
        }
    }
    Ok(())
}

async fn rank(state: &State, tenant: Uuid, admin: &Actor, opportunity: Uuid) -> Result<()> {
    write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move { opportunities::rank(tx, opportunity, &Precondition::none()).await.map(drop) }.boxed()
    })
    .await
}

/// The applications with a place, by rank, and whose they are.
const WITH_PLACE: &str = "
SELECT a.id FROM opportunity_applications a
 WHERE a.tenant_id = :tenant AND a.opportunity_id = :opportunity AND a.state IN ('offered', 'accepted') ORDER BY a.rank";
const WHOSE: &str = "
SELECT a.employee_id AS id FROM opportunity_applications a
 WHERE a.tenant_id = :tenant AND a.opportunity_id = :opportunity AND a.state IN ('offered', 'accepted') ORDER BY a.rank";

async fn found(state: &State, tenant: Uuid, text: &'static str, opportunity: Uuid) -> Result<Vec<Uuid>> {
    read_tx(state, tenant, Actor::system(), move |tx| {
        async move { Ok(tx.complete(statement(text).bind("opportunity", opportunity)).load_ids(tx.conn).await?) }
            .boxed()
    })
    .await
}

/// Everybody who got an offer accepts it.
async fn accept(state: &State, tenant: Uuid, opportunity: Uuid) -> Result<()> {
    let applications = found(state, tenant, WITH_PLACE, opportunity).await?;
    for (id, lecturer) in applications.into_iter().zip(found(state, tenant, WHOSE, opportunity).await?) {
        write_tx(state, tenant, person(lecturer), Circumstances::default(), move |tx| {
            async move { opportunities::accept::<OpportunitiesWrite>(tx, id, &Precondition::none()).await.map(drop) }
                .boxed()
        })
        .await?;
    }
    Ok(())
}

/// The first of them came; of the other one nobody has said so yet.
async fn attend(state: &State, tenant: Uuid, admin: &Actor, opportunity: Uuid) -> Result<()> {
    let Some(id) = found(state, tenant, WITH_PLACE, opportunity).await?.into_iter().next() else { return Ok(()) };
    write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move {
            let request = json!({"attended": true, "certificate_number": "TTT-OPEN-001"});
            let request = serde_json::from_value(request).map_err(Error::internal)?;
            let none = Precondition::none();
            opportunities::record_attendance::<OpportunitiesWrite>(tx, id, &none, request).await.map(drop)
        }
        .boxed()
    })
    .await
}
