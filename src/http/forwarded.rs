//! The caller's address behind proxies.
//!
//! Each proxy adds the address that it was called from at the right end of `Forwarded` (RFC 7239) or `X-Forwarded-For`. What is left
//! of the first untrusted address may be invented by the caller. So the caller is the right-most address that is not a trusted
//! proxy's. A proxy that writes one of the two headers passes the other on as the caller sent it: if both are there and name
//! different callers, neither is believed.

use std::net::IpAddr;

use actix_web::http::header::{FORWARDED, HeaderMap, X_FORWARDED_FOR};

use crate::kernel::network::Network;

/// The proxies whose word about the caller's address is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    #[must_use]
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// The caller's address, for a connection that comes from `peer`.
    #[must_use]
    pub fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = |name| headers.get_all(name).filter_map(|line| line.to_str().ok());
        let standard: Vec<&str> = lines(FORWARDED).flat_map(elements).map(forwarded_for).collect();
        let customary: Vec<&str> = lines(X_FORWARDED_FOR).flat_map(elements).collect();
        match (self.behind(peer, &standard), self.behind(peer, &customary)) {
            (a, b) if a == b || customary.is_empty() => a,
            (_, b) if standard.is_empty() => b,
            _ => peer,
        }
    }

    /// The first untrusted address, from the right. An unreadable one ends the search: the proxy that wrote it is the last that is known.
    fn behind(&self, peer: IpAddr, hops: &[&str]) -> IpAddr {
        let mut known = peer;
        for hop in hops.iter().rev() {
            if !self.0.iter().any(|network| network.contains(known)) {
                break;
            }
            let Some(next) = address(hop) else { break };
            known = next;
        }
        known
    }
}

/// The elements of a list header. Quoted texts in these headers never contain a comma.
fn elements(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(str::trim)
}

/// The value of `for` in an element of `Forwarded`; empty if it has none.
fn forwarded_for(element: &str) -> &str {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value).next();
    value.unwrap_or_default().trim_matches('"')
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None if text.contains('.') => text.split_once(':').map_or(text, |(address, _)| address),
        None => text,
    };
    Some(bare.parse::<IpAddr>().ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn caller(peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8", "2001:db8:ffff::/48"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(line));
        }
        TrustedProxies::new(trusted.to_vec()).caller(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_right_most_untrusted_address_is_the_caller() {
        let customary = |line| caller("10.0.0.1", &[("x-forwarded-for", line)]);
        assert_eq!(customary("203.0.113.9"), "203.0.113.9");
        assert_eq!(customary("198.51.100.1, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(customary("10.0.0.3, 10.0.0.2"), "10.0.0.3");
        assert_eq!(customary("203.0.113.9:4711"), "203.0.113.9");
        assert_eq!(customary("2001:db8::1, [2001:db8:ffff::2]:443"), "2001:db8::1");
        let standard = |line| caller("10.0.0.1", &[("forwarded", line)]);
        assert_eq!(standard("for=198.51.100.1, for=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1"), "2001:db8::1");
        assert_eq!(standard("proto=https;For=203.0.113.9"), "203.0.113.9");
        let lines = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9, 10.0.0.2")];
        assert_eq!(caller("10.0.0.1", &lines), "203.0.113.9");
    }

    #[test]
    fn nobody_chooses_an_address() {
        assert_eq!(caller("203.0.113.9", &[("x-forwarded-for", "198.51.100.1")]), "203.0.113.9", "no trusted proxy");
        assert_eq!(caller("10.0.0.1", &[]), "10.0.0.1");
        for unreadable in ["unknown", "", "198.51.100.1, _hidden", "198.51.100.1,"] {
            let headers: &'static str = unreadable;
            assert_eq!(caller("10.0.0.1", &[("x-forwarded-for", headers)]), "10.0.0.1", "{unreadable}");
        }
        let both = |standard, customary| caller("10.0.0.1", &[("forwarded", standard), ("x-forwarded-for", customary)]);
        assert_eq!(both("for=198.51.100.1", "203.0.113.9"), "10.0.0.1", "one of them is invented");
        assert_eq!(both("for=203.0.113.9", "203.0.113.9"), "203.0.113.9");
    }
}
