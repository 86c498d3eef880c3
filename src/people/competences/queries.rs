//! Statements on certificates of competence.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{CompetenceCertificateChange, ListCompetenceCertificatesQuery};
use super::model::CompetenceCertificate;
use crate::db::{collect_column, row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::text::{Code, Name};

row_queries!(
    CompetenceCertificate,
    competence_certificates,
    insert(CompetenceCertificate),
    find,
    find_for_update = find(for_update),
    update(CompetenceCertificateChange),
    delete,
    /// If employees are given, only theirs.
    list_page = list(
        by id; query: &ListCompetenceCertificatesQuery, visible: Option<&[Uuid]>;
        employee_id = query.employee_id, kind = query.kind.as_ref(), valid_from <= query.valid_on,
        valid_to beyond query.valid_on, valid_to <= query.expires_by_on.map(LastDay::new),
        updated_at >= query.updated_since, employee_id in visible
    ),
);

/// A certificate that is valid on the day that was asked for.
#[derive(Debug, Clone, QueryableByName)]
pub struct Competence {
    /// The place of the question, from 1.
    #[diesel(sql_type = BigInt)]
    pub place: i64,
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub kind: Code,
    #[diesel(sql_type = Text)]
    pub issuer: Name,
    #[diesel(sql_type = Date)]
    pub valid_from: NaiveDate,
    /// The last day on which it is valid.
    #[diesel(sql_type = Nullable<Date>)]
    pub valid_to: Option<LastDay>,
}

/// The certificates of these people that are valid on the day beside each of them, by the place of the question. Somebody may be asked
/// for on several days.
pub async fn competences_on(tx: &mut Tx<'_>, asked: &[(Uuid, NaiveDate)]) -> QueryResult<Vec<Competence>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    statement(
        "SELECT asked.place, c.id, c.kind, c.issuer, c.valid_from, c.valid_to
           FROM unnest(:employees, :days) WITH ORDINALITY AS asked (employee_id, day, place)
          CROSS JOIN LATERAL (
            SELECT c.id, c.kind, c.issuer, c.valid_from, c.valid_to
              FROM competence_certificates c
             WHERE c.tenant_id = :tenant AND c.employee_id = asked.employee_id AND c.valid_from <= asked.day
               AND (c.valid_to IS NULL OR c.valid_to > asked.day) OFFSET 0) c
          ORDER BY asked.place, c.kind, c.valid_from, c.id",
    )
    .bind("tenant", tx.tenant)
    .bind("employees", collect_column(asked, |(employee, _)| *employee))
    .bind("days", collect_column(asked, |(_, day)| *day))
    .load(tx.conn)
    .await
}
