//! Anonymous feedback: taking it and reading it. What is stored, and what that withstands, is said in [`super`].
//!
//! Lock order: the sessions by id, then their lecturers by id, then the rows of the sessions, which are rewritten. What is held back on
//! a session is released under the lock of its lecturers, so nothing is rewritten without it.

mod model;
mod queries;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize as _;
use uuid::Uuid;

use self::model::{Counted, NewCount, NewParticipant, NewText, PartRow};
use super::dto::{MAX_TEXTS, Said};
use super::model::{Extent, Given, ItemAnswer};
use super::{queries as feedback, rules};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::ids::Ids;
use crate::kernel::text::Comment;

pub use model::Answer;
pub use queries::lock;

/// Takes the answers of one transaction. The first answer of a person on a session stands. Returns for each whether it was taken.
///
/// The caller has checked that they may be given, has locked the sessions ([`lock`]) and their lecturers, and releases what has become
/// enough afterwards.
pub async fn take(tx: &mut Tx<'_>, answers: Vec<Answer>) -> Result<Vec<bool>> {
    if answers.is_empty() {
        return Ok(Vec::new());
    }
    let sessions = sessions_of(&answers);
    let before = queries::participants(tx, &sessions).await?;
    let mut there: BTreeSet<(Uuid, Uuid)> = before.iter().map(|row| (row.session_id, row.person)).collect();
    let mut taken = Vec::with_capacity(answers.len());
    let mut new = Vec::new();
    for answer in answers {
        let is_new = there.insert((answer.session, answer.learner));
        taken.push(is_new);
        if is_new {
            new.push(answer);
        }
    }
    if !new.is_empty() {
        rewrite(tx, before, new).await?;
    }
    Ok(taken)
}

/// The sessions that the answers are on, each once, in order.
fn sessions_of(answers: &[Answer]) -> Vec<Uuid> {
    let sessions: BTreeSet<Uuid> = answers.iter().map(|answer| answer.session).collect();
    sessions.into_iter().collect()
}

/// Adds answers, and stores who took part in their sessions and what is held back on them anew, in random order: so all of these rows
/// have the same transaction, and no order tells which of them the new ones are.
async fn rewrite(tx: &mut Tx<'_>, before: Vec<PartRow>, new: Vec<Answer>) -> Result<()> {
    let sessions = sessions_of(&new);
    let former = before.into_iter().filter(|row| sessions.contains(&row.session_id));
    let mut people: Vec<(Uuid, Uuid)> = former.map(|row| (row.session_id, row.learner_id)).collect();
    people.extend(new.iter().map(|answer| (answer.session, answer.learner)));
    queries::withdraw_participants(tx, &sessions).await?;
    let mut held = HeldBack::withdraw(tx, &sessions).await?;
    new.into_iter().try_for_each(|answer| held.add(answer))?;

    let tenant_id = tx.tenant;
    let person = |(id, (session_id, learner_id))| NewParticipant { tenant_id, id, session_id, learner_id };
    let people: Vec<NewParticipant> = in_random_order(people).map(person).collect();
    let count = |(id, (counted, times))| {
        let Counted { session_id, rule_id, key, scale, value } = counted;
        NewCount { tenant_id, id, session_id, rule_id, key, scale, value, times }
    };
    let counts: Vec<NewCount> = in_random_order(held.counts).map(count).collect();
    let text = |(id, (session_id, comment))| NewText { tenant_id, id, session_id, comment };
    let texts: Vec<NewText> = in_random_order(held.texts).map(text).collect();
    queries::insert(tx, &people, &counts, &texts).await?;
    Ok(())
}

/// Gives each row a random id, and puts the rows into the order of these ids.
fn in_random_order<R>(rows: impl IntoIterator<Item = R>) -> impl Iterator<Item = (Uuid, R)> {
    let ordered: BTreeMap<Uuid, R> = rows.into_iter().map(|row| (Ids::random(), row)).collect();
    ordered.into_iter()
}

/// What is held back on sessions.
#[derive(Default)]
struct HeldBack {
    counts: BTreeMap<Counted, i32>,
    /// With their sessions.
    texts: Vec<(Uuid, Comment)>,
}

