//! What an outside issuer's token must satisfy, with its keys already known. Fetching keys: `tests/outside_issuers.rs`.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding,
};
use serde_json::json;

use super::fetch::VerifyingKey;
use super::issuer::OutsideAlgorithm;
use super::*;
use crate::keys::test_tokens::{compact, with};

const ISSUER: &str = "https://login.example.com/realms/staff";
const NOW: i64 = 1_800_000_000;

/// A key of the issuer, of any algorithm, with its JWK.
struct TestKey {
    jwk: Value,
    sign: Sign,
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

fn b64(bytes: &[u8]) -> Value {
    Value::String(jws::encode(bytes))
}

fn ec(curve: &str, algorithm: &'static EcdsaSigningAlgorithm) -> TestKey {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let point = &pair.public_key().as_ref()[1..];
    let (x, y) = point.split_at(point.len() / 2);
    let jwk = json!({"kid": "k1", "use": "sig", "kty": "EC", "crv": curve, "x": b64(x), "y": b64(y)});
    TestKey { jwk, sign: Box::new(move |message| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()) }
}

fn p256() -> TestKey {
    ec("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING)
}

fn rsa(encoding: &'static dyn RsaEncoding) -> TestKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
    let jwk = json!({
        "kid": "k1", "kty": "RSA",
        "n": b64(n.big_endian_without_leading_zero()), "e": b64(e.big_endian_without_leading_zero()),
    });
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    };
    TestKey { jwk, sign: Box::new(sign) }
}

fn ed25519() -> TestKey {
    let pair = Ed25519KeyPair::generate().unwrap();
    let jwk = json!({"kid": "k1", "kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key().as_ref())});
    TestKey { jwk, sign: Box::new(move |message| pair.sign(message).as_ref().to_vec()) }
}

fn settings(algorithms: &[OutsideAlgorithm]) -> OutsideIssuer {
    OutsideIssuer {
        issuer: ISSUER.into(),
        tenant: "acme".into(),
        audience: "lectern".into(),
        algorithms: algorithms.to_vec(),
        claim: "open_id".into(),
        employee_key: EmployeeKey::ExternalId { system: "feishu".into(), kind: "open_id".into() },
        sends_email_verified: true,
        jwks_uri: None,
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// An issuer whose keys were just fetched.
fn issuers(settings: OutsideIssuer, jwks: Vec<Value>) -> OutsideIssuers {
    let issuers = OutsideIssuers::new(vec![settings], &Handle::current()).unwrap();
    issuers.by_name[ISSUER].keys.preset(jwks.into_iter().filter_map(VerifyingKey::from_jwk).collect(), at(NOW));
    issuers
}

async fn verify(issuers: &OutsideIssuers, token: &str) -> Result<OutsideIdentity, TokenFault> {
    issuers.verify(&Token::parse(token)?, at(NOW)).await
}

fn header(algorithm: &str) -> Value {
    json!({"alg": algorithm, "typ": "JWT", "kid": "k1"})
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "lectern", "sub": "s", "open_id": "ou_1", "iat": NOW, "exp": NOW + 600})
}

/// The result for a token signed by a P-256 key of the issuer.
async fn outcome(settings: OutsideIssuer, header: &Value, claims: &Value) -> Result<OutsideIdentity, TokenFault> {
    let key = p256();
    let token = compact(header, claims, &key.sign);
    verify(&issuers(settings, vec![key.jwk]), &token).await
}

async fn fault_of_header(member: &str, value: Value) -> TokenFault {
    let header = with(header("ES256"), member, value);
    outcome(settings(&[OutsideAlgorithm::ES256]), &header, &claims()).await.unwrap_err()
}

async fn outcome_of_claim(member: &str, value: Value) -> Result<OutsideIdentity, TokenFault> {
    outcome(settings(&[OutsideAlgorithm::ES256]), &header("ES256"), &with(claims(), member, value)).await
}

#[tokio::test]
async fn a_good_token_of_every_algorithm_names_the_employee() {
    use OutsideAlgorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let keys = [
        (RS256, rsa(&RSA_PKCS1_SHA256)),
        (RS384, rsa(&RSA_PKCS1_SHA384)),
        (RS512, rsa(&RSA_PKCS1_SHA512)),
        (PS256, rsa(&RSA_PSS_SHA256)),
        (PS384, rsa(&RSA_PSS_SHA384)),
        (PS512, rsa(&RSA_PSS_SHA512)),
        (ES256, p256()),
        (ES384, ec("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING)),
        (EdDSA, ed25519()),
    ];
    let expected = OutsideIdentity {
        subject: "s".into(),
        tenant: "acme".into(),
        issuer: ISSUER.into(),
        key: EmployeeKey::ExternalId { system: "feishu".into(), kind: "open_id".into() },
        value: "ou_1".into(),
        expires_at: at(NOW + 600),
    };
    for (algorithm, key) in keys {
        let issuers = issuers(settings(&[algorithm]), vec![key.jwk]);
        let token = compact(&header(algorithm.name()), &claims(), &key.sign);
        assert_eq!(verify(&issuers, &token).await.as_ref(), Ok(&expected), "{algorithm:?}");

        let (message, signature) = token.rsplit_once('.').unwrap();
        let (head, _) = message.split_once('.').unwrap();
        let forged = with(claims(), "open_id", json!("ou_2")).to_string();
        let forged = format!("{head}.{}.{signature}", jws::encode(forged.as_bytes()));
        assert_eq!(verify(&issuers, &forged).await, Err(TokenFault::BadSignature), "{algorithm:?}");
        assert_eq!(verify(&issuers, &format!("{message}.")).await, Err(TokenFault::BadSignature), "{algorithm:?}");
    }
}

#[tokio::test]
async fn only_the_algorithms_on_the_list_are_accepted() {
    let key = rsa(&RSA_PKCS1_SHA256);
    let issuers = issuers(settings(&[OutsideAlgorithm::PS256, OutsideAlgorithm::ES256]), vec![key.jwk]);
    for algorithm in ["RS256", "none", "HS256", "EdDSA", ""] {
        let token = compact(&header(algorithm), &claims(), &key.sign);
        assert_eq!(verify(&issuers, &token).await, Err(TokenFault::WrongAlgorithm), "{algorithm}");
    }
    let unsigned = compact(&header("none"), &claims(), |_| vec![]);
    assert_eq!(verify(&issuers, &unsigned).await, Err(TokenFault::WrongAlgorithm));
    // It is on the list, but of another family than the key: kty counts.
    let token = compact(&header("ES256"), &claims(), &key.sign);
    assert_eq!(verify(&issuers, &token).await, Err(TokenFault::WrongAlgorithm));
}

#[tokio::test]
async fn a_public_key_is_no_hmac_secret() {
    let key = p256();
    let secret = jws::decode(key.jwk["x"].as_str().unwrap()).unwrap();
    let sign = |message: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message).as_ref().to_vec();
    let secret_jwk = json!({"kid": "k2", "kty": "oct", "k": b64(&secret)});
    let issuers = issuers(settings(&[OutsideAlgorithm::ES256]), vec![key.jwk, secret_jwk]);
    for (kid, algorithm, fault) in [
        ("k1", "HS256", TokenFault::WrongAlgorithm),
        ("k1", "ES256", TokenFault::BadSignature),
        ("k2", "HS256", TokenFault::WrongAlgorithm),
        ("k2", "ES256", TokenFault::UnknownKey),
    ] {
        let token = compact(&with(header(algorithm), "kid", json!(kid)), &claims(), sign);
        assert_eq!(verify(&issuers, &token).await, Err(fault), "{kid} {algorithm}");
    }
}

#[tokio::test]
async fn a_key_verifies_only_what_the_issuer_made_it_for() {
    for (member, value, fault) in [
        ("use", json!("enc"), TokenFault::UnknownKey),
        ("key_ops", json!(["encrypt"]), TokenFault::UnknownKey),
        ("alg", json!("ES384"), TokenFault::WrongAlgorithm),
        ("alg", json!("ES256K"), TokenFault::WrongAlgorithm),
        ("crv", json!("P-384"), TokenFault::WrongAlgorithm),
        ("crv", json!("secp256k1"), TokenFault::UnknownKey),
        ("kid", json!("k2"), TokenFault::UnknownKey),
        ("kid", Value::Null, TokenFault::UnknownKey),
        ("x", json!("AAAA"), TokenFault::BadSignature),
    ] {
        let key = p256();
        let token = compact(&header("ES256"), &claims(), &key.sign);
        let issuers = issuers(settings(&[OutsideAlgorithm::ES256]), vec![with(key.jwk, member, value.clone())]);
        assert_eq!(verify(&issuers, &token).await, Err(fault), "{member} {value}");
    }
}

#[tokio::test]
async fn of_two_keys_of_one_name_the_one_of_the_algorithm_counts() {
    let (one, two) = (ed25519(), p256());
    let token = compact(&header("ES256"), &claims(), &two.sign);
    let issuers = issuers(settings(&[OutsideAlgorithm::ES256, OutsideAlgorithm::EdDSA]), vec![one.jwk, two.jwk]);
    assert!(verify(&issuers, &token).await.is_ok());
}

#[tokio::test]
async fn short_rsa_keys_verify_nothing() {
    let key = rsa(&RSA_PKCS1_SHA256);
    let modulus = jws::decode(key.jwk["n"].as_str().unwrap()).unwrap();
    let token = compact(&header("RS256"), &claims(), &key.sign);
    let issuers = issuers(settings(&[OutsideAlgorithm::RS256]), vec![with(key.jwk, "n", b64(&modulus[..128]))]);
    assert_eq!(verify(&issuers, &token).await, Err(TokenFault::BadSignature));
}

#[tokio::test]
async fn headers_that_mean_something_else_are_refused() {
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", ""] {
        assert_eq!(fault_of_header("typ", json!(typ)).await, TokenFault::WrongType, "{typ}");
    }
    assert_eq!(fault_of_header("crit", json!(["b64"])).await, TokenFault::CriticalHeader);
    assert_eq!(fault_of_header("kid", Value::Null).await, TokenFault::UnknownKey);
    assert_eq!(fault_of_header("kid", json!("k9")).await, TokenFault::UnknownKey);
    for typ in [json!("at+jwt"), json!("application/at+JWT"), Value::Null] {
        let header = with(header("ES256"), "typ", typ);
        assert!(outcome(settings(&[OutsideAlgorithm::ES256]), &header, &claims()).await.is_ok());
    }
}

#[tokio::test]
async fn only_configured_issuers_and_our_audience_count() {
    for issuer in ["https://login.example.com/realms/staff/", "https://evil.example.com", ""] {
        assert_eq!(outcome_of_claim("iss", json!(issuer)).await, Err(TokenFault::WrongIssuer), "{issuer}");
    }
    for audience in [json!("other"), json!([]), json!(["other", "lectern2"])] {
        assert_eq!(outcome_of_claim("aud", audience).await, Err(TokenFault::WrongAudience));
    }
    assert!(outcome_of_claim("aud", json!(["other", "lectern"])).await.is_ok());
    for member in ["iss", "aud", "exp"] {
        assert_eq!(outcome_of_claim(member, Value::Null).await, Err(TokenFault::Malformed), "{member}");
    }
}

#[tokio::test]
async fn the_time_is_ours_give_or_take_30_seconds() {
    assert!(outcome_of_claim("exp", json!(NOW - 29)).await.is_ok());
    assert_eq!(outcome_of_claim("exp", json!(NOW - 30)).await, Err(TokenFault::Expired));
    assert_eq!(outcome_of_claim("exp", json!(0)).await, Err(TokenFault::Expired));
    for member in ["nbf", "iat"] {
        assert!(outcome_of_claim(member, json!(NOW + 30)).await.is_ok());
        assert_eq!(outcome_of_claim(member, json!(NOW + 31)).await, Err(TokenFault::NotYetValid), "{member}");
    }
    for (member, value) in [("exp", json!("never")), ("exp", json!(i64::MAX)), ("nbf", json!(i64::MIN))] {
        assert_eq!(outcome_of_claim(member, value).await, Err(TokenFault::Malformed), "{member}");
    }
}

#[tokio::test]
async fn the_employee_must_be_named() {
    let nothing =
        [Value::Null, json!(""), json!(" "), json!(true), json!(["ou_1"]), json!("x".repeat(256)), json!(1e300)];
    for value in nothing.into_iter().chain([json!("ou_1\0"), json!("ou\n1")]) {
        assert_eq!(outcome_of_claim("open_id", value.clone()).await, Err(TokenFault::NoEmployee), "{value}");
    }
    let identity = outcome_of_claim("open_id", json!(10_042)).await.unwrap();
    assert_eq!(identity.value, "10042");
    assert_eq!(outcome_of_claim("open_id", json!("讲".repeat(255))).await.unwrap().value, "讲".repeat(255));
}

#[tokio::test]
async fn an_address_that_nobody_verified_names_nobody() {
    let by_email = OutsideIssuer {
        claim: "email".into(),
        employee_key: EmployeeKey::Email,
        ..settings(&[OutsideAlgorithm::ES256])
    };
    let claims = with(claims(), "email", json!("li@example.com"));
    let silent = OutsideIssuer { sends_email_verified: false, ..by_email.clone() };
    for (issuer, verified) in [(&by_email, json!(true)), (&by_email, json!("true")), (&silent, Value::Null)] {
        let claims = with(claims.clone(), "email_verified", verified);
        let identity = outcome(issuer.clone(), &header("ES256"), &claims).await.unwrap();
        assert_eq!((identity.key, identity.value.as_str()), (EmployeeKey::Email, "li@example.com"));
    }
    for verified in [json!(false), json!("false"), json!(1), json!("yes"), Value::Null] {
        let claims = with(claims.clone(), "email_verified", verified.clone());
        for issuer in [&by_email, &silent].into_iter().take(if verified.is_null() { 1 } else { 2 }) {
            let by_address = outcome(issuer.clone(), &header("ES256"), &claims).await;
            assert_eq!(by_address, Err(TokenFault::EmailNotVerified), "{verified}");
        }
        // If another claim identifies the person, the email address does not matter.
        assert!(outcome(settings(&[OutsideAlgorithm::ES256]), &header("ES256"), &claims).await.is_ok());
    }
}

#[tokio::test]
async fn wrong_configuration_makes_no_issuers_and_none_at_all_is_fine() {
    let bad = OutsideIssuer { tenant: "ACME".into(), ..settings(&[]) };
    match OutsideIssuers::new(vec![bad], &Handle::current()) {
        Err(UnusableIssuers::Misconfigured(faults)) => {
            let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
            assert_eq!(pointers, ["/0/tenant", "/0/algorithms"]);
        }
        other => panic!("{other:?}"),
    }
    let none = OutsideIssuers::new(vec![], &Handle::current()).unwrap();
    let token = compact(&header("ES256"), &claims(), |_| vec![1]);
    assert_eq!(verify(&none, &token).await, Err(TokenFault::WrongIssuer));
}
