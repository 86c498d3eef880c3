//! What is written for most tables: statements on one row, and pages of a list.

/// The statements on single rows of a tenant's table. The arguments: the row and its table, then the functions.
///
/// - `insert(New)` inserts a `New` and returns the row. `create(New)` also sets what every row has: tenant, id and times.
/// - `find` returns the row with an id, if there is one; `find(LOCK)` locks it (`for_update`, `for_no_key_update`, `for_share`).
/// - `update(Change)` writes a `Change` to the row and increases its version; `touch` only increases it. `replace(Change)` is for a
///   `Change` that writes the same columns each time: its statement is kept (see [`kept`](super::kept())).
/// - `delete` deletes the row and returns how many there were.
/// - `list(by KEY)` returns a page of the rows, ordered by a column; `list(latest KEY)` begins with the highest value. What the
///   page depends on and what narrows it may follow: `list(by KEY; query: &ListQuery; column = query.member, ..)`, see
///   [`narrow!`].
///
/// A function has the name of what it does, or another one: `find_for_update = find(for_update)`. The calling file imports
/// Diesel's prelude, `RunQueryDsl`, `Uuid` and `Tx`, and for lists `Listed` and `Paging`.
macro_rules! row_queries {
    (@insert [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $new:ty) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, new: &$new) -> QueryResult<$row> {
            use $crate::schema::$table::table;
            ::diesel::insert_into(table).values(new).returning(<$row>::as_returning()).get_result(tx.conn).await
        }
    };
    (@create [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $new:ty) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, new: &$new) -> QueryResult<$row> {
            use $crate::schema::$table::{self as rows, table};
            let own = (rows::tenant_id.eq(tx.tenant), rows::id.eq(tx.id()));
            let times = (rows::created_at.eq(tx.now), rows::updated_at.eq(tx.now));
            ::diesel::insert_into(table).values((new, own, times)).returning(<$row>::as_returning()).get_result(tx.conn).await
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
    (@update $doc:tt $name:ident $of:tt $change:ty) => {
        $crate::db::row_queries!(@write $doc $name $of $change, ::std::convert::identity);
    };
    (@replace $doc:tt $name:ident $of:tt $change:ty) => {
        $crate::db::row_queries!(@write $doc $name $of $change, $crate::db::kept);
    };
    (@write [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $change:ty, $statement:expr) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, id: Uuid, change: &$change) -> QueryResult<$row> {
            use $crate::schema::$table::{self as rows, table};
            let update = ::diesel::update(table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::id.eq(id)))
                .set((change, rows::updated_at.eq(tx.now), rows::version.eq(rows::version + 1)))
                .returning(<$row>::as_returning());
            $statement(update).get_result(tx.conn).await
        }
    };
    (@touch [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident]) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<$row> {
            use $crate::schema::$table::{self as rows, table};
            let update = ::diesel::update(table.filter(rows::tenant_id.eq(tx.tenant)).filter(rows::id.eq(id)))
                .set((rows::updated_at.eq(tx.now), rows::version.eq(rows::version + 1)))
                .returning(<$row>::as_returning());
            $crate::db::kept(update).get_result(tx.conn).await
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
    (@list [$(#[$doc:meta])*] $name:ident [$row:ty, $table:ident] $order:ident $key:ident
        $(; $($given:ident: $type:ty),+; $($filters:tt)+)?
    ) => {
        $(#[$doc])*
        pub async fn $name(tx: &mut Tx<'_>, $($($given: $type,)+)? paging: &Paging) -> $crate::error::Result<Listed<$row>> {
            use $crate::schema::$table::{self as rows, table};
            let page = table.filter(rows::tenant_id.eq(tx.tenant)).select(<$row>::as_select()).into_boxed();
            $(
                let mut page = page;
                $crate::db::narrow!(page; rows { $($filters)+ });
            )?
            $crate::db::load_page!(tx, paging, page, $row => $order rows::$key)
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
/// is an `Option`; `in` takes a set of values, `holds` a part of the text in the column (upper and lower case are one), `has` whether
/// the column has a value, and `beyond` a day that lies before the one in the column, if there is one.
macro_rules! narrow {
    (@ $column:expr, =, $value:ident) => { $column.eq($value) };
    (@ $column:expr, <, $value:ident) => { $column.lt($value) };
    (@ $column:expr, <=, $value:ident) => { $column.le($value) };
    (@ $column:expr, >, $value:ident) => { $column.gt($value) };
    (@ $column:expr, >=, $value:ident) => { $column.ge($value) };
    (@ $column:expr, in, $value:ident) => { $column.eq_any($value) };
    (@ $column:expr, holds, $value:ident) => { $column.ilike($crate::db::containing($value)) };
    (@ $column:expr, has, $value:ident) => { $column.is_not_null().eq($value) };
    (@ $column:expr, beyond, $value:ident) => { $column.is_null().or($column.assume_not_null().gt($value)) };
    ($page:ident; $table:ident { $($column:ident $is:tt $value:expr),+ $(,)? }) => {
        $(if let Some(value) = $value {
            $page = $page.filter($crate::db::narrow!(@ $table::$column, $is, value));
        })+
    };
}

/// Loads the part of a boxed list that `paging` asks for, and cuts it: `load_page!(tx, paging, list, Row => by table::key)`. The list
/// is ordered by a column that is a field of the row; `latest` begins with the highest value.
macro_rules! load_page {
    (@ $tx:ident, $paging:ident, $page:ident, $row:ty, $table:ident :: $key:ident, $after:tt, $order:ident) => {{
        let key = |row: &$row| ::std::borrow::ToOwned::to_owned(&row.$key);
        let mut page = $page;
        $crate::db::narrow!(page; $table { $key $after $paging.after_by(key)? });
        let rows: ::std::vec::Vec<$row> =
            page.order($table::$key.$order()).limit($paging.fetch()).load($tx.conn).await?;
        $paging.cut(rows, key)
    }};
    ($tx:ident, $paging:ident, $page:ident, $row:ty => by $($column:tt)+) => {
        $crate::db::load_page!(@ $tx, $paging, $page, $row, $($column)+, >, asc)
    };
    ($tx:ident, $paging:ident, $page:ident, $row:ty => latest $($column:tt)+) => {
        $crate::db::load_page!(@ $tx, $paging, $page, $row, $($column)+, <, desc)
    };
}

pub(crate) use {load_page, narrow, row_queries};
