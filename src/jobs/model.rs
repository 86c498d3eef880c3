//! Rows of jobs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::jobs;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl JobState {
    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// From its name in data; the database holds no other.
    #[must_use]
    pub fn from_slug(slug: &str) -> Self {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Cancelled]
            .into_iter()
            .find(|state| state.slug() == slug)
            .unwrap_or(Self::Failed)
    }
}

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
    pub requested_by_kind: String,
    pub requested_by_id: Uuid,
    pub request_id: Option<String>,
}

/// How a job stands, for whoever watches it: without the request, which may be large and is nobody else's.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct JobStatus {
    pub id: Uuid,
    pub kind: String,
    pub state: String,
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
