//! Statements of Diesel's query builder that it would not keep.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// An `UPDATE` whose text is the same each time: a connection prepares it once.
///
/// Diesel keeps no `UPDATE`, because the columns that one sets may vary with its values. Here each of the few texts is kept for itself.
#[must_use = "a statement does nothing until it is loaded or executed"]
pub struct Kept<Q>(Q);

/// See [`Kept`].
pub fn kept<Q>(update: Q) -> Kept<Q> {
    Kept(update)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();

    // Identified by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}
