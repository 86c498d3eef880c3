//! The actor of an operation, with the roles from the database.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::reach::{Breadth, Managed, Reach, Role};
use super::rights::{self, Right};
use crate::db::text::text_column;
use crate::db::{Connection, concat, statement};
use crate::error::{Code, Error, Result};
use crate::kernel::words::words;

words! {
    /// Kind of an actor.
    pub enum ActorKind {
        /// An employee, with a token of the company's single sign-on.
        Person = "person",
        /// A machine client, such as the payroll system.
        Client = "client",
        /// Lectern itself, for example for what it computes when a period is closed.
        System = "system",
    }
}

text_column!(ActorKind);

/// Who the actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Identity {
    /// An employee.
    Person(Uuid),
    /// A machine client.
    Client(Uuid),
    /// Lectern itself.
    System,
}

impl Identity {
    /// The kind, as stored in data.
    #[must_use]
    pub fn kind(self) -> ActorKind {
        match self {
            Self::Person(_) => ActorKind::Person,
            Self::Client(_) => ActorKind::Client,
            Self::System => ActorKind::System,
        }
    }

    /// The employee's or client's id; nil for the system.
    #[must_use]
    pub fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Client(id) => id,
            Self::System => Uuid::nil(),
        }
    }

    /// From the kind and id as stored in data.
    #[must_use]
    pub fn from_parts(kind: ActorKind, id: Uuid) -> Self {
        match kind {
            ActorKind::Person => Self::Person(id),
            ActorKind::Client => Self::Client(id),
            ActorKind::System => Self::System,
        }
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind().slug(), self.id())
    }
}

/// A known caller, with roles.
#[derive(Debug, Clone)]
pub struct Actor {
    pub identity: Identity,
    /// The records that were merged into the person's.
    pub merged: Vec<Uuid>,
    /// The person responsible for a machine client; none for a client made by the operator. None for a person.
    pub responsible: Option<Uuid>,
    pub roles: Vec<Role>,
    pub managed: Managed,
    /// The scopes that the token was limited to; none: all that the roles grant. They can only take rights away, never grant
    /// them.
    pub token_scopes: Option<Vec<String>>,
}

impl Actor {
    /// Lectern itself, which is allowed everything.
    #[must_use]
    pub fn system() -> Self {
        Self {
            identity: Identity::System,
            merged: Vec::new(),
            responsible: None,
            roles: vec![Role::Admin],
            managed: Managed::default(),
            token_scopes: None,
        }
    }

    /// Lectern itself, with no role: for a transaction of several callers, until it acts for one of them.
    #[must_use]
    pub fn nobody() -> Self {
        Self { roles: Vec::new(), ..Self::system() }
    }

