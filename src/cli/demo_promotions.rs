//! Promotion in the demonstration company: somebody who may be promoted has applied, and for somebody who only just may not, a waiver of
//! what is missing waits for approval.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde_json::json;
use uuid::Uuid;

use crate::auth::rights::PromotionsRead;
use crate::auth::{Actor, Identity};
use crate::demo::SUPERVISOR;
use crate::error::{Error, Result};
use crate::growth::{self, Asked, PromotionCheckResponse, Target};
use crate::journal::{Circumstances, Tx, read_tx, write_tx};
use crate::kernel::fault::Faults;
use crate::kernel::text::Code;
use crate::people::today;
use crate::schema::{employees, lecturers};
use crate::state::State;

/// How many lecturers are looked at.
const LOOKED_AT: i64 = 100;

/// One administrator asks for the waiver; who may be promoted applies.
pub(super) async fn promote(state: &State, tenant: Uuid, admin: &Actor) -> Result<()> {
    let checked = read_tx(state, tenant, Actor::system(), |tx| check(tx).boxed()).await?;
    if let Some(eligible) = checked.iter().find(|answer| answer.eligible) {
        apply(state, tenant, eligible.employee_id).await?;
    }
    let near = checked.iter().find_map(|answer| Some((answer.employee_id, only_missing(answer)?)));
    if let Some((employee, place)) = near {
        ask(state, tenant, admin, (employee, place)).await?;
    }
    Ok(())
}

/// The results of lecturers for the position, by employee number from the last one on: the first ones play parts of their own.
async fn check(tx: &mut Tx<'_>) -> Result<Vec<PromotionCheckResponse>> {
    let own = employees::tenant_id.eq(lecturers::tenant_id).and(employees::id.eq(lecturers::employee_id));
    let found: Vec<Uuid> = lecturers::table
        .inner_join(employees::table.on(own))
        .filter(lecturers::tenant_id.eq(tx.tenant))
        .filter(lecturers::ended_on.is_null())
        .order(employees::employee_number.desc())
        .limit(LOOKED_AT)
        .select(lecturers::employee_id)
        .load(tx.conn)
        .await?;
    let people = found.into_iter().map(|id| (String::new(), id)).collect();
    let target = Target { policy_id: None, target_code: Some(Code::trusted(SUPERVISOR)) };
    let on = today(tx).await?;
    let (_, checked) = growth::check_all::<PromotionsRead>(tx, Asked { people, target, on }, Faults::default()).await?;
    Ok(checked)
}

/// The place of the only criterion that somebody does not meet. Of several of which one must be met, it is the first.
fn only_missing(answer: &PromotionCheckResponse) -> Option<String> {
    let parts = answer.result.parts().iter().enumerate();
    let mut missing = parts.filter(|(_, part)| !part.verdict().passes());
    let (i, part) = missing.next()?;
    let below = if part.parts().is_empty() { "" } else { "/criteria/0" };
    missing.next().is_none().then(|| format!("/criteria/criteria/{i}{below}"))
}

async fn apply(state: &State, tenant: Uuid, employee: Uuid) -> Result<()> {
    let request = json!({"employee_id": employee, "target_code": SUPERVISOR});
    let request = serde_json::from_value(request).map_err(Error::internal)?;
    let lecturer = Actor { identity: Identity::Person(employee), ..Actor::system() };
    write_tx(state, tenant, lecturer, Circumstances::default(), move |tx| {
        async move { growth::apply(tx, request, Faults::default()).await.map(drop) }.boxed()
    })
    .await
}

async fn ask(state: &State, tenant: Uuid, admin: &Actor, (employee, place): (Uuid, String)) -> Result<()> {
    let reason = "入职前曾任培训机构专职讲师，授课经验充分";
    let request = json!({"employee_id": employee, "target_code": SUPERVISOR, "criterion": place, "reason": reason});
    let request = serde_json::from_value(request).map_err(Error::internal)?;
    write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move { growth::ask_for_waiver(tx, request, Faults::default()).await.map(drop) }.boxed()
    })
    .await
}
