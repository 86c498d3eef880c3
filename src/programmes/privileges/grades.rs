//! The grade that a lecturer has now: of the latest closed period in which the lecturer was rated.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::statement;
use crate::journal::Tx;

/// The latest grades by programme and person.
pub type Graded = BTreeMap<(Uuid, Uuid), String>;

/// Of those who are lecturers today. Each snapshot finds the people by its key, under all of their records; where two records of one
/// person were rated in one period, that of the record that was kept stands.
const LATEST: &str = "
SELECT DISTINCT ON (p.programme_id, asked.id) p.programme_id, asked.id AS employee_id, l.grade
  FROM tenants t
 CROSS JOIN unnest(:people) AS asked (id)
 CROSS JOIN LATERAL (SELECT r.id, r.merged_into_id FROM employees r
                      WHERE r.tenant_id = :tenant AND (r.id = asked.id OR r.merged_into_id = asked.id) OFFSET 0) r
  JOIN periods p ON p.tenant_id = :tenant AND p.programme_id = ANY (:programmes) AND p.snapshot_id IS NOT NULL
 CROSS JOIN LATERAL (SELECT l.grade FROM snapshot_lecturers l
                      WHERE l.tenant_id = :tenant AND l.snapshot_id = p.snapshot_id AND l.employee_id = r.id
                        AND l.grade IS NOT NULL OFFSET 0) l
 WHERE t.id = :tenant
   AND EXISTS (SELECT FROM lecturers a
                WHERE a.tenant_id = :tenant AND a.employee_id = asked.id
                  AND a.appointed_on <= (:now AT TIME ZONE t.time_zone)::date
                  AND (a.ended_on IS NULL OR a.ended_on > (:now AT TIME ZONE t.time_zone)::date) OFFSET 0)
 ORDER BY p.programme_id, asked.id, p.starts_on DESC, r.merged_into_id NULLS FIRST";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    programme_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
    #[diesel(sql_type = Text)]
    grade: String,
}

/// The latest closed grade in each of these programmes of those of these people who are lecturers today. A period in which somebody was
/// not rated changes nothing.
pub async fn latest_grades(tx: &mut Tx<'_>, programmes: &[Uuid], people: &[Uuid]) -> QueryResult<Graded> {
    if programmes.is_empty() || people.is_empty() {
        return Ok(Graded::new());
    }
    let asked = statement(LATEST).bind("programmes", programmes).bind("people", people);
    let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
    Ok(rows.into_iter().map(|row| ((row.programme_id, row.employee_id), row.grade)).collect())
}

/// The grade that is needed: the one that is set, else the best of the company's, whose order is best first.
#[must_use]
pub fn needed_grade<'g>(order: &'g [String], set: Option<&'g str>) -> Option<&'g str> {
    set.or_else(|| order.first().map(String::as_str))
}

/// Whether a grade is at least the one that is needed, by the company's order, best first. A grade that is not in the order reaches
/// nothing, and nothing reaches it.
#[must_use]
pub fn reaches(order: &[String], grade: &str, set: Option<&str>) -> bool {
    let place = |code: &str| order.iter().position(|one| one == code);
    let needed = needed_grade(order, set).and_then(place);
    needed.zip(place(grade)).is_some_and(|(needed, own)| own <= needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_opens_what_it_or_a_lower_one_opens() {
        let order = ["excellent", "good", "pass", "fail"].map(str::to_owned);
        assert!(reaches(&order, "excellent", None));
        assert!(!reaches(&order, "good", None), "if nothing is set, the best alone");
        assert!(reaches(&order, "excellent", Some("good")) && reaches(&order, "good", Some("good")));
        assert!(!reaches(&order, "pass", Some("good")));
        assert!(!reaches(&order, "superb", Some("fail")), "a grade of which nobody knows the place");
        assert!(!reaches(&order, "excellent", Some("gone")));
        assert!(!reaches(&[], "excellent", None));
    }
}
