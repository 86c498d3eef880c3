//! Sets of rows that a statement selects from: each column is an array bound under its name.
//!
//! [`super::set_row!`] declares rows that are inserted into a table as they are. The rows here are joined first, for example
//! with what they refer to by a code or a number.

use diesel::pg::Pg;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, HasSqlType};

use super::Statement;
use super::statement::{Bind, Rendered};

/// Rows that a statement selects from. Implemented by [`row_set!`].
pub trait RowSet: Sized {
    /// Binds the rows column by column.
    fn bind<'q>(statement: Statement<'q>, rows: &'q [Self]) -> Statement<'q>;
}

impl<'q> Statement<'q> {
    /// Binds rows. In the text, `:rows` is the set as a table `r`, `:columns` the names of its columns that are inserted into
    /// the table's columns of the same names, and `:fields` the same columns of `r`.
    pub fn rows<R: RowSet>(self, rows: &'q [R]) -> Self {
        R::bind(self, rows)
    }

    /// Binds a column that is inserted into the table's column of the same name: one value per row.
    pub fn with<V: Bind>(self, name: &'static str, values: Vec<V>) -> Self
    where
        Vec<V>: ToSql<Array<V::SqlType>, Pg> + Send + 'q,
        Pg: HasSqlType<V::SqlType>,
    {
        self.column_as::<V::SqlType, V>(name, true, values)
    }

    /// Binds a column that only the text uses.
    pub fn by<V: Bind>(self, name: &'static str, values: Vec<V>) -> Self
    where
        Vec<V>: ToSql<Array<V::SqlType>, Pg> + Send + 'q,
        Pg: HasSqlType<V::SqlType>,
    {
        self.column_as::<V::SqlType, V>(name, false, values)
    }

    /// Binds a column whose SQL type is given explicitly.
    pub fn column_as<S, V>(mut self, name: &'static str, is_stored: bool, values: Vec<V>) -> Self
    where
        Vec<V>: ToSql<Array<S>, Pg> + Send + 'q,
        S: 'static,
        Pg: HasSqlType<S>,
    {
        self.columns.named.push((name, is_stored));
        self.columns.count = values.len();
        self.bind_as::<Array<S>, Vec<V>>(name, values)
    }

    /// The number of rows.
    pub fn row_count(&self) -> usize {
        self.columns.count
    }
}

impl Rendered {
    /// Pushes the part of a set with these columns that `name` stands for. Returns false if it stands for none.
    pub(super) fn push_set(&mut self, name: &str, columns: &[(&'static str, bool)]) -> bool {
        let stored = |before: &str| {
            let stored = columns.iter().filter(|(_, is_stored)| *is_stored);
            stored.map(|(name, _)| format!("{before}{name}")).collect::<Vec<_>>().join(", ")
        };
        match name {
            _ if columns.is_empty() => return false,
            "columns" => self.sql.push_str(&stored("")),
            "fields" => self.sql.push_str(&stored("r.")),
            "rows" => {
                for (at, (name, _)) in columns.iter().enumerate() {
                    self.sql.push_str(if at == 0 { "unnest(" } else { ", " });
                    self.place(name);
                }
                let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
                self.sql.push_str(&format!(") AS r ({})", names.join(", ")));
            }
            _ => return false,
        }
        true
    }
}

/// Declares rows that a statement selects from: the fields that are inserted into the columns of the same names (the compiler
/// checks that they have the types of the schema), the fields that they are joined `by`, and `beside` them what is in the row
/// but not in the set.
macro_rules! row_set {
    ($($(#[$about:meta])* pub struct $name:ident into $table:ident {
        $($(#[$about_field:meta])* pub $field:ident: $type:ty,)+
    } $(by {
        $($(#[$about_key:meta])* pub $key:ident: $key_type:ty,)+
    })? $(beside {
        $($(#[$about_other:meta])* pub $other:ident: $other_type:ty,)+
    })?)+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$about_field])* pub $field: $type,)+
            $($($(#[$about_key])* pub $key: $key_type,)+)?
            $($($(#[$about_other])* pub $other: $other_type,)+)?
        }

        impl $crate::db::RowSet for $name {
            fn bind<'q>(statement: $crate::db::Statement<'q>, rows: &'q [Self]) -> $crate::db::Statement<'q> {
                use $crate::db::collect_column;
                statement
                    $(.column_as::<::diesel::dsl::SqlTypeOf<$crate::schema::$table::$field>, _>(
                        stringify!($field), true, collect_column(rows, |row| &row.$field),
                    ))+
                    $($(.by(stringify!($key), collect_column(rows, |row| row.$key.clone())))+)?
            }
        }
    )+};
}

pub(crate) use row_set;

#[cfg(test)]
mod tests {
    use super::super::statement;
    use super::*;

    #[test]
    fn a_set_stands_in_the_text_by_name() {
        let text =
            "INSERT INTO t (:columns, at) SELECT :fields, :now FROM :rows JOIN u ON u.code = r.code AND u.at < :now";
        let rows = statement(text).with("id", vec![1, 2]).by("code", vec!["a", "b"]).bind("now", 7);
        assert_eq!(
            diesel::debug_query::<Pg, _>(&rows).to_string(),
            "INSERT INTO t (id, at) SELECT r.id, $1 FROM unnest($2, $3) AS r (id, code) JOIN u ON u.code = r.code AND u.at < $1 \
             -- binds: [7, [1, 2], [\"a\", \"b\"]]"
        );
        assert_eq!(rows.row_count(), 2);
    }
}
