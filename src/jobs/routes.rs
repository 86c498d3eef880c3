//! Jobs over HTTP.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::dto::{JobPage, JobResponse};
use super::model::JobStatus;
use super::queries;
use crate::auth::rights::{ImportsWrite, JobsRead};
use crate::call::{Answer, Call, answer};
use crate::http::{Paged, Path, Reply, operations};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::kernel::phrases::Thing;

operations! { list_jobs, get_job }

/// List jobs
///
/// Newest first.
#[utoipa::path(get, path = "/v1/jobs", responses((status = 200, body = JobPage, headers(("Content-Language")))))]
async fn list_jobs(call: Call<JobsRead>, query: Paged) -> Answer {
    let language = call.context.language;
    answer!(call.list(query), |tx, _, paging| {
        let (rows, next) = queries::list_page(tx, &paging).await?;
        Ok(Reply::page(rows.into_iter().map(|job| shown(tx, job, language)), next)?.language(language))
    })
}

/// Get a job
///
/// The state of a job and its progress. Poll it about once a second. What is in the files of an import (the members `faults` and
/// `new_people` of its problem or result) is shown only to callers with the scope `imports:write`.
#[utoipa::path(get, path = "/v1/jobs/{id}", responses((status = 200, body = JobResponse, headers(("Content-Language")))))]
async fn get_job(call: Call<JobsRead>, Path(id): Path<Uuid>) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let job = Thing::Job.require(queries::find(tx, id).await?)?;
        Ok(Reply::ok(&shown(tx, job, language))?.language(language))
    })
}

/// Members of results and problems that show what is in imported files.
const OF_FILES: [&str; 3] = ["faults", "former_numbers", "new_people"];

/// The job as this caller may see it, in the caller's language: what is in imported files is for those who may import.
fn shown(tx: &Tx<'_>, job: JobStatus, language: Language) -> JobResponse {
    let mut job = JobResponse::new(job);
    if let Some(problem) = job.problem.as_mut().and_then(Value::as_object_mut)
        && let Some(Value::Object(words)) = problem.remove(Language::ZhCn.tag())
        && language == Language::ZhCn
    {
        problem.extend(words);
    }
    let is_reader_of_files = tx.actor.reach::<ImportsWrite>().is_ok();
    let parts = [&mut job.result, &mut job.problem].into_iter().flatten();
    for members in parts.filter_map(Value::as_object_mut) {
        if language == Language::ZhCn {
            say_faults_in_chinese(members);
        }
        if !is_reader_of_files {
            members.retain(|name, _| !OF_FILES.contains(&name.as_str()));
        }
    }
    job
}

/// The faults of files are kept in both languages.
fn say_faults_in_chinese(members: &mut Map<String, Value>) {
    let faults = members.get_mut("faults").and_then(Value::as_array_mut).into_iter().flatten();
    for fault in faults.filter_map(Value::as_object_mut) {
        if let Some(chinese) = fault.get("detail_zh").cloned() {
            fault.insert("detail".to_owned(), chinese);
        }
    }
}
