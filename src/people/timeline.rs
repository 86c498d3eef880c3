//! Dated facts of which one is valid at a time (a person's department, the level of an appointment), as half-open spans of days.
//! Pure functions: a timeline is read, changed, and compared with what is stored.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

/// A stored value that is valid from its first day to the day before `to`, or without an end if there is no `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<V> {
    pub id: Uuid,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub value: V,
}

/// A value with its days, stored or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<V> {
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub value: V,
}

impl<V> Piece<V> {
    fn covers(&self, day: NaiveDate) -> bool {
        covers(self.from, self.to, day)
    }
}

fn covers(from: NaiveDate, to: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && to.is_none_or(|to| day < to)
}

/// The first day of a span and the day after its last one.
pub type Stretch = (NaiveDate, Option<NaiveDate>);

/// The days of a span that are in none of the others, as spans in order.
#[must_use]
pub fn outside(span: Stretch, others: &[Stretch]) -> Vec<Stretch> {
    let (mut from, to) = span;
    let mut others = others.to_vec();
    others.sort_unstable();
    let mut free = Vec::new();
    for (start, end) in others {
        if to.is_some_and(|to| to <= start) {
            break;
        }
        if from < start {
            free.push((from, Some(start)));
        }
        let Some(end) = end else { return free };
        from = from.max(end);
    }
    if to.is_none_or(|to| from < to) {
        free.push((from, to));
    }
    free
}

/// The days of a span that are also in the other one.
#[must_use]
pub fn within(span: Stretch, other: Stretch) -> Option<Stretch> {
    let from = span.0.max(other.0);
    let to = [span.1, other.1].into_iter().flatten().min();
    to.is_none_or(|to| from < to).then_some((from, to))
}

/// What has to be written so that what is stored is as the timeline says. Deletions and ends come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<V> {
    pub gone: Vec<Uuid>,
    /// Stored spans with another end.
    pub ends: Vec<(Uuid, Option<NaiveDate>)>,
    pub new: Vec<Piece<V>>,
}

impl<V> Changes<V> {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.ends.is_empty() && self.new.is_empty()
    }
}

/// The spans of one person or appointment, in order. They do not overlap.
#[derive(Debug, Clone)]
pub struct Timeline<V> {
    stored: Vec<Span<V>>,
    pieces: Vec<Piece<V>>,
}

impl<V: Clone + PartialEq> Timeline<V> {
    #[must_use]
    pub fn new(mut stored: Vec<Span<V>>) -> Self {
        stored.sort_by_key(|span| span.from);
        let piece = |span: &Span<V>| Piece { from: span.from, to: span.to, value: span.value.clone() };
        Self { pieces: stored.iter().map(piece).collect(), stored }
    }

    /// From `day` on the value is valid: until the span that it takes over from ended, else until the next one begins, and at most
    /// until `end`. Nothing changes if it is valid on that day already.
    pub fn put(&mut self, day: NaiveDate, value: &V, end: Option<NaiveDate>) {
        let next = self.pieces.iter().map(|piece| piece.from).filter(|from| *from > day).min();
        let to = match self.pieces.iter_mut().find(|piece| piece.covers(day)) {
            Some(present) if present.value == *value => return,
            Some(present) => {
                let to = present.to;
                present.to = Some(day);
                to
            }
            None => next,
        };
        let to = [to, end].into_iter().flatten().min();
        self.pieces.retain(|piece| piece.from != day);
        self.pieces.push(Piece { from: day, to, value: value.clone() });
        self.pieces.sort_by_key(|piece| piece.from);
    }

    /// On those of these days on which nothing is valid, the value is.
    pub fn fill(&mut self, days: Stretch, value: &V) {
        let taken: Vec<Stretch> = self.pieces.iter().map(|piece| (piece.from, piece.to)).collect();
        let new = outside(days, &taken).into_iter().map(|(from, to)| Piece { from, to, value: value.clone() });
        self.pieces.extend(new);
        self.pieces.sort_by_key(|piece| piece.from);
    }

    /// Takes out the spans that begin after `day`, except one that begins on `kept`. What was valid before each of them lasts on.
    pub fn withdraw_after(&mut self, day: NaiveDate, kept: NaiveDate) -> Vec<Piece<V>> {
        self.take_out(|piece| piece.from > day && piece.from != kept)
    }

    /// Takes out the span that begins on that day. What was valid right before it lasts on.
    pub fn remove(&mut self, from: NaiveDate) {
        self.take_out(|piece| piece.from == from);
    }

