//! Imports over HTTP: the files in, a job out.

use actix_web::post;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;
use validator::Validate;

use super::file::names_column;
use super::layout::FileKind;
use super::order::{Order, Outcome};
use super::rows::EmployeeRow;
use super::service::import;
use crate::auth::Actor;
use crate::auth::rights::{ClientsWrite, ImportsWrite};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{ImportRefused, ImportTooFaulty};
use crate::error::{Error, Result};
use crate::http::{Json, Reply};
use crate::jobs::{self, JobContext, JobResponse};
use crate::journal::{Circumstances, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{Param, data};
use crate::kernel::phrases::Form;

/// The kind of job that imports.
pub const IMPORT_JOB: &str = "import";

pub fn routes(config: &mut ServiceConfig) {
    config.service(create_import);
}

/// Files to import.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "time_zone": "Asia/Shanghai",
    "files": [{"name": "departments.csv", "content": "code,name\nRD,Research and development\n"}],
}))]
pub struct CreateImportRequest {
    /// IANA zone of the local dates and times in the files.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: String,
    /// Leave faulty rows out instead of refusing the import. With more than 1000 faults it is refused all the same: a row that is
    /// left out is named.
    #[serde(default)]
    #[schema(default = false)]
    pub skip_faulty: bool,
    /// Report the faults and store nothing.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
    /// Each file once.
    #[validate(length(min = 1, max = 12), nested)]
    #[schema(min_items = 1, max_items = 12)]
    pub files: Vec<ImportFileRequest>,
}

/// A CSV file (UTF-8).
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportFileRequest {
    /// Which file it is: `departments.csv`, `employees.csv`, `lecturer_groups.csv`, `lecturers.csv`, `absences.csv`, `sessions.csv`,
    /// `contents.csv`, `submissions.csv`, `attendance.csv`, `ratings.csv`, `reuse.csv`, `cases.csv`.
    #[validate(length(min = 1, max = 255))]
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// The file as text.
    #[validate(length(min = 1, max = 60_000_000))]
    #[schema(min_length = 1, max_length = 60_000_000)]
    pub content: String,
}

impl CreateImportRequest {
    fn parse(self) -> Result<Order> {
        let mut faults = Faults::default();
        let zone: Option<Tz> = self.time_zone.parse().ok();
        if zone.is_none() {
            faults.push(Fault::bad_format("/time_zone", Form::TimeZone));
        }
        let kinds: Vec<Option<FileKind>> = self.files.iter().map(|file| FileKind::of_name(&file.name)).collect();
        for (at, kind) in kinds.iter().enumerate() {
            let pointer = format!("/files/{at}/name");
            if kind.is_none() {
                let names = FileKind::ALL.map(FileKind::file_name).join(", ");
                faults.push(Fault::new(pointer, FaultCode::NotAllowed).with("allowed", data(names)));
            } else if let Some(first) = kinds.iter().take(at).position(|earlier| earlier == kind) {
                faults.push(
                    Fault::new(pointer, FaultCode::Duplicate)
                        .with("first", Param::Place(format!("/files/{first}/name"))),
                );
            }
        }
        faults.check()?;
        let files = self.files.into_iter().map(|file| (file.name, file.content.into_bytes())).collect();
        let zone = zone.ok_or_else(|| Error::internal("a zone that was checked"))?;
        Ok(Order { files, zone, skip_faulty: self.skip_faulty, dry_run: self.dry_run })
    }
}

/// What an import does, before its files and columns.
const DESCRIPTION: &str = "\
Facts of the past as an HR department exports them, as a job: everything is stored in one transaction, or nothing. A faulty
row is reported with file, line, column and reason (member `faults` of the job's problem); with `skip_faulty` such rows are
left out and reported in the job's result. People and departments are brought up to date by their number or code; sessions
and what belongs to them are added, so send an `Idempotency-Key`, and each session in one import only. A column that a file
lacks says nothing; one that is there and blank clears. Employees with a column `roles` are granted these: that needs
`clients:write` too.

The files and their columns, bold where a file must have them:

";

fn description() -> String {
    format!("{DESCRIPTION}{}", super::describe_columns().trim_end())
}

/// Import files
#[utoipa::path(
    tag = "imports",
    description = description(),
    responses((status = 202, description = "The job that imports.", body = JobResponse)),
    security(("oauth2" = ["imports:write"])),
    extensions(("x-job-refuses" = json!([ImportRefused, ImportTooFaulty])))
)]
#[post("/v1/imports")]
async fn create_import(call: Call<ImportsWrite>, body: Json<CreateImportRequest>) -> Answer {
    answer!(call.write_files(body), |tx, request| enqueue(tx, request).await)
}

async fn enqueue(tx: &mut Tx<'_>, request: CreateImportRequest) -> Result<Reply> {
    let ordered = Ordered { answerable: tx.actor.answerable(), request };
    let stored = serde_json::to_value(&ordered).map_err(Error::internal)?;
    let order = ordered.request.parse()?;
    if grants_roles(&order) {
        tx.actor.reach::<ClientsWrite>()?;
    }
    let job = jobs::enqueue(tx, IMPORT_JOB, stored).await?;
    Reply::accepted(format!("/v1/jobs/{}", job.id), &JobResponse::from(job))
}

/// What the job is told.
#[derive(Serialize, Deserialize)]
struct Ordered {
    /// Who ordered it, or answered for the machine that did.
    answerable: Option<Uuid>,
    request: CreateImportRequest,
}

/// Whether the files give roles to people. Who imports may not give what they could not give by a grant.
fn grants_roles(order: &Order) -> bool {
    let of_employees = |(name, _): &&(String, Vec<u8>)| FileKind::of_name(name) == Some(FileKind::Employees);
    order.files.iter().filter(of_employees).any(|(_, bytes)| names_column::<EmployeeRow>(bytes, "roles"))
}

/// The work of the job. Run again after it stored everything, it would store the facts twice: what it stores and that it did
/// are one transaction, by the name of the job.
pub async fn run_import(context: JobContext) -> Result<Value> {
    let Ordered { request, answerable } = Ordered::deserialize(&*context.job.request).map_err(Error::internal)?;
    let tenant = context.job.tenant_id;
    let dry_run = request.dry_run;
    // An import is allowed when it is ordered, and it is the word of who answered for it then.
    let actor = Actor { identity: context.requested_by(), responsible: answerable, ..Actor::system() };
    let circumstances = Circumstances { request_id: context.job.request_id.clone(), traceparent: None };
    let outcome: Outcome =
        import(&context.state, tenant, actor, circumstances, request.parse()?, Some(context.job.id)).await?;
    let mut result = serde_json::to_value(outcome).map_err(Error::internal)?;
    if let Some(members) = result.as_object_mut() {
        members.insert("dry_run".to_owned(), json!(dry_run));
    }
    Ok(result)
}
