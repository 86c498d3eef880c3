//! Lectern's own tokens: issued tokens are valid, and everything else is refused for the right reason.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::*;
use crate::keys::installation_key::InstallationKey;
use crate::keys::signing::SealedKey;
use crate::keys::test_tokens::{compact, with};

const ISSUER: &str = "https://lectern.example";
const AUDIENCE: &str = "https://lectern.example/v1";
const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn sealed() -> SealedKey {
    SealedKey::generate(&installation()).unwrap()
}

fn installation() -> InstallationKey {
    InstallationKey::from_bytes([7; 32])
}

fn keys() -> SigningKeys {
    SigningKeys::open(&installation(), &sealed(), &[]).unwrap()
}

fn claims() -> Claims {
    Claims {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        tenant_id: Uuid::from_u128(1),
        actor: Actor::Client,
        client_id: "client-2".into(),
        scopes: vec!["sessions:write".into(), "scores:read".into()],
        token_id: Uuid::from_u128(3),
        issued_at: at(NOW),
        lifetime: Duration::from_secs(600),
    }
}

fn verify_at(keys: &SigningKeys, token: &str, seconds: i64) -> Result<AccessToken, TokenFault> {
    verify(keys, ISSUER, AUDIENCE, &Token::parse(token)?, at(seconds))
}

fn header(keys: &SigningKeys) -> Value {
    json!({"typ": "at+jwt", "alg": "ES256", "kid": keys.kid()})
}

/// The claims of a valid token, on the wire.
fn wire() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "client-2", "client_id": "client-2", "tenant": Uuid::from_u128(1),
        "actor": "client", "scope": "sessions:write scores:read", "iat": NOW, "exp": NOW + 600, "jti": Uuid::from_u128(3),
    })
}

fn signed(keys: &SigningKeys, header: &Value, claims: &Value) -> String {
    compact(header, claims, |message| keys.sign(message).unwrap())
}

/// The fault of a correctly signed token that is valid except for one claim.
fn fault_of_claim(member: &str, value: Value) -> TokenFault {
    let keys = keys();
    let token = signed(&keys, &header(&keys), &with(wire(), member, value));
    verify_at(&keys, &token, NOW).expect_err(member)
}

#[test]
fn what_is_issued_holds() {
    let keys = keys();
    let token = issue(&keys, claims()).unwrap();
    let expected = AccessToken {
        tenant_id: Uuid::from_u128(1),
        actor: Actor::Client,
        client_id: "client-2".into(),
        scopes: vec!["sessions:write".into(), "scores:read".into()],
        token_id: Uuid::from_u128(3),
        issued_at: at(NOW),
        expires_at: at(NOW + 600),
    };
    assert_eq!(verify_at(&keys, &token, NOW), Ok(expected));
}

#[test]
fn it_reads_as_rfc_9068_says() {
    let keys = keys();
    let token = issue(&keys, claims()).unwrap();
    let parts: Vec<Value> =
        token.split('.').take(2).map(|part| serde_json::from_slice(&jws::decode(part).unwrap()).unwrap()).collect();
    assert_eq!(parts, [header(&keys), wire()]);
}

#[test]
fn a_person_s_token_names_the_employee() {
    let keys = keys();
    let person = Actor::Person { employee_id: Uuid::from_u128(9) };
    let token = issue(&keys, Claims { actor: person, scopes: vec![], ..claims() }).unwrap();
    let verified = verify_at(&keys, &token, NOW).unwrap();
    assert_eq!((verified.actor, verified.scopes), (person, vec![]));
}

#[test]
fn what_may_not_be_issued_is_not() {
    let keys = keys();
    let refused = |claims| issue(&keys, claims).unwrap_err();
    assert_eq!(refused(Claims { lifetime: Duration::from_secs(901), ..claims() }), NotIssued::BadLifetime);
    assert_eq!(refused(Claims { lifetime: Duration::from_millis(999), ..claims() }), NotIssued::BadLifetime);
    for scope in ["", "two words", "quo\"te", "back\\slash", "分数"] {
        assert_eq!(refused(Claims { scopes: vec![scope.into()], ..claims() }), NotIssued::BadScope, "{scope}");
    }
    assert_eq!(refused(Claims { client_id: "c".repeat(4_000), ..claims() }), NotIssued::TooLong);
}

#[test]
fn a_token_of_a_retired_key_holds_as_long_as_the_key_is_published() {
    let (old, new) = (sealed(), sealed());
    let token = issue(&SigningKeys::open(&installation(), &old, &[]).unwrap(), claims()).unwrap();
    let both = SigningKeys::open(&installation(), &new, &[old]).unwrap();
    assert!(verify_at(&both, &token, NOW).is_ok());
    let later = SigningKeys::open(&installation(), &new, &[]).unwrap();
    assert_eq!(verify_at(&later, &token, NOW), Err(TokenFault::UnknownKey));
}

#[test]
fn a_changed_byte_breaks_the_signature() {
    let keys = keys();
    let token = issue(&keys, claims()).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (head, _) = message.split_once('.').unwrap();
    let more = with(wire(), "scope", json!("payroll:export"));
    let swapped = format!("{head}.{}.{signature}", jws::encode(more.to_string().as_bytes()));
    assert_eq!(verify_at(&keys, &swapped, NOW), Err(TokenFault::BadSignature));

    let mut bytes = jws::decode(signature).unwrap();
    bytes[40] ^= 1;
    for broken in [jws::encode(&bytes), jws::encode(&bytes[..63]), String::new(), jws::encode(&[0; 64])] {
        assert_eq!(verify_at(&keys, &format!("{message}.{broken}"), NOW), Err(TokenFault::BadSignature), "{broken}");
    }
}

