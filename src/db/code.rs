//! Who has a code already, so that a refusal can name them. The unique constraint still decides between twins.

/// The id of the row with this code, other than the row `own`.
macro_rules! id_of_code {
    ($tx:expr, $table:ident, $code:expr, $own:expr) => {{
        use ::diesel::prelude::*;
        use ::diesel_async::RunQueryDsl;

        use $crate::schema::$table as rows;
        let code: &str = $code;
        let others = rows::table.filter(rows::tenant_id.eq($tx.tenant)).filter(rows::id.ne($own));
        others.filter(rows::code.eq(code)).select(rows::id).first::<::uuid::Uuid>($tx.conn).await.optional()?
    }};
}

pub(crate) use id_of_code;
