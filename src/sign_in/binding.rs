//! From a token of an outside issuer to an employee.
//!
//! The marks of an employee (number, mail address, outside id) are asked only at the first sign-on. It binds the subject of the
//! issuer to the employee, so nobody becomes another person because a mark moves.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;
use validator::Validate;

use super::hold::digest;
use crate::auth::{Actor, Caller, Identity, employee_of};
use crate::db::{Access, Connection, narrow, statement};
use crate::error::{Error, Result};
use crate::journal::{Circumstances, Record, Tx, write_tx};
use crate::kernel::phrases::TokenProblem;
use crate::keys::OutsideIdentity;
use crate::schema::sign_in_bindings;
use crate::state::State;

/// A subject of an issuer, and whom it signs in.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sign_in_bindings)]
pub struct Binding {
    pub id: Uuid,
    pub employee_id: Uuid,
    pub issuer: String,
    pub subject: String,
    pub created_at: DateTime<Utc>,
}

/// Filters for bindings.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSignInBindingsQuery {
    /// Only those of this employee.
    pub employee_id: Option<Uuid>,
}

/// The caller as an employee, if the token is an outside issuer's. Refused if it signs in nobody.
pub async fn recognised(state: &State, caller: Caller) -> Result<Caller> {
    let Some(identity) = caller.outside().cloned() else { return Ok(caller) };
    let tenant = caller.tenant;
    let bound = {
        let identity = identity.clone();
        let found = state.db.transaction(Access::Read, Some(tenant), move |conn| {
            async move { Ok(find_bound(conn, tenant, &identity).await?) }.boxed()
        });
        found.await?
    };
    let employee = match bound {
        Some(employee) => employee,
        None => {
            let first =
                write_tx(state, tenant, Actor::system(), Circumstances::default(), |tx| first(tx, identity).boxed());
            first.await?
        }
    };
    Ok(caller.signed_in(employee))
}

async fn find_bound(conn: &mut Connection, tenant: Uuid, identity: &OutsideIdentity) -> QueryResult<Option<Uuid>> {
    sign_in_bindings::table
        .filter(sign_in_bindings::tenant_id.eq(tenant))
        .filter(sign_in_bindings::issuer.eq(&identity.issuer))
        .filter(sign_in_bindings::subject.eq(&identity.subject))
        .select(sign_in_bindings::employee_id)
        .first(conn)
        .await
        .optional()
}

/// The first sign-on: finds the employee by the mark that the issuer uses and binds the subject to them. Leavers are not bound:
/// their marks may be given to other people.
async fn first(tx: &mut Tx<'_>, identity: OutsideIdentity) -> Result<Uuid> {
    let employee = employee_of(tx.conn, tx.tenant, &identity).await?;
    let employee = employee.ok_or_else(|| Error::bad_token(TokenProblem::UnknownSubject))?;
    let insert = statement(
        "INSERT INTO sign_in_bindings (tenant_id, id, employee_id, issuer, subject, created_at)
         SELECT e.tenant_id, :id, e.id, :issuer, :subject, :now
           FROM employees e
           JOIN tenants t ON t.id = e.tenant_id
          WHERE e.tenant_id = :tenant AND e.id = :employee
            AND coalesce(e.left_on > (:now AT TIME ZONE t.time_zone)::date, true)
         ON CONFLICT DO NOTHING",
    )
    .bind("id", tx.id())
    .bind("employee", employee)
    .bind("issuer", identity.issuer.clone())
    .bind("subject", identity.subject.clone());
    if tx.complete(insert).execute(tx.conn).await? == 1 {
        Arc::make_mut(&mut tx.actor).identity = Identity::Person(employee);
        let details = json!({"issuer": identity.issuer, "subject_sha256": digest(&json!(identity.subject))});
        tx.record(Record::told("sign_in", "employee.signed_in", "employee", employee).details(details));
        return Ok(employee);
    }
    if let Some(bound) = find_bound(tx.conn, tx.tenant, &identity).await? {
        // A twin of this request was faster.
        return Ok(bound);
    }
    if subject_of(tx, employee, &identity.issuer).await?.is_some() {
        return Err(Error::bad_token(TokenProblem::OtherSubject));
    }
    Ok(employee)
}

async fn subject_of(tx: &mut Tx<'_>, employee: Uuid, issuer: &str) -> QueryResult<Option<Uuid>> {
    sign_in_bindings::table
        .filter(sign_in_bindings::tenant_id.eq(tx.tenant))
        .filter(sign_in_bindings::employee_id.eq(employee))
        .filter(sign_in_bindings::issuer.eq(issuer))
        .select(sign_in_bindings::id)
        .first(tx.conn)
        .await
        .optional()
}

/// Ordered by id, starting after the binding `after`.
pub async fn list_bindings(
    tx: &mut Tx<'_>,
    query: &ListSignInBindingsQuery,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<Binding>> {
    let own = sign_in_bindings::table.filter(sign_in_bindings::tenant_id.eq(tx.tenant));
    let mut page = own.select(Binding::as_select()).into_boxed();
    narrow!(page; sign_in_bindings {
        employee_id = query.employee_id,
        id > after,
    });
    page.order(sign_in_bindings::id).limit(fetch).load(tx.conn).await
}

pub async fn find_binding(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Binding>> {
    sign_in_bindings::table
        .filter(sign_in_bindings::tenant_id.eq(tx.tenant))
        .filter(sign_in_bindings::id.eq(id))
        .select(Binding::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// Deletes the binding: the subject's next sign-on is a first one.
pub async fn unbind(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    let own =
        sign_in_bindings::table.filter(sign_in_bindings::tenant_id.eq(tx.tenant)).filter(sign_in_bindings::id.eq(id));
    diesel::delete(own).execute(tx.conn).await
}

/// Deletes all bindings of the employee. Returns how many there were.
pub async fn unbind_all(tx: &mut Tx<'_>, employee: Uuid) -> QueryResult<usize> {
    let own = sign_in_bindings::table
        .filter(sign_in_bindings::tenant_id.eq(tx.tenant))
        .filter(sign_in_bindings::employee_id.eq(employee));
    diesel::delete(own).execute(tx.conn).await
}
