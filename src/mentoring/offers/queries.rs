//! Statements on offers.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListMentorOffersQuery;
use super::model::{MentorOffer, Places, Withdrawal};
use crate::db::{concat, load_page, narrow, row_queries, statement};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::people::employed_days;
use crate::programmes::privileges::MENTOR_CAPACITY;
use crate::schema::mentor_offers;

row_queries!(
    MentorOffer,
    mentor_offers,
    insert(MentorOffer),
    find,
    find_for_update = find(for_update),
    update(Withdrawal),
    /// What it shows of its places has changed.
    touch,
);

/// Latest first, without those of mentors who are gone.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListMentorOffersQuery,
    records: Option<&[Uuid]>,
    gone: &[Uuid],
    paging: &Paging,
) -> Result<Listed<MentorOffer>> {
    let own = mentor_offers::table.filter(mentor_offers::tenant_id.eq(tx.tenant));
    let mut page = own.select(MentorOffer::as_select()).into_boxed();
    page = page.filter(mentor_offers::employee_id.ne_all(gone));
    narrow!(page; mentor_offers {
        programme_id = query.programme_id,
        employee_id in records,
        withdrawn_at has query.standing.map(|standing| !standing),
    });
    load_page!(tx, paging, page, MentorOffer => latest mentor_offers::id)
}

/// Those who have offered to mentor and are not employed on the day.
pub async fn gone(tx: &mut Tx<'_>, on: NaiveDate) -> QueryResult<Vec<Uuid>> {
    const GONE: &str = concat!(
        "
SELECT e.id
  FROM (SELECT DISTINCT o.employee_id FROM mentor_offers o WHERE o.tenant_id = :tenant) m
 CROSS JOIN LATERAL (SELECT * FROM employees e WHERE e.tenant_id = :tenant AND e.id = m.employee_id OFFSET 0) e
 WHERE NOT ",
        employed_days!("e"),
        " @> :day"
    );
    let asked = statement(GONE).bind("day", on);
    tx.complete(asked).load_ids(tx.conn).await
}

/// The offer of a mentor that stands in a programme, locked: nobody else takes a place meanwhile.
pub async fn find_standing_for_update(
    tx: &mut Tx<'_>,
    programme: Uuid,
    mentor: Uuid,
) -> QueryResult<Option<MentorOffer>> {
    mentor_offers::table
        .filter(mentor_offers::tenant_id.eq(tx.tenant))
        .filter(mentor_offers::programme_id.eq(programme))
        .filter(mentor_offers::employee_id.eq(mentor))
        .filter(mentor_offers::withdrawn_at.is_null())
        .select(MentorOffer::as_select())
        .for_update()
        .first(tx.conn)
        .await
        .optional()
}

/// The places of these offers.
pub async fn places(tx: &mut Tx<'_>, offers: &[Uuid]) -> QueryResult<Vec<Places>> {
    const PLACES: &str = "
SELECT o.id AS offer_id, o.capacity::bigint AS offered, coalesce(v.mentor_capacity, :unset)::bigint AS allowed,
       (SELECT count(*) FROM mentorships m
         WHERE m.tenant_id = :tenant AND m.mentor_id = o.employee_id AND m.programme_id = o.programme_id
           AND m.state = 'active') AS taken
  FROM mentor_offers o
  LEFT JOIN programme_privileges v ON v.tenant_id = :tenant AND v.programme_id = o.programme_id
 WHERE o.tenant_id = :tenant AND o.id = ANY (:offers)";
    let asked = statement(PLACES).bind("unset", MENTOR_CAPACITY).bind("offers", offers);
    tx.complete(asked).load(tx.conn).await
}
