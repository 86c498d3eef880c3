//! From the configuration to a running state: finds or starts the database, migrates and checks it, opens the keys.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::config::Config;
use crate::db::{Access, Connection, Db, Migrations, SchemaState, Waits, check_language, check_role};
use crate::embedded::{self, Durability, Options, PrivateServer, Urls, default_folder};
use crate::error::{Error, Result};
use crate::kernel::clock::Clock;
use crate::kernel::ids::Ids;
use crate::keys::{InstallationKey, MAX_LIFETIME, OutsideIssuers, SealedKey, SigningKeys};
use crate::schema::signing_keys;
use crate::state::{Marked, Parts, State, TenantCodes, Walks};

/// Where the data is: on a configured server, or on a private one that ends with this process.
pub struct Database {
    /// Of the service. On a private server its login cannot become the owner.
    pub url: String,
    /// Of the owner.
    pub migration_url: String,
    pub private: Option<PrivateServer>,
    folder: Option<PathBuf>,
}

impl Database {
    /// Uses the configured server, or starts the private one.
    pub async fn open(config: &Config) -> Result<Self> {
        if let Some(url) = &config.database_url {
            let migration_url = config.migration_url.as_ref().unwrap_or(url).reveal().clone();
            return Ok(Self { url: url.reveal().clone(), migration_url, private: None, folder: None });
        }
        let folder = private_folder(config)?;
        let executable = std::env::current_exe().map_err(Error::internal)?;
        let options = Options { folder: folder.clone(), durability: Durability::Durable, executable };
        let server = PrivateServer::start(options).await.map_err(Error::internal)?;
        let Urls { owner, service } = server.urls();
        Ok(Self { url: service, migration_url: owner, private: Some(server), folder: Some(folder) })
    }

    /// The same for a command on what is already there: uses a private server that is already running, and leaves it running.
    /// Only the service itself makes a new one.
    pub async fn attach(config: &Config) -> Result<Self> {
        if config.database_url.is_some() {
            return Self::open(config).await;
        }
        let folder = private_folder(config)?;
        match embedded::running(&folder) {
            Some(Urls { owner, service }) => {
                Ok(Self { url: service, migration_url: owner, private: None, folder: Some(folder) })
            }
            None if embedded::has_data(&folder) => Self::open(config).await,
            None => Err(Error::internal(format!(
                "there is no database: LECTERN_DATABASE_URL is not set, and the folder {} (LECTERN_DATA_DIR) has no private \
                 server; `lectern serve` makes one",
                folder.display()
            ))),
        }
    }

    /// Whether it is the private server, which contains only this installation's data.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.folder.is_some()
    }

    /// Stops the private server, if it is one.
    pub async fn close(self) -> Result<()> {
        match self.private {
            Some(server) => server.stop().await.map_err(Error::internal),
            None => Ok(()),
        }
    }

    /// The configured key, or the one kept in the private server's folder.
    fn installation_key(&self, config: &Config) -> Result<InstallationKey> {
        match (&config.secret_key, &self.folder) {
            (Some(key), _) => Ok(InstallationKey::from_bytes(*key.reveal())),
            (None, Some(folder)) => kept_key(&folder.join(embedded::SECRET_KEY)),
            (None, None) => Err(Error::internal("LECTERN_SECRET_KEY is needed")),
        }
    }
}

fn private_folder(config: &Config) -> Result<PathBuf> {
    let working_folder = std::env::current_dir().map_err(Error::internal)?;
    Ok(config.data_dir.clone().unwrap_or_else(|| default_folder(&working_folder)))
}

/// Reads the key of a private installation, or creates it: completely or not at all if it is interrupted, and only once if
/// several processes start at the same time. Only this account can read it.
fn kept_key(path: &Path) -> Result<InstallationKey> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| Error::internal("the system provides no random bytes"))?;
    let mut tag = [0; 8];
    aws_lc_rs::rand::fill(&mut tag).map_err(|_| Error::internal("the system provides no random bytes"))?;
    // A unique name, so that a file left by an earlier start is not in the way.
    let new = path.with_extension(format!("{:016x}.new", u64::from_le_bytes(tag)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).map_err(Error::internal)?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(Error::internal)?;
    // Unlike a rename, a link replaces nothing.
    let linked = fs::hard_link(&new, path);
    fs::remove_file(&new).map_err(Error::internal)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(Error::internal(error)),
        _ => read_key(path)?.ok_or_else(|| Error::internal(format!("{} has disappeared again", path.display()))),
    }
}

fn read_key(path: &Path) -> Result<Option<InstallationKey>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::internal(error)),
    };
    let key = <[u8; 32]>::try_from(bytes).map_err(|_| Error::internal(format!("{} is damaged", path.display())))?;
    Ok(Some(InstallationKey::from_bytes(key)))
}

/// Public address for callers: the configured one, or that of the bind.
#[must_use]
pub fn public_url(config: &Config, bound: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{bound}"))
}

/// Updates the schema where this is allowed: on the private server, and on a server whose owner's URL is configured.
pub async fn migrate(config: &Config, database: &Database) -> Result<()> {
    if config.database_url.is_none() || config.migration_url.is_some() {
        for name in Migrations::run(&database.migration_url).await? {
            log::info!("migrated: {name}");
        }
    }
    if database.is_private() {
        let urls = Urls { owner: database.migration_url.clone(), service: database.url.clone() };
        embedded::admit_service(&urls).await.map_err(Error::internal)?;
    }
    Ok(())
}

