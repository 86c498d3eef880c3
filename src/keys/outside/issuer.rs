//! The configuration of outside issuers.

use std::fmt;
use std::net::IpAddr;

use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde::Deserialize;

/// An issuer whose tokens are accepted, and how its tokens are read.
///
/// ```json
/// {"issuer": "https://login.example.com/realms/staff", "tenant": "acme", "audience": "lectern",
///  "algorithms": ["RS256"], "claim": "open_id", "employee_key": {"external_id": {"system": "feishu", "kind": "open_id"}}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideIssuer {
    /// Its URL, exactly as in `iss`.
    pub issuer: String,
    /// The code of the only tenant whose employees its tokens identify.
    pub tenant: String,
    /// The value that `aud` must be or contain.
    pub audience: String,
    /// The algorithms its tokens may be signed with.
    pub algorithms: Vec<OutsideAlgorithm>,
    /// The claim that identifies the employee (`sub`, `open_id` …).
    pub claim: String,
    /// What the claim contains.
    pub employee_key: EmployeeKey,
    /// Whether its tokens say that the email address is verified (`email_verified`). Only of an issuer that is configured not to
    /// say so is an address believed without it.
    #[serde(default = "yes")]
    pub sends_email_verified: bool,
    /// Where its keys are; if absent, found through its discovery document.
    #[serde(default)]
    pub jwks_uri: Option<String>,
}

/// How an employee is identified.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EmployeeKey {
    EmployeeNumber,
    Email,
    /// One of the employee's ids in another system.
    ExternalId {
        system: String,
        kind: String,
    },
}

/// The JWS algorithms allowed for outside issuers: only asymmetric ones, so that no published key is ever a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum OutsideAlgorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

/// One fault in the configuration of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerFault {
    /// JSON pointer (RFC 6901) into the list of issuers, or into the issuer if only one was validated.
    pub pointer: String,
    pub kind: IssuerFaultKind,
}

/// The closed list of what can be wrong with the configuration of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssuerFaultKind {
    /// It is empty.
    Empty,
    /// Longer than 255 characters (system or kind: 64).
    TooLong,
    /// The same as an earlier one. With two issuers of the same name, a token's issuer would be ambiguous.
    Duplicate,
    /// Not an absolute URL.
    NotAUrl,
    /// Neither https nor, on the loopback interface, http.
    NotHttps,
    /// A URL with a user, a password, a fragment or (for an issuer) a query.
    TooMuchUrl,
    /// Not the code of a tenant: lower-case letters, digits and hyphens, at most 64.
    NotATenantCode,
}

fn yes() -> bool {
    true
}

const MAX_TEXT_CHARS: usize = 255;
const MAX_LABEL_CHARS: usize = 64;

impl OutsideAlgorithm {
    /// Its name in a token's header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl From<OutsideAlgorithm> for Algorithm {
    fn from(algorithm: OutsideAlgorithm) -> Self {
        match algorithm {
            OutsideAlgorithm::RS256 => Self::RS256,
            OutsideAlgorithm::RS384 => Self::RS384,
            OutsideAlgorithm::RS512 => Self::RS512,
            OutsideAlgorithm::PS256 => Self::PS256,
            OutsideAlgorithm::PS384 => Self::PS384,
            OutsideAlgorithm::PS512 => Self::PS512,
            OutsideAlgorithm::ES256 => Self::ES256,
            OutsideAlgorithm::ES384 => Self::ES384,
            OutsideAlgorithm::EdDSA => Self::EdDSA,
        }
    }
}

impl OutsideIssuer {
    /// All faults of the configuration; empty if it can be used.
    #[must_use]
    pub fn validate(&self) -> Vec<IssuerFault> {
        let mut faults = Faults(Vec::new());
        faults.check_text("/issuer", &self.issuer, MAX_TEXT_CHARS);
        faults.check_url("/issuer", &self.issuer, false);
        if !is_tenant_code(&self.tenant) {
            faults.add("/tenant", IssuerFaultKind::NotATenantCode);
        }
        faults.check_text("/audience", &self.audience, MAX_TEXT_CHARS);
        faults.check_algorithms(&self.algorithms);
        faults.check_text("/claim", &self.claim, MAX_TEXT_CHARS);
        if let EmployeeKey::ExternalId { system, kind } = &self.employee_key {
            faults.check_text("/employee_key/external_id/system", system, MAX_LABEL_CHARS);
            faults.check_text("/employee_key/external_id/kind", kind, MAX_LABEL_CHARS);
        }
        if let Some(jwks_uri) = &self.jwks_uri {
            faults.check_url("/jwks_uri", jwks_uri, true);
        }
        faults.0
    }

