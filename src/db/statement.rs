//! Statements with a fixed text, whose values are bound by name.
//!
//! Diesel does not prepare a `sql_query`: it is parsed and planned again each time, and costs an extra round trip. A
//! [`Statement`] is identified by its text, so a connection prepares it once. Texts are `'static`, so a connection never
//! holds more prepared statements than the code has texts.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use diesel::serialize::ToSql;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, HasSqlType, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz, Untyped,
    Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use serde_json::Value;
use uuid::Uuid;

use super::Connection;
use crate::kernel::decimal::Decimal;

/// A statement in which `:name` stands for the value bound as `name`, as often as needed. Its rows are loaded by column name
/// (`QueryableByName`).
#[must_use = "a statement does nothing until it is loaded or executed"]
pub struct Statement<'q> {
    text: &'static str,
    values: Vec<(&'static str, Box<dyn Given + 'q>)>,
    pub(super) columns: Columns,
    rendered: OnceLock<Arc<Rendered>>,
    is_planned_anew: bool,
}

/// The columns of a set of rows in a statement. `rows` fills them.
#[derive(Default)]
pub(super) struct Columns {
    /// The names of the columns, and whether they are inserted into the table's columns of the same names.
    pub(super) named: Vec<(&'static str, bool)>,
    /// The number of rows.
    pub(super) count: usize,
}

#[derive(QueryableByName)]
struct FoundId {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// A statement with this text.
pub fn statement<'q>(text: &'static str) -> Statement<'q> {
    Statement {
        text,
        values: Vec::new(),
        columns: Columns::default(),
        rendered: OnceLock::new(),
        is_planned_anew: false,
    }
}

impl<'q> Statement<'q> {
    /// Binds `value` to `:name` in the text.
    pub fn bind<V>(self, name: &'static str, value: V) -> Self
    where
        V: Bind + ToSql<V::SqlType, Pg> + Send + 'q,
        Pg: HasSqlType<V::SqlType>,
    {
        self.bind_as::<V::SqlType, V>(name, value)
    }

    /// Like [`Statement::bind`], with an explicit SQL type.
    pub fn bind_as<S, V>(mut self, name: &'static str, value: V) -> Self
    where
        V: ToSql<S, Pg> + Send + 'q,
        S: 'static,
        Pg: HasSqlType<S>,
    {
        self.values.push((name, Box::new(Bound(value, PhantomData::<fn() -> S>))));
        self
    }

    /// Like [`Statement::bind`], but only if the text uses the name.
    pub fn bind_if_asked<V>(self, name: &'static str, value: V) -> Self
    where
        V: Bind + ToSql<V::SqlType, Pg> + Send + 'q,
        Pg: HasSqlType<V::SqlType>,
    {
        let asks = Rendered::of(self.text, &[]).names.contains(&name);
        if asks { self.bind(name, value) } else { self }
    }

    /// Has it planned each time, for the values that it is given: a connection does not keep it. For a statement that finds the rows of a
    /// company without being given them: a plan that is kept for any company may read the rows of all of them.
    pub fn planned_anew(self) -> Self {
        Self { is_planned_anew: true, ..self }
    }

    /// The ids that it finds: its column `id`, the only one.
    pub async fn load_ids(self, conn: &mut Connection) -> QueryResult<Vec<Uuid>> {
        let found: Vec<FoundId> = self.load(conn).await?;
        Ok(found.into_iter().map(|row| row.id).collect())
    }

    /// The text as it is sent. It is asked for several times once all values are bound.
    fn rendered(&self) -> &Rendered {
        self.rendered.get_or_init(|| Rendered::of(self.text, &self.columns.named))
    }
}

/// The text of a statement as it is sent, with a number for each name.
#[derive(Default)]
pub(super) struct Rendered {
    pub(super) sql: String,
    /// The names in the order of their numbers.
    names: Vec<&'static str>,
}

/// A text, by its place, and the columns of its set of rows.
type Place = (usize, usize, Vec<(&'static str, bool)>);

impl Rendered {
    /// The same text with the same columns is rendered once.
    fn of(text: &'static str, columns: &[(&'static str, bool)]) -> Arc<Self> {
        static KNOWN: RwLock<BTreeMap<Place, Arc<Rendered>>> = RwLock::new(BTreeMap::new());
        let place = (text.as_ptr().addr(), text.len(), columns.to_vec());
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        known.unwrap_or_else(|| {
            let rendered = Arc::new(Self::new(text, columns));
            KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(place, Arc::clone(&rendered));
            rendered
        })
    }

    fn new(text: &'static str, columns: &[(&'static str, bool)]) -> Self {
        let mut rendered = Self::default();
        // Every second part is inside quotes; it contains no names.
        for (number, part) in text.split('\'').enumerate() {
            if number > 0 {
                rendered.sql.push('\'');
            }
            if number % 2 == 1 {
                rendered.sql.push_str(part);
            } else {
                rendered.push(part, columns);
            }
        }
        rendered
    }

    fn push(&mut self, text: &'static str, columns: &[(&'static str, bool)]) {
        let mut rest = text;
        while let Some((sql, after)) = rest.split_once(':') {
            self.sql.push_str(sql);
            if let Some(cast) = after.strip_prefix(':') {
                self.sql.push_str("::");
                rest = cast;
                continue;
            }
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if !self.push_set(name, columns) {
                self.place(name);
            }
            rest = after;
        }
        self.sql.push_str(rest);
    }

    /// Pushes the number of the value with this name.
    pub(super) fn place(&mut self, name: &'static str) {
        let known = self.names.iter().position(|other| *other == name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        self.sql.push_str(&format!("${}", place + 1));
    }
}