    /// The employee, if the caller is a person.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match self.identity {
            Identity::Person(id) => Some(id),
            _ => None,
        }
    }

    /// Whether the caller is the person of this record: it is theirs, or it was merged into theirs.
    #[must_use]
    pub fn is(&self, record: impl Into<Option<Uuid>>) -> bool {
        let record: Option<Uuid> = record.into();
        record.is_some_and(|record| self.person() == Some(record) || self.merged.contains(&record))
    }

    /// All records of the caller, if it is a person: their own one, and those that were merged into it.
    #[must_use]
    pub fn records(&self) -> Vec<Uuid> {
        self.person().into_iter().chain(self.merged.iter().copied()).collect()
    }

    /// The person responsible for what is done: the caller, or the person responsible for the calling machine client. What
    /// this person proposes, personally or through a machine client, must be approved by somebody else.
    #[must_use]
    pub fn answerable(&self) -> Option<Uuid> {
        self.person().or(self.responsible)
    }

    /// The employee. Refused (403) unless the caller is a person.
    pub fn require_person(&self) -> Result<Uuid> {
        self.person().ok_or_else(|| Error::new(Code::PersonRequired))
    }

    /// How far the right `R` reaches for this caller. Refused (403) if no role grants it.
    pub fn reach<R: Right>(&self) -> Result<Reach> {
        match (self.breadth(R::SCOPE, R::ROLES), self.identity) {
            (Some(Breadth::All), _) => Ok(Reach::All),
            (Some(Breadth::Departments), _) => Ok(Reach::Departments(self.managed.clone())),
            (Some(Breadth::Own), Identity::Person(id)) => Ok(Reach::Own(id)),
            _ => Err(Error::forbidden(R::SCOPE)),
        }
    }

    /// The scopes of the rights that this caller has.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let has = rights::ALL.iter().filter(|(scope, _, roles)| self.breadth(scope, roles).is_some());
        has.map(|(scope, ..)| (*scope).to_owned()).collect()
    }

    /// How far the right with this scope reaches. None if no role grants it, or if the token excludes it. A machine client has
    /// no data of its own.
    fn breadth(&self, scope: &str, roles: &[(Role, Breadth)]) -> Option<Breadth> {
        if self.token_scopes.as_ref().is_some_and(|limit| limit.iter().all(|one| one != scope)) {
            return None;
        }
        let widest = roles.iter().filter(|(role, _)| self.roles.contains(role)).map(|(_, breadth)| *breadth).max()?;
        (widest > Breadth::Own || self.person().is_some()).then_some(widest)
    }

    /// Looks up the roles of people: the granted ones, learner for every employee, lecturer for everybody ever appointed. On local
    /// days on which a person is not employed, they have no roles. Those are left out who are no employees, or whose record was
    /// merged into another one.
    pub async fn find_people(
        mut connection: &Connection,
        tenant: Uuid,
        employees: &[Uuid],
        now: DateTime<Utc>,
    ) -> QueryResult<BTreeMap<Uuid, Self>> {
        let found: Vec<PersonRow> = statement(PEOPLE)
            .bind("tenant", tenant)
            .bind("employees", employees)
            .bind("now", now)
            .load(&mut connection)
            .await?;
        Ok(found.into_iter().map(|row| (row.id, row.into())).collect())
    }

    /// The same for one person.
    pub async fn find_person(
        mut connection: &Connection,
        tenant: Uuid,
        employee: Uuid,
        now: DateTime<Utc>,
    ) -> QueryResult<Option<Self>> {
        let person = statement(PERSON).bind("tenant", tenant).bind("employee", employee).bind("now", now);
        let found: Option<PersonRow> = person.get_result(&mut connection).await.optional()?;
        Ok(found.map(Self::from))
    }

    /// Looks up a machine client whose token was issued at `issued_at`. None if there is no such client, if it was revoked, if the
    /// person responsible for it is not employed, or if its secret has been rotated since: another person may be responsible for it
    /// now. Tokens contain only whole seconds, so one that names the second of the rotation is refused; the token door gives tokens
    /// of the new secret the next second.
    pub async fn find_client(
        mut connection: &Connection,
        tenant: Uuid,
        client: Uuid,
        issued_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> QueryResult<Option<Self>> {
        let found: Option<ClientRow> = statement(CLIENT)
            .bind("tenant", tenant)
            .bind("client", client)
            .bind("issued_at", issued_at)
            .bind("now", now)
            .get_result(&mut connection)
            .await
            .optional()?;
        Ok(found.map(|row| Self {
            identity: Identity::Client(client),
            merged: Vec::new(),
            responsible: row.responsible_id,
            roles: row.roles.iter().filter_map(|slug| Role::of(slug)).collect(),
            managed: Managed::default(),
            token_scopes: None,
        }))
    }
}

/// Whether the employee `e` of the tenant `t` is employed on the local day of `:now`.
const IS_EMPLOYED: &str = "(daterange(e.hired_on, e.left_on) @> (:now AT TIME ZONE t.time_zone)::date
         OR EXISTS (SELECT FROM earlier_employments p
                     WHERE p.tenant_id = e.tenant_id AND p.employee_id = e.id
                       AND daterange(p.valid_from, p.valid_to) @> (:now AT TIME ZONE t.time_zone)::date))";

