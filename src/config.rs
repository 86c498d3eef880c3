//! The configuration: the only reader of the environment. All mistakes are reported at once; secrets are never shown.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::kernel::network::Network;
use crate::keys::{OutsideIssuer, read_issuers};

/// Every variable that Lectern reads, and what it is for. `lectern variables` prints this.
pub const VARIABLES: &[(&str, &str)] = &[
    ("LECTERN_BIND", "address to serve on (default 127.0.0.1:8080; port 0 selects a free port)"),
    ("LECTERN_PUBLIC_URL", "public address for callers, also the issuer of tokens (default http://<bind>)"),
    ("LECTERN_METRICS_BIND", "address for Prometheus metrics (default: not served)"),
    ("LECTERN_DATABASE_URL", "postgres:// URL of the service (default: starts a private server)"),
    ("LECTERN_MIGRATION_URL", "postgres:// URL of the schema's owner (default: LECTERN_DATABASE_URL)"),
    ("LECTERN_DATA_DIR", "folder of the private server (default ./.lectern, for root a folder under /var/lib/lectern)"),
    (
        "LECTERN_SECRET_KEY",
        "32 bytes in base64 that seal keys and sign cursors (default with the private server: generated and kept in its folder)",
    ),
    (
        "LECTERN_OIDC_ISSUERS",
        "JSON array of outside issuers whose tokens persons may use, see the README (default none)",
    ),
    ("LECTERN_CORS_ORIGINS", "comma-separated origins that browsers may call from (default none)"),
    (
        "LECTERN_TRUSTED_PROXIES",
        "comma-separated addresses and networks (10.0.0.0/8) of proxies; the caller's address is then the last one in Forwarded or \
         X-Forwarded-For that is not among them (default none: the address that the connection comes from)",
    ),
    ("LECTERN_POOL_SIZE", "connections to Postgres (2..200, default 16)"),
    ("LECTERN_WORKERS", "HTTP worker threads (1..64, default: one per processor)"),
    ("LECTERN_MAX_BODY_BYTES", "largest JSON body (1024..104857600, default 1048576)"),
    ("LECTERN_RATE_LIMIT", "requests per minute of one client or person (0..1000000, default 6000; 0: no limit)"),
    (
        "LECTERN_ADDRESS_RATE_LIMIT",
        "requests per minute of one address for one operation without a valid token (0..1000000, default 600; 0: no limit)",
    ),
    ("LECTERN_LOG", "log filter in the syntax of env_logger (default info)"),
    ("LECTERN_LOG_FORMAT", "text or json (default text)"),
];

/// The configuration of the service.
#[derive(Clone)]
pub struct Config {
    pub bind: SocketAddr,
    /// Public address for callers, without a trailing slash; the issuer and audience of Lectern's own tokens. None: derived
    /// from the bind.
    pub public_url: Option<String>,
    pub metrics_bind: Option<SocketAddr>,
    /// URL of an existing server; none for the private one.
    pub database_url: Option<Secret<String>>,
    pub migration_url: Option<Secret<String>>,
    pub data_dir: Option<PathBuf>,
    pub secret_key: Option<Secret<[u8; 32]>>,
    /// Outside issuers whose tokens persons may use.
    pub oidc_issuers: Vec<OutsideIssuer>,
    pub cors_origins: Vec<String>,
    /// Proxies whose word about the caller's address is believed.
    pub trusted_proxies: Vec<Network>,
    pub pool_size: usize,
    pub workers: Option<usize>,
    pub max_body_bytes: usize,
    /// Requests per minute of one client or person; 0 for no limit.
    pub rate_limit: u32,
    /// Requests per minute of one address for one operation without a valid token; 0 for no limit.
    pub address_rate_limit: u32,
    pub log_filter: String,
    pub log_format: LogFormat,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A value that must never be in a log, panic or message.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the only place that needs it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// All mistakes in the configuration, one per line.
#[derive(Debug)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  - {mistake}"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the process's environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_env() -> Result<Self, ConfigError> {
        let known: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
        let unknown = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with("LECTERN_") && !name.starts_with("LECTERN_TEST_"))
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| format!("{name} is not a variable of Lectern"));
        let unreadable =
            known.iter().filter(|name| std::env::var_os(name).is_some_and(|value| value.to_str().is_none()));
        let mistakes = unknown.chain(unreadable.map(|name| format!("{name} is not text in UTF-8"))).collect();
        Self::read(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()), mistakes)
    }

    /// Reads from `get`. `mistakes` are those that `get` cannot report, such as a variable with Lectern's prefix that does not
    /// exist: a typo must never be ignored silently.
    pub fn read(get: impl Fn(&str) -> Option<String>, mistakes: Vec<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { get, mistakes };
        let config = Self {
            bind: reader
                .parse("LECTERN_BIND", "an address such as 127.0.0.1:8080")
                .unwrap_or(([127, 0, 0, 1], 8080).into()),
            public_url: reader
                .url("LECTERN_PUBLIC_URL", &["http://", "https://"])
                .map(|url| url.trim_end_matches('/').to_owned()),
            metrics_bind: reader.parse("LECTERN_METRICS_BIND", "an address such as 127.0.0.1:9090"),
            database_url: reader.url("LECTERN_DATABASE_URL", POSTGRES).map(Secret::new),
            migration_url: reader.url("LECTERN_MIGRATION_URL", POSTGRES).map(Secret::new),
            data_dir: (reader.get)("LECTERN_DATA_DIR").map(PathBuf::from),
            secret_key: reader.secret_key(),
            oidc_issuers: reader.issuers(),
            cors_origins: reader.origins(),
            trusted_proxies: reader.proxies(),
            pool_size: reader.within("LECTERN_POOL_SIZE", 2, 200).unwrap_or(16),
            workers: reader.within("LECTERN_WORKERS", 1, 64),
            max_body_bytes: reader.within("LECTERN_MAX_BODY_BYTES", 1024, 104_857_600).unwrap_or(1_048_576),
            rate_limit: reader.rate("LECTERN_RATE_LIMIT", 6000),
            address_rate_limit: reader.rate("LECTERN_ADDRESS_RATE_LIMIT", 600),
            log_filter: reader.log_filter(),
            log_format: reader.log_format(),
        };
        reader.check_together(&config);
        if reader.mistakes.is_empty() { Ok(config) } else { Err(ConfigError(reader.mistakes)) }
    }
}

