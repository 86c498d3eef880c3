//! Confirming an access change over HTTP. It is here because a merge reaches into every feature.

use uuid::Uuid;

use super::service;
use crate::access::AccessChangeResponse;
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    AlreadyExists, InvalidValues, MergeRefused, MoneyHasLeft, PersonRequired, SelfApproval, StateConflict,
};
use crate::http::{IfMatch, Path, Reply, operations};

operations! { confirm_access_change }

/// Confirm an access change
///
/// The proposed value takes effect at once. Only a person can confirm it. Unless the company allows self-approval, it must be neither
/// the person who proposed it, nor the one responsible for the machine client that did, nor the person concerned.
/// A change is refused (`state_conflict`) if what stood when it was proposed (a mark, an employment, the head or the place of a
/// department, an appointment or its level) has changed since: propose it again.
#[utoipa::path(
    post, path = "/v1/access-changes/{id}/confirm", params(IfMatch),
    responses((status = 200, body = AccessChangeResponse)),
    extensions(
        ("x-refuses" = json!([
            PersonRequired, SelfApproval, StateConflict, AlreadyExists, InvalidValues, MergeRefused, MoneyHasLeft
        ])),
        ("x-tells-closed-periods" = json!(true))
    )
)]
async fn confirm_access_change(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::confirm(tx, id, &precondition).await?))
}
