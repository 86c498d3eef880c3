//! Imports over HTTP: the files in, a job out.

use std::time::Duration;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::content::Content;
use super::file::may_name_column;
use super::layout::FileKind;
use super::order::{Order, Outcome};
use super::rows::EmployeeRow;
use super::service::import;
use crate::auth::Actor;
use crate::auth::rights::{CalendarWrite, ClientsWrite, ImportsWrite};
use crate::call::{Answer, Call};
use crate::error::Code::{ImportRefused, ImportTooFaulty, InvalidValues};
use crate::error::{Error, Result};
use crate::http::{Json, Reply, operations};
use crate::jobs::{self, JobContext, JobResponse, Upload};
use crate::journal::{Circumstances, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::Param;
use crate::kernel::phrases::Form;

/// The kind of import jobs.
pub const IMPORT_JOB: &str = "import";

operations! { create_import }

/// The files to import.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "time_zone": "Asia/Shanghai",
    "files": [{"name": "departments.csv", "content": "code,name\nRD,Research and development\n"}],
}))]
pub struct CreateImportRequest {
    /// IANA time zone of the local dates and times in the files.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: String,
    /// Whether to leave out faulty rows instead of refusing the import. With more than 1000 faults it is still refused, because
    /// every row that is left out must be listed.
    #[serde(default)]
    #[schema(default = false)]
    pub skip_faulty: bool,
    /// Whether to store nothing, and only to report the faults and what the import would do. The job's result then says for each
    /// file how many rows would make something new, change something or leave it alone (`effects`), and names the new people
    /// (`new_people`).
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
    /// Each kind of file at most once.
    #[validate(length(min = 1, max = 13), nested)]
    #[schema(min_items = 1, max_items = 13)]
    pub files: Vec<ImportFileRequest>,
}

/// A CSV file (UTF-8).
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportFileRequest {
    /// The name identifies the kind of file: `departments.csv`, `employees.csv`, `lecturer_groups.csv`, `lecturers.csv`,
    /// `absences.csv`, `calendar.csv`, `sessions.csv`, `contents.csv`, `submissions.csv`, `attendance.csv`, `ratings.csv`, `reuse.csv`,
    /// `cases.csv`.
    #[validate(length(min = 1, max = 255))]
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// The file as text.
    #[validate(length(min = 1, max = 1_000_000_000))]
    #[schema(min_length = 1, max_length = 1_000_000_000)]
    pub content: String,
}

impl CreateImportRequest {
    /// The order. The faults found before are included. In place of each file is its number in the upload, if there is one.
    fn parse(self, mut faults: Faults, upload: Option<&Upload>) -> Result<Order> {
        let zone: Option<Tz> = self.time_zone.parse().ok();
        if zone.is_none() && !faults.has("/time_zone") {
            faults.push(Fault::bad_format("/time_zone", Form::TimeZone));
        }
        let kinds: Vec<Option<FileKind>> = self.files.iter().map(|file| FileKind::of_name(&file.name)).collect();
        for (at, kind) in kinds.iter().enumerate() {
            let pointer = format!("/files/{at}/name");
            if kind.is_none() && !faults.has(&pointer) {
                let fault = Fault::new(pointer, FaultCode::NotAllowed);
                faults.push(fault.with("allowed", FileKind::file_names()));
            } else if let Some(first) = kind.and_then(|_| kinds.iter().take(at).position(|earlier| earlier == kind)) {
                faults.push(
                    Fault::new(pointer, FaultCode::Duplicate)
                        .with("first", Param::Place(format!("/files/{first}/name"))),
                );
            }
        }
        faults.check()?;
        let files = self.files.into_iter().map(|file| file.parse(upload)).collect::<Result<Vec<_>>>()?;
        let zone = zone.ok_or_else(|| Error::internal("a checked time zone is invalid"))?;
        Ok(Order { skip_faulty: self.skip_faulty, dry_run: self.dry_run, ..Order::new(files, zone) })
    }
}

impl ImportFileRequest {
    fn parse(self, upload: Option<&Upload>) -> Result<(String, Content)> {
        let content = match upload {
            Some(upload) => Content::Uploaded(upload.clone(), self.content.parse().map_err(Error::internal)?),
            None => self.content.into_bytes().into(),
        };
        Ok((self.name, content))
    }
}

/// The description of an import, before its files and columns.
const DESCRIPTION: &str = "\
Imports past facts, as an HR department exports them, in a job. Everything is stored in one transaction, or nothing. A faulty
row is reported with file, line, column and reason in the member `faults` of the job's problem; what is wrong with many rows in the
same way is one fault, with their count and their first lines. The job's `progress` counts rows: each is first checked and then
stored, so a file of 1000 rows has 2000 steps; the total is known once everything was checked. A request may have 1 GiB: its
files are stored while they arrive, and deleted when the job has ended. With `skip_faulty`, such rows
are left out and reported in the job's result. People and departments are updated by their number or code. Sessions and
contents are added, with what belongs to them. A session or content whose code an earlier import has brought stays as it is, with
everything that belongs to it: the same file stores nothing twice. Attendance, ratings, submissions and cases therefore come with
their sessions, and reuse with its contents, in one import: a code is looked for in `sessions.csv` and `contents.csv` of this import
alone. A column that is not in the
file changes nothing; a column that is there clears the value if a cell is blank. Last days (`left_on`, `ended_on`, `ends_on`) are
included: a person still works on the day in `left_on`. The number of somebody who has left, or has another number now, with
another name needs an answer in `same_person`. A number that waits for somebody of the same name finds that person; with another
name it is `taken`. A row with a department withdraws other moves that are planned for days to come (`withdrawn_moves` in the job's
result). If `employees.csv` has a column `roles`, its people are to get these roles: this
also requires the scope `clients:write`. Days in `calendar.csv` are listed in the company's calendar, or listed otherwise; those that
are not in it stay (`put_calendar` replaces a year). This also requires the scope `calendar:write`. Roles, and changes of who somebody with a role is, wait for a second person; the job's
result lists them as `waiting_changes`. So do levels of lecturers on past days, once a period of a programme for which the person
gives sessions is closed; until then files bring the history. (Of somebody who gives none yet, a period of any programme.) It also names the closed periods to which facts in the files belong, as `period_closed`,
after a dry run too.

