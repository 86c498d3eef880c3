//! Balances over HTTP.

use uuid::Uuid;

use super::dto::{ListRewardBalancesQuery, RewardBalancePage, RewardBalanceResponse};
use super::queries;
use crate::auth::rights::RewardsRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Paged, Reply, operations};
use crate::people::{employee_refs, visible};

operations! { list_reward_balances }

/// List reward balances
///
/// What each person whom the caller may see was granted by each policy, and where it is: not in a batch, carried forward, in a batch,
/// paid, or given up. The sums are those of the ledger at this moment. People without rewards are left out.
#[utoipa::path(get, path = "/v1/reward-balances", responses((status = 200, body = RewardBalancePage)))]
async fn list_reward_balances(call: Call<RewardsRead>, query: Paged<ListRewardBalancesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<RewardsRead>(tx).await?;
        let rows = queries::page(tx, &query, seen.ids(), paging.after()?, paging.fetch()).await?;
        let people: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
        let people = employee_refs(tx, &people).await?;
        let (items, next) = paging.cut(RewardBalanceResponse::of(rows, &people)?, |item| item.employee.id)?;
        Reply::page(items, next)
    })
}
