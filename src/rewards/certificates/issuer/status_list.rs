//! Which certificates are revoked, for those who check credentials (W3C Bitstring Status List 1.0).

use std::io::Write as _;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Address, CREDENTIALS};
use crate::error::{Error, Result};
use crate::rewards::certificates::places::{PLACES, place_in_list};

/// How long a list says the truth: an older copy of it is refused, so that nobody shows one from before a revocation for ever.
pub const VALID_FOR: TimeDelta = TimeDelta::days(1);

/// From so long ago on a list says the truth: for those whose clock is slow.
const SLOW_CLOCKS: TimeDelta = TimeDelta::minutes(1);

/// After so many seconds a new list should be fetched.
pub const FRESH_SECONDS: u32 = 300;

/// The bytes of a list.
const BYTES: usize = 16_384;

/// The places of the list with this number; none if there is no such list.
pub fn places(number: i32) -> Option<Range<i32>> {
    let first = number.checked_mul(PLACES).filter(|first| *first >= 0)?;
    Some(first..first.checked_add(PLACES)?)
}

/// The list as a credential, to be signed.
pub fn claims(address: &Address, number: i32, revoked: &[i32], now: DateTime<Utc>) -> Result<Value> {
    let (url, from, until) = (address.status_list(number), now - SLOW_CLOCKS, now + VALID_FOR);
    let subject = format!("{url}#list");
    let said = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok(json!({
        "@context": [CREDENTIALS],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": address.did,
        "validFrom": said(from),
        "validUntil": said(until),
        "credentialSubject": {
            "id": subject,
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded(revoked)?,
            "ttl": FRESH_SECONDS * 1000,
        },
        "iss": address.did,
        "sub": subject,
        "jti": url,
        "nbf": from.timestamp(),
        "exp": until.timestamp(),
    }))
}

/// One bit for each place, the first one leftmost; compressed, in base64url after the sign of that encoding.
fn encoded(revoked: &[i32]) -> Result<String> {
    let mut bits = vec![0_u8; BYTES];
    for place in revoked.iter().map(|place| place_in_list(*place)) {
        let at = usize::try_from(place / 8).map_err(Error::internal)?;
        let byte = bits.get_mut(at).ok_or_else(|| Error::internal("a certificate has a place that no list has"))?;
        *byte |= 0x80 >> (place % 8);
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&bits).map_err(Error::internal)?;
    Ok(format!("u{}", URL_SAFE_NO_PAD.encode(packed.finish().map_err(Error::internal)?)))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_list_has_the_bits_of_the_revoked_and_no_others() {
        let text = encoded(&[0, 9, PLACES - 1, 2 * PLACES + 17]).unwrap();
        let packed = URL_SAFE_NO_PAD.decode(text.strip_prefix('u').unwrap()).unwrap();
        let mut bits = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut bits).unwrap();
        assert_eq!(bits.len(), 16 * 1024);
        assert_eq!(&bits[..3], &[0b1000_0000, 0b0100_0000, 0b0100_0000]);
        assert_eq!(bits.last(), Some(&1));
        assert_eq!(bits.iter().map(|byte| byte.count_ones()).sum::<u32>(), 4);
    }

    #[test]
    fn a_list_has_places_if_its_number_can_be_one() {
        assert_eq!(places(0), Some(0..PLACES));
        assert_eq!(places(2), Some(2 * PLACES..3 * PLACES));
        for number in [-1, 16_383, 16_384, i32::MAX, i32::MIN] {
            assert_eq!(places(number), None, "{number}");
        }
    }

    #[test]
    fn a_list_is_a_credential_of_the_company() {
        let address = Address::new("https://a.example", "acme");
        let now = DateTime::from_timestamp(1_800_000_000, 5_000).unwrap();
        let made = claims(&address, 1, &[], now).unwrap();
        assert_eq!(made["validUntil"], "2027-01-16T08:00:00Z");
        assert_eq!((&made["nbf"], &made["exp"]), (&json!(1_799_999_940), &json!(1_800_086_400)));
        assert_eq!(made["validFrom"], "2027-01-15T07:59:00Z", "a minute back");
        assert_eq!((&made["iss"], &made["jti"]), (&made["issuer"], &made["id"]));
        assert_eq!(made["sub"], made["credentialSubject"]["id"]);
    }
}