    fn take_out(&mut self, is_gone: impl Fn(&Piece<V>) -> bool) -> Vec<Piece<V>> {
        let mut gone = Vec::new();
        let mut kept: Vec<Piece<V>> = Vec::new();
        for piece in std::mem::take(&mut self.pieces) {
            if !is_gone(&piece) {
                kept.push(piece);
                continue;
            }
            if let Some(before) = kept.last_mut().filter(|before| before.to == Some(piece.from)) {
                before.to = piece.to;
            }
            gone.push(piece);
        }
        self.pieces = kept;
        gone
    }

    /// The days on which another value is valid than is stored, or none instead of one: each from the first to the day before the
    /// end.
    #[must_use]
    pub fn changed_days(&self) -> Vec<(NaiveDate, Option<NaiveDate>)> {
        let stored = self.stored.iter().map(|span| (span.from, span.to));
        let wanted = self.pieces.iter().map(|piece| (piece.from, piece.to));
        let borders: BTreeSet<NaiveDate> =
            stored.chain(wanted).flat_map(|(from, to)| [Some(from), to]).flatten().collect();
        let before = |day| self.stored.iter().find(|span| covers(span.from, span.to, day)).map(|span| &span.value);
        let after = |day| self.pieces.iter().find(|piece| piece.covers(day)).map(|piece| &piece.value);
        let ends = borders.iter().skip(1).copied().map(Some).chain([None]);
        borders.iter().copied().zip(ends).filter(|(first, _)| before(*first) != after(*first)).collect()
    }

