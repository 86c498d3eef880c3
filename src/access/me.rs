//! Who the caller is.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::rights::PeopleRead;
use crate::auth::{Identity, Role, public_client_id};
use crate::call::{Answer, Call, Question, answer};
use crate::error::Result;
use crate::http::{Reply, operations};
use crate::journal::{Asking, Tx};
use crate::kernel::text::Name;
use crate::kernel::words::words;
use crate::people::{DepartmentRef, EmployeeRef, People, department_refs, employee_refs_asked};
use crate::schema::api_clients;

operations! { get_me }

words! {
    /// Kind of caller.
    pub enum CallerKind {
        /// An employee.
        Person = "person",
        /// A machine client.
        Client = "client",
    }
}

/// Who the caller is, and what the caller may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeResponse {
    pub kind: CallerKind,
    /// The company.
    pub tenant_id: Uuid,
    /// The person; null for a machine client.
    pub employee: Option<EmployeeRef>,
    /// The machine client; null for a person.
    pub client: Option<ClientRef>,
    #[schema(max_items = 20)]
    pub roles: Vec<Role>,
    /// The scopes that the roles grant.
    #[schema(max_items = 100, value_type = Vec<crate::auth::routes::OAuthName>)]
    pub scopes: Vec<String>,
    /// The departments that the caller manages. The caller also manages all departments below them.
    #[schema(max_items = 10000)]
    pub managed_departments: Vec<DepartmentRef>,
}

/// A machine client.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientRef {
    pub id: Uuid,
    /// Its id at the token endpoint.
    #[schema(max_length = 65, examples("01980f6e5c1e7d3a9b1f0c2d3e4f5a6b.01980f6e5c1e7d3a9b1f0c2d3e4f5a6c"))]
    pub client_id: String,
    /// Example: Payroll
    pub name: Name,
}

/// Get the caller
///
/// The caller of this request: the person or machine client, their roles, the scopes that these grant, and the departments they
/// manage.
#[utoipa::path(get, path = "/v1/me", responses((status = 200, body = MeResponse, headers(("ETag")))))]
async fn get_me(call: Call<PeopleRead>) -> Answer {
    let asked = OwnName;
    answer!(call.read_warm(asked), |tx, people| Reply::projection(&me(tx, people).await?))
}

/// Asks what the caller is called.
struct OwnName;

impl Question for OwnName {
    type Found = People;

    fn ask(self, asking: Asking<'_>) -> BoxFuture<'_, Result<People>> {
        async move { Ok(employee_refs_asked(asking, asking.person.as_slice()).await?) }.boxed()
    }
}

async fn me(tx: &mut Tx<'_>, people: People) -> Result<MeResponse> {
    let (employee, client) = match tx.actor.identity {
        Identity::Person(id) => (Some(people.get(id)?), None),
        Identity::Client(id) => (None, find_client(tx, id).await?),
        Identity::System => (None, None),
    };
    let managed = tx.actor.managed.0.clone();
    let managed = department_refs(tx, &managed).await?;
    Ok(MeResponse {
        kind: if employee.is_some() { CallerKind::Person } else { CallerKind::Client },
        tenant_id: tx.tenant,
        employee,
        client,
        roles: tx.actor.roles.clone(),
        scopes: tx.actor.scopes(),
        managed_departments: managed.into_values(),
    })
}

async fn find_client(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<ClientRef>> {
    let name: Option<Name> = api_clients::table
        .filter(api_clients::tenant_id.eq(tx.tenant))
        .filter(api_clients::id.eq(id))
        .select(api_clients::name)
        .first(tx.conn)
        .await
        .optional()?;
    Ok(name.map(|name| ClientRef { id, client_id: public_client_id(tx.tenant, id), name }))
}