/// The folder of the private server that the environment names, for commands that read nothing else of it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this file is the one place that reads the environment")]
pub fn data_dir() -> Option<PathBuf> {
    let set = std::env::var_os("LECTERN_DATA_DIR")?;
    let is_blank = set.to_string_lossy().trim().is_empty();
    (!is_blank).then(|| PathBuf::from(set))
}

const POSTGRES: &[&str] = &["postgres://", "postgresql://"];

struct Reader<G> {
    get: G,
    mistakes: Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    fn parse<T: std::str::FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        let value = (self.get)(name)?;
        let parsed = value.trim().parse().ok();
        if parsed.is_none() {
            self.mistakes.push(format!("{name} must be {expected}, not {value:?}"));
        }
        parsed
    }

    fn within(&mut self, name: &str, min: usize, max: usize) -> Option<usize> {
        let expected = format!("a whole number from {min} to {max}");
        let number = self.parse(name, &expected)?;
        if (min..=max).contains(&number) {
            return Some(number);
        }
        self.mistakes.push(format!("{name} must be {expected}, not {number}"));
        None
    }

    fn rate(&mut self, name: &str, default: u32) -> u32 {
        self.within(name, 0, 1_000_000).and_then(|rate| u32::try_from(rate).ok()).unwrap_or(default)
    }

    /// The value is not shown, because a URL can contain a password.
    fn url(&mut self, name: &str, schemes: &[&str]) -> Option<String> {
        let value = (self.get)(name)?.trim().to_owned();
        let has_host =
            |scheme: &&str| value.strip_prefix(*scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        if schemes.iter().any(has_host) {
            return Some(value);
        }
        self.mistakes.push(format!("{name} must be a URL that starts with {}", schemes.join(" or ")));
        None
    }

    fn secret_key(&mut self) -> Option<Secret<[u8; 32]>> {
        let value = (self.get)("LECTERN_SECRET_KEY")?;
        let key = STANDARD.decode(value.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        if key.is_none() {
            self.mistakes.push("LECTERN_SECRET_KEY must be 32 bytes in base64 (openssl rand -base64 32)".to_owned());
        }
        key.map(Secret::new)
    }

    fn list(&self, name: &str) -> Vec<String> {
        let list = (self.get)(name).unwrap_or_default();
        list.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    }

    fn proxies(&mut self) -> Vec<Network> {
        let mut proxies = Vec::new();
        for text in self.list("LECTERN_TRUSTED_PROXIES") {
            match text.parse() {
                Ok(network) => proxies.push(network),
                Err(_) => self.mistakes.push(format!(
                    "LECTERN_TRUSTED_PROXIES: {text:?} is neither an address nor a network such as 10.0.0.0/8"
                )),
            }
        }
        proxies
    }

    fn origins(&mut self) -> Vec<String> {
        let origins = self.list("LECTERN_CORS_ORIGINS");
        for origin in &origins {
            if !is_origin(origin) {
                self.mistakes.push(format!(
                    "LECTERN_CORS_ORIGINS: {origin:?} is not an origin in the form that browsers send, such as https://hr.example.com \
                     (no path, no wildcard, lower case, no default port)"
                ));
            }
        }
        origins
    }

    fn issuers(&mut self) -> Vec<OutsideIssuer> {
        let Some(text) = (self.get)("LECTERN_OIDC_ISSUERS") else { return Vec::new() };
        read_issuers(&text).unwrap_or_else(|faults| {
            self.mistakes.extend(faults.iter().map(|fault| format!("LECTERN_OIDC_ISSUERS: {fault}")));
            Vec::new()
        })
    }

    fn log_filter(&mut self) -> String {
        let filter = (self.get)("LECTERN_LOG").unwrap_or_else(|| "info".to_owned());
        if let Err(error) = env_filter::Builder::new().try_parse(&filter) {
            self.mistakes.push(format!("LECTERN_LOG must be a log filter such as info,lectern=debug: {error}"));
        }
        filter
    }

    fn log_format(&mut self) -> LogFormat {
        match (self.get)("LECTERN_LOG_FORMAT").as_deref().map(str::trim) {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => {
                self.mistakes.push(format!("LECTERN_LOG_FORMAT must be text or json, not {other:?}"));
                LogFormat::Text
            }
        }
    }

    fn check_together(&mut self, config: &Config) {
        if config.database_url.is_some() && config.secret_key.is_none() && (self.get)("LECTERN_SECRET_KEY").is_none() {
            self.mistakes
                .push("LECTERN_SECRET_KEY is needed with LECTERN_DATABASE_URL (openssl rand -base64 32)".to_owned());
        }
        if config.migration_url.is_some() && (self.get)("LECTERN_DATABASE_URL").is_none() {
            self.mistakes.push("LECTERN_MIGRATION_URL has no effect without LECTERN_DATABASE_URL".to_owned());
        }
        if config.metrics_bind.is_some_and(|metrics| metrics == config.bind && metrics.port() != 0) {
            self.mistakes.push("LECTERN_METRICS_BIND must differ from LECTERN_BIND".to_owned());
        }
    }
}

/// Whether the text is an origin exactly as browsers send it. Any other form would never match.
fn is_origin(text: &str) -> bool {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    is_web && Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text && !text.contains('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let get = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Config::read(get, Vec::new())
    }

    #[test]
    fn without_a_variable_everything_has_its_default() {
        let config = read(&[]).unwrap();
        assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
        assert_eq!(config.pool_size, 16);
        assert_eq!((config.rate_limit, config.address_rate_limit), (6000, 600));
        assert!(config.database_url.is_none() && config.metrics_bind.is_none() && config.cors_origins.is_empty());
    }

    #[test]
    fn every_mistake_is_reported_at_once_and_no_secret_is_shown() {
        let error = read(&[
            ("LECTERN_BIND", "nonsense"),
            ("LECTERN_DATABASE_URL", "mysql://user:hunter2@host/db"),
            ("LECTERN_SECRET_KEY", "aHVudGVyMg=="),
            ("LECTERN_POOL_SIZE", "0"),
            ("LECTERN_CORS_ORIGINS", "https://a.example, *"),
            ("LECTERN_TRUSTED_PROXIES", "10.0.0.0/8, nginx"),
            (
                "LECTERN_OIDC_ISSUERS",
                r#"[{"issuer": "http://login.example", "tenant": "ACME", "audience": "lectern",
              "algorithms": ["RS256"], "claim": "sub", "employee_key": "employee_number"}]"#,
            ),
            ("LECTERN_LOG", "info,lectern=loud"),
            ("LECTERN_LOG_FORMAT", "xml"),
        ])
        .err()
        .unwrap();
        assert_eq!(error.0.len(), 10, "{error}");
        assert_eq!(
            error.0.iter().filter(|mistake| mistake.starts_with("LECTERN_OIDC_ISSUERS: /0/")).count(),
            2,
            "{error}"
        );
        assert!(!error.to_string().contains("hunter2") && !error.to_string().contains("aHVu"), "{error}");
    }

    #[test]
    fn an_existing_server_needs_a_key_of_its_own() {
        let error = read(&[("LECTERN_DATABASE_URL", "postgres://lectern@db/lectern")]).err().unwrap();
        assert!(error.to_string().contains("LECTERN_SECRET_KEY is needed"), "{error}");
    }

    #[test]
    fn an_unknown_variable_with_the_prefix_is_a_mistake() {
        let mistake = "LECTERN_BNID is not a variable of Lectern";
        let error = Config::read(|_| None, vec![mistake.to_owned()]).err().unwrap();
        assert_eq!(error.0, [mistake]);
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for origin in
            ["https://hr.example.com", "http://localhost:3000", "http://[::1]:3000", "https://xn--bcher-kva.example"]
        {
            assert!(is_origin(origin), "{origin}");
        }
        for text in [
            "https://a b",
            "https://a/",
            "https://A.example",
            "https://a.example:443",
            "https://*.example",
            "ftp://a",
            "*",
            "https://u@a",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