impl QueryFragment<Pg> for Statement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let rendered = self.rendered();
        if self.is_planned_anew {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql(&rendered.sql);
        for name in &rendered.names {
            let value = self.values.iter().find(|(other, _)| other == name);
            let (_, value) = value.ok_or_else(|| fault(format!("no value is bound as :{name}")))?;
            value.push(out.reborrow())?;
        }
        match self.values.iter().find(|(name, _)| !rendered.names.contains(name)) {
            Some((name, _)) => Err(fault(format!("the text has no :{name}"))),
            None if rendered.names.len() < self.values.len() => Err(fault("a name has two values".to_owned())),
            None => Ok(()),
        }
    }
}

impl QueryId for Statement<'_> {
    type QueryId = ();

    // Identified by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement<'_> {
    type SqlType = Untyped;
}

fn fault(problem: String) -> Error {
    Error::QueryBuilderError(problem.into())
}

/// Executes statements of which none depends on what another one does. They are sent one after the other, without waiting in between.
pub async fn execute_together(connection: &Connection, statements: Vec<Statement<'_>>) -> QueryResult<()> {
    let sent = statements.into_iter().map(|statement| async move {
        let mut connection = connection;
        statement.execute(&mut connection).await
    });
    for done in join_all(sent).await {
        done?;
    }
    Ok(())
}

struct Bound<V, S>(V, PhantomData<fn() -> S>);

/// A bound value.
trait Given: Send {
    /// Pushes the value alone: its number is in the text.
    fn push<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

impl<V: ToSql<S, Pg> + Send, S> Given for Bound<V, S>
where
    Pg: HasSqlType<S>,
{
    fn push<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param_value_only::<S, V>(&self.0)
    }
}

/// A type and its SQL type.
pub trait Bind {
    type SqlType: 'static;
}

macro_rules! bind {
    ($($rust:ty => $sql:ty),* $(,)?) => {
        $(
            impl Bind for $rust {
                type SqlType = $sql;
            }
            impl Bind for &$rust {
                type SqlType = $sql;
            }
        )*
    };
}

bind! {
    Uuid => SqlUuid,
    bool => Bool,
    i16 => SmallInt,
    i32 => Integer,
    i64 => BigInt,
    Decimal => Numeric,
    String => Text,
    NaiveDate => Date,
    DateTime<Utc> => Timestamptz,
    Value => Jsonb,
}

impl Bind for &str {
    type SqlType = Text;
}

impl<T: Bind> Bind for Option<T> {
    type SqlType = Nullable<T::SqlType>;
}

impl<T: Bind> Bind for Vec<T> {
    type SqlType = Array<T::SqlType>;
}

impl<T: Bind> Bind for &Vec<T> {
    type SqlType = Array<T::SqlType>;
}

impl<T: Bind> Bind for &[T] {
    type SqlType = Array<T::SqlType>;
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use diesel::query_builder::QueryBuilder as _;

    use super::*;

    /// The text that is sent to the database.
    fn sql(statement: &Statement<'_>) -> QueryResult<String> {
        let mut builder = diesel::pg::PgQueryBuilder::default();
        statement.to_sql(&mut builder, &Pg)?;
        Ok(builder.finish())
    }

    #[test]
    fn a_value_goes_in_wherever_its_name_stands() {
        let found = statement("SELECT :b::int, :a, :b FROM t WHERE a = :a").bind("a", 1).bind("b", 2_i64);
        assert_eq!(sql(&found).unwrap(), "SELECT $1::int, $2, $1 FROM t WHERE a = $2");
        assert_eq!(debug_query(&found).to_string(), "SELECT $1::int, $2, $1 FROM t WHERE a = $2 -- binds: [2, 1]");
    }

    #[test]
    fn text_between_quotes_has_no_names() {
        let found = statement("SELECT 'HH24:mi', 'it''s :not', :a").bind("a", "x");
        assert_eq!(sql(&found).unwrap(), "SELECT 'HH24:mi', 'it''s :not', $1");
    }

    #[test]
    fn a_connection_keeps_what_is_not_planned_anew() {
        let keeps = |statement: &Statement<'_>| statement.is_safe_to_cache_prepared(&Pg).unwrap();
        assert!(keeps(&statement("SELECT :a").bind("a", 1)));
        assert!(!keeps(&statement("SELECT :a").bind("a", 1).planned_anew()));
    }

    #[test]
    fn a_name_without_a_value_is_a_fault() {
        let problem = sql(&statement("SELECT :a, :ab").bind("a", 1)).unwrap_err();
        assert_eq!(problem.to_string(), "no value is bound as :ab");
    }

    #[test]
    fn a_value_without_a_name_is_a_fault() {
        let unnamed = sql(&statement("SELECT :a").bind("a", 1).bind("b", 1)).unwrap_err();
        assert_eq!(unnamed.to_string(), "the text has no :b");
        let twice = sql(&statement("SELECT :a").bind("a", 1).bind("a", 2)).unwrap_err();
        assert_eq!(twice.to_string(), "a name has two values");
    }
}
