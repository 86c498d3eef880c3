//! Statements that find the lecturers of a company.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{concat, statement};
use crate::journal::Tx;

/// A part of the lecturers, in the order of their keys.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Those who follow this one.
    pub after: Option<Uuid>,
    /// Up to this one.
    pub upto: Option<Uuid>,
    pub limit: i64,
}

const APPOINTED: &str = "
  FROM lecturers l
 WHERE l.tenant_id = :tenant AND l.appointed_on <= :on AND (l.ended_on IS NULL OR l.ended_on > :on)
   AND (:people IS NULL OR l.employee_id = ANY (:people))";

/// Those who are appointed as lecturers on a day, with the days of their appointments. If people are given, only these.
pub async fn appointed(
    tx: &mut Tx<'_>,
    part: Part,
    on: NaiveDate,
    people: Option<&[Uuid]>,
) -> QueryResult<BTreeMap<Uuid, Option<NaiveDate>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        employee_id: Uuid,
        #[diesel(sql_type = Date)]
        appointed_on: NaiveDate,
    }
    const FOUND: &str = concat!(
        "SELECT l.employee_id, l.appointed_on",
        APPOINTED,
        " AND l.employee_id > :after AND l.employee_id <= :upto ORDER BY l.employee_id LIMIT :limit"
    );
    let found = statement(FOUND)
        .bind("after", part.after.unwrap_or_default())
        .bind("upto", part.upto.unwrap_or(Uuid::max()))
        .bind("limit", part.limit)
        .bind("on", on)
        .bind("people", people.map(<[Uuid]>::to_vec));
    let found: Vec<Row> = tx.complete(found).load(tx.conn).await?;
    Ok(found.into_iter().map(|row| (row.employee_id, Some(row.appointed_on))).collect())
}

/// The last one of each part of so many: where one part ends and the next begins.
pub async fn borders(tx: &mut Tx<'_>, length: i64, on: NaiveDate, people: Option<&[Uuid]>) -> QueryResult<Vec<Uuid>> {
    const BORDERS: &str = concat!(
        "SELECT n.employee_id AS id FROM (SELECT l.employee_id, row_number() OVER (ORDER BY l.employee_id) AS number",
        APPOINTED,
        ") n WHERE n.number % :length = 0 ORDER BY n.employee_id"
    );
    let borders = statement(BORDERS).bind("length", length).bind("on", on);
    tx.complete(borders.bind("people", people.map(<[Uuid]>::to_vec))).load_ids(tx.conn).await
}
