//! Passes places on when the time of their offers is over.

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{places, queries};
use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::jobs::JobContext;
use crate::journal::{Circumstances, write_tx};

/// The kind of job.
pub const PASS_ON_JOB: &str = "pass_on_opportunity_places";

/// The work of the job. It is safe to run twice, and finds nothing to do if everybody has answered.
pub async fn run_pass_on(context: JobContext) -> Result<Value> {
    let opportunity = context.job.request.get("opportunity").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let opportunity: Uuid = opportunity.ok_or_else(|| Error::internal("places of no opportunity"))?;
    let tenant = context.job.tenant_id;
    let passing = write_tx(&context.state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move {
            let Some(row) = queries::find_for_update(tx, opportunity).await? else { return Ok(0) };
            let offered = places::fill(tx, &row, PASS_ON_JOB).await?;
            queries::touch(tx, opportunity).await?;
            Ok(offered)
        }
        .boxed()
    });
    Ok(json!({ "opportunity_id": opportunity, "offered": passing.await? }))
}
