//! Rows of jobs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::auth::ActorKind;
use crate::db::text::text_column;
use crate::kernel::words::words;
use crate::schema::jobs;

words! {
    /// State of a job.
    pub enum JobState {
        /// The job waits for a worker, or for its next try; then `problem` says how the last try failed. Every job starts in this
        /// state.
        Queued = "queued",
        /// A worker is running the job. If the worker is gone, another one takes over.
        Running = "running",
        /// The job is done; `result` has its result. Final.
        Succeeded = "succeeded",
        /// The job has failed for good; `problem` says why. Final.
        Failed = "failed",
        /// The job was cancelled before a worker took it. Final. Nothing cancels jobs yet.
        Cancelled = "cancelled",
    }
}

text_column!(JobState);

/// A job as a worker takes it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct Job {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub kind: String,
    /// Copies of a job share the request, because it may contain whole files.
    #[diesel(deserialize_as = Value)]
    pub request: Arc<Value>,
    pub attempts: i32,
    pub requested_by_kind: ActorKind,
    pub requested_by_id: Uuid,
    pub request_id: Option<String>,
    /// When it was ordered.
    pub created_at: DateTime<Utc>,
}

/// The state of a job for callers. Without the request, which may be large and is only for the worker.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct JobStatus {
    pub id: Uuid,
    pub kind: String,
    pub state: JobState,
    pub result: Option<Value>,
    pub problem: Option<Value>,
    pub progress_done: i64,
    pub progress_total: Option<i64>,
    pub finished_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use diesel::pg::Pg;

    use super::*;

    #[test]
    fn watching_a_job_loads_no_request() {
        let sql = |query: &dyn std::fmt::Display| query.to_string();
        let watched = jobs::table.select(JobStatus::as_select());
        assert!(!sql(&diesel::debug_query::<Pg, _>(&watched)).contains("\"request\""));
        let taken_up = jobs::table.select(Job::as_select());
        assert!(sql(&diesel::debug_query::<Pg, _>(&taken_up)).contains("\"request\""));
    }
}
