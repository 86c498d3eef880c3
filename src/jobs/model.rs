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
    /// Where a job stands.
    pub enum JobState {
        /// It waits for a worker; or for its next try, where `problem` says how the last one failed. Every job begins so.
        Queued = "queued",
        /// A worker has it. One whose worker is gone is taken over by another one.
        Running = "running",
        /// It is done, and `result` says what came of it. Final.
        Succeeded = "succeeded",
        /// It is given up, and `problem` says why. Final.
        Failed = "failed",
        /// It was called off before a worker took it up. Final; nothing calls one off yet.
        Cancelled = "cancelled",
    }
}

text_column!(JobState);

/// A piece of long work, as a worker takes it up.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct Job {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub kind: String,
    /// It may hold whole files, so that copies of a job share it.
    #[diesel(deserialize_as = Value)]
    pub request: Arc<Value>,
    pub attempts: i32,
    pub requested_by_kind: ActorKind,
    pub requested_by_id: Uuid,
    pub request_id: Option<String>,
}

/// How a job stands, for whoever watches it: without the request, which may be large and is nobody else's.
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
