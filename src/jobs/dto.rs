//! Jobs on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{JobState, JobStatus};
use crate::http::{ETag, Page, Problem, response};

response! {
    /// A job: a piece of long-running work.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct JobResponse: new(job: JobStatus) {
        pub id: Uuid,
        /// Kind of work: `close_period`, `import` ...
        #[schema(max_length = 64, examples("close_period"))]
        pub kind: String,
        pub state: JobState,
        pub progress: JobProgress = JobProgress { done: job.progress_done, total: job.progress_total },
        /// The result, once the job has succeeded. Its members depend on the kind.
        #[schema(value_type = Option<JobResult>)]
        pub result: Option<Value>,
        /// The problem, once the job has failed, in the language of who reads it. While the job is tried again, the problem of the
        /// last try.
        #[schema(value_type = Option<Problem>)]
        pub problem: Option<Value>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub finished_at: Option<DateTime<Utc>>,
        pub etag: ETag = ETag(job.version),
    }
}

/// The result of a job. Its members depend on the kind.
#[derive(ToSchema)]
#[schema(value_type = Object)]
pub struct JobResult(#[expect(dead_code, reason = "names the schema")] Value);

/// Progress of a job, in units that depend on its kind (rows, lecturers).
#[derive(Debug, Serialize, ToSchema)]
pub struct JobProgress {
    #[schema(minimum = 0, maximum = 1_000_000_000, examples(40))]
    pub done: i64,
    /// Null while the total is unknown.
    #[schema(minimum = 0, maximum = 1_000_000_000, examples(60))]
    pub total: Option<i64>,
}

/// A page of jobs.
pub type JobPage = Page<JobResponse>;
