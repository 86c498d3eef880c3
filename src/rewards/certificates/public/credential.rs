//! A certificate as a credential: Open Badges 3.0 on the VC Data Model 2.0. In a JWT the members of the credential are the claims, and
//! the registered claims repeat some of them (8.2.4).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::dto::PublicCertificate;
use super::words::Label;
use super::{Known, instant};
use crate::kernel::message::data;
use crate::rewards::certificates::issuer::{Address, CREDENTIALS, OPEN_BADGES};
use crate::rewards::certificates::places::{list_of, place_in_list};

/// The credential, to be signed. `url` is the address of the certificate's page, which is also its id; `place` its place in the status
/// lists. One that is revoked ends with the revocation: whoever looks at no status list learns it, too.
pub fn claims(known: &Known, address: &Address, url: &str, place: i32) -> Value {
    let endless = endless(known, address, url, place);
    match known.row.revoked_at {
        Some(end) => ended(endless, end),
        None => endless,
    }
}

fn ended(mut claims: Value, end: DateTime<Utc>) -> Value {
    if let Some(members) = claims.as_object_mut() {
        members.insert("validUntil".to_owned(), instant(end).into());
        members.insert("exp".to_owned(), end.timestamp().into());
    }
    claims
}

fn endless(known: &Known, address: &Address, url: &str, place: i32) -> Value {
    let language = known.language();
    let shown = PublicCertificate::new(known, url, language);
    // The holder is known by name: nothing is told that does not stand on the certificate.
    let holder = format!("{url}#holder");
    let criteria = Label::Criteria.with("programme", data(&shown.programme)).with("period", known.period.named());
    let criteria = criteria.text(language);
    json!({
        "@context": [CREDENTIALS, OPEN_BADGES],
        "id": url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": shown.title,
        "image": {"id": format!("{url}/image"), "type": "Image"},
        "issuer": {"id": address.did, "type": ["Profile"], "name": shown.issuer, "url": address.url},
        "validFrom": instant(known.row.issued_at),
        "credentialSubject": {
            "id": holder,
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": false, "identityHash": shown.holder, "identityType": "name"}
            ],
            "achievement": {
                "id": format!("{}#{}", address.url, known.row.certificate_code),
                "type": ["Achievement"],
                "achievementType": "Certificate",
                "name": shown.title,
                "description": criteria,
                "criteria": {"narrative": criteria},
                "inLanguage": language.tag(),
            },
        },
        "credentialStatus": status(place, address),
        "iss": address.did,
        "sub": holder,
        "jti": url,
        "nbf": known.row.issued_at.timestamp(),
    })
}

/// Which bit says whether it is revoked.
fn status(place: i32, address: &Address) -> Value {
    let list = address.status_list(list_of(place));
    let place = place_in_list(place).to_string();
    json!({
        "id": format!("{list}#{place}"),
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": place,
        "statusListCredential": list,
    })
}
