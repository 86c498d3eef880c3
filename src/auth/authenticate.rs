//! From the `Authorization` header to a caller with a valid token, and from there to an actor with roles.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::actor::Actor;
use crate::db::Connection;
use crate::error::{Code, Error, Result};
use crate::kernel::phrases::TokenProblem;
use crate::kernel::text::{EmployeeNumber, IdValue, MailAddress};
use crate::keys::{self, EmployeeKey, OutsideIdentity, Token, TokenFault};
use crate::state::State;

/// A caller with a verified token. Whether the person or client exists must be looked up in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub tenant: Uuid,
    /// When the token ends.
    pub expires_at: DateTime<Utc>,
    subject: Subject,
    /// The scopes that Lectern's own token was limited to. Scopes of outside issuers have no meaning here.
    scopes: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Client { id: Uuid, issued_at: DateTime<Utc> },
    Person(Uuid),
    Outside(OutsideIdentity),
}

/// Verifies the bearer token of a request.
pub async fn authenticate(state: &State, request: &HttpRequest) -> Result<Caller> {
    let token = bearer(request)?;
    let now = state.clock.now();
    let token = Token::parse(&token).map_err(Error::bad_token)?;
    // The issuer that a token claims only selects who verifies it; the signature is then checked first.
    if token.issuer().map_err(Error::bad_token)? != state.public_url {
        return outside(state, &token).await;
    }
    let own =
        keys::verify(&state.signing, &state.public_url, &state.public_url, &token, now).map_err(Error::bad_token)?;
    let subject = match own.actor {
        keys::TokenActor::Client => {
            let (_, client) = client_id(&own.client_id).ok_or_else(|| Error::bad_token(TokenProblem::NoClient))?;
            Subject::Client { id: client, issued_at: own.issued_at }
        }
        keys::TokenActor::Person { employee_id } => Subject::Person(employee_id),
    };
    let scopes = if own.scopes.is_empty() { None } else { Some(own.scopes) };
    Ok(Caller { tenant: own.tenant_id, expires_at: own.expires_at, subject, scopes })
}

async fn outside(state: &State, token: &Token<'_>) -> Result<Caller> {
    let identity = state.outside.verify(token, state.clock.now()).await.map_err(|fault| match fault {
        TokenFault::KeysUnavailable => Error::new(Code::Unavailable).caused_by(fault),
        other => Error::bad_token(other),
    })?;
    let tenant = state.tenants.find(&state.db, &identity.tenant).await?;
    let tenant = tenant.ok_or_else(|| Error::bad_token(TokenProblem::NoTenant))?;
    Ok(Caller { tenant, expires_at: identity.expires_at, subject: Subject::Outside(identity), scopes: None })
}

fn bearer(request: &HttpRequest) -> Result<String> {
    let mut lines = request.headers().get_all(AUTHORIZATION);
    let line = lines.next().ok_or_else(Error::no_token)?;
    if lines.next().is_some() {
        return Err(Error::bad_token(TokenProblem::Several));
    }
    let given = line.to_str().ok().and_then(|line| line.split_once(' '));
    let (_, token) = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or_else(Error::no_bearer)?;
    Ok(token.trim().to_owned())
}

/// The public id of a client contains its tenant, because it is looked up before any tenant is known: `<tenant>.<client>`.
#[must_use]
pub fn public_client_id(tenant: Uuid, client: Uuid) -> String {
    format!("{}.{}", tenant.simple(), client.simple())
}

/// Tenant and client of a public client id.
#[must_use]
pub fn client_id(public: &str) -> Option<(Uuid, Uuid)> {
    let (tenant, client) = public.split_once('.')?;
    Some((Uuid::try_parse(tenant).ok()?, Uuid::try_parse(client).ok()?))
}

impl Caller {
    /// Identifies the caller for values that are bound to one caller, such as cursors.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.subject {
            Subject::Client { id, .. } => format!("client:{id}"),
            Subject::Person(id) => format!("person:{id}"),
            Subject::Outside(identity) => format!("outside:{}:{}", identity.issuer, identity.value),
        }
    }

    /// Whom an outside issuer's token identifies. Which employee that is must be looked up.
    #[must_use]
    pub fn outside(&self) -> Option<&OutsideIdentity> {
        match &self.subject {
            Subject::Outside(identity) => Some(identity),
            Subject::Client { .. } | Subject::Person(_) => None,
        }
    }

    /// The employee, if the caller is a person.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match &self.subject {
            Subject::Person(employee) => Some(*employee),
            Subject::Client { .. } | Subject::Outside(_) => None,
        }
    }

    /// The caller as this employee.
    #[must_use]
    pub fn signed_in(self, employee: Uuid) -> Self {
        Self { subject: Subject::Person(employee), ..self }
    }

    /// Looks up who the caller is and which roles they have.
    pub async fn identify(&self, connection: &Connection, now: DateTime<Utc>) -> Result<Actor> {
        let found = match &self.subject {
            Subject::Client { id, issued_at } => {
                Actor::find_client(connection, self.tenant, *id, *issued_at, now).await?
            }
            Subject::Person(employee) => Actor::find_person(connection, self.tenant, *employee, now).await?,
            // Nobody has looked up the employee.
            Subject::Outside(_) => None,
        };
        self.acting(found)
    }

    /// The caller as the actor that was looked up, within the scopes of the token. Refused if there is none.
    pub fn acting(&self, found: Option<Actor>) -> Result<Actor> {
        let actor = found.ok_or_else(|| Error::bad_token(TokenProblem::UnknownSubject))?;
        Ok(Actor { token_scopes: self.scopes.clone(), ..actor })
    }
}

/// The only employee that the configured claim identifies; none if it identifies several.
pub async fn employee_of(
    connection: &mut Connection,
    tenant: Uuid,
    identity: &OutsideIdentity,
) -> QueryResult<Option<Uuid>> {
    use crate::schema::{employee_external_ids as external, employees};
    let found: Vec<Uuid> = match &identity.key {
        EmployeeKey::EmployeeNumber => {
            employees::table
                .filter(employees::tenant_id.eq(tenant))
                .filter(employees::employee_number.eq(EmployeeNumber::comparable(&identity.value)))
                .select(employees::id)
                .limit(2)
                .load(connection)
                .await?
        }
        EmployeeKey::Email => {
            employees::table
                .filter(employees::tenant_id.eq(tenant))
                .filter(employees::email.eq(MailAddress::comparable(&identity.value)))
                .select(employees::id)
                .limit(2)
                .load(connection)
                .await?
        }
        EmployeeKey::ExternalId { system, kind } => {
            external::table
                .filter(external::tenant_id.eq(tenant))
                .filter(external::system.eq(system))
                .filter(external::kind.eq(kind))
                .filter(external::value.eq(IdValue::comparable(&identity.value)))
                .select(external::employee_id)
                .limit(2)
                .load(connection)
                .await?
        }
    };
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}
