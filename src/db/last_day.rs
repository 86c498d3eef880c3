//! Last days in `date` columns, which have the day after.

use chrono::NaiveDate;
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Date;

use super::Bind;
use crate::kernel::last_day::LastDay;

impl FromSql<Date, Pg> for LastDay {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <NaiveDate as FromSql<Date, Pg>>::from_sql(bytes).map(Self::before)
    }
}

impl ToSql<Date, Pg> for LastDay {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <NaiveDate as ToSql<Date, Pg>>::to_sql(&self.day_after(), &mut out.reborrow())
    }
}

impl Bind for LastDay {
    type SqlType = Date;
}

impl Bind for &LastDay {
    type SqlType = Date;
}
