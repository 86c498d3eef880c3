//! From the configuration to a running state: the database found or started, migrated and checked, the keys opened.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::config::Config;
use crate::db::{Access, Db, Migrations, SchemaState, check_role};
use crate::embedded::{self, Durability, Options, PrivateServer, default_folder};
use crate::error::{Error, Result};
use crate::kernel::clock::Clock;
use crate::kernel::ids::Ids;
use crate::keys::{InstallationKey, OutsideIssuer, OutsideIssuers, SealedKey, SigningKeys};
use crate::schema::signing_keys;
use crate::state::{Parts, State, TenantCodes};

/// Where the data is: somebody's server, or a private one that ends with this process.
pub struct Database {
    pub url: String,
    pub migration_url: String,
    pub private: Option<PrivateServer>,
    folder: Option<PathBuf>,
}

impl Database {
    /// Finds the configured server, or starts the private one.
    pub async fn open(config: &Config) -> Result<Self> {
        if let Some(url) = &config.database_url {
            let migration_url = config.migration_url.as_ref().unwrap_or(url).reveal().clone();
            return Ok(Self { url: url.reveal().clone(), migration_url, private: None, folder: None });
        }
        let folder = private_folder(config)?;
        let executable = std::env::current_exe().map_err(Error::internal)?;
        let options = Options { folder: folder.clone(), durability: Durability::Durable, executable };
        let server = PrivateServer::start(options).await.map_err(Error::internal)?;
        let url = server.url();
        Ok(Self { migration_url: url.clone(), url, private: Some(server), folder: Some(folder) })
    }

    /// The same for a command beside a serving Lectern: the private server that runs already is used, and left running.
    pub async fn attach(config: &Config) -> Result<Self> {
        let folder = private_folder(config)?;
        match embedded::running(&folder) {
            Some(url) if config.database_url.is_none() => {
                Ok(Self { migration_url: url.clone(), url, private: None, folder: Some(folder) })
            }
            _ => Self::open(config).await,
        }
    }

    /// Whether it is the private server, which holds nobody's data but this installation's own.
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

    /// The configured key, or the one that is kept in the private server's folder.
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

/// Reads the key of a private installation, or makes it. Only this account may read it.
fn kept_key(path: &Path) -> Result<InstallationKey> {
    if let Ok(bytes) = fs::read(path) {
        let key = <[u8; 32]>::try_from(bytes).map_err(|_| Error::internal(format!("{} is damaged", path.display())))?;
        return Ok(InstallationKey::from_bytes(key));
    }
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| Error::internal("the system gives no randomness"))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(Error::internal)?;
    file.write_all(&key).and_then(|()| file.sync_all()).map_err(Error::internal)?;
    Ok(InstallationKey::from_bytes(key))
}

/// Address that callers use: the configured one, or that of the bind.
#[must_use]
pub fn public_url(config: &Config, bound: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{bound}"))
}

/// Brings the schema up to date where that may be done: the private server's, and one whose owner's URL is given.
pub async fn migrate(config: &Config, database: &Database) -> Result<()> {
    if config.database_url.is_none() || config.migration_url.is_some() {
        for name in Migrations::run(&database.migration_url).await? {
            log::info!("migrated: {name}");
        }
    }
    Ok(())
}

/// Checks schema and role, opens the keys.
pub async fn state(config: &Config, database: &Database, public_url: String, clock: Clock) -> Result<State> {
    let installation = Arc::new(database.installation_key(config)?);
    let db = Db::new(&database.url, config.pool_size, config.pool_wait)?;
    let ids = Ids::new(clock.clone());
    check(&db).await?;
    let signing = open_signing_keys(&db, &installation, ids.next(), &clock).await?;
    let outside = OutsideIssuers::new(issuers(config)?, db.runtime()).map_err(Error::internal)?;
    Ok(State::new(Parts {
        db,
        clock,
        ids,
        public_url,
        installation,
        signing,
        outside,
        tenants: TenantCodes::default(),
    }))
}

fn issuers(config: &Config) -> Result<Vec<OutsideIssuer>> {
    let Some(text) = &config.oidc_issuers else { return Ok(Vec::new()) };
    serde_json::from_str(text).map_err(|error| Error::internal(format!("LECTERN_OIDC_ISSUERS cannot be read: {error}")))
}

async fn check(db: &Db) -> Result<()> {
    let state = db
        .transaction(Access::Read, None, |conn| {
            async move {
                let state = Migrations::state(conn).await?;
                check_role(conn).await?;
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

type KeyRow = (String, String, serde_json::Value, Vec<u8>);

/// The keys that sign and verify tokens; the first start makes one. Two first starts at once make two, and both verify.
pub async fn open_signing_keys(
    db: &Db,
    installation: &InstallationKey,
    id: Uuid,
    clock: &Clock,
) -> Result<SigningKeys> {
    let failed = |fault| Error::internal(format!("the signing keys cannot be opened: {fault:?}"));
    if let [signing, others @ ..] = load_keys(db).await?.as_slice() {
        return SigningKeys::open(installation, signing, others).map_err(failed);
    }
    let (sealed, now) = (SealedKey::generate(installation).map_err(failed)?, clock.now());
    let row = (
        signing_keys::id.eq(id),
        signing_keys::kid.eq(sealed.kid.clone()),
        signing_keys::algorithm.eq(sealed.algorithm.clone()),
        signing_keys::public_jwk.eq(sealed.public_jwk.clone()),
        signing_keys::private_key_sealed.eq(sealed.private_key_sealed.clone()),
        signing_keys::created_at.eq(now),
    );
    db.transaction(Access::Write, None, |conn| {
        async move { Ok(diesel::insert_into(signing_keys::table).values(row).execute(conn).await?) }.boxed()
    })
    .await?;
    match load_keys(db).await?.as_slice() {
        [signing, others @ ..] => SigningKeys::open(installation, signing, others).map_err(failed),
        [] => Err(Error::internal("the signing key that was just made is not there")),
    }
}

/// Newest first: the first one signs.
async fn load_keys(db: &Db) -> Result<Vec<SealedKey>> {
    db.transaction(Access::Read, None, |conn| {
        async move {
            let rows: Vec<KeyRow> = signing_keys::table
                .filter(signing_keys::retired_at.is_null())
                .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
                .select((
                    signing_keys::kid,
                    signing_keys::algorithm,
                    signing_keys::public_jwk,
                    signing_keys::private_key_sealed,
                ))
                .load(conn)
                .await?;
            let sealed = |(kid, algorithm, public_jwk, private_key_sealed)| SealedKey {
                kid,
                algorithm,
                public_jwk,
                private_key_sealed,
            };
            Ok(rows.into_iter().map(sealed).collect())
        }
        .boxed()
    })
    .await
}
