//! Jobs over HTTP.

use uuid::Uuid;

use super::dto::{JobPage, JobResponse};
use super::queries;
use crate::auth::rights::JobsRead;
use crate::call::{Answer, Call, answer};
use crate::http::{Paged, Path, Reply, operations};
use crate::kernel::phrases::Thing;

operations! { list_jobs, get_job }

/// List jobs
///
/// Newest first.
#[utoipa::path(get, path = "/v1/jobs", responses((status = 200, body = JobPage)))]
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
#[utoipa::path(get, path = "/v1/jobs/{id}", responses((status = 200, body = JobResponse)))]
async fn get_job(call: Call<JobsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| {
        let job = Thing::Job.require(queries::find(tx, id).await?)?;
        Reply::ok(&JobResponse::from(job))
    })
}
