//! Watching long work over HTTP.

use actix_web::{HttpResponse, get};
use futures_util::FutureExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::dto::{JobPage, JobResponse, ListJobsQuery};
use super::queries;
use crate::auth::rights::JobsRead;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::http::{ETag, Path, Query, Reply};

pub fn routes(config: &mut ServiceConfig) {
    config.service(list_jobs).service(get_job);
}

/// List jobs
///
/// Newest first.
#[utoipa::path(
    tag = "jobs",
    params(ListJobsQuery),
    responses((status = 200, description = "A page of jobs.", body = JobPage)),
    security(("oauth2" = ["jobs:read"]))
)]
#[get("/v1/jobs")]
pub async fn list_jobs(call: Call<JobsRead>, query: Query<ListJobsQuery>) -> Result<HttpResponse> {
    let query = query.into_inner();
    let paging = call.paging(query.limit, query.cursor);
    call.read(move |tx| {
        async move {
            let rows = queries::list_page(tx, paging.after()?, paging.fetch()).await?;
            let page = paging.finish(rows, |job| job.id)?.map(JobResponse::from);
            let next = page.next_target;
            Ok(Reply::ok(&JobPage { items: page.items, next_cursor: page.next_cursor })?.next_page(next))
        }
        .boxed()
    })
    .await
}

/// Get a job
///
/// The state of a piece of long work and how far it is. Poll it about once a second.
#[utoipa::path(
    tag = "jobs",
    params(("id" = Uuid, Path, description = "The job.")),
    responses((status = 200, description = "The job.", body = JobResponse)),
    security(("oauth2" = ["jobs:read"]))
)]
#[get("/v1/jobs/{id}")]
pub async fn get_job(call: Call<JobsRead>, id: Path<Uuid>) -> Result<HttpResponse> {
    let id = id.into_inner();
    call.read(move |tx| {
        async move {
            let job = queries::find(tx, id).await?.ok_or_else(|| Error::not_found("job"))?;
            let etag = ETag(job.version);
            Ok(Reply::ok(&JobResponse::from(job))?.etag(etag))
        }
        .boxed()
    })
    .await
}
