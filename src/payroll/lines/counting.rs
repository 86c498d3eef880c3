//! Control totals of lines. They are computed on a thread of their own, while the database works on the next lines: the digest takes
//! about as long as the reading, and requests do not wait for it.

use aws_lc_rs::digest::{Context, SHA256};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

use super::dto::PayrollLineResponse;
use super::model::Line;
use crate::error::{Code, Error, Result};
use crate::kernel::hex::hex;
use crate::payroll::batches::ControlTotals;

/// The totals of some lines, which may still be being computed.
pub struct Counting(JoinHandle<Result<Counted>>);

impl Counting {
    /// Of no lines.
    pub fn new() -> Self {
        Self(spawn_blocking(|| Ok(Counted::new())))
    }

    /// Adds the next lines, once those before are counted. A person's lines follow each other.
    pub async fn with(self, lines: Vec<Line>) -> Result<Self> {
        let before = self.counted().await?;
        Ok(Self(spawn_blocking(move || lines.into_iter().try_fold(before, Counted::with))))
    }

    /// Refuses to be the totals of no lines.
    pub async fn totals(self) -> Result<ControlTotals> {
        let counted = self.counted().await?;
        if counted.line_count == 0 {
            return Err(Error::new(Code::EmptyBatch));
        }
        Ok(ControlTotals {
            line_count: counted.line_count,
            people_count: counted.people_count,
            total_minor: counted.total_minor,
            lines_sha256: hex(counted.sha.finish().as_ref()),
        })
    }

    async fn counted(self) -> Result<Counted> {
        self.0.await.map_err(Error::internal)?
    }
}

struct Counted {
    line_count: i32,
    people_count: i32,
    total_minor: i64,
    last_person: Option<Uuid>,
    sha: Context,
}

impl Counted {
    fn new() -> Self {
        Self { line_count: 0, people_count: 0, total_minor: 0, last_person: None, sha: Context::new(&SHA256) }
    }

    fn with(mut self, line: Line) -> Result<Self> {
        let beyond = || Error::internal("a total beyond its type");
        self.line_count = self.line_count.checked_add(1).ok_or_else(beyond)?;
        self.people_count += i32::from(self.last_person != Some(line.employee_id));
        self.total_minor = self.total_minor.checked_add(line.amount_minor).ok_or_else(beyond)?;
        self.last_person = Some(line.employee_id);
        self.sha.update(&PayrollLineResponse::new(line)?.canonical()?);
        Ok(self)
    }
}
