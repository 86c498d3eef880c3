//! Sets of rows as parameters of a statement: `UNNEST` takes them column by column.

/// One column of `rows`.
pub fn collect_column<'r, T, U>(rows: &'r [T], of: impl Fn(&'r T) -> U) -> Vec<U> {
    rows.iter().map(of).collect()
}
