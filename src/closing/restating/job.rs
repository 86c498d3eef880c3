//! Restating as a job. It is safe to run twice, concurrently, and again after a crash: a period has one restatement that waits.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::model::Restatement;
use super::propose::{RestatePeriod, propose};
use super::queries;
use crate::auth::Actor;
use crate::closing::job::{reported, rounds};
use crate::error::{Code, Error, Result};
use crate::jobs::JobContext;
use crate::journal::read_tx;

/// The kind of job.
pub const RESTATE_JOB: &str = "restate_period";

/// The work of the job: computes the period again and returns what it proposes.
pub async fn run_restate(context: JobContext) -> Result<Value> {
    let command = RestatePeriod::deserialize(&*context.job.request).map_err(Error::internal)?;
    let asked = command.clone();
    let found = reported(&context, |progress| {
        rounds(&context, command.answerable, move |tx| {
            let (command, progress) = (command.clone(), Arc::clone(&progress));
            async move { propose(tx, &command, &progress).await }.boxed()
        })
    });
    let found = match found.await {
        Err(refused) if refused.code == Code::RestatementWaiting => Some(made_since(&context, asked, refused).await?),
        found => found?,
    };
    Ok(match found {
        Some(own) => json!({
            "restatement_id": own.id, "number": own.number, "base_number": own.base_number,
            "lecturer_count": own.lecturer_count,
        }),
        None => json!({ "restatement_id": null, "lecturer_count": 0 }),
    })
}

/// What this job has made before its claim was lost, or a twin that was ordered at the same time.
async fn made_since(context: &JobContext, command: RestatePeriod, refused: Error) -> Result<Restatement> {
    let waiting = read_tx(&context.state, context.job.tenant_id, Actor::system(), move |tx| {
        async move { Ok(queries::waiting(tx, command.programme, &command.period).await?) }.boxed()
    });
    waiting.await?.filter(|own| own.created_at >= context.job.created_at).ok_or(refused)
}
