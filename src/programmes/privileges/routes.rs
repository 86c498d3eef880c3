//! Privileges over HTTP.

use uuid::Uuid;

use super::dto::{ProgrammePrivilegesResponse, PutProgrammePrivilegesRequest};
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Path, Reply, operations};

operations! { get_programme_privileges, put_programme_privileges }

/// Get the privileges of a programme
///
/// What a good grade opens (讲师权益): whether everybody in the company reads what others share or only who has earned it, and who may
/// offer to mentor. Before anything was set, content is open to everybody and the best grade makes mentors.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/privileges", responses((status = 200, body = ProgrammePrivilegesResponse))
)]
async fn get_programme_privileges(call: Call<ProgrammesRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&ProgrammePrivilegesResponse::new(service::get(tx, id).await?)))
}

/// Set the privileges of a programme
///
/// All of them at once; they hold from then on. No score and no amount moves by them. Where content is earned (`earned`), the latest grade
/// of a closed period decides, so that a close opens and an accepted restatement takes away at once. Offers to mentor that stand stay,
/// but a mentor whose grade is not enough gets no further pair.
#[utoipa::path(
    put, path = "/v1/programmes/{id}/privileges", responses((status = 200, body = ProgrammePrivilegesResponse))
)]
async fn put_programme_privileges(
    call: Call<ProgrammesWrite>,
    Path(id): Path<Uuid>,
    body: Json<PutProgrammePrivilegesRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let wanted = request.parse(id, &mut faults);
        let set = service::put(tx, &precondition, wanted, faults).await?;
        Reply::ok(&ProgrammePrivilegesResponse::new(set))
    })
}
