//! Rows of periods.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::deserialize::Queryable;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::period::Period;
use crate::kernel::words::words;
use crate::schema::periods;

words! {
    /// The stored state of a period. A period that is over but not closed yet is stored as open.
    pub enum PeriodState {
        /// It has no snapshot yet.
        Open = "open",
        /// It has a snapshot.
        Closed = "closed",
    }
}

text_column!(PeriodState);

/// A period as stored in a column.
pub struct PeriodColumn(Period);

impl Queryable<Text, Pg> for PeriodColumn {
    type Row = String;

    fn build(text: String) -> diesel::deserialize::Result<Self> {
        Ok(Self(text.parse()?))
    }
}

impl From<PeriodColumn> for Period {
    fn from(column: PeriodColumn) -> Self {
        column.0
    }
}

/// A period to which something refers.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = periods)]
pub struct PeriodRow {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub programme_id: Uuid,
    #[diesel(deserialize_as = PeriodColumn)]
    pub period: Period,
    /// First local day of the period.
    pub starts_on: NaiveDate,
    /// First local day after the period.
    pub ends_on: NaiveDate,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: PeriodState,
    /// When it was first closed.
    pub closed_at: Option<DateTime<Utc>>,
    pub version: i64,
    /// The snapshot that counts; none while it is open.
    pub snapshot_id: Option<Uuid>,
    /// Until when lecturers may appeal against it.
    pub appeals_until_at: Option<DateTime<Utc>>,
}