The files and their columns. Columns in bold are required:

";

fn description() -> String {
    format!("{DESCRIPTION}{}", super::describe_columns().trim_end())
}

/// Import files
#[utoipa::path(
    post, path = "/v1/imports", description = description(), responses((status = 202, body = JobResponse)),
    extensions(("x-job-refuses" = json!([ImportRefused, ImportTooFaulty, InvalidValues])))
)]
async fn create_import(call: Call<ImportsWrite>, body: Json<CreateImportRequest>) -> Answer {
    let upload = Upload::begin(&call.state, call.tenant());
    let shelf = upload.clone();
    let work = call.write_files(body, shelf, move |tx, request, faults| {
        Box::pin(async move { enqueue(tx, request, faults, upload).await })
    });
    work.await
}

async fn enqueue(tx: &mut Tx<'_>, request: CreateImportRequest, faults: Faults, upload: Upload) -> Result<Reply> {
    let ordered = json!({"answerable": tx.actor.answerable(), "uploaded": request});
    let order = request.parse(faults, Some(&upload))?;
    if may_grant_roles(tx, &order).await? {
        tx.actor.reach::<ClientsWrite>()?;
    }
    if order.kinds().contains(&FileKind::Calendar) {
        tx.actor.reach::<CalendarWrite>()?;
    }
    let job = jobs::enqueue_with(tx, &upload, IMPORT_JOB, ordered).await?;
    Reply::accepted(format!("/v1/jobs/{}", job.id), &JobResponse::new(job))
}

/// The request that is stored with the job.
#[derive(Deserialize)]
struct Ordered {
    /// The person who requested the import, or who was responsible for the machine client that did.
    answerable: Option<Uuid>,
    /// With the number of each file in the upload in place of its text.
    uploaded: Option<CreateImportRequest>,
    /// With the files themselves, as the release before this one ordered it.
    request: Option<CreateImportRequest>,
}

/// Whether the files may grant roles. Importing must not grant more than the caller could grant directly.
async fn may_grant_roles(tx: &mut Tx<'_>, order: &Order) -> Result<bool> {
    for (name, content) in &order.files {
        if let (Some(FileKind::Employees), Content::Uploaded(upload, file)) = (FileKind::of_name(name), content) {
            let (head, is_whole) = upload.head(tx, *file).await?;
            if may_name_column::<EmployeeRow>(&head, is_whole, "roles") {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The work of the job. If it were run again after storing everything, it would store the facts twice. So the rows and the fact
/// that they were stored, under the id of the job, are written in one transaction.
pub async fn run_import(context: JobContext) -> Result<Value> {
    let ordered = Ordered::deserialize(&*context.job.request).map_err(Error::internal)?;
    let Ordered { answerable, uploaded, request } = ordered;
    let tenant = context.job.tenant_id;
    let upload = uploaded.is_some().then(|| Upload::of(&context.state, tenant, context.job.id));
    let request = uploaded.or(request).ok_or_else(|| Error::internal("an import without a request"))?;
    let dry_run = request.dry_run;
    // Permission is checked when the import is requested. The job acts for the person who was responsible at that time.
    let actor = Actor { identity: context.requested_by(), responsible: answerable, ..Actor::system() };
    let circumstances = Circumstances { request_id: context.job.request_id.clone(), traceparent: None };
    let order = request.parse(Faults::default(), upload.as_ref())?;
    let progress = order.progress.clone();
    let work = import(&context.state, tenant, actor, circumstances, order, Some(context.job.id));
    let outcome = progress.told(work, TELL_EVERY, |steps| tell(context.clone(), steps)).await;
    tell(context, progress.steps()).await;
    let outcome: Outcome = outcome?;
    let mut result = serde_json::to_value(outcome).map_err(Error::internal)?;
    if let Some(members) = result.as_object_mut() {
        members.insert("dry_run".to_owned(), json!(dry_run));
    }
    Ok(result)
}

/// How often a running import tells how far it has come.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Tells how far the import has come: on a connection of its own, because nobody sees what its transaction writes before it has
/// ended. If it cannot be told, the work goes on.
async fn tell(context: JobContext, (done, total): (i64, Option<i64>)) {
    if let Err(error) = context.progress(done, total).await {
        log::warn!("the progress of job {} was not told: {error}", context.job.id);
    }
}
