//! Promotion checks over HTTP.

use uuid::Uuid;

use super::dto::{
    BatchPromotionChecksRequest, PromotionCheckList, PromotionCheckRequest, PromotionCheckResponse,
    SignedPromotionCheck,
};
use super::{Asked, Target, check, check_all, signed};
use crate::auth::rights::PromotionsRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Reply, operations};
use crate::people::today;

/// The most people of one request.
const MAX_PEOPLE: usize = 500;

operations! { create_promotion_check, batch_promotion_checks, sign_promotion_check }

/// Check whether a person may be promoted
///
/// Computes the result from closed snapshots, with the evidence month by month and what is missing. What is waived is shown as waived.
/// The result is not stored.
///
/// With `on` the answer is for another day, but not as it was given on that day: a period that was closed or restated later counts with
/// its latest results, since histories are imported and corrected later, and the policy is the one in force now (`policy_version`). To
/// keep what an answer was, sign it (`sign_promotion_check`).
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

/// Check whether people may be promoted
///
/// The same for up to 500 people at once, in a few statements for all of them, and `on` means the same. If one of them cannot be checked,
/// none is, and every such person is named.
#[utoipa::path(post, path = "/v1/promotion-checks/batch", responses((status = 200, body = PromotionCheckList)))]
async fn batch_promotion_checks(call: Call<PromotionsRead>, body: Json<BatchPromotionChecksRequest>) -> Answer {
    answer!(call.read_checked(body), |tx, request, mut faults| {
        let on = match request.on {
            Some(on) => on,
            None => today(tx).await?,
        };
        // More are refused in any case.
        let ids: Vec<Uuid> = request.employee_ids.into_iter().take(MAX_PEOPLE).collect();
        let pointer = |i: usize| format!("/employee_ids/{i}");
        faults.check_distinct(&ids, pointer);
        let people = ids.into_iter().enumerate().map(|(i, id)| (pointer(i), id)).collect();
        let target = Target { policy_id: request.policy_id, target_code: request.target_code };
        let (_, items) = check_all::<PromotionsRead>(tx, Asked { people, target, on }, faults).await?;
        Reply::ok(&PromotionCheckList { items })
    })
}

/// Check whether a person may be promoted, and sign the result
///
/// For a system that keeps the result as a record of its own: a JWT (ES256) with the claims `iss`, `sub`, `jti`, `iat`, `employee` and
/// `promotion_check`, which is the whole result. Whoever has it verifies it with the key that its `kid` names in the company's DID
/// document (`get_did_document`), also years later: a key that has signed a result stays published. Only a key that others may have, and
/// that is withdrawn for it (`withdraw_credential_key`), is taken out, and nothing it has signed verifies any more: ask for these results
/// again, and another key signs them. It has no `exp`. The operation log has who asked for it, under the id in `jti`.
///
/// `on` means the same as in `create_promotion_check`: `promotion_check` says for which day (`asked_on`) and by which version of the policy
/// (`policy_version`), `iat` when it was computed. Closed results are those of that moment.
#[utoipa::path(post, path = "/v1/promotion-checks/sign", responses((status = 200, body = SignedPromotionCheck)))]
async fn sign_promotion_check(call: Call<PromotionsRead>, body: Json<PromotionCheckRequest>) -> Answer {
    let state = call.state.clone();
    answer!(call.write_checked(body), |tx, request, faults| {
        let on = match request.on {
            Some(on) => on,
            None => today(tx).await?,
        };
        let target = Target { policy_id: request.policy_id, target_code: request.target_code };
        let checked = check::<PromotionsRead>(tx, request.employee_id, target, on, faults).await?;
        Reply::ok(&signed::sign(tx, &state, checked.answer).await?)
    })
}
