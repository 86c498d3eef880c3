//! What each role gives.

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::rights::{self, ClientsWrite};
use crate::auth::{Breadth, Role};
use crate::call::{Answer, Call, answer};
use crate::http::Reply;
use crate::kernel::words::words;

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_roles);
}

/// Every role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolesResponse {
    #[schema(max_items = 20)]
    pub items: Vec<RoleResponse>,
}

/// A role and what it gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleResponse {
    pub role: Role,
    #[schema(max_items = 100)]
    pub rights: Vec<RoleRight>,
}

/// A right that a role gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRight {
    #[schema(max_length = 64, examples("people:read"))]
    pub scope: &'static str,
    /// What it allows.
    #[schema(max_length = 200, examples("Read departments, employees, lecturers and groups."))]
    pub meaning: &'static str,
    pub reach: RightReach,
}

words! {
    /// How far a right reaches.
    pub enum RightReach {
        /// The caller's own things.
        Own = "own",
        /// The managed departments and those below them.
        Departments = "departments",
        /// The whole company.
        All = "all",
    }
}

impl From<Breadth> for RightReach {
    fn from(breadth: Breadth) -> Self {
        match breadth {
            Breadth::Own => Self::Own,
            Breadth::Departments => Self::Departments,
            Breadth::All => Self::All,
        }
    }
}

/// List roles
///
/// What each role gives, and how far it reaches. Everybody employed is a learner and whoever was appointed is a lecturer, without
/// a grant.
#[utoipa::path(
    tag = "access",
    responses((status = 200, description = "The roles.", body = RolesResponse, headers(("ETag")))),
    security(("oauth2" = ["clients:write"]))
)]
#[get("/v1/roles")]
async fn list_roles(call: Call<ClientsWrite>) -> Answer {
    answer!(call.read(), |_| Reply::projection(&RolesResponse { items: Role::ALL.map(given_by).into() }))
}

fn given_by(role: Role) -> RoleResponse {
    let rights = rights::ALL.iter().filter_map(|(scope, meaning, roles)| {
        let (_, breadth) = roles.iter().find(|(given, _)| *given == role)?;
        Some(RoleRight { scope, meaning, reach: (*breadth).into() })
    });
    RoleResponse { role, rights: rights.collect() }
}