#[test]
fn the_key_of_another_installation_under_our_kid_does_not_sign_for_us() {
    let (ours, theirs) = (keys(), keys());
    let token = signed(&theirs, &header(&ours), &wire());
    assert_eq!(verify_at(&ours, &token, NOW), Err(TokenFault::BadSignature));
}

#[test]
fn no_other_algorithm_is_accepted() {
    let keys = keys();
    for algorithm in ["none", "None", "HS256", "RS256", "PS256", "ES384", "EdDSA", "es256", ""] {
        let token = signed(&keys, &with(header(&keys), "alg", json!(algorithm)), &wire());
        assert_eq!(verify_at(&keys, &token, NOW), Err(TokenFault::WrongAlgorithm), "{algorithm}");
    }
    let unsigned = compact(&with(header(&keys), "alg", json!("none")), &wire(), |_| vec![]);
    assert_eq!(verify_at(&keys, &unsigned, NOW), Err(TokenFault::WrongAlgorithm));
}

/// The public key is known to everybody: used as an HMAC secret, it must not produce a valid signature.
#[test]
fn the_public_key_is_no_secret() {
    let keys = keys();
    let jwk = keys.jwks()["keys"][0].clone();
    let point =
        [vec![4], jws::decode(jwk["x"].as_str().unwrap()).unwrap(), jws::decode(jwk["y"].as_str().unwrap()).unwrap()];
    for secret in [point.concat(), jwk.to_string().into_bytes()] {
        let sign = |message: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message).as_ref().to_vec();
        for (algorithm, fault) in [("HS256", TokenFault::WrongAlgorithm), ("ES256", TokenFault::BadSignature)] {
            let token = compact(&with(header(&keys), "alg", json!(algorithm)), &wire(), sign);
            assert_eq!(verify_at(&keys, &token, NOW), Err(fault), "{algorithm}");
        }
    }
}

#[test]
fn the_header_must_say_access_token_and_name_a_key() {
    let keys = keys();
    let fault = |member: &str, value| {
        verify_at(&keys, &signed(&keys, &with(header(&keys), member, value), &wire()), NOW).expect_err(member)
    };
    for typ in [json!("JWT"), json!("id+jwt"), json!("AT+JWT"), Value::Null] {
        assert_eq!(fault("typ", typ), TokenFault::WrongType);
    }
    assert_eq!(fault("kid", Value::Null), TokenFault::UnknownKey);
    assert_eq!(fault("kid", json!("another")), TokenFault::UnknownKey);
    assert_eq!(fault("crit", json!(["exp"])), TokenFault::CriticalHeader);
}

#[test]
fn issuer_and_audience_must_be_ours_to_the_letter() {
    for issuer in [json!("https://lectern.example/"), json!("https://other.example"), json!("")] {
        assert_eq!(fault_of_claim("iss", issuer), TokenFault::WrongIssuer);
    }
    assert_eq!(fault_of_claim("aud", json!("https://other.example")), TokenFault::WrongAudience);
    // Lectern never issues a list.
    assert_eq!(fault_of_claim("aud", json!([AUDIENCE])), TokenFault::Malformed);
}

#[test]
fn it_expires_to_the_second() {
    let keys = keys();
    let token = issue(&keys, claims()).unwrap();
    assert!(verify_at(&keys, &token, NOW + 599).is_ok());
    assert_eq!(verify_at(&keys, &token, NOW + 600), Err(TokenFault::Expired));
}

#[test]
fn a_clock_may_be_30_seconds_behind_and_no_more() {
    let keys = keys();
    let token = issue(&keys, claims()).unwrap();
    assert!(verify_at(&keys, &token, NOW - 30).is_ok());
    assert_eq!(verify_at(&keys, &token, NOW - 31), Err(TokenFault::NotYetValid));

    let token = signed(&keys, &header(&keys), &with(wire(), "nbf", json!(NOW + 100)));
    assert!(verify_at(&keys, &token, NOW + 70).is_ok());
    assert_eq!(verify_at(&keys, &token, NOW + 69), Err(TokenFault::NotYetValid));
}

#[test]
fn no_token_lives_longer_than_15_minutes() {
    assert_eq!(fault_of_claim("exp", json!(NOW + 901)), TokenFault::TooLongLived);
    assert_eq!(fault_of_claim("iat", json!(NOW - 301)), TokenFault::TooLongLived);
    // The last second that the calendar can represent.
    assert_eq!(fault_of_claim("exp", json!(DateTime::<Utc>::MAX_UTC.timestamp())), TokenFault::TooLongLived);
}

#[test]
fn claims_that_are_missing_or_do_not_fit_together_are_malformed() {
    for member in ["iss", "aud", "sub", "client_id", "tenant", "actor", "iat", "exp", "jti"] {
        assert_eq!(fault_of_claim(member, Value::Null), TokenFault::Malformed, "{member}");
    }
    let wrong = [
        ("exp", json!("soon")),
        ("exp", json!(i64::MAX)),
        ("iat", json!(i64::MIN)),
        ("nbf", json!(i64::MAX)),
        ("tenant", json!("acme")),
        ("actor", json!("admin")),
        ("actor", json!("person")),
        ("sub", json!("client-9")),
    ];
    for (member, value) in wrong {
        assert_eq!(fault_of_claim(member, value.clone()), TokenFault::Malformed, "{member} {value}");
    }
}
