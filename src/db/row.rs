//! What is written for most tables: statements on one row, and the filters of a list.

/// The statements on single rows of a tenant's table. The arguments: the row and its table, then the functions.
///
/// - `insert(New)` inserts a `New` and returns the row.
/// - `find` returns the row with an id, if there is one; `find(LOCK)` locks it (`for_update`, `for_no_key_update`, `for_share`).
/// - `update(Change)` writes a `Change` to the row and increases its version; `touch` only increases it.
/// - `delete` deletes the row and returns how many there were.
///
/// A function has the name of what it does, or another one: `find_for_update = find(for_update)`. The calling file imports
/// Diesel's prelude, `RunQueryDsl`, `Uuid` and `Tx`.
macro_rules! row_queries {
    (@insert [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $new:ty) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, new: &$new) -> QueryResult<$row> {
            use $crate::schema::$table::table;
            ::diesel::insert_into(table).values(new).returning(<$row>::as_returning()).get_result(tx.conn).await
        }
    };
    (@find [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $($lock:ident)?) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<$row>> {
            use $crate::schema::$table::{self as rows, table};
            let own = table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::id.eq(id));
            own.select(<$row>::as_select())$(.$lock())?.first(tx.conn).await.optional()
        }
    };
    (@update [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $change:ty) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, id: Uuid, change: &$change) -> QueryResult<$row> {
            use $crate::schema::$table::{self as rows, table};
            ::diesel::update(table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::id.eq(id)))
                .set((change, rows::updated_at.eq(tx.now), rows::version.eq(rows::version + 1)))
                .returning(<$row>::as_returning())
                .get_result(tx.conn)
                .await
        }
    };
    (@touch [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident]) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<$row> {
            use $crate::schema::$table::{self as rows, table};
            ::diesel::update(table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::id.eq(id)))
                .set((rows::updated_at.eq(tx.now), rows::version.eq(rows::version + 1)))
                .returning(<$row>::as_returning())
                .get_result(tx.conn)
                .await
        }
    };
    (@delete [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident]) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
            use $crate::schema::$table::{self as rows, table};
            let own = table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::id.eq(id));
            ::diesel::delete(own).execute(tx.conn).await
        }
    };
    (@named $doc:tt $name:ident [$($of:tt)+] $($with:tt)*) => {
        $crate::db::row_queries!(@$name $doc $name [$($of)+] $($with)*);
    };
    (@named $doc:tt $name:ident $query:ident [$($of:tt)+] $($with:tt)*) => {
        $crate::db::row_queries!(@$query $doc $name [$($of)+] $($with)*);
    };
    ($row:ty, $table:ident, $($(#[$doc:meta])* $name:ident $(= $query:ident)? $(($($with:tt)+))?),+ $(,)?) => {
        $($crate::db::row_queries!(@named [$(#[$doc])*] $name $($query)? [$row, $table] $($($with)+)?);)+
    };
}

/// Narrows a boxed list by those filters that are given: `narrow!(page; table { column = value, column >= value, .. })`. A value
/// is an `Option`; `in` takes a set of values.
macro_rules! narrow {
    (@ $column:expr, =, $value:ident) => { $column.eq($value) };
    (@ $column:expr, <, $value:ident) => { $column.lt($value) };
    (@ $column:expr, <=, $value:ident) => { $column.le($value) };
    (@ $column:expr, >, $value:ident) => { $column.gt($value) };
    (@ $column:expr, >=, $value:ident) => { $column.ge($value) };
    (@ $column:expr, in, $value:ident) => { $column.eq_any($value) };
    ($page:ident; $table:ident { $($column:ident $is:tt $value:expr),+ $(,)? }) => {
        $(if let Some(value) = $value {
            $page = $page.filter($crate::db::narrow!(@ $table::$column, $is, value));
        })+
    };
}

pub(crate) use {narrow, row_queries};