    /// Where the discovery document is (OpenID Connect Discovery 1.0, 4.1).
    pub(super) fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'))
    }

    /// Whether its keys may come from `url`: over TLS, unless the issuer and `url` are on the loopback interface.
    pub(super) fn may_keep_keys_at(&self, url: &Url) -> bool {
        url.scheme() == "https" || (self.issuer.starts_with("http:") && is_loopback_http(url))
    }
}

/// Reads the list of issuers from JSON.
///
/// # Errors
/// All faults, as texts.
pub fn read_issuers(json: &str) -> Result<Vec<OutsideIssuer>, Vec<String>> {
    let issuers: Vec<OutsideIssuer> = serde_json::from_str(json).map_err(|error| vec![error.to_string()])?;
    let faults = validate_all(&issuers);
    if faults.is_empty() { Ok(issuers) } else { Err(faults.iter().map(ToString::to_string).collect()) }
}

/// All faults in a list of issuers, including duplicates.
#[must_use]
pub fn validate_all(issuers: &[OutsideIssuer]) -> Vec<IssuerFault> {
    let mut faults = Faults(Vec::new());
    for (i, issuer) in issuers.iter().enumerate() {
        for fault in issuer.validate() {
            faults.add(&format!("/{i}{}", fault.pointer), fault.kind);
        }
        if issuers.iter().take(i).any(|earlier| earlier.issuer == issuer.issuer) {
            faults.add(&format!("/{i}/issuer"), IssuerFaultKind::Duplicate);
        }
    }
    faults.0
}

struct Faults(Vec<IssuerFault>);

impl Faults {
    fn add(&mut self, pointer: &str, kind: IssuerFaultKind) {
        self.0.push(IssuerFault { pointer: pointer.to_owned(), kind });
    }

    fn check_text(&mut self, pointer: &str, text: &str, max_chars: usize) {
        if text.trim().is_empty() {
            self.add(pointer, IssuerFaultKind::Empty);
        } else if text.chars().count() > max_chars {
            self.add(pointer, IssuerFaultKind::TooLong);
        }
    }

    fn check_algorithms(&mut self, algorithms: &[OutsideAlgorithm]) {
        if algorithms.is_empty() {
            self.add("/algorithms", IssuerFaultKind::Empty);
        }
        for (i, algorithm) in algorithms.iter().enumerate() {
            if algorithms.iter().take(i).any(|earlier| earlier == algorithm) {
                self.add(&format!("/algorithms/{i}"), IssuerFaultKind::Duplicate);
            }
        }
    }

    fn check_url(&mut self, pointer: &str, text: &str, may_have_query: bool) {
        let Ok(url) = Url::parse(text) else {
            return self.add(pointer, IssuerFaultKind::NotAUrl);
        };
        if url.scheme() != "https" && !is_loopback_http(&url) {
            self.add(pointer, IssuerFaultKind::NotHttps);
        }
        let too_much = !url.username().is_empty()
            || url.password().is_some()
            || url.fragment().is_some()
            || (url.query().is_some() && !may_have_query);
        if too_much {
            self.add(pointer, IssuerFaultKind::TooMuchUrl);
        }
    }
}

fn is_loopback_http(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    url.scheme() == "http" && (host == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

fn is_tenant_code(code: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !code.is_empty()
        && code.chars().count() <= MAX_LABEL_CHARS
        && code.chars().all(allowed)
        && !code.starts_with('-')
        && !code.ends_with('-')
}

impl fmt::Display for IssuerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pointer, self.kind)
    }
}

