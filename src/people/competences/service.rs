//! Operations on certificates of competence.

use diesel::QueryResult;
use serde_json::json;
use uuid::Uuid;

use super::dto::{CompetenceCertificateChange, CompetenceCertificateResponse, CreateCompetenceCertificateRequest};
use super::model::CompetenceCertificate;
use super::queries;
use crate::auth::rights::PeopleRead;
use crate::db::Constraint as _;
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::kernel::text::Reason;
use crate::names::unknown_competence;
use crate::people::{employee_refs, employees, existing_employees, visible};

pub async fn create(
    tx: &mut Tx<'_>,
    request: CreateCompetenceCertificateRequest,
    mut faults: Faults,
) -> Result<CompetenceCertificateResponse> {
    let known = existing_employees(tx, &[request.employee_id]).await?;
    known.require("/employee_id", request.employee_id).unwrap_or_else(|fault| faults.push(fault));
    if !faults.has("/kind") {
        faults.extend(unknown_competence(tx, "/kind", &request.kind).await?);
    }
    let certificate = CompetenceCertificate {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: request.employee_id,
        kind: request.kind,
        issuer: request.issuer,
        certificate_number: request.certificate_number,
        valid_from: request.starts_on,
        valid_to: request.ends_on,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    faults.extend(order_fault(&certificate));
    faults.check()?;
    let created = explain(queries::insert(tx, &certificate).await)?;
    tx.touch_days(&[created.days()]).await?;
    let fields = ["employee_id", "kind", "issuer", "certificate_number", "starts_on", "ends_on"];
    note(tx, ("create_competence_certificate", "competence_certificate.created"), &created, fields);
    render(tx, created).await
}

/// The fault of a last day before the first.
fn order_fault(certificate: &CompetenceCertificate) -> Option<Fault> {
    let ends_before = certificate.valid_to.is_some_and(|last| last.day() < certificate.valid_from);
    ends_before.then(|| Fault::ends_before_start("/ends_on", "starts_on", certificate.valid_from))
}

pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    change: CompetenceCertificateChange,
    mut faults: Faults,
) -> Result<CompetenceCertificateResponse> {
    let present = lock(tx, id, &precondition).await?;
    let after = CompetenceCertificate {
        valid_from: change.starts_on.unwrap_or(present.valid_from),
        valid_to: change.ends_on.unwrap_or(present.valid_to),
        ..present.clone()
    };
    faults.extend(order_fault(&after));
    faults.check()?;
    let updated = explain(queries::update(tx, id, &change).await)?;
    if (updated.valid_from, updated.valid_to) != (present.valid_from, present.valid_to) {
        tx.touch_days(&[present.days(), updated.days()]).await?;
    }
    note(tx, ("update_competence_certificate", "competence_certificate.updated"), &updated, change.fields());
    render(tx, updated).await
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<CompetenceCertificateResponse> {
    let present = lock(tx, id, &precondition).await?;
    remove(tx, &present, None).await?;
    render(tx, present).await
}

/// Deletes one that came of what turns out to be a mistake, with the reason. It may have been deleted before.
pub async fn take_back(tx: &mut Tx<'_>, id: Uuid, reason: &Reason) -> Result<()> {
    match queries::find_for_update(tx, id).await? {
        Some(present) => remove(tx, &present, Some(reason)).await,
        None => Ok(()),
    }
}

async fn remove(tx: &mut Tx<'_>, present: &CompetenceCertificate, reason: Option<&Reason>) -> Result<()> {
    queries::delete(tx, present.id).await?;
    tx.touch_days(&[present.days()]).await?;
    // Nothing else says any more when the person's record changed.
    employees::touch(tx, &[present.employee_id]).await?;
    let record = record_of(("delete_competence_certificate", "competence_certificate.deleted"), present);
    tx.record(match reason {
        Some(reason) => record.notes(json!({ "reason": reason })),
        None => record,
    });
    Ok(())
}

async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<CompetenceCertificate> {
    let found = queries::find_for_update(tx, id).await?;
    precondition.admit(Thing::CompetenceCertificate, found, |certificate| certificate.version)
}

fn note(
    tx: &mut Tx<'_>,
    told: (&'static str, &'static str),
    certificate: &CompetenceCertificate,
    fields: impl IntoIterator<Item = &'static str>,
) {
    tx.record(record_of(told, certificate).fields(fields));
}

fn record_of((command, topic): (&'static str, &'static str), certificate: &CompetenceCertificate) -> Record {
    let details = json!({
        "employee_id": certificate.employee_id, "kind": certificate.kind, "starts_on": certificate.valid_from,
        "ends_on": certificate.valid_to,
    });
    Record::told(command, topic, "competence_certificate", certificate.id).details(details)
}

fn explain(outcome: QueryResult<CompetenceCertificate>) -> Result<CompetenceCertificate> {
    outcome
        .on_constraint("competence_certificates_number_key", || Error::fault("/certificate_number", FaultCode::Taken))
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<CompetenceCertificateResponse> {
    let visible = visible::<PeopleRead>(tx).await?;
    let found = queries::find(tx, id).await?;
    let seen = Thing::CompetenceCertificate.require(found.filter(|row| visible.includes(row.employee_id)))?;
    render(tx, seen).await
}

/// The certificates as responses show them, in the same order.
pub async fn render_all(
    tx: &mut Tx<'_>,
    certificates: Vec<CompetenceCertificate>,
) -> Result<Vec<CompetenceCertificateResponse>> {
    let ids: Vec<Uuid> = certificates.iter().map(|certificate| certificate.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let whole = |certificate: CompetenceCertificate| {
        let employee = people.get(certificate.employee_id)?;
        Ok(CompetenceCertificateResponse::new(certificate, employee))
    };
    certificates.into_iter().map(whole).collect()
}

async fn render(tx: &mut Tx<'_>, certificate: CompetenceCertificate) -> Result<CompetenceCertificateResponse> {
    only(render_all(tx, vec![certificate]).await?)
}
