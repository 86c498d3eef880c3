//! Sets of rows. Each set is inserted by one statement, which a connection prepares once, whatever the number of rows.

use diesel::QueryResult;
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use super::{Connection, Statement, statement};

/// A row that is inserted as part of a set. Implemented by [`set_row!`](crate::set_row).
pub trait SetRow: Sized {
    /// The table into which they are inserted.
    const TABLE: &'static str;
    /// The names of the columns.
    const COLUMNS: &'static str;
    /// Inserts the rows that [`SetRow::bind`] binds. An `ON CONFLICT` clause may follow.
    const INSERT: &'static str;

    /// Binds the rows column by column.
    fn bind<'q>(statement: Statement<'q>, rows: &'q [Self]) -> Statement<'q>;
}

/// A row for which an equal one may already be stored.
pub trait UniqueRow: SetRow {
    /// Like [`SetRow::INSERT`], but skips rows that are already stored. Returns the ids of the inserted ones.
    const INSERT_NEW: &'static str;
}

/// Inserts rows. Returns how many.
pub async fn insert_set<R: SetRow>(conn: &mut Connection, rows: &[R]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    R::bind(statement(R::INSERT), rows).execute(conn).await
}

/// Inserts the rows that are not already stored. Returns their ids.
pub async fn insert_new<R: UniqueRow>(conn: &mut Connection, rows: &[R]) -> QueryResult<Vec<Uuid>> {
    #[derive(diesel::QueryableByName)]
    struct Inserted {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: Uuid,
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let inserted: Vec<Inserted> = R::bind(statement(R::INSERT_NEW), rows).load(conn).await?;
    Ok(inserted.into_iter().map(|row| row.id).collect())
}

/// Declares a row that is inserted in sets. Each field goes into the column of the same name; the compiler checks that it has
/// the column's type in the schema.
///
/// ```ignore
/// set_row! {
///     into session_audience unique by (tenant_id, session_id, employee_id);
///     struct NewRegistration { tenant_id: Uuid, id: Uuid, session_id: Uuid, employee_id: Uuid }
/// }
/// ```
///
/// `unique by` names the columns that identify equal rows, if rows that are already stored are to be skipped ([`UniqueRow`]).
/// Columns of array types cannot be used: `unnest` would flatten them.
#[macro_export]
macro_rules! set_row {
    (@unique [] $row:ident [$($life:lifetime)?]) => {};
    (@unique [$($key:ident),+] $row:ident [$($life:lifetime)?]) => {
        impl $(<$life>)? $crate::db::UniqueRow for $row $(<$life>)? {
            const INSERT_NEW: &'static str = $crate::db::concat!(
                <$row as $crate::db::SetRow>::INSERT,
                " ON CONFLICT (", $crate::listed!("", $($key),+), ") DO NOTHING RETURNING id"
            );
        }
    };
    (
        into $table:ident $(unique by ($($key:ident),+))?;
        $(#[$meta:meta])*
        $vis:vis struct $row:ident $(<$life:lifetime>)? {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis struct $row $(<$life>)? {
            $($(#[$field_meta])* $field_vis $field: $type),+
        }

        impl $(<$life>)? $crate::db::SetRow for $row $(<$life>)? {
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static str = $crate::listed!("", $($field),+);
            const INSERT: &'static str = ::std::concat!(
                "INSERT INTO ", stringify!($table), " (", $crate::listed!("", $($field),+),
                ") SELECT ", $crate::listed!("", $($field),+),
                " FROM unnest(", $crate::listed!(":", $($field),+), ") AS given (", $crate::listed!("", $($field),+), ")"
            );

            fn bind<'q>(statement: $crate::db::Statement<'q>, rows: &'q [Self]) -> $crate::db::Statement<'q> {
                statement$(.bind_as::<
                    ::diesel::sql_types::Array<::diesel::dsl::SqlTypeOf<$crate::schema::$table::$field>>, _,
                >(stringify!($field), $crate::db::collect_column(rows, |row| &row.$field)))+
            }
        }

        $crate::set_row!(@unique [$($($key),+)?] $row [$($life)?]);
    };
}

/// The names with the same prefix, separated by commas.
#[doc(hidden)]
#[macro_export]
macro_rules! listed {
    ($sign:literal, $first:ident $(, $name:ident)*) => {
        ::std::concat!($sign, stringify!($first) $(, ", ", $sign, stringify!($name))*)
    };
}
