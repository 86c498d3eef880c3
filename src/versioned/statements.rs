//! Statements on versions, the same for every table of versions.

/// The columns of [`super::Version`], in the order of its fields.
macro_rules! version_columns {
    ($($heading:ident),+) => {
        (
            versions::id,
            versions::version,
            ($(versions::$heading,)+),
            versions::document,
            versions::maker_id,
            versions::checker_id,
            versions::self_approved,
            versions::published_at,
            versions::created_at,
            versions::updated_at,
        )
    };
}

/// The statements of a [`super::Versioned`] document on its table, as items of its `impl`. The calling file imports Diesel's
/// prelude and `RunQueryDsl`.
///
/// The arguments: the document and its table; the columns of the heading in the order of its fields, and the values written to
/// them; the column within which versions are numbered; the filter of a list, and the column that orders it, in descending order.
macro_rules! version_queries {
    (
        $document:ty, $table:ident,
        heading: ($($read:ident),+),
        written: |$heading:ident| { $($column:ident: $value:expr),+ $(,)? },
        numbered_within: $scope:ident,
        listed: |$page:ident, $filter:ident| $filtered:expr,
        by: $order:ident $(,)?
    ) => {
        async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Version<$document>>> {
            use $crate::schema::$table::{self as versions, table};
            let own = table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::id.eq(id));
            own.select($crate::versioned::version_columns!($($read),+)).first(tx.conn).await.optional()
        }

        async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<Version<$document>>> {
            use $crate::schema::$table::{self as versions, table};
            let own = table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::id.eq(id));
            own.select($crate::versioned::version_columns!($($read),+)).for_update().first(tx.conn).await.optional()
        }

        async fn list_page(
            tx: &mut Tx<'_>,
            $filter: &Self::Filter,
            published: Option<bool>,
            after: Option<Self::Cursor>,
            fetch: i64,
        ) -> QueryResult<Vec<Version<$document>>> {
            use $crate::schema::$table::{self as versions, table};
            let own = table.filter(versions::tenant_id.eq(tx.tenant));
            let $page = own.select($crate::versioned::version_columns!($($read),+)).into_boxed();
            let mut page = match published {
                Some(true) => $filtered.filter(versions::published_at.is_not_null()),
                Some(false) => $filtered.filter(versions::published_at.is_null()),
                None => $filtered,
            };
            if let Some(after) = after {
                page = page.filter(versions::$order.lt(after));
            }
            page.order(versions::$order.desc()).limit(fetch).load(tx.conn).await
        }

        async fn last_number(tx: &mut Tx<'_>, heading: &Self::Heading) -> QueryResult<Option<i32>> {
            use $crate::schema::$table::{self as versions, table};
            let own = table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::$scope.eq(&heading.$scope));
            own.select(::diesel::dsl::max(versions::version)).first(tx.conn).await
        }

        async fn insert(
            tx: &mut Tx<'_>,
            draft: $crate::versioned::Draft<$document>,
        ) -> QueryResult<Version<$document>> {
            use $crate::schema::$table::{self as versions, table};
            let $heading = draft.heading;
            ::diesel::insert_into(table)
                .values((
                    versions::tenant_id.eq(tx.tenant),
                    versions::id.eq(draft.id),
                    versions::version.eq(draft.number),
                    ($(versions::$column.eq($value),)+),
                    versions::document.eq(draft.document),
                    versions::maker_id.eq(draft.maker_id),
                    versions::created_at.eq(draft.created_at),
                    versions::updated_at.eq(draft.updated_at),
                ))
                .returning($crate::versioned::version_columns!($($read),+))
                .get_result(tx.conn)
                .await
        }

        async fn delete_draft(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
            use $crate::schema::$table::{self as versions, table};
            let own = table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::id.eq(id));
            ::diesel::delete(own.filter(versions::published_at.is_null())).execute(tx.conn).await
        }

        async fn set_published(
            tx: &mut Tx<'_>,
            id: Uuid,
            approval: &$crate::versioned::Approval,
        ) -> QueryResult<Version<$document>> {
            use $crate::schema::$table::{self as versions, table};
            ::diesel::update(table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::id.eq(id)))
                .set((
                    versions::checker_id.eq(approval.checker_id),
                    versions::self_approved.eq(approval.by_maker),
                    versions::published_at.eq(approval.at),
                    versions::updated_at.eq(approval.at),
                ))
                .returning($crate::versioned::version_columns!($($read),+))
                .get_result(tx.conn)
                .await
        }
    };
}

pub(crate) use {version_columns, version_queries};