/// A client that the operator made has nobody who is responsible.
const CLIENT: &str = concat!(
    "
SELECT c.roles, c.responsible_id
  FROM api_clients c
  JOIN tenants t ON t.id = c.tenant_id
  LEFT JOIN employees e ON e.tenant_id = c.tenant_id AND e.id = c.responsible_id
 WHERE c.tenant_id = :tenant AND c.id = :client AND c.revoked_at IS NULL
   AND (c.secret_rotated_at IS NULL OR c.secret_rotated_at < :issued_at)
   AND (c.responsible_id IS NULL OR ",
    IS_EMPLOYED,
    ")"
);

#[derive(QueryableByName)]
struct ClientRow {
    #[diesel(sql_type = Array<Text>)]
    roles: Vec<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    responsible_id: Option<Uuid>,
}

/// People who are asked about together. Each record is looked up by its key (`OFFSET 0`), whatever the planner knows of the company.
const PEOPLE: &str = concat!(
    OF_EMPLOYEE,
    "
  FROM unnest(:employees) AS asked (id)
 CROSS JOIN LATERAL (SELECT * FROM employees e WHERE e.tenant_id = :tenant AND e.id = asked.id OFFSET 0) e
  JOIN tenants t ON t.id = :tenant
 WHERE e.merged_into_id IS NULL"
);

const PERSON: &str = concat!(
    OF_EMPLOYEE,
    "
  FROM employees e
  JOIN tenants t ON t.id = :tenant
 WHERE e.tenant_id = :tenant AND e.id = :employee AND e.merged_into_id IS NULL"
);

/// Each grant is a role, followed by a department if it names one.
const OF_EMPLOYEE: &str = concat!(
    "
SELECT e.id, ",
    IS_EMPLOYED,
    " AS is_employed,
       (SELECT true FROM lecturers l WHERE l.tenant_id = e.tenant_id AND l.employee_id = e.id LIMIT 1) IS NOT NULL AS is_lecturer,
       ARRAY(SELECT concat_ws(' ', g.role, g.department_id) FROM role_grants g
              WHERE g.tenant_id = e.tenant_id AND g.employee_id = e.id) AS grants,
       ARRAY(SELECT d.id FROM departments d WHERE d.tenant_id = e.tenant_id AND d.manager_id = e.id) AS headed,
       ARRAY(SELECT m.id FROM employees m WHERE m.tenant_id = e.tenant_id AND m.merged_into_id = e.id) AS merged"
);

#[derive(QueryableByName)]
struct PersonRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    is_employed: bool,
    #[diesel(sql_type = Bool)]
    is_lecturer: bool,
    #[diesel(sql_type = Array<Text>)]
    grants: Vec<String>,
    /// The departments whose head is this person.
    #[diesel(sql_type = Array<SqlUuid>)]
    headed: Vec<Uuid>,
    #[diesel(sql_type = Array<SqlUuid>)]
    merged: Vec<Uuid>,
}

impl PersonRow {
    /// The roles that were granted, each with the department of its grant.
    fn granted(&self) -> impl Iterator<Item = (Role, Option<Uuid>)> {
        self.grants.iter().filter_map(|grant| match grant.split_once(' ') {
            Some((role, department)) => Some((Role::of(role)?, Some(Uuid::try_parse(department).ok()?))),
            None => Some((Role::of(grant)?, None)),
        })
    }

    /// A manager whose grant names no department manages the departments whose head this person is.
    fn managed(&self) -> BTreeSet<Uuid> {
        let grants = self.granted().filter(|(role, _)| *role == Role::Manager);
        grants.flat_map(|(_, department)| department.map_or_else(|| self.headed.clone(), |one| vec![one])).collect()
    }
}

impl From<PersonRow> for Actor {
    fn from(row: PersonRow) -> Self {
        let managed = Managed(row.managed().into_iter().collect());
        let mut roles: Vec<Role> = row.granted().map(|(role, _)| role).collect();
        roles.push(Role::Learner);
        if row.is_lecturer {
            roles.push(Role::Lecturer);
        }
        if !row.is_employed {
            roles.clear();
        }
        roles.sort_unstable();
        roles.dedup();
        let (identity, merged) = (Identity::Person(row.id), row.merged);
        Self { identity, merged, responsible: None, roles, managed, token_scopes: None }
    }
}

/// The records of a person, as a list of ids in SQL: the person's own and those that were merged into it. The argument is a name in
/// the statement.
macro_rules! records_of {
    ($person:literal) => {
        $crate::db::concat!(
            "(SELECT record.id FROM employees record WHERE record.tenant_id = :tenant AND (record.id = ",
            $person,
            " OR record.merged_into_id = ",
            $person,
            "))"
        )
    };
}

pub(crate) use records_of;
