//! Dated facts of which one is valid at a time (a person's department, the level of an appointment), as half-open spans of days.
//! Pure functions that compute the changes needed so that a value is valid from a given day on.

use chrono::NaiveDate;
use uuid::Uuid;

/// A value that is valid from its first day to the day before `to`, or without an end if there is no `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<V> {
    pub id: Uuid,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub value: V,
}

impl<V> Span<V> {
    /// Whether the value is valid on that day.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// The changes needed so that a value is valid from a given day on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Placement {
    /// The span that was valid until then. It now ends on that day.
    pub close: Option<Uuid>,
    /// The span that began on that very day. It is deleted, because it was never true.
    pub replace: Option<Uuid>,
    /// Where the new span ends: where the span that it takes over from ended, else at the start of the next one.
    pub to: Option<NaiveDate>,
}

/// Places `value` from `day` on among spans that do not overlap. None if that value is already valid on that day.
#[must_use]
pub fn place<V: PartialEq>(spans: &[Span<V>], day: NaiveDate, value: &V) -> Option<Placement> {
    let next = spans.iter().map(|span| span.from).filter(|from| *from > day).min();
    match spans.iter().find(|span| span.covers(day)) {
        None => Some(Placement { to: next, ..Placement::default() }),
        Some(present) if present.value == *value => None,
        Some(present) if present.from == day => {
            Some(Placement { replace: Some(present.id), to: present.to, ..Placement::default() })
        }
        Some(present) => Some(Placement { close: Some(present.id), to: present.to, ..Placement::default() }),
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

    #[test]
    fn the_first_one_lasts() {
        assert_eq!(place::<char>(&[], day(5), &'a'), Some(Placement::default()));
    }

    #[test]
    fn a_move_closes_the_open_one() {
        let placed = place(&[span(1, 1, None, 'a')], day(5), &'b').unwrap();
        assert_eq!(placed, Placement { close: Some(Uuid::from_u128(1)), replace: None, to: None });
    }

    #[test]
    fn what_holds_already_changes_nothing() {
        assert_eq!(place(&[span(1, 1, None, 'a')], day(5), &'a'), None);
    }

    #[test]
    fn a_correction_of_the_same_day_replaces() {
        let placed = place(&[span(1, 1, Some(5), 'a'), span(2, 5, None, 'b')], day(5), &'c').unwrap();
        assert_eq!(placed, Placement { close: None, replace: Some(Uuid::from_u128(2)), to: None });
    }

    #[test]
    fn a_move_in_the_past_ends_where_the_next_one_begins() {
        let spans = [span(1, 1, Some(10), 'a'), span(2, 20, None, 'b')];
        assert_eq!(place(&spans, day(5), &'c').unwrap().to, Some(day(10)));
        assert_eq!(place(&spans, day(15), &'c').unwrap(), Placement { to: Some(day(20)), ..Placement::default() });
    }

    /// Applies a placement.
    fn carry_out(spans: &mut Vec<Span<char>>, placed: Placement, from: NaiveDate, value: char) {
        spans.retain(|span| Some(span.id) != placed.replace);
        for span in spans.iter_mut().filter(|span| Some(span.id) == placed.close) {
            span.to = Some(from);
        }
        let last = spans.iter().map(|span| span.id.as_u128()).max().unwrap_or(1000);
        let id = Uuid::from_u128(last + 1);
        spans.push(Span { id, from, to: placed.to, value });
    }

    proptest! {
        #[test]
        fn spans_never_overlap_and_the_value_holds_from_the_day_on(
            moves in prop::collection::vec((1u32..=28, prop::char::range('a', 'c')), 1..20)
        ) {
            let mut spans = Vec::new();
            for (n, value) in moves {
                if let Some(placed) = place(&spans, day(n), &value) {
                    carry_out(&mut spans, placed, day(n), value);
                }
                for n in 1..=28 {
                    prop_assert!(spans.iter().filter(|span| span.covers(day(n))).count() <= 1);
                }
                prop_assert!(spans.iter().all(|span| span.to.is_none_or(|to| to > span.from)));
                let holds = spans.iter().find(|span| span.covers(day(n))).map(|span| span.value);
                prop_assert_eq!(holds, Some(value));
            }
        }
    }
}
