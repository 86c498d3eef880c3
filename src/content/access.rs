//! Who reads a content. In a programme whose privileges say so, what others share must be earned (考核优秀的讲师可查看其他讲师分享内容):
//! whoever has not earned it sees title and authors only.
//!
//! This is the only rule about it: each read that shows content asks here, a page of a list at once. What it rests on is looked up each
//! time, so that a close or an accepted restatement opens or takes away at once.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::Content;
use crate::auth::Reach;
use crate::auth::rights::{ContentWrite, SessionsRead};
use crate::db::{concat, statement};
use crate::error::{self, Error, Result};
use crate::journal::Tx;
use crate::kernel::code_list::CodeList;
use crate::kernel::text::Code;
use crate::mentoring::mentors_of;
use crate::names::{grade_order, names};
use crate::people::groups_organised_by;
use crate::programmes::privileges::{self, earned_content, latest_grades, needed_grade};
use crate::sessions::{Participation, participation_of};

/// The facts about a content and one record of the caller.
#[derive(Debug, Clone, Copy, QueryableByName)]
struct Relation {
    #[diesel(sql_type = SqlUuid)]
    content_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    programme_id: Uuid,
    #[diesel(sql_type = Bool)]
    is_author: bool,
    /// Of the session's group, or of one of the programme's.
    #[diesel(sql_type = Bool)]
    is_organiser: bool,
    #[diesel(embed)]
    part: Participation,
}

impl Relation {
    /// The rule. `has_earned`: whether the caller, or a mentor of the caller, has the grade that the programme asks for.
    fn opens(self, has_earned: bool) -> bool {
        self.is_author || self.is_organiser || self.part.counts() || has_earned
    }
}

/// Each content and record is looked up by its key, whatever the planner knows of the company.
const RELATIONS: &str = concat!(
    "
SELECT c.id AS content_id, c.programme_id,
       EXISTS (SELECT FROM content_authors w
                WHERE w.tenant_id = :tenant AND w.content_id = c.id AND w.employee_id = me.id OFFSET 0) AS is_author,
       coalesce(s.group_id = ANY (:groups), false)
       OR EXISTS (SELECT FROM programme_groups g
                   WHERE g.tenant_id = :tenant AND g.programme_id = c.programme_id AND g.group_id = ANY (:groups) OFFSET 0)
       AS is_organiser,
       ",
    participation_of!("me.id"),
    "
  FROM unnest(:contents) AS asked (id)
 CROSS JOIN LATERAL (SELECT c.id, c.programme_id, c.session_id FROM contents c
                      WHERE c.tenant_id = :tenant AND c.id = asked.id OFFSET 0) c
 CROSS JOIN unnest(:records) AS me (id)
  LEFT JOIN LATERAL (SELECT s.id, s.group_id, s.attendance_recorded_at FROM sessions s
                      WHERE s.tenant_id = :tenant AND s.id = c.session_id OFFSET 0) s ON true"
);

/// Those of these contents that the caller may read. HR and auditors read all of them.
pub async fn open_to_caller(tx: &mut Tx<'_>, contents: &[(Uuid, Uuid)]) -> Result<BTreeSet<Uuid>> {
    let all = || contents.iter().map(|(id, _)| *id);
    let reaches = [tx.actor.reach::<SessionsRead>(), tx.actor.reach::<ContentWrite>()];
    if contents.is_empty() || reaches.into_iter().any(|reach| reach.is_ok_and(|reach| reach == Reach::All)) {
        return Ok(all().collect());
    }
    let programmes: BTreeSet<Uuid> = contents.iter().map(|(_, programme)| *programme).collect();
    let earned = earned_content(tx, &programmes.into_iter().collect::<Vec<_>>()).await?;
    let limited = |(_, programme): &&(Uuid, Uuid)| earned.contains_key(programme);
    let asked: Vec<Uuid> = contents.iter().filter(limited).map(|(id, _)| *id).collect();
    let mut open: BTreeSet<Uuid> = all().filter(|id| !asked.contains(id)).collect();
    let Some(person) = tx.actor.person().filter(|_| !asked.is_empty()) else { return Ok(open) };
    let reached = reached(tx, person, &earned).await?;
    let relations = relations(tx, person, &asked).await?;
    let opened = relations.into_iter().filter(|one| one.opens(reached.contains(&one.programme_id)));
    open.extend(opened.map(|one| one.content_id));
    Ok(open)
}

