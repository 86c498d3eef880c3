//! Documents in `jsonb` columns, parsed into their type when the row is read.

use std::fmt::Debug;
use std::io::Write as _;
use std::ops::Deref;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Jsonb;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A document in a `jsonb` column. A row whose document does not match the type cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub struct Document<D>(pub D);

/// The version of the binary format of `jsonb`. There is only one.
const FORMAT: u8 = 1;

impl<D: DeserializeOwned> FromSql<Jsonb, Pg> for Document<D> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((&FORMAT, text)) => Ok(Self(serde_json::from_slice(text)?)),
            _ => Err("an unknown format of jsonb".into()),
        }
    }
}

impl<D: Serialize + Debug> ToSql<Jsonb, Pg> for Document<D> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[FORMAT])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

/// JSON that is stored in a `jsonb` column as it is.
#[derive(Debug, Clone, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub struct JsonText(pub Box<RawValue>);

impl ToSql<Jsonb, Pg> for JsonText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[FORMAT])?;
        out.write_all(self.0.get().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<D> Deref for Document<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0
    }
}
