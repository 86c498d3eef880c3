//! The marks of the company: who has an address or an id in another system, or is to get it.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::company::{Codes, Company};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{EmployeeNumber, IdKind, IdValue, MailAddress};
use crate::people::import_store::ExternalId;
use crate::people::{AwaitedMarks, Employment, awaited_marks};
use crate::schema::{employee_external_ids, employees};

/// An address with its holder, and the holder's first and last day.
type MailHolder = (MailAddress, Uuid, Option<NaiveDate>, Option<LastDay>);

impl Company {
    pub(super) async fn load_external_ids(&mut self, tx: &mut Tx<'_>, people: &Codes) -> QueryResult<()> {
        use employee_external_ids as external;
        let rows: Vec<(IdKind, IdKind, IdValue, Uuid)> = external::table
            .filter(external::tenant_id.eq(tx.tenant))
            .select((external::system, external::kind, external::value, external::employee_id))
            .load(tx.conn)
            .await?;
        let owner = |(system, kind, value, person)| (ExternalId { system, kind, value }, people.get(&person).cloned());
        self.owners = rows.into_iter().map(owner).collect();
        Ok(())
    }

    pub(super) async fn load_mails(&mut self, tx: &mut Tx<'_>, people: &Codes, today: NaiveDate) -> QueryResult<()> {
        let rows: Vec<MailHolder> = employees::table
            .filter(employees::tenant_id.eq(tx.tenant))
            .filter(employees::email.is_not_null())
            .filter(employees::left_on.is_null().or(employees::left_on.assume_not_null().gt(today)))
            .select((employees::email.assume_not_null(), employees::id, employees::hired_on, employees::left_on))
            .load(tx.conn)
            .await?;
        for (mail, person, hired_on, left_on) in rows {
            let number = people.get(&person).cloned();
            self.mails.entry(mail).or_default().push((number, Employment { hired_on, left_on }));
        }
        Ok(())
    }

    /// An address or id that waits for somebody is theirs to everybody else: otherwise it could never be confirmed.
    pub(super) async fn load_awaited(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let AwaitedMarks { mails, external_ids } = awaited_marks(tx).await?;
        let ids: Vec<Uuid> = mails.iter().map(|(_, id)| *id).chain(external_ids.iter().map(|(_, id)| *id)).collect();
        type Person = (Uuid, Option<EmployeeNumber>, Option<NaiveDate>, Option<LastDay>);
        let people: Vec<Person> = employees::table
            .filter(employees::tenant_id.eq(tx.tenant))
            .filter(employees::id.eq_any(ids))
            .select((employees::id, employees::employee_number, employees::hired_on, employees::left_on))
            .load(tx.conn)
            .await?;
        let people: HashMap<Uuid, (Option<EmployeeNumber>, Employment)> = people
            .into_iter()
            .map(|(id, number, hired_on, left_on)| (id, (number, Employment { hired_on, left_on })))
            .collect();
        for (mail, id) in mails {
            self.mails.entry(mail).or_default().extend(people.get(&id).cloned());
        }
        for (id, person) in external_ids {
            let id = ExternalId { system: id.system, kind: id.kind, value: id.value };
            let number = people.get(&person).and_then(|(number, _)| number.clone());
            self.owners.entry(id).or_insert(number);
        }
        Ok(())
    }
}