    /// What has to be written. Equal spans that adjoin are one.
    #[must_use]
    pub fn changes(self) -> Changes<V> {
        let Self { stored, pieces } = self;
        let mut new: Vec<Piece<V>> = Vec::new();
        for piece in pieces {
            match new.last_mut().filter(|last| last.to == Some(piece.from) && last.value == piece.value) {
                Some(last) => last.to = piece.to,
                None => new.push(piece),
            }
        }
        let mut changes = Changes { gone: Vec::new(), ends: Vec::new(), new: Vec::new() };
        for span in stored {
            let stays = |piece: &Piece<V>| piece.from == span.from && piece.value == span.value;
            match new.iter().position(stays).map(|at| new.remove(at)) {
                None => changes.gone.push(span.id),
                Some(piece) if piece.to != span.to => changes.ends.push((span.id, piece.to)),
                Some(_) => {}
            }
        }
        changes.new = new;
        changes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, n).unwrap()
    }

    fn span(id: u128, from: u32, to: Option<u32>, value: char) -> Span<char> {
        Span { id: Uuid::from_u128(id), from: day(from), to: to.map(day), value }
    }

    fn piece(from: u32, to: Option<u32>, value: char) -> Piece<char> {
        Piece { from: day(from), to: to.map(day), value }
    }

    fn changes(gone: &[u128], ends: &[(u128, Option<u32>)], new: &[Piece<char>]) -> Changes<char> {
        Changes {
            gone: gone.iter().map(|id| Uuid::from_u128(*id)).collect(),
            ends: ends.iter().map(|(id, to)| (Uuid::from_u128(*id), to.map(day))).collect(),
            new: new.to_vec(),
        }
    }

    fn placed(stored: &[Span<char>], on: u32, value: char, end: Option<u32>) -> Changes<char> {
        let mut timeline = Timeline::new(stored.to_vec());
        timeline.put(day(on), &value, end.map(day));
        timeline.changes()
    }

    #[test]
    fn a_value_is_put_from_a_day_on() {
        let open = [span(1, 1, None, 'a')];
        assert_eq!(placed(&[], 5, 'a', None), changes(&[], &[], &[piece(5, None, 'a')]), "the first one lasts");
        assert_eq!(placed(&[], 5, 'a', Some(9)), changes(&[], &[], &[piece(5, Some(9), 'a')]), "to its end");
        assert_eq!(placed(&open, 5, 'b', None), changes(&[], &[(1, Some(5))], &[piece(5, None, 'b')]), "a move");
        assert_eq!(placed(&open, 5, 'a', None), changes(&[], &[], &[]), "what holds changes nothing");
        let two = [span(1, 1, Some(5), 'a'), span(2, 5, None, 'b')];
        assert_eq!(placed(&two, 5, 'c', None), changes(&[2], &[], &[piece(5, None, 'c')]), "a correction replaces");
        assert_eq!(placed(&two, 5, 'a', None), changes(&[2], &[(1, None)], &[]), "equal ones that adjoin are one");
        let gap = [span(1, 1, Some(10), 'a'), span(2, 20, None, 'b')];
        assert_eq!(placed(&gap, 5, 'c', None), changes(&[], &[(1, Some(5))], &[piece(5, Some(10), 'c')]));
        assert_eq!(placed(&gap, 15, 'c', None), changes(&[], &[], &[piece(15, Some(20), 'c')]), "until the next");
    }

    #[test]
    fn what_is_filled_takes_only_free_days() {
        let days = |from, to: Option<u32>| (day(from), to.map(day));
        let taken = [days(10, Some(15)), days(5, Some(8))];
        assert_eq!(outside(days(1, None), &taken), [days(1, Some(5)), days(8, Some(10)), days(15, None)]);
        assert_eq!(outside(days(5, Some(10)), &taken), [days(8, Some(10))]);
        assert_eq!(outside(days(6, Some(8)), &taken), []);
        assert_eq!(outside(days(1, Some(3)), &taken), [days(1, Some(3))]);
        assert_eq!(outside(days(20, Some(22)), &[days(10, None)]), []);
        assert_eq!(within(days(1, None), days(5, Some(8))), Some(days(5, Some(8))));
        assert_eq!(within(days(1, Some(5)), days(5, None)), None);
        let mut timeline = Timeline::new(vec![span(1, 10, Some(15), 'a')]);
        timeline.fill(days(5, Some(20)), &'a');
        timeline.fill(days(1, Some(12)), &'b');
        assert_eq!(timeline.changes(), changes(&[1], &[], &[piece(1, Some(5), 'b'), piece(5, Some(20), 'a')]));
    }

    #[test]
    fn what_is_taken_out_leaves_its_days_to_what_was_before() {
        let stored = [span(1, 1, Some(10), 'a'), span(2, 10, Some(20), 'b'), span(3, 20, None, 'c')];
        let mut timeline = Timeline::new(stored.to_vec());
        assert_eq!(timeline.withdraw_after(day(5), day(5)), [piece(10, Some(20), 'b'), piece(20, None, 'c')]);
        assert_eq!(timeline.changes(), changes(&[2, 3], &[(1, None)], &[]));
        let mut timeline = Timeline::new(stored.to_vec());
        assert_eq!(timeline.withdraw_after(day(5), day(20)), [piece(10, Some(20), 'b')]);
        assert_eq!(timeline.changes(), changes(&[2], &[(1, Some(20))], &[]));
        let mut timeline = Timeline::new(stored.to_vec());
        timeline.remove(day(1));
        assert_eq!(timeline.changes(), changes(&[1], &[], &[]));
    }

    #[test]
    fn the_days_that_change_are_those_with_another_value() {
        let stored = [span(1, 1, Some(10), 'a'), span(2, 10, Some(20), 'b'), span(3, 20, None, 'a')];
        let days = |change: fn(&mut Timeline<char>)| {
            let mut timeline = Timeline::new(stored.to_vec());
            change(&mut timeline);
            timeline.changed_days()
        };
        assert_eq!(days(|_| ()), []);
        assert_eq!(days(|timeline| timeline.put(day(5), &'a', None)), []);
        assert_eq!(days(|timeline| timeline.put(day(5), &'c', None)), [(day(5), Some(day(10)))]);
        assert_eq!(days(|timeline| timeline.put(day(25), &'b', None)), [(day(25), None)]);
        assert_eq!(days(|timeline| timeline.remove(day(10))), [(day(10), Some(day(20)))]);
        assert_eq!(days(|timeline| timeline.remove(day(1))), [(day(1), Some(day(10)))]);
    }

    proptest! {
        #[test]
        fn pieces_never_overlap_and_the_value_holds_from_the_day_on(
            moves in prop::collection::vec((1u32..=28, prop::char::range('a', 'c')), 1..20)
        ) {
            let mut timeline = Timeline::new(Vec::new());
            for (n, value) in moves {
                timeline.put(day(n), &value, None);
                for n in 1..=28 {
                    prop_assert!(timeline.pieces.iter().filter(|piece| piece.covers(day(n))).count() <= 1);
                }
                prop_assert!(timeline.pieces.iter().all(|piece| piece.to.is_none_or(|to| to > piece.from)));
                let holds = timeline.pieces.iter().find(|piece| piece.covers(day(n))).map(|piece| piece.value);
                prop_assert_eq!(holds, Some(value));
            }
        }
    }
}
