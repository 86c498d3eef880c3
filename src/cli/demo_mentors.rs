//! What a good grade opens in the demonstration company. In its own programme content is open to everybody; in the pilot it is earned, and
//! a few lecturers have shared what they present. Excellent lecturers mentor others: one pair has reached its goal, one goes on, one was
//! asked for, and one mentor has nobody yet.

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::demo_disputes::person;
use crate::auth::Actor;
use crate::content::{self, SubmitContentRequest};
use crate::db::statement;
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Circumstances, read_tx, write_tx};
use crate::kernel::fault::Faults;
use crate::kernel::period::Period;
use crate::mentoring::{
    self, AskMentorshipRequest, CreateMentorOfferRequest, CreateMentorshipNoteRequest, EndMentorshipRequest,
};
use crate::programmes::privileges::{self, PutProgrammePrivilegesRequest};
use crate::state::State;

/// Lecturers with the company's best grade in the last closed month, those with the highest score first.
const EXCELLENT: &str = "
SELECT l.employee_id AS id
  FROM periods p
  JOIN snapshot_lecturers l ON l.tenant_id = :tenant AND l.snapshot_id = p.snapshot_id AND l.grade = 'excellent'
  JOIN lecturers a ON a.tenant_id = :tenant AND a.employee_id = l.employee_id AND a.ended_on IS NULL
  JOIN employees e ON e.tenant_id = :tenant AND e.id = l.employee_id AND e.left_on IS NULL
 WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period
 ORDER BY l.score DESC, e.employee_number COLLATE \"C\" DESC LIMIT 3";

/// Lecturers with another grade then, the newest first.
const OTHERS: &str = "
SELECT l.employee_id AS id
  FROM periods p
  JOIN snapshot_lecturers l ON l.tenant_id = :tenant AND l.snapshot_id = p.snapshot_id AND l.grade <> 'excellent'
  JOIN lecturers a ON a.tenant_id = :tenant AND a.employee_id = l.employee_id AND a.ended_on IS NULL
  JOIN employees e ON e.tenant_id = :tenant AND e.id = l.employee_id AND e.left_on IS NULL
 WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period
 ORDER BY a.appointed_on DESC, e.employee_number COLLATE \"C\" DESC LIMIT 3";

/// The last sessions of a programme and who gave them.
const LAST_SESSIONS: &str = "
SELECT s.id FROM sessions s
 WHERE s.tenant_id = :tenant AND s.programme_id = :programme AND s.state = 'delivered'
 ORDER BY s.delivered_start DESC, s.id LIMIT 3";
const LECTURER: &str =
    "SELECT l.employee_id AS id FROM session_lecturers l WHERE l.tenant_id = :tenant AND l.session_id = :session";

/// The pair that is to end, and its mentor.
pub(super) struct Paired {
    pair: Uuid,
    mentor: Uuid,
}

/// After the last closed month: offers and pairs. Returns the first of them.
pub(super) async fn pair(
    state: &State,
    tenant: Uuid,
    admin: &Actor,
    (programme, period): (Uuid, Period),
) -> Result<Option<Paired>> {
    let opens =
        json!({"content_access": "everyone", "content_grade": null, "mentor_grade": "excellent", "mentor_capacity": 2});
    set(state, tenant, admin, programme, opens).await?;
    let mentors = graded(state, tenant, EXCELLENT, (programme, period)).await?;
    let others = graded(state, tenant, OTHERS, (programme, period)).await?;
    for (mentor, topics) in mentors.iter().zip(["课程设计与试讲", "课堂互动与提问", "客户案例的选取与讲法"])
    {
        offer(state, tenant, *mentor, json!({"programme_id": programme, "capacity": 2, "topics": topics})).await?;
    }
    let goals = [
        "三个月内独立完成一次 45 分钟的客户案例分享。",
        "把评分从 7 分提高到 8.5 分以上。",
        "学会设计一次有练习的分享。",
    ];
    let mut first = None;
    for ((place, mentee), goals) in others.iter().enumerate().zip(goals) {
        let Some(mentor) = mentors.get(place / 2).copied() else { break };
        let wish = json!({"programme_id": programme, "mentor_id": mentor, "goals": goals});
        let pair = ask(state, tenant, *mentee, wish).await?;
        if place < 2 {
            accept(state, tenant, mentor, pair).await?;
        }
        if place == 0 {
            first = Some(Paired { pair, mentor });
        }
    }
    Ok(first)
}

