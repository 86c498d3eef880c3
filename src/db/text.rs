//! Closed vocabularies in `text` columns. A row with a word that is not in the vocabulary cannot be read.

/// Lets a vocabulary (`words!`) be read from and written to a `text` column.
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => {$(
        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Text, ::diesel::pg::Pg> for $type {
            fn from_sql(bytes: ::diesel::pg::PgValue<'_>) -> ::diesel::deserialize::Result<Self> {
                use ::diesel::{deserialize::FromSql, pg::Pg, sql_types::Text};
                let text = <String as FromSql<Text, Pg>>::from_sql(bytes)?;
                <$type>::of(&text).ok_or_else(|| format!("{text} is no {}", stringify!($type)).into())
            }
        }

        impl ::diesel::serialize::ToSql<::diesel::sql_types::Text, ::diesel::pg::Pg> for $type {
            fn to_sql<'b>(
                &'b self,
                out: &mut ::diesel::serialize::Output<'b, '_, ::diesel::pg::Pg>,
            ) -> ::diesel::serialize::Result {
                use ::diesel::{pg::Pg, serialize::ToSql, sql_types::Text};
                <str as ToSql<Text, Pg>>::to_sql(self.slug(), out)
            }
        }

        impl ::diesel::deserialize::Queryable<::diesel::sql_types::Text, ::diesel::pg::Pg> for $type {
            type Row = Self;

            fn build(word: Self) -> ::diesel::deserialize::Result<Self> {
                Ok(word)
            }
        }

        impl ::diesel::expression::AsExpression<::diesel::sql_types::Text> for $type {
            type Expression = <&'static str as ::diesel::expression::AsExpression<::diesel::sql_types::Text>>::Expression;

            fn as_expression(self) -> Self::Expression {
                ::diesel::expression::AsExpression::<::diesel::sql_types::Text>::as_expression(self.slug())
            }
        }

        impl ::diesel::expression::AsExpression<::diesel::sql_types::Text> for &$type {
            type Expression = <$type as ::diesel::expression::AsExpression<::diesel::sql_types::Text>>::Expression;

            fn as_expression(self) -> Self::Expression {
                ::diesel::expression::AsExpression::<::diesel::sql_types::Text>::as_expression(self.slug())
            }
        }
    )+};
}

pub(crate) use text_column;

use crate::kernel::limits::OverBudget;
use crate::kernel::period::Cycle;
use crate::kernel::scope::Scope;

text_column!(Cycle, OverBudget, Scope);
