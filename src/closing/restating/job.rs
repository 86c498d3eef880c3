//! Restating as a job. It is safe to run twice, concurrently, and again after a crash: a period has one restatement that waits.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::propose::{RestatePeriod, propose};
use crate::closing::job::{reported, rounds};
use crate::error::{Error, Result};
use crate::jobs::JobContext;

/// The kind of job.
pub const RESTATE_JOB: &str = "restate_period";

/// The work of the job: computes the period again and returns what it proposes.
pub async fn run_restate(context: JobContext) -> Result<Value> {
    let command = RestatePeriod::deserialize(&*context.job.request).map_err(Error::internal)?;
    let found = reported(&context, |progress| {
        rounds(&context, command.answerable, move |tx| {
            let (command, progress) = (command.clone(), Arc::clone(&progress));
            async move { propose(tx, &command, &progress).await }.boxed()
        })
    });
    Ok(match found.await? {
        Some(own) => json!({
            "restatement_id": own.id, "number": own.number, "base_number": own.base_number,
            "lecturer_count": own.lecturer_count,
        }),
        None => json!({ "restatement_id": null, "lecturer_count": 0 }),
    })
}
