//! The company never loses its last person who can give access: nobody could let anybody in again.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::auth::rights::ClientsWrite;
use crate::auth::{Right as _, Role};
use crate::db::statement;
use crate::journal::Tx;

/// When somebody is employed: from the first day (none: always) to the first day after the end (none: for good).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl Term {
    /// Whether the term `after` has a day, from today on, that this one has not.
    #[must_use]
    pub fn gains(self, after: Self, today: NaiveDate) -> bool {
        let start = after.from.map_or(today, |from| from.max(today));
        if after.to.is_some_and(|to| to <= start) {
            return false;
        }
        let starts_within = self.from.is_none_or(|from| from <= start);
        let ends_within = self.to.is_none_or(|end| after.to.is_some_and(|to| to <= end));
        !(starts_within && ends_within)
    }
}

/// Somebody who can give access, as stored.
#[derive(Debug, Clone, QueryableByName)]
pub struct Holder {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Date>)]
    pub hired_on: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    pub left_on: Option<NaiveDate>,
    /// Today in the company's time zone.
    #[diesel(sql_type = Date)]
    pub today: NaiveDate,
}

impl Holder {
    fn term(&self) -> Term {
        Term { from: self.hired_on, to: self.left_on }
    }
}

/// The people whose new terms would leave a time, from today on, in which nobody can give access although somebody could before.
/// Locks the terms of these people against each other until the commit.
pub async fn last_holders(tx: &mut Tx<'_>, terms: &BTreeMap<Uuid, Term>) -> QueryResult<Vec<Holder>> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let holders = holders(tx).await?;
    if holders.iter().all(|holder| terms.get(&holder.id).is_none_or(|term| *term == holder.term())) {
        return Ok(Vec::new());
    }
    let after = holders.iter().map(|holder| *terms.get(&holder.id).unwrap_or(&holder.term())).collect::<Vec<Term>>();
    Ok(losers(&holders, &after, |holder| terms.get(&holder.id).is_some_and(|term| *term != holder.term())))
}

/// The person, if they would be the last one who can give access and lose the role that lets them.
pub async fn lose_role(tx: &mut Tx<'_>, employee: Uuid) -> QueryResult<Option<Holder>> {
    let holders = holders(tx).await?;
    let after: Vec<Term> = holders.iter().filter(|holder| holder.id != employee).map(Holder::term).collect();
    Ok(losers(&holders, &after, |holder| holder.id == employee).pop())
}

/// Those who change, if after the change somebody can give access for a shorter time than before.
fn losers(before: &[Holder], after: &[Term], changes: impl Fn(&Holder) -> bool) -> Vec<Holder> {
    let Some(today) = before.first().map(|holder| holder.today) else { return Vec::new() };
    let present: Vec<Term> = before.iter().map(Holder::term).collect();
    let is_lost = covers(after, today) < covers(&present, today);
    if is_lost { before.iter().filter(|holder| changes(holder)).cloned().collect() } else { Vec::new() }
}

/// Whether somebody is there today, and until when somebody will be at the latest.
fn covers(terms: &[Term], today: NaiveDate) -> (bool, NaiveDate) {
    let is_there = |term: &Term| term.from.is_none_or(|from| from <= today) && term.to.is_none_or(|to| today < to);
    let last = terms.iter().map(|term| term.to.unwrap_or(NaiveDate::MAX)).filter(|to| today < *to).max();
    (terms.iter().any(is_there), last.unwrap_or(NaiveDate::MIN))
}

/// Everybody who can give access by a role of theirs.
async fn holders(tx: &mut Tx<'_>) -> QueryResult<Vec<Holder>> {
    let roles: Vec<&str> = ClientsWrite::ROLES.iter().map(|(role, _): &(Role, _)| role.slug()).collect();
    statement("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
        .bind("what", format!("clients:write {}", tx.tenant))
        .execute(tx.conn)
        .await?;
    statement(
        "SELECT e.id, e.name, e.hired_on, e.left_on, (:now AT TIME ZONE t.time_zone)::date AS today
           FROM employees e
           JOIN tenants t ON t.id = e.tenant_id
          WHERE e.tenant_id = :tenant
            AND EXISTS (SELECT FROM role_grants g
                         WHERE g.tenant_id = e.tenant_id AND g.employee_id = e.id AND g.role = ANY (:roles))
          ORDER BY e.id",
    )
    .bind("tenant", tx.tenant)
    .bind("now", tx.now)
    .bind("roles", roles)
    .load(tx.conn)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn until(text: &str) -> Term {
        Term { from: None, to: Some(day(text)) }
    }

    const ALWAYS: Term = Term { from: None, to: None };

    #[test]
    fn a_term_gains_only_days_to_come() {
        let today = day("2026-03-01");
        let term = |from: &str, to: &str| Term {
            from: (!from.is_empty()).then(|| day(from)),
            to: (!to.is_empty()).then(|| day(to)),
        };
        for (before, after, gains) in [
            (("", ""), ("", "2026-06-01"), false),
            (("", "2026-06-01"), ("", ""), true),
            (("", "2026-02-01"), ("", ""), true),
            (("", "2026-06-01"), ("", "2026-07-01"), true),
            (("", "2026-06-01"), ("", "2026-05-01"), false),
            (("", "2026-01-01"), ("", "2026-02-01"), false),
            (("", ""), ("2020-01-01", ""), false),
            (("2020-01-01", ""), ("2019-01-01", ""), false),
            (("2026-06-01", ""), ("2026-04-01", ""), true),
            (("2026-06-01", ""), ("", ""), true),
            (("2026-06-01", ""), ("2026-07-01", ""), false),
            // Hired again.
            (("2020-01-01", "2026-02-01"), ("2026-03-01", ""), true),
            (("2020-01-01", "2026-02-01"), ("2026-05-01", "2026-08-01"), true),
        ] {
            let (before, after) = (term(before.0, before.1), term(after.0, after.1));
            assert_eq!(before.gains(after, today), gains, "from {before:?} to {after:?}");
        }
    }

    #[test]
    fn somebody_must_stay_as_long_as_before() {
        let today = day("2026-03-01");
        let lost = |before: &[Term], after: &[Term]| covers(after, today) < covers(before, today);
        assert!(lost(&[ALWAYS], &[until("2026-06-01")]));
        assert!(lost(&[ALWAYS], &[]));
        assert!(!lost(&[ALWAYS, ALWAYS], &[ALWAYS, until("2026-03-01")]));
        assert!(lost(&[ALWAYS, until("2026-06-01")], &[until("2026-04-01"), until("2026-06-01")]));
        assert!(!lost(&[until("2026-06-01"), until("2026-09-01")], &[until("2026-04-01"), until("2026-09-01")]));
        assert!(!lost(&[], &[]));
        // Who has left long ago covers nothing, and nothing is lost with them.
        assert!(!lost(&[until("2020-01-01")], &[until("2019-01-01")]));
        let later = Term { from: Some(day("2026-05-01")), to: None };
        assert!(lost(&[ALWAYS], &[later]), "nobody is there until then");
        assert!(!lost(&[ALWAYS, later], &[ALWAYS, later]));
    }
}