impl fmt::Display for IssuerFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooLong => "is too long",
            Self::Duplicate => "appears twice",
            Self::NotAUrl => "is not an absolute URL",
            Self::NotHttps => "is not an https URL",
            Self::TooMuchUrl => "has a user, a fragment or a query in its URL",
            Self::NotATenantCode => "is not the code of a tenant",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn example() -> Value {
        json!({
            "issuer": "https://login.example.com/realms/staff", "tenant": "acme", "audience": "lectern",
            "algorithms": ["RS256", "ES256"], "claim": "open_id",
            "employee_key": {"external_id": {"system": "feishu", "kind": "open_id"}},
        })
    }

    fn parsed(example: Value) -> OutsideIssuer {
        serde_json::from_value(example).unwrap()
    }

    #[test]
    fn it_reads_from_json() {
        let issuer = parsed(example());
        assert_eq!(issuer.algorithms, [OutsideAlgorithm::RS256, OutsideAlgorithm::ES256]);
        assert_eq!(issuer.employee_key, EmployeeKey::ExternalId { system: "feishu".into(), kind: "open_id".into() });
        assert_eq!((issuer.jwks_uri.as_ref(), issuer.sends_email_verified), (None, true));
        assert_eq!(issuer.validate(), []);
        for (text, key) in [("employee_number", EmployeeKey::EmployeeNumber), ("email", EmployeeKey::Email)] {
            let mut example = example();
            example["employee_key"] = json!(text);
            assert_eq!(parsed(example).employee_key, key);
        }
    }

    #[test]
    fn symmetric_algorithms_and_unknown_members_do_not_even_read() {
        for (member, value) in [
            ("algorithms", json!(["HS256"])),
            ("algorithms", json!(["none"])),
            ("jwks_url", json!("https://login.example.com/keys")),
            ("employee_key", json!("phone")),
        ] {
            let mut example = example();
            example[member] = value;
            assert!(serde_json::from_value::<OutsideIssuer>(example).is_err(), "{member}");
        }
    }

    #[test]
    fn every_fault_is_listed_at_once() {
        let bad = OutsideIssuer {
            issuer: "http://login.example.com/?a=b".into(),
            tenant: "ACME".into(),
            audience: " ".into(),
            algorithms: vec![OutsideAlgorithm::RS256, OutsideAlgorithm::RS256],
            claim: "c".repeat(256),
            employee_key: EmployeeKey::ExternalId { system: String::new(), kind: "k".repeat(65) },
            sends_email_verified: true,
            jwks_uri: Some("keys.json".into()),
        };
        let found: Vec<(String, IssuerFaultKind)> =
            bad.validate().into_iter().map(|fault| (fault.pointer, fault.kind)).collect();
        let expected = [
            ("/issuer", IssuerFaultKind::NotHttps),
            ("/issuer", IssuerFaultKind::TooMuchUrl),
            ("/tenant", IssuerFaultKind::NotATenantCode),
            ("/audience", IssuerFaultKind::Empty),
            ("/algorithms/1", IssuerFaultKind::Duplicate),
            ("/claim", IssuerFaultKind::TooLong),
            ("/employee_key/external_id/system", IssuerFaultKind::Empty),
            ("/employee_key/external_id/kind", IssuerFaultKind::TooLong),
            ("/jwks_uri", IssuerFaultKind::NotAUrl),
        ];
        assert_eq!(found, expected.map(|(pointer, kind)| (pointer.to_owned(), kind)));
    }

    #[test]
    fn http_is_for_the_loopback_interface_only() {
        let kinds = |issuer: &str| -> Vec<IssuerFaultKind> {
            let issuer = OutsideIssuer { issuer: issuer.into(), ..parsed(example()) };
            issuer.validate().into_iter().map(|fault| fault.kind).collect()
        };
        for accepted in ["http://127.0.0.1:8080", "http://[::1]:8080/a", "http://localhost", "https://10.0.0.1"] {
            assert_eq!(kinds(accepted), [], "{accepted}");
        }
        for refused in
            ["http://127.0.0.1.example.com", "http://10.0.0.1", "http://localhost.example.com", "ftp://localhost"]
        {
            assert_eq!(kinds(refused), [IssuerFaultKind::NotHttps], "{refused}");
        }
        assert_eq!(kinds("https://user:word@login.example.com"), [IssuerFaultKind::TooMuchUrl]);
        assert_eq!(kinds("https://login.example.com/#a"), [IssuerFaultKind::TooMuchUrl]);
    }

    #[test]
    fn keys_of_an_issuer_on_the_net_come_over_tls() {
        let may = |issuer: &str, url: &str| {
            OutsideIssuer { issuer: issuer.into(), ..parsed(example()) }.may_keep_keys_at(&Url::parse(url).unwrap())
        };
        assert!(may("https://login.example.com", "https://keys.example.com/jwks"));
        assert!(!may("https://login.example.com", "http://login.example.com/jwks"));
        assert!(!may("https://login.example.com", "http://127.0.0.1/jwks"));
        assert!(may("http://127.0.0.1:1", "http://127.0.0.1:2/jwks"));
        assert!(!may("http://127.0.0.1:1", "http://10.0.0.1/jwks"));
        assert!(!may("http://127.0.0.1:1", "file:///etc/passwd"));
    }

    #[test]
    fn two_issuers_of_one_name_are_refused() {
        let list = [parsed(example()), parsed(example())];
        let expected = IssuerFault { pointer: "/1/issuer".into(), kind: IssuerFaultKind::Duplicate };
        assert_eq!(validate_all(&list), [expected]);
    }
}
