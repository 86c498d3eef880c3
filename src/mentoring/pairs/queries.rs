//! Statements on pairs.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{GoalsChange, ListMentorshipsQuery};
use super::model::{Mentorship, MentorshipState, Step};
use crate::db::{load_page, narrow, row_queries};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::mentorships;

row_queries!(
    Mentorship,
    mentorships,
    insert(Mentorship),
    find,
    find_for_update = find(for_update),
    update(Step),
    update_goals = update(GoalsChange),
);

/// Latest first. If people are given, only those in which one of them is. If records of a mentor and of who is mentored are given, only
/// those of these.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListMentorshipsQuery,
    people: Option<&[Uuid]>,
    [mentor, mentee]: [Option<&[Uuid]>; 2],
    paging: &Paging,
) -> Result<Listed<Mentorship>> {
    let own = mentorships::table.filter(mentorships::tenant_id.eq(tx.tenant));
    let mut page = own.select(Mentorship::as_select()).into_boxed();
    narrow!(page; mentorships {
        programme_id = query.programme_id,
        mentor_id in mentor,
        mentee_id in mentee,
        state = query.state,
        updated_at >= query.updated_since,
    });
    if let Some(people) = people {
        page = page.filter(mentorships::mentor_id.eq_any(people).or(mentorships::mentee_id.eq_any(people)));
    }
    load_page!(tx, paging, page, Mentorship => latest mentorships::id)
}

/// By whom these records of a person are mentored now in these programmes: the programme and the mentor of each pair.
pub async fn mentors_of(tx: &mut Tx<'_>, mentee: &[Uuid], programmes: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    mentorships::table
        .filter(mentorships::tenant_id.eq(tx.tenant))
        .filter(mentorships::mentee_id.eq_any(mentee))
        .filter(mentorships::programme_id.eq_any(programmes))
        .filter(mentorships::state.eq(MentorshipState::Active.slug()))
        .select((mentorships::programme_id, mentorships::mentor_id))
        .load(tx.conn)
        .await
}