async fn relations(tx: &mut Tx<'_>, person: Uuid, contents: &[Uuid]) -> Result<Vec<Relation>> {
    let groups = groups_organised_by(tx, person).await?;
    let records = tx.actor.records();
    let asked = statement(RELATIONS).bind("contents", contents).bind("records", records).bind("groups", groups);
    Ok(tx.complete(asked).load(tx.conn).await?)
}

/// Those of these programmes, with the grade that each has set, in which the person or a mentor of the person reaches the grade that opens
/// the content of others.
async fn reached(tx: &mut Tx<'_>, person: Uuid, set: &BTreeMap<Uuid, Option<Code>>) -> Result<BTreeSet<Uuid>> {
    let (records, programmes) = (tx.actor.records(), set.keys().copied().collect::<Vec<Uuid>>());
    let mentors = mentors_of(tx, &records, &programmes).await?;
    let people: BTreeSet<Uuid> = mentors.iter().map(|(_, mentor)| *mentor).chain([person]).collect();
    let graded = latest_grades(tx, &programmes, &people.into_iter().collect::<Vec<_>>()).await?;
    let order = grade_order(tx).await?;
    let mut by_programme: BTreeMap<Uuid, Vec<Uuid>> = programmes.iter().map(|one| (*one, vec![person])).collect();
    for (programme, mentor) in mentors {
        by_programme.entry(programme).or_default().push(mentor);
    }
    let has_reached = |programme: Uuid, who: &[Uuid]| {
        let needed = set.get(&programme).and_then(Option::as_deref);
        let mut grades = who.iter().filter_map(|one| graded.get(&(programme, *one)));
        grades.any(|grade| privileges::reaches(&order, grade, needed))
    };
    Ok(by_programme.into_iter().filter(|(one, who)| has_reached(*one, who)).map(|(one, _)| one).collect())
}

/// Refuses (403) a caller who may only know that there is such a content.
pub async fn require_open(tx: &mut Tx<'_>, content: &Content) -> Result<()> {
    if open_to_caller(tx, &[(content.id, content.programme_id)]).await?.contains(&content.id) {
        return Ok(());
    }
    let set = privileges::of_programme(tx, content.programme_id).await?.content_grade;
    let order = grade_order(tx).await?;
    let code = needed_grade(&order, set.as_deref()).unwrap_or_default();
    let name = names(tx).await?.of(CodeList::Grades, code);
    Err(Error::new(error::Code::ContentNotOpen).with("grade", name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_organisers_learners_and_who_has_earned_it_read_it() {
        let part = Participation { is_lecturer: false, is_registered: false, is_present: None, has_records: true };
        let (content_id, programme_id) = (Uuid::nil(), Uuid::nil());
        let none = Relation { content_id, programme_id, is_author: false, is_organiser: false, part };
        assert!(!none.opens(false));
        assert!(none.opens(true));
        assert!(Relation { is_author: true, ..none }.opens(false));
        assert!(Relation { is_organiser: true, ..none }.opens(false));
        let attended = Participation { is_present: Some(true), ..part };
        assert!(Relation { part: attended, ..none }.opens(false));
        let registered = Participation { is_registered: true, ..part };
        assert!(!Relation { part: registered, ..none }.opens(false), "the records say who was there");
        assert!(Relation { part: Participation { has_records: false, ..registered }, ..none }.opens(false));
    }
}
