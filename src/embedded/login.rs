//! The login of the service on a private server. It may become the service's role and nothing else, so that no statement that
//! reaches the database through the service, `RESET ROLE` least of all, makes it the owner.

use aws_lc_rs::digest::{SHA256, digest};
use tokio_postgres::NoTls;

use super::error::Error;
use super::server::with_causes;
use super::{DATABASE, OWNER};

const LOGIN: &str = "lectern_login";

/// How to reach the database of a private server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// As its superuser, who owns everything.
    pub owner: String,
    /// As the service's login, which exists once [`admit_service`] has made it.
    pub service: String,
}

impl Urls {
    pub(super) fn new(port: u16, password: &str) -> Self {
        let url = |login: &str, password: &str| format!("postgres://{login}:{password}@127.0.0.1:{port}/{DATABASE}");
        Self { owner: url(OWNER, password), service: url(LOGIN, &service_password(password)) }
    }
}

/// It follows from the owner's password, and not the other way round.
fn service_password(owners: &str) -> String {
    let digest = digest(&SHA256, format!("{LOGIN}\n{owners}").as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the service's login on a migrated server, unless it is there.
///
/// # Errors
/// [`Error::Database`] if the server refuses.
pub async fn admit_service(urls: &Urls) -> Result<(), Error> {
    let password = urls.service.split([':', '@']).nth(2).unwrap_or_default();
    let admit = format!(
        "DO $$ BEGIN
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOGIN}') THEN
                 CREATE ROLE {LOGIN} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS PASSWORD '{password}';
             END IF;
             IF NOT pg_has_role('{LOGIN}', 'lectern_service', 'MEMBER') THEN
                 GRANT lectern_service TO {LOGIN};
             END IF;
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
         END $$"
    );
    let admitted = async {
        let (client, connection) = tokio_postgres::connect(&urls.owner, NoTls).await?;
        let connection = tokio::spawn(connection);
        client.batch_execute(&admit).await?;
        drop(client);
        Ok(connection.await)
    };
    let ended: Result<_, tokio_postgres::Error> = admitted.await;
    ended.map(drop).map_err(|error| Error::Database { reason: with_causes(&error) })
}
