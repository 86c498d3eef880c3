//! Typed texts in `text` columns. Texts that are read were checked when they were written.

use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

use super::Bind;
use crate::kernel::text::Clean;

impl<F, const MIN: usize, const MAX: usize> FromSql<Text, Pg> for Clean<F, MIN, MAX> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Pg>>::from_sql(bytes).map(Self::trusted)
    }
}

impl<F, const MIN: usize, const MAX: usize> ToSql<Text, Pg> for Clean<F, MIN, MAX> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

impl<F, const MIN: usize, const MAX: usize> Bind for Clean<F, MIN, MAX> {
    type SqlType = Text;
}

impl<F, const MIN: usize, const MAX: usize> Bind for &Clean<F, MIN, MAX> {
    type SqlType = Text;
}
