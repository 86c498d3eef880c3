//! Where a company publishes itself, and what it is called there (the method `did:web`).

/// The address of a company as an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Of its profile. What else it publishes is below.
    pub url: String,
    /// Its identifier, which others resolve to `{url}/did.json`.
    pub did: String,
}

impl Address {
    /// The address of the company with this code, under the public address of the service.
    #[must_use]
    pub fn new(public_url: &str, company: &str) -> Self {
        let url = format!("{public_url}/issuers/{company}");
        let place = url.split_once("://").map_or(url.as_str(), |(_, place)| place);
        // Colons separate the parts of a DID, so the one before a port is written in another way.
        let parts: Vec<String> = place.split('/').filter(|part| !part.is_empty()).map(encoded).collect();
        let did = format!("did:web:{}", parts.join(":"));
        Self { url, did }
    }

    /// The name of one of its keys.
    #[must_use]
    pub fn key(&self, kid: &str) -> String {
        format!("{}#{kid}", self.did)
    }

    /// The address of one of its status lists.
    #[must_use]
    pub fn status_list(&self, number: i32) -> String {
        format!("{}/status-lists/{number}", self.url)
    }
}

/// A part of an address as a part of a DID. What is already percent-encoded stays so.
fn encoded(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_%".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_did_that_leads_back_to_it() {
        for (public_url, did) in [
            ("https://lectern.example.com", "did:web:lectern.example.com:issuers:acme"),
            ("http://127.0.0.1:8080", "did:web:127.0.0.1%3A8080:issuers:acme"),
            ("https://hr.example.com/lectern", "did:web:hr.example.com:lectern:issuers:acme"),
            ("http://[::1]:8080", "did:web:%5B%3A%3A1%5D%3A8080:issuers:acme"),
        ] {
            let address = Address::new(public_url, "acme");
            assert_eq!((address.did.as_str(), address.url), (did, format!("{public_url}/issuers/acme")));
        }
        let address = Address::new("https://a.example", "acme");
        assert_eq!(address.key("k"), "did:web:a.example:issuers:acme#k");
        assert_eq!(address.status_list(0), "https://a.example/issuers/acme/status-lists/0");
    }
}