/// The same for commands other than `serve` and `migrate`: only the private server, which may be new. A configured database is
/// not changed as a side effect.
pub async fn migrate_private(config: &Config, database: &Database) -> Result<()> {
    if database.is_private() { migrate(config, database).await } else { Ok(()) }
}

/// Checks schema, role and language, and opens the keys.
pub async fn state(config: &Config, database: &Database, public_url: String, clock: Clock) -> Result<State> {
    let installation = Arc::new(database.installation_key(config)?);
    let db = Db::new(&database.url, config.pool_size, Waits::default())?;
    let ids = Ids::new(clock.clone());
    check(&db).await?;
    let signing = open_signing_keys(&db, &installation, ids.next(), &clock).await?;
    let outside = OutsideIssuers::new(config.oidc_issuers.clone(), db.runtime()).map_err(Error::internal)?;
    let tenants = TenantCodes::default();
    warn_of_strangers(config, &db, &tenants).await?;
    let marked = Marked::default();
    Ok(State::new(
        db,
        Parts { clock, ids, public_url, installation, signing, outside, tenants, marked, walks: Walks::default() },
    ))
}

/// Only a warning: a company may be created after the issuer of its people was configured.
async fn warn_of_strangers(config: &Config, db: &Db, tenants: &TenantCodes) -> Result<()> {
    for issuer in &config.oidc_issuers {
        if tenants.find(db, &issuer.tenant).await?.is_none() {
            log::warn!(
                "LECTERN_OIDC_ISSUERS binds {} to the tenant {:?}, which does not exist yet",
                issuer.issuer,
                issuer.tenant
            );
        }
    }
    Ok(())
}

async fn check(db: &Db) -> Result<()> {
    let state = db
        .transaction(Access::Read, None, |conn| {
            async move {
                let state = Migrations::state(conn).await?;
                check_role(conn).await?;
                check_language(conn).await?;
                Ok(state)
            }
            .boxed()
        })
        .await?;
    match state {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(missing) => {
            Err(Error::internal(format!("the schema lacks {}: run `lectern migrate`", missing.join(", "))))
        }
        SchemaState::Ahead(foreign) => {
            Err(Error::internal(format!("the schema has {}, which this version does not know", foreign.join(", "))))
        }
    }
}

/// Prevents two first starts at the same time from each creating a key that the other does not know.
const KEYS_LOCK: i64 = 0x4c65_6374_6572_6e01;

/// The keys that sign and verify tokens. The first start creates one.
pub async fn open_signing_keys(
    db: &Db,
    installation: &InstallationKey,
    id: Uuid,
    clock: &Clock,
) -> Result<SigningKeys> {
    let failed = |fault| Error::internal(format!("the signing keys cannot be opened: {fault:?}"));
    let (spare, now) = (SealedKey::generate(installation).map_err(failed)?, clock.now());
    let load_or_make = db.transaction(Access::Write, None, move |conn| {
        async move {
            diesel::sql_query(format!("SELECT pg_advisory_xact_lock({KEYS_LOCK})")).execute(conn).await?;
            let mut keys = load_keys(conn, now - MAX_LIFETIME).await?;
            if !matches!(keys.as_slice(), [(_, true), ..]) {
                insert_key(conn, id, &spare, now).await?;
                keys.insert(0, (spare, true));
            }
            Ok(keys.into_iter().map(|(key, _)| key).collect::<Vec<SealedKey>>())
        }
        .boxed()
    });
    match load_or_make.await?.as_slice() {
        [signing, others @ ..] => SigningKeys::open(installation, signing, others).map_err(failed),
        [] => Err(Error::internal("the signing key that was just created does not exist")),
    }
}

type KeyRow = (String, String, serde_json::Value, Vec<u8>, bool);

/// The keys that may sign, newest first, then those retired since `since`, whose tokens may still be valid. The flag says
/// whether a key may sign.
async fn load_keys(conn: &mut Connection, since: DateTime<Utc>) -> QueryResult<Vec<(SealedKey, bool)>> {
    let signs = signing_keys::retired_at.is_null();
    let rows: Vec<KeyRow> = signing_keys::table
        .filter(signs.or(signing_keys::retired_at.assume_not_null().gt(since)))
        .order((signs.desc(), signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((
            signing_keys::kid,
            signing_keys::algorithm,
            signing_keys::public_jwk,
            signing_keys::private_key_sealed,
            signs,
        ))
        .load(conn)
        .await?;
    let sealed = |(kid, algorithm, public_jwk, private_key_sealed, signs)| {
        (SealedKey { kid, algorithm, public_jwk, private_key_sealed }, signs)
    };
    Ok(rows.into_iter().map(sealed).collect())
}

async fn insert_key(conn: &mut Connection, id: Uuid, key: &SealedKey, now: DateTime<Utc>) -> QueryResult<usize> {
    let row = (
        signing_keys::id.eq(id),
        signing_keys::kid.eq(&key.kid),
        signing_keys::algorithm.eq(&key.algorithm),
        signing_keys::public_jwk.eq(&key.public_jwk),
        signing_keys::private_key_sealed.eq(&key.private_key_sealed),
        signing_keys::created_at.eq(now),
    );
    diesel::insert_into(signing_keys::table).values(row).execute(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_key_is_made_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret-key");
        let sealed = kept_key(&path).unwrap().seal(b"a", b"text").unwrap();
        assert_eq!(kept_key(&path).unwrap().open(b"a", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        fs::write(&path, b"short").unwrap();
        assert!(kept_key(&path).unwrap_err().to_string().contains("damaged"));
    }
}
