//! The service's role in the database. Row security does not apply to owners or superusers, so the role must be neither.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;

use super::Connection;
use crate::error::{Error, Result};

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    is_superuser: bool,
    #[diesel(sql_type = Bool)]
    bypasses_row_security: bool,
    #[diesel(sql_type = Bool)]
    owns_tables: bool,
}

const STANDING: &str = "
SELECT current_user::text AS role, r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses_row_security,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relowner = r.oid) AS owns_tables
  FROM pg_roles r WHERE r.rolname = current_user";

/// Refuses a role to which row security does not apply.
pub async fn check_role(connection: &mut Connection) -> Result<()> {
    let standing: Standing = diesel::sql_query(STANDING).get_result(connection).await?;
    let faults = [
        (standing.is_superuser, "is a superuser"),
        (standing.bypasses_row_security, "bypasses row security"),
        (standing.owns_tables, "owns tables"),
    ];
    let found: Vec<&str> = faults.iter().filter(|(wrong, _)| *wrong).map(|(_, words)| *words).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!(
        "the service would act as {}, which {}: row security would not apply",
        standing.role,
        found.join(" and ")
    )))
}
