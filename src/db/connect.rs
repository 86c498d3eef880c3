//! How a connection is opened, and what is checked and set on it.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};
use tokio_postgres::{Config, NoTls};

use super::{Connection, Waits};
use crate::error::{Error, Result};

/// The role that every connection of the service switches to.
const SERVICE_ROLE: &str = "lectern_service";

/// How long a server may be silent before the connection counts as lost.
const SILENCE: Duration = Duration::from_secs(10);

/// Sets messages to English if the login may choose their language, because some failures can only be recognised by their
/// text (see [`super::constraint`]).
const IN_ENGLISH: &str = "DO $$ BEGIN PERFORM set_config('lc_messages', 'C', false);
                          EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";

/// What looks on at the events of every connection.
pub type Watch = Arc<dyn Fn(&InstrumentationEvent<'_>) + Send + Sync>;

/// Counts the statements that connections are given, and shows their events to whoever looks on.
#[derive(Clone, Default)]
pub(super) struct Statements {
    pub(super) count: Arc<AtomicU64>,
    pub(super) watch: Option<Watch>,
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(watch) = &self.watch {
            watch(&event);
        }
    }
}

/// Opens a connection, switches to the service's role, and sets what every statement relies on. `statements` sees what the
/// connection is given from then on.
pub(super) async fn establish(
    url: String,
    waits: Waits,
    statements: Statements,
) -> ConnectionResult<AsyncPgConnection> {
    let config: Config = url.parse().map_err(bad)?;
    let (client, connection) = watchful(config).connect(NoTls).await.map_err(bad)?;
    let mut connection = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
    let (statement, lock) = (waits.statement.as_millis(), waits.lock.as_millis());
    connection
        .batch_execute(&format!(
            "{IN_ENGLISH}; SET ROLE {SERVICE_ROLE}; SET TIME ZONE 'UTC'; SET statement_timeout = {statement}; \
             SET lock_timeout = {lock}; SET jit = off; SET idle_in_transaction_session_timeout = '60s'; SET application_name = 'lectern'"
        ))
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    connection.set_instrumentation(statements);
    Ok(connection)
}

/// Detects within [`SILENCE`] that the other side is gone without notice, for example because the network drops everything.
/// Settings in the URL take precedence.
fn watchful(mut config: Config) -> Config {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(SILENCE);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_interval().is_none() && config.get_keepalives_retries().is_none() {
        config.keepalives_idle(SILENCE / 2).keepalives_interval(SILENCE / 5).keepalives_retries(2);
    }
    config
}

/// The library keeps the server's message in the source.
fn bad(error: tokio_postgres::Error) -> ConnectionError {
    let source = error.source().map_or_else(String::new, |source| format!(": {source}"));
    ConnectionError::BadConnection(format!("{error}{source}"))
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Text)]
    words: String,
}

/// Stores the message of an error in a setting of this transaction, without failing the transaction.
const PROVOKE: &str = "DO $$ BEGIN PERFORM 1 / 0;
                       EXCEPTION WHEN division_by_zero THEN PERFORM set_config('lectern.words', SQLERRM, true); END $$";

/// Refuses a server whose messages for this login are not in English.
pub async fn check_language(connection: &mut Connection) -> Result<()> {
    diesel::sql_query(PROVOKE).execute(connection).await?;
    let asked = diesel::sql_query("SELECT current_setting('lectern.words') AS words");
    let Words { words } = asked.get_result(connection).await?;
    in_english(&words)
}

fn in_english(words: &str) -> Result<()> {
    if words == "division by zero" {
        return Ok(());
    }
    Err(Error::internal(format!(
        "the database says {words:?} for \"division by zero\": its messages must be in English for this login \
         (as a superuser: ALTER ROLE … SET lc_messages = 'C')"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_given_up_after_ten_seconds_unless_the_url_says_otherwise() {
        let config = watchful("postgres://lectern@db/lectern".parse().unwrap());
        assert_eq!(config.get_tcp_user_timeout(), Some(&SILENCE));
        assert_eq!(config.get_keepalives_idle(), Duration::from_secs(5));
        let config =
            watchful("postgres://lectern@db/lectern?tcp_user_timeout=60&keepalives_retries=9".parse().unwrap());
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(60)));
        assert_eq!(config.get_keepalives_retries(), Some(9));
    }

    #[test]
    fn only_english_is_understood() {
        assert!(in_english("division by zero").is_ok());
        let refused = in_english("除以零").unwrap_err();
        assert!(refused.to_string().contains("lc_messages"), "{refused}");
    }
}
