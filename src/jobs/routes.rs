//! Jobs over HTTP.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{JobPage, JobResponse};
use super::queries;
use crate::auth::rights::JobsRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Paged, Path, Reply};
use crate::kernel::phrases::Thing;

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_jobs).service(get_job);
}

/// List jobs
///
/// Newest first.
#[utoipa::path(
    tag = "jobs",
    params(Paged),
    responses((status = 200, description = "A page of jobs.", body = JobPage)),
    security(("oauth2" = ["jobs:read"]))
)]
#[get("/v1/jobs")]
async fn list_jobs(call: Call<JobsRead>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let rows = queries::list_page(tx, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |job| job.id)?;
        Reply::page(rows.into_iter().map(JobResponse::from), next)
    })
}

/// Get a job
///
/// The state of a job and its progress. Poll it about once a second.
#[utoipa::path(
    tag = "jobs",
    responses((status = 200, description = "The job.", body = JobResponse)),
    security(("oauth2" = ["jobs:read"]))
)]
#[get("/v1/jobs/{id}")]
async fn get_job(call: Call<JobsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let job = Thing::Job.require(queries::find(tx, id).await?)?;
        Reply::ok(&JobResponse::from(job))
    })
}
