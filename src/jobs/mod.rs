//! Jobs: long-running work with progress. A job is queued in the transaction that requests it, run by this process's worker, and
//! watched over HTTP.
//!
//! States: `queued → running → succeeded | failed`, and `queued → cancelled`. If a worker dies, another one takes the job over
//! once its claim is older than [`runner::CLAIM_LASTS`], up to a few times. So the work of every kind must be safe to run again.
//! A worker takes jobs of the kinds that it knows; while a release is rolled out, a new kind waits for a worker of that release.
//!
//! Every job that has not ended has a row in the global table `waiting_jobs`, which says when a worker is to look at it. It is
//! written together with the job. The worker also removes expired data.

mod dto;
mod model;
mod queries;
mod rounds;
pub mod routes;
mod runner;
mod uploads;

pub use dto::JobResponse;
pub use model::{Job, JobState, JobStatus};
pub use runner::{JobContext, Runner, Worker};
pub use uploads::{Upload, UploadedFile};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::error::Result;
use crate::journal::Tx;

/// Queues work of `kind` in the transaction of `tx`.
pub async fn enqueue(tx: &mut Tx<'_>, kind: &'static str, request: Value) -> Result<JobStatus> {
    let id = tx.id();
    Ok(queries::insert(tx, id, kind, request, tx.now).await?)
}

/// The same for work that begins at an instant, or soon after it.
pub async fn enqueue_at(tx: &mut Tx<'_>, kind: &'static str, request: Value, at: DateTime<Utc>) -> Result<JobStatus> {
    let id = tx.id();
    Ok(queries::insert(tx, id, kind, request, at).await?)
}

/// The same for work on the files of an upload.
pub async fn enqueue_with(tx: &mut Tx<'_>, files: &Upload, kind: &'static str, request: Value) -> Result<JobStatus> {
    Ok(queries::insert(tx, files.job, kind, request, tx.now).await?)
}