async fn graded(
    state: &State,
    tenant: Uuid,
    text: &'static str,
    (programme, period): (Uuid, Period),
) -> Result<Vec<Uuid>> {
    read_tx(state, tenant, Actor::system(), move |tx| {
        async move {
            let asked = statement(text).bind("programme", programme).bind("period", period.to_string());
            Ok(tx.complete(asked).load_ids(tx.conn).await?)
        }
        .boxed()
    })
    .await
}

async fn offer(state: &State, tenant: Uuid, mentor: Uuid, offer: Value) -> Result<()> {
    let request: CreateMentorOfferRequest = serde_json::from_value(offer).map_err(Error::internal)?;
    write_tx(state, tenant, person(mentor), Circumstances::default(), move |tx| {
        async move { mentoring::offer(tx, request, Faults::default()).await.map(drop) }.boxed()
    })
    .await
}

async fn ask(state: &State, tenant: Uuid, mentee: Uuid, wish: Value) -> Result<Uuid> {
    let request: AskMentorshipRequest = serde_json::from_value(wish).map_err(Error::internal)?;
    write_tx(state, tenant, person(mentee), Circumstances::default(), move |tx| {
        async move { Ok(mentoring::ask(tx, request, Faults::default()).await?.id) }.boxed()
    })
    .await
}

async fn accept(state: &State, tenant: Uuid, mentor: Uuid, pair: Uuid) -> Result<()> {
    let note = json!({"note": "第一次见面：先旁听两场分享，再一起改提纲。"});
    let note: CreateMentorshipNoteRequest = serde_json::from_value(note).map_err(Error::internal)?;
    write_tx(state, tenant, person(mentor), Circumstances::default(), move |tx| {
        async move {
            mentoring::accept(tx, pair, &Precondition::none()).await?;
            mentoring::write_note(tx, pair, note).await.map(drop)
        }
        .boxed()
    })
    .await
}

/// Today: the first pair has reached its goal.
pub(super) async fn conclude(state: &State, tenant: Uuid, paired: Option<Paired>) -> Result<()> {
    let Some(Paired { pair, mentor }) = paired else { return Ok(()) };
    let end = json!({"result": "achieved", "summary": "独立完成两次客户案例分享，现场互动明显改善。"});
    let end: EndMentorshipRequest = serde_json::from_value(end).map_err(Error::internal)?;
    write_tx(state, tenant, person(mentor), Circumstances::default(), move |tx| {
        async move { mentoring::end(tx, pair, &Precondition::none(), end, Faults::default()).await.map(drop) }.boxed()
    })
    .await
}

/// Content of a programme is earned; a few of its lecturers have shared some.
pub(super) async fn share(state: &State, tenant: Uuid, admin: &Actor, programme: Uuid) -> Result<()> {
    let opens =
        json!({"content_access": "earned", "content_grade": "excellent", "mentor_grade": null, "mentor_capacity": 3});
    set(state, tenant, admin, programme, opens).await?;
    for (session, lecturer) in last_sessions(state, tenant, programme).await? {
        let content = json!({
            "title": "新品上手：三分钟讲清价值", "outline": "1. 客户为什么要换 2. 三个卖点 3. 现场演示",
            "body": "先问客户现在怎么做，再演示新品怎么做，最后让客户自己算一笔账。",
        });
        let content: SubmitContentRequest = serde_json::from_value(content).map_err(Error::internal)?;
        write_tx(state, tenant, person(lecturer), Circumstances::default(), move |tx| {
            async move { content::submit(tx, session, Precondition::none(), content).await.map(drop) }.boxed()
        })
        .await?;
    }
    Ok(())
}

/// With the lecturer of each.
async fn last_sessions(state: &State, tenant: Uuid, programme: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    read_tx(state, tenant, Actor::system(), move |tx| {
        async move {
            let last = tx.complete(statement(LAST_SESSIONS).bind("programme", programme)).load_ids(tx.conn).await?;
            let mut given = Vec::new();
            for session in last {
                let by = tx.complete(statement(LECTURER).bind("session", session)).load_ids(tx.conn).await?;
                given.extend(by.first().map(|lecturer| (session, *lecturer)));
            }
            Ok(given)
        }
        .boxed()
    })
    .await
}

async fn set(state: &State, tenant: Uuid, admin: &Actor, programme: Uuid, opens: Value) -> Result<()> {
    let request: PutProgrammePrivilegesRequest = serde_json::from_value(opens).map_err(Error::internal)?;
    let mut faults = Faults::default();
    let wanted = request.parse(programme, &mut faults);
    write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move { privileges::put(tx, &Precondition::none(), wanted, faults).await.map(drop) }.boxed()
    })
    .await
}
