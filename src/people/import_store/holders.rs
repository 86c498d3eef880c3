//! Whom employee numbers mean, for files that name the same people in very many rows.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::text::EmployeeNumber;
use crate::schema::employees;

/// Everybody with a number. It grows with the company, not with the files, and spares each statement on their rows a join.
#[derive(Debug, Default)]
pub struct Holders(HashMap<EmployeeNumber, Uuid>);

impl Holders {
    pub async fn load(tx: &mut Tx<'_>) -> QueryResult<Self> {
        let rows: Vec<(EmployeeNumber, Uuid)> = employees::table
            .filter(employees::tenant_id.eq(tx.tenant))
            .filter(employees::employee_number.is_not_null())
            .select((employees::employee_number.assume_not_null(), employees::id))
            .load(tx.conn)
            .await?;
        Ok(Self(rows.into_iter().collect()))
    }

    /// The people whom the rows name. The import has made sure that they exist: who is not here has got another number since then.
    pub fn ids<T>(&self, rows: &[T], number: impl Fn(&T) -> &EmployeeNumber) -> Result<Vec<Uuid>> {
        rows.iter().map(|row| self.0.get(number(row)).copied().ok_or_else(|| Error::new(Code::Busy))).collect()
    }
}
