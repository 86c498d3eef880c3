//! After the last closed month of the demonstration company somebody was paid too little, and two lecturers did not agree: a reward that
//! is adjusted by two people, an appeal that HR has declined, and one that still waits.

use diesel::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl as _;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::appeals::{self, FileAppealRequest};
use crate::auth::{Actor, Identity};
use crate::db::statement;
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Circumstances, Tx, read_tx, write_tx};
use crate::kernel::fault::Faults;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::text::{AppealText, Reason};
use crate::programmes::documents::metric::Metric;
use crate::rewards::certificates;
use crate::rewards::ledger::{self, dto::AdjustRewardRequest};
use crate::state::State;

/// By how much the reward was too small, in minor units.
const SHORT_MINOR: i64 = 5_000;

/// A reward of the month and whose it is.
#[derive(Debug, Clone, Copy, QueryableByName)]
struct Paid {
    #[diesel(sql_type = SqlUuid)]
    reward_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
}

/// The smallest rewards of a month, each of another person.
const SMALLEST: &str = "
SELECT reward_id, employee_id FROM (
    SELECT DISTINCT ON (e.employee_id) e.id AS reward_id, e.employee_id, e.amount_minor, o.employee_number
      FROM reward_entries e JOIN employees o ON o.tenant_id = :tenant AND o.id = e.employee_id
     WHERE e.tenant_id = :tenant AND e.programme_id = :programme AND e.earned_period = :period
     ORDER BY e.employee_id, e.amount_minor) own
 ORDER BY amount_minor, employee_number COLLATE \"C\" DESC LIMIT 2";

/// The oldest certificate of a programme.
const OLDEST: &str = "
SELECT c.id FROM certificates c
 WHERE c.tenant_id = :tenant AND c.programme_id = :programme ORDER BY c.earned_period, c.id LIMIT 1";

/// What was found out about the first certificate.
async fn revoke_first(state: &State, tenant: Uuid, admin: &Actor, programme: Uuid) -> Result<()> {
    write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move {
            let oldest = tx.complete(statement(OLDEST).bind("programme", programme)).load_ids(tx.conn).await?;
            let [first] = oldest.as_slice() else { return Ok(()) };
            let reason = Reason::trusted("经核查，当月部分复用记录为同一文件的重复下载，复用人次有误。");
            certificates::revoke(tx, *first, reason, &Precondition::none()).await.map(drop)
        }
        .boxed()
    })
    .await
}

/// What happened after a closed month. One administrator enters and answers, the other approves.
pub(super) async fn dispute(
    state: &State,
    tenant: Uuid,
    admins: (&Actor, &Actor),
    (programme, period): (Uuid, Period),
    currency: Currency,
) -> Result<()> {
    let found = read_tx(state, tenant, Actor::system(), move |tx| smallest(tx, programme, period).boxed()).await?;
    revoke_first(state, tenant, admins.0, programme).await?;
    let [first, second] = found.as_slice() else { return Ok(()) };
    adjust(state, tenant, admins, (first.reward_id, currency)).await?;
    let missing = "当月另有一场分享未计入，请核对签到表。";
    let appeal = file(state, tenant, (programme, period, first.employee_id), Metric::SessionCount, missing).await?;
    let declined = write_tx(state, tenant, admins.0.clone(), Circumstances::default(), move |tx| {
        let reason = AppealText::trusted("经核对签到表，该场分享属于下一个月，当月结果不变。");
        async move { appeals::decline(tx, appeal, &Precondition::none(), reason).await }.boxed()
    });
    declined.await?;
    let few = "有同事转发了我的课件，复用次数似乎少计。";
    file(state, tenant, (programme, period, second.employee_id), Metric::ReuseCount, few).await?;
    Ok(())
}

async fn smallest(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Vec<Paid>> {
    let asked = statement(SMALLEST).bind("programme", programme).bind("period", period.to_string());
    Ok(tx.complete(asked).load(tx.conn).await?)
}

pub(super) fn person(id: Uuid) -> Actor {
    Actor { identity: Identity::Person(id), ..Actor::system() }
}

/// Entered by one administrator, approved by the other.
async fn adjust(
    state: &State,
    tenant: Uuid,
    (maker, checker): (&Actor, &Actor),
    (reward, currency): (Uuid, Currency),
) -> Result<()> {
    let request = AdjustRewardRequest {
        amount: Money::new(SHORT_MINOR, currency),
        pay_item_code: None,
        reason: Reason::trusted("核对后补发差额"),
    };
    let entered = write_tx(state, tenant, maker.clone(), Circumstances::default(), move |tx| {
        ledger::adjust(tx, reward, request, Faults::default()).boxed()
    });
    let entered = entered.await?;
    let approved = write_tx(state, tenant, checker.clone(), Circumstances::default(), move |tx| {
        async move { ledger::approve(tx, entered, &Precondition::none()).await }.boxed()
    });
    approved.await
}

/// The lecturer appeals against their own statement. Returns the id of the appeal.
async fn file(state: &State, tenant: Uuid, of: (Uuid, Period, Uuid), metric: Metric, reason: &str) -> Result<Uuid> {
    let request = FileAppealRequest {
        session_id: None,
        content_id: None,
        metric: Some(metric),
        reward_id: None,
        reason: AppealText::trusted(reason),
    };
    let filed = write_tx(state, tenant, person(of.2), Circumstances::default(), move |tx| {
        appeals::file(tx, of, request, Faults::default()).boxed()
    });
    Ok(filed.await?.id)
}
