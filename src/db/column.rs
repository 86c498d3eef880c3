//! Sets of rows on their way into a statement: `UNNEST` takes them a column at a time.

/// One column of `rows`.
pub fn collect_column<'r, T, U>(rows: &'r [T], of: impl Fn(&'r T) -> U) -> Vec<U> {
    rows.iter().map(of).collect()
}
