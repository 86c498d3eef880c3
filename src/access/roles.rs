//! Roles and the rights that they grant.

use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::rights::{self, ClientsWrite};
use crate::auth::{Breadth, Role};
use crate::call::{Answer, Call, answer};
use crate::http::{Reply, operations};
use crate::kernel::words::words;

operations! { list_roles }

/// All roles.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolesResponse {
    #[schema(max_items = 20)]
    pub items: Vec<RoleResponse>,
}

/// A role and the rights that it grants.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleResponse {
    pub role: Role,
    #[schema(max_items = 100)]
    pub rights: Vec<RoleRight>,
}

/// A right that a role grants.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRight {
    #[schema(max_length = 64, examples("people:read"))]
    pub scope: &'static str,
    /// What the right allows.
    #[schema(max_length = 200, examples("Read departments, employees, lecturers and groups."))]
    pub meaning: &'static str,
    pub reach: RightReach,
}

words! {
    /// How far a right reaches.
    pub enum RightReach {
        /// Only the caller's own data.
        Own = "own",
        /// The departments that the caller manages, and those below them.
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
/// The rights that each role grants, and how far they reach. Every employee is a learner, and every appointed lecturer is a
/// lecturer, without a grant.
#[utoipa::path(get, path = "/v1/roles", responses((status = 200, body = RolesResponse, headers(("ETag")))))]
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