impl HeldBack {
    /// Takes it out of the database.
    async fn withdraw(tx: &mut Tx<'_>, sessions: &[Uuid]) -> Result<Self> {
        let counts = queries::withdraw_counts(tx, sessions).await?;
        let texts = queries::withdraw_texts(tx, sessions).await?;
        Ok(Self {
            counts: counts.into_iter().map(|row| (row.counted, row.times)).collect(),
            texts: texts.into_iter().map(|row| (row.session_id, row.comment)).collect(),
        })
    }

    fn add(&mut self, Answer { session: session_id, given, .. }: Answer) -> Result<()> {
        let Given { rule_id, rating, scale, items, comment } = given;
        let items = Vec::<ItemAnswer>::deserialize(items).map_err(Error::internal)?;
        let mut count = |key, scale, value| {
            *self.counts.entry(Counted { session_id, rule_id, key, scale, value }).or_default() += 1;
        };
        count(None, scale, rating);
        for item in items {
            count(Some(item.key), item.scale, item.value);
        }
        self.texts.extend(comment.map(|comment| (session_id, comment)));
        Ok(())
    }
}

/// Puts what is held back on sessions into batches. If a session was given to other lecturers meanwhile, its rows may be in the hands of
/// another transaction: with fewer answers than were counted, a batch might have fewer than k, so then everything is undone.
pub async fn release(tx: &mut Tx<'_>, released: &[(rules::Held, Uuid)]) -> Result<()> {
    if released.is_empty() {
        return Ok(());
    }
    let sessions: Vec<(Uuid, Uuid)> = released.iter().map(|(held, batch)| (held.session, *batch)).collect();
    let counted: i64 = released.iter().map(|(held, _)| held.n).sum();
    if queries::release(tx, &sessions).await? == counted { Ok(()) } else { Err(Error::new(Code::Busy)) }
}

/// What is shown of what was said about a session.
pub async fn said(tx: &mut Tx<'_>, session: Uuid, extent: Extent) -> Result<Said> {
    let (ratings, items) = match extent {
        Extent::Frozen(_) => {
            (feedback::rating_totals(tx, session, extent).await?, feedback::item_totals(tx, session, extent).await?)
        }
        _ => (queries::rating_totals(tx, session).await?, queries::item_totals(tx, session).await?),
    };
    let texts = queries::texts(tx, session, extent, MAX_TEXTS).await?;
    Ok(Said { ratings, items, texts: texts.into_iter().map(|row| row.comment).collect(), by_learner: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(session: u128, rating: i32, pace: Option<i32>, comment: Option<&str>) -> Answer {
        let items = pace.map_or(json!([]), |value| json!([{"key": "pace", "value": value, "scale": 5}]));
        Answer {
            session: Uuid::from_u128(session),
            learner: Uuid::nil(),
            given: Given {
                rule_id: None,
                rating,
                scale: 10,
                items,
                comment: comment.map(|text| text.parse().unwrap()),
            },
        }
    }

    #[test]
    fn answers_become_counts_that_keep_nothing_of_one_answer_together() {
        let mut held = HeldBack::default();
        for given in [answer(1, 9, Some(5), Some("b")), answer(1, 9, Some(4), None), answer(2, 9, None, Some("a"))] {
            held.add(given).unwrap();
        }
        let counts: Vec<_> = held
            .counts
            .iter()
            .map(|(counted, times)| (counted.session_id.as_u128(), counted.key.as_deref(), counted.value, *times))
            .collect();
        assert_eq!(counts, [(1, None, 9, 2), (1, Some("pace"), 4, 1), (1, Some("pace"), 5, 1), (2, None, 9, 1)]);
        assert_eq!(held.texts.len(), 2);
    }

    #[test]
    fn rows_come_in_the_order_of_their_random_ids() {
        let rows: Vec<(Uuid, u32)> = in_random_order(0..64).collect();
        assert!(rows.is_sorted_by_key(|(id, _)| *id));
        // Once in 64! times it is by chance.
        assert!(!rows.is_sorted_by_key(|(_, row)| *row));
        assert!(rows.iter().all(|(id, _)| id.get_version_num() == 4));
    }
}
