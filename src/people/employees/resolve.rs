//! Turns ids of other systems into Lectern's ids.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::dto::ExternalId;
use super::{external_ids, former, numbers};
use crate::auth::rights::PeopleRead;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::text::{EmployeeNumber, MailAddress, Mark};
use crate::people::visible;
use crate::schema::employees;

/// Ids of people, of any kind.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ids": [
    {"employee_number": "E-1024"},
    {"email": "wang.fang@example.com"},
    {"external_id": {"system": "feishu", "kind": "open_id", "value": "ou_7dab8a3d"}}
]}))]
pub struct ResolveEmployeesRequest {
    #[validate(length(min = 1, max = 500), nested)]
    #[schema(min_items = 1, max_items = 500)]
    pub ids: Vec<ResolveId>,
}

/// One id of a person. Exactly one of the members is given.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveId {
    /// Number in the HR system. A number that nobody has now resolves to the person who had it last.
    #[validate(nested)]
    pub employee_number: Option<EmployeeNumber>,
    /// Mail address; upper and lower case are the same. An address that several people share resolves to nobody.
    #[validate(nested)]
    pub email: Option<Mark<254, 3>>,
    /// The person's id in another system.
    #[validate(nested)]
    pub external_id: Option<ExternalId>,
}

/// Lectern's ids, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResolveEmployeesResponse {
    #[schema(max_items = 500)]
    pub items: Vec<ResolvedEmployee>,
}

/// The result for one id.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResolvedEmployee {
    /// Lectern's id. Null if the id is unknown or belongs to a person whom the caller may not see.
    pub employee_id: Option<Uuid>,
    /// Whether the person was found by a number, an address or an id that is not theirs any more, and nobody else's.
    pub found_by_former_mark: bool,
}

/// A statement for each kind of id and of former one, for any number of ids.
pub async fn resolve(tx: &mut Tx<'_>, request: ResolveEmployeesRequest) -> Result<ResolveEmployeesResponse> {
    let mut faults = Faults::default();
    for (i, id) in request.ids.iter().enumerate() {
        let given = [id.employee_number.is_some(), id.email.is_some(), id.external_id.is_some()];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let members = ["employee_number", "email", "external_id"];
            faults.push(Fault::exactly_one(format!("/ids/{i}"), &members));
        }
    }
    faults.check()?;
    let visible = visible::<PeopleRead>(tx).await?;
    let asked: Vec<EmployeeNumber> = request.ids.iter().filter_map(|id| id.employee_number.clone()).collect();
    let comparable = |mail: &Mark<254, 3>| MailAddress::comparable(mail.as_str());
    let emails: Vec<MailAddress> = request.ids.iter().filter_map(|id| id.email.as_ref()).map(comparable).collect();
    let external: Vec<ExternalId> = request.ids.iter().filter_map(|id| id.external_id.clone()).collect();
    let by_number = numbers::find_present(tx, &asked).await?;
    let by_former = numbers::find_former(tx, &asked).await?;
    let (by_email, with_email) = by_email(tx, &emails).await?;
    let by_external = external_ids::owners(tx, &external).await?;
    let by_former_email = former::find_by_mail(tx, &emails).await?;
    let by_former_id = former::find_by_id(tx, &external).await?;
    let former = |id: &ResolveId| {
        let number = id.employee_number.as_ref().filter(|number| !by_number.contains_key(*number));
        let email = id.email.as_ref().map(comparable).filter(|email| !with_email.contains(email));
        let external = id.external_id.as_ref().filter(|external| !by_external.contains_key(*external));
        let number = number.and_then(|number| by_former.get(number));
        let email = email.and_then(|email| by_former_email.get(&email));
        let external = external.and_then(|external| by_former_id.get(external));
        number.or(email).or(external).copied().filter(|found| visible.includes(*found))
    };
    let find = |id: &ResolveId| {
        let number = id.employee_number.as_ref().and_then(|number| by_number.get(number));
        let email = id.email.as_ref().and_then(|email| by_email.get(&comparable(email)));
        let external = id.external_id.as_ref().and_then(|external| by_external.get(external));
        number.or(email).or(external).copied().filter(|found| visible.includes(*found))
    };
    let resolved = |id: &ResolveId| {
        let former = former(id);
        ResolvedEmployee { employee_id: find(id).or(former), found_by_former_mark: former.is_some() }
    };
    let items = request.ids.iter().map(resolved).collect();
    Ok(ResolveEmployeesResponse { items })
}

/// An address that several people share resolves to none of them. With all addresses that somebody has.
async fn by_email(
    tx: &mut Tx<'_>,
    emails: &[MailAddress],
) -> QueryResult<(BTreeMap<MailAddress, Uuid>, BTreeSet<MailAddress>)> {
    let found: Vec<(MailAddress, Uuid)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::email.eq_any(emails))
        .select((employees::email.assume_not_null(), employees::id))
        .load(tx.conn)
        .await?;
    let mut people: BTreeMap<MailAddress, Option<Uuid>> = BTreeMap::new();
    for (email, id) in found {
        people.entry(email).and_modify(|shared| *shared = None).or_insert(Some(id));
    }
    let had = people.keys().cloned().collect();
    Ok((people.into_iter().filter_map(|(email, id)| id.map(|id| (email, id))).collect(), had))
}
