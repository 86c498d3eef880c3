//! Who signs in as whom, over HTTP.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::changes::{self, AccessChangeResponse};
use crate::auth::rights::ClientsWrite;
use crate::call::{Answer, Call, answer};
use crate::error::{Result, only};
use crate::http::{Page, Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::kernel::phrases::Thing;
use crate::people::{EmployeeRef, employee_refs};
use crate::sign_in::{self, AccessChange, AccessField, Asked, Binding, ListSignInBindingsQuery};

operations! { list_sign_in_bindings, reset_sign_in_binding }

/// An account at an issuer, and the employee whom it signs in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInBindingResponse {
    pub id: Uuid,
    /// The person who signs in with the account.
    pub employee: EmployeeRef,
    /// The issuer of the tokens (`iss`).
    #[schema(max_length = 255, examples("https://login.example.com"))]
    pub issuer: String,
    /// The account at the issuer (`sub`).
    #[schema(max_length = 255, examples("248289761001"))]
    pub subject: String,
    /// When the person signed in for the first time.
    pub created_at: DateTime<Utc>,
}

/// A page of bindings.
pub type SignInBindingPage = Page<SignInBindingResponse>;

/// List sign-in bindings
///
/// Which account of an outside issuer signs in which employee. The first sign-on binds the account to the employee whom its claim
/// names; from then on the binding alone decides. Ordered by creation, oldest first.
#[utoipa::path(get, path = "/v1/sign-in-bindings", responses((status = 200, body = SignInBindingPage)))]
async fn list_sign_in_bindings(call: Call<ClientsWrite>, query: Paged<ListSignInBindingsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let rows = sign_in::list_bindings(tx, &query, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |binding| binding.id)?;
        Reply::page(render(tx, rows).await?, next)
    })
}

/// Reset a sign-in binding
///
/// Proposes to forget the account of a person, for example because the issuer gave the person a new one. It waits until a second
/// person confirms it; the account's next sign-on is a first one again.
#[utoipa::path(
    post, path = "/v1/sign-in-bindings/{id}/reset",
    responses((status = 202, description = "The access change that waits.", body = AccessChangeResponse))
)]
async fn reset_sign_in_binding(call: Call<ClientsWrite>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.act(), |tx| {
        let waiting = propose_reset(tx, id).await?;
        let location = format!("/v1/access-changes/{}", waiting.id);
        Reply::accepted(location, &only(changes::render(tx, vec![waiting]).await?)?)
    })
}

async fn propose_reset(tx: &mut Tx<'_>, id: Uuid) -> Result<AccessChange> {
    let binding = Thing::SignInBinding.require(sign_in::find_binding(tx, id).await?)?;
    let present = json!({"issuer": binding.issuer, "subject": binding.subject});
    let of = Asked::of(binding.employee_id, AccessField::SignIn, present, Value::Null);
    sign_in::propose_one(tx, &Asked { target: id.to_string(), ..of }).await
}

async fn render(tx: &mut Tx<'_>, bindings: Vec<Binding>) -> Result<Vec<SignInBindingResponse>> {
    let people: Vec<Uuid> = bindings.iter().map(|binding| binding.employee_id).collect();
    let people = employee_refs(tx, &people).await?;
    let whole = |binding: Binding| {
        Ok(SignInBindingResponse {
            id: binding.id,
            employee: people.get(binding.employee_id)?,
            issuer: binding.issuer,
            subject: binding.subject,
            created_at: binding.created_at,
        })
    };
    bindings.into_iter().map(whole).collect()
}
