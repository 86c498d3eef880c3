//! What anybody may know of a certificate who has its public code: what stands on it, and whether it is valid. As JSON, as a page for
//! people, and as a signed credential for other systems (Open Badges 3.0).

mod credential;
mod drawing;
mod dto;
mod lines;
mod page;
pub mod routes;
mod words;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::{PublicCode, title};
use crate::auth::Actor;
use crate::db::{concat, statement};
use crate::error::{Error, Result};
use crate::journal::{Tx, read_tx};
use crate::kernel::language::Language;
use crate::kernel::message::Words;
use crate::kernel::period::Period;
use crate::names::{Names, names};
use crate::people::person_of;
use crate::state::State;

/// A certificate with what stands on it.
struct Known {
    tenant: Uuid,
    row: Row,
    title: Words,
    period: Period,
    zone: Tz,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    company_code: String,
    #[diesel(sql_type = Text)]
    company: String,
    #[diesel(sql_type = Text)]
    locale: String,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Text)]
    programme: String,
    #[diesel(sql_type = Text)]
    holder: String,
    #[diesel(sql_type = Nullable<Text>)]
    policy_code: Option<String>,
    #[diesel(sql_type = Text)]
    certificate_code: String,
    #[diesel(sql_type = Text)]
    earned_period: String,
    #[diesel(sql_type = Timestamptz)]
    issued_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Integer>)]
    status_index: Option<i32>,
    /// When a key last signed that may have signed its credential and was withdrawn.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    renewed_at: Option<DateTime<Utc>>,
}

impl Known {
    /// The certificate with this public code. Whatever else the text may be: there is none.
    async fn find(state: &State, code: &PublicCode) -> Result<Option<Self>> {
        let Some((tenant, random)) = code.parts() else { return Ok(None) };
        let random = random.to_owned();
        read_tx(state, tenant, Actor::system(), move |tx| {
            async move {
                let Some(row) = find(tx, &random).await? else { return Ok(None) };
                Self::new(tenant, row, &names(tx).await?).map(Some)
            }
            .boxed()
        })
        .await
    }

    fn new(tenant: Uuid, row: Row, names: &Names) -> Result<Self> {
        Ok(Self {
            tenant,
            title: title(names, row.policy_code.as_deref(), &row.certificate_code),
            period: row.earned_period.parse().map_err(Error::internal)?,
            zone: row.time_zone.parse().map_err(Error::internal)?,
            row,
        })
    }

    /// The language of the company.
    fn language(&self) -> Language {
        if self.row.locale == Language::En.tag() { Language::En } else { Language::ZhCn }
    }

    /// The day as the company's calendar has it.
    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }
}

/// As a credential writes it.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

async fn find(tx: &mut Tx<'_>, random: &str) -> QueryResult<Option<Row>> {
    const FOUND: &str = concat!(
        "
SELECT c.id, t.code AS company_code, t.name AS company, t.locale, t.time_zone, g.name AS programme, p.name AS holder, c.policy_code,
       c.certificate_code, c.earned_period, c.issued_at, c.revoked_at, c.status_index,
       (SELECT max(k.retired_at) FROM credential_keys k
         WHERE k.tenant_id = :tenant AND k.withdrawn_at IS NOT NULL AND k.retired_at >= c.issued_at) AS renewed_at
  FROM certificates c
  JOIN tenants t ON t.id = :tenant
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = c.programme_id
  JOIN employees r ON r.tenant_id = :tenant AND r.id = c.employee_id
  JOIN employees p ON p.tenant_id = :tenant AND p.id = ",
        person_of!("r"),
        "
 WHERE c.tenant_id = :tenant AND c.public_code = :code"
    );
    let found: Vec<Row> = tx.complete(statement(FOUND).bind("code", random)).load(tx.conn).await?;
    Ok(found.into_iter().next())
}
