//! Closed lists of words in `text` columns: a row with a word that is not on the list cannot be read.

/// Lets a type with `ALL` and `slug()` be read from a `text` column.
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => {$(
        impl ::diesel::deserialize::Queryable<::diesel::sql_types::Text, ::diesel::pg::Pg> for $type {
            type Row = String;

            fn build(text: String) -> ::diesel::deserialize::Result<Self> {
                let found = <$type>::ALL.into_iter().find(|word| word.slug() == text);
                found.ok_or_else(|| format!("{text} is no {}", stringify!($type)).into())
            }
        }
    )+};
}

pub(crate) use text_column;

use crate::kernel::limits::OverBudget;
use crate::kernel::period::Cycle;
use crate::kernel::scope::Scope;

text_column!(Cycle, OverBudget, Scope);
