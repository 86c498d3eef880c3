//! The company itself, as its people and machines read it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::rights::ProgrammesRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Reply, operations};
use crate::kernel::text::Name;
use crate::names::grade_order;
use crate::schema::tenants;

operations! { get_company }

/// Settings of the whole company.
#[derive(Debug, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = tenants)]
pub struct CompanyResponse {
    pub id: Uuid,
    /// Short name of the company in addresses and configuration.
    #[schema(max_length = 64, examples("acme"))]
    pub code: String,
    /// Example: Acme
    pub name: Name,
    /// Language of the company's notices.
    #[schema(max_length = 10, examples("zh-CN"))]
    pub locale: String,
    /// IANA time zone in which the company's days begin.
    #[schema(max_length = 64, examples("Asia/Shanghai"))]
    pub time_zone: String,
    /// The company's grades, best first: those of `get_display_names`, which has their names.
    #[schema(max_items = 20, value_type = Vec<GradeCode>)]
    pub grade_codes: Vec<String>,
    /// Whether people may approve what they proposed themselves.
    pub self_approval: bool,
}

/// The code of a grade.
#[derive(ToSchema)]
#[schema(max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$", examples("excellent"))]
pub struct GradeCode(#[expect(dead_code, reason = "names the schema")] String);

/// Get the company
///
/// Settings of the caller's whole company: its time zone, its grades in order, and whether people may approve what they proposed
/// themselves. The operator of the installation sets them, apart from the grades (`update_display_names`).
#[utoipa::path(get, path = "/v1/company", responses((status = 200, body = CompanyResponse, headers(("ETag")))))]
async fn get_company(call: Call<ProgrammesRead>) -> Answer {
    answer!(call.read(), |tx| {
        let own = tenants::table.filter(tenants::id.eq(tx.tenant)).select(CompanyResponse::as_select());
        let company: CompanyResponse = own.first(tx.conn).await?;
        Reply::projection(&CompanyResponse { grade_codes: grade_order(tx).await?, ..company })
    })
}
