//! Last days. On the wire and in files a last day is included: a person who leaves on the 31st works on the 31st. Columns and
//! intervals in the code are half-open: they have the day after it. This type is the only bridge between the two.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Date;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// The last day of something, included. In a column it is the day after.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = Date)]
pub struct LastDay(NaiveDate);

impl LastDay {
    /// The name by which `app::contract` finds references to it, which it replaces by the schema.
    pub const NAME: &'static str = "LastDay";

    #[must_use]
    pub fn new(day: NaiveDate) -> Self {
        Self(day)
    }

    /// The last day of an interval that ends before `end`.
    #[must_use]
    pub fn before(end: NaiveDate) -> Self {
        Self(end.pred_opt().unwrap_or(end))
    }

    #[must_use]
    pub fn day(self) -> NaiveDate {
        self.0
    }

    #[must_use]
    pub fn as_day(&self) -> &NaiveDate {
        &self.0
    }

    /// The end of the half-open interval.
    #[must_use]
    pub fn day_after(self) -> NaiveDate {
        self.0.succ_opt().unwrap_or(self.0)
    }

    /// The schema of such a day.
    #[must_use]
    pub fn object() -> Object {
        let format = SchemaFormat::KnownFormat(KnownFormat::Date);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
    }
}

impl fmt::Display for LastDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialSchema for LastDay {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(Self::object()))
    }
}

impl ToSchema for LastDay {
    fn name() -> Cow<'static, str> {
        Self::NAME.into()
    }
}
