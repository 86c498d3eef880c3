//! The files of a request that orders a job. They are stored in parts while they arrive, and read in parts when the job runs, so that
//! nobody holds a whole file. They are deleted when the job has ended, or if the request does not come to its end.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::db::{Access, Connection, Share, statement};
use crate::error::{Error, Result};
use crate::http::{Shelf, TextPart};
use crate::journal::Tx;
use crate::schema::upload_parts;
use crate::state::State;

/// The files of one request.
#[derive(Clone)]
pub struct Upload {
    state: State,
    tenant: Uuid,
    /// The id that the job gets.
    pub job: Uuid,
    /// Why a part could not be read.
    failure: Arc<Mutex<Option<Error>>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("job", &self.job).finish_non_exhaustive()
    }
}

impl Upload {
    /// The files of a request that is about to order a job.
    #[must_use]
    pub fn begin(state: &State, tenant: Uuid) -> Self {
        Self::of(state, tenant, state.ids.next())
    }

    /// The files of a job. Their parts are read in transactions of their own, each short, also while the job has one.
    #[must_use]
    pub fn of(state: &State, tenant: Uuid, job: Uuid) -> Self {
        Self { state: state.in_share(Share::Requests), tenant, job, failure: Arc::default() }
    }

    /// The first part of a file, and whether that is all of it.
    pub async fn head(&self, tx: &mut Tx<'_>, file: i32) -> QueryResult<(Vec<u8>, bool)> {
        let head = find_part(tx.conn, tx.tenant, self.job, file, 0).await?;
        let next = find_part(tx.conn, tx.tenant, self.job, file, 1).await?;
        Ok((head.unwrap_or_default(), next.is_none()))
    }

    /// Reads a file, on a thread that may wait.
    #[must_use]
    pub fn open(&self, file: i32) -> UploadedFile {
        UploadedFile { upload: self.clone(), file, next: 0, bytes: Vec::new(), read: 0, has_ended: false }
    }

    /// Why a part could not be read, if that was so: then what was read means nothing.
    #[must_use]
    pub fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn part(&self, file: i32, part: i32) -> Result<Option<Vec<u8>>> {
        let (tenant, job) = (self.tenant, self.job);
        let found = self.state.db.transaction(Access::Read, Some(tenant), move |conn| {
            async move { Ok(find_part(conn, tenant, job, file, part).await?) }.boxed()
        });
        found.await
    }
}

impl Shelf for Upload {
    const MEMBER: &'static str = "content";

    async fn keep(&self, part: TextPart) -> Result<()> {
        let (tenant, job, now, id) = (self.tenant, self.job, self.state.clock.now(), self.state.ids.next());
        let kept = self.state.db.transaction(Access::Write, Some(tenant), move |conn| {
            async move { Ok(insert(conn, (tenant, id, job), part, now).await?) }.boxed()
        });
        kept.await
    }

    /// If it is not known whether the job was ordered, only what has no job is deleted.
    async fn forget(&self) {
        let (tenant, job) = (self.tenant, self.job);
        let forgotten = self.state.db.transaction(Access::Write, Some(tenant), move |conn| {
            async move { Ok(delete_unordered(conn, tenant, job).await?) }.boxed()
        });
        if let Err(error) = forgotten.await {
            log::warn!("the files of a request that came to nothing are left to the sweep: {error}");
        }
    }
}

/// Reads a file part by part.
pub struct UploadedFile {
    upload: Upload,
    file: i32,
    /// The number of the next part.
    next: i32,
    bytes: Vec<u8>,
    /// How many of them were read.
    read: usize,
    has_ended: bool,
}

impl BufRead for UploadedFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read >= self.bytes.len() && !self.has_ended {
            let runtime = self.upload.state.db.runtime().clone();
            let found = runtime.block_on(self.upload.part(self.file, self.next)).map_err(|error| {
                let told = io::Error::other(error.to_string());
                *self.upload.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                told
            })?;
            self.has_ended = found.is_none();
            (self.bytes, self.read, self.next) = (found.unwrap_or_default(), 0, self.next + 1);
        }
        Ok(self.bytes.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl Read for UploadedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let read = bytes.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

async fn insert(
    conn: &mut Connection,
    (tenant, id, job): (Uuid, Uuid, Uuid),
    part: TextPart,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(upload_parts::table)
        .values((
            upload_parts::tenant_id.eq(tenant),
            upload_parts::id.eq(id),
            upload_parts::job_id.eq(job),
            upload_parts::file.eq(part.text),
            upload_parts::part.eq(part.part),
            upload_parts::content.eq(part.bytes),
            upload_parts::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

async fn find_part(
    conn: &mut Connection,
    tenant: Uuid,
    job: Uuid,
    file: i32,
    part: i32,
) -> QueryResult<Option<Vec<u8>>> {
    upload_parts::table
        .filter(upload_parts::tenant_id.eq(tenant))
        .filter(upload_parts::job_id.eq(job))
        .filter(upload_parts::file.eq(file))
        .filter(upload_parts::part.eq(part))
        .select(upload_parts::content)
        .first(conn)
        .await
        .optional()
}

/// Deletes the files, unless there is the job.
async fn delete_unordered(conn: &mut Connection, tenant: Uuid, job: Uuid) -> QueryResult<()> {
    let delete = "DELETE FROM upload_parts p
                   WHERE p.tenant_id = :tenant AND p.job_id = :job
                     AND NOT EXISTS (SELECT FROM jobs j WHERE j.tenant_id = :tenant AND j.id = p.job_id)";
    statement(delete).bind("tenant", tenant).bind("job", job).execute(conn).await?;
    Ok(())
}

/// Deletes the files of a job that has ended.
pub(super) async fn delete_ended(conn: &mut Connection, tenant: Uuid, job: Uuid) -> QueryResult<()> {
    let delete = "DELETE FROM upload_parts p
                   WHERE p.tenant_id = :tenant AND p.job_id = :job
                     AND EXISTS (SELECT FROM jobs j WHERE j.tenant_id = :tenant AND j.id = p.job_id AND j.finished_at IS NOT NULL)";
    statement(delete).bind("tenant", tenant).bind("job", job).execute(conn).await?;
    Ok(())
}

/// A request that has not come to its end for so long never will.
const ARRIVES_WITHIN: TimeDelta = TimeDelta::hours(2);

/// Deletes files that no job needs: those of requests that were broken off together with the service.
pub(super) async fn delete_forgotten(conn: &mut Connection, tenant: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    let delete = "DELETE FROM upload_parts p
                   WHERE p.tenant_id = :tenant AND p.created_at < :before
                     AND NOT EXISTS (SELECT FROM jobs j WHERE j.tenant_id = :tenant AND j.id = p.job_id AND j.finished_at IS NULL)";
    statement(delete).bind("tenant", tenant).bind("before", now - ARRIVES_WITHIN).execute(conn).await
}
