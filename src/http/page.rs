//! Lists: keyset pages with an opaque cursor, signed and bound to caller, list and filters.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Code, Error, Result};
use crate::keys::InstallationKey;

/// How many rows a page has unless the caller says so.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most rows of a page.
pub const MAX_LIMIT: u32 = 200;

/// What the cursor's signature is for.
const PURPOSE: &str = "cursor";

/// One page that is asked for.
#[derive(Debug, Clone)]
pub struct Paging {
    limit: u32,
    cursor: Option<String>,
    /// Tenant, caller, path and filters: a cursor serves these only.
    binding: String,
    /// Path and filters, for the link to the next page.
    target: String,
    key: Arc<InstallationKey>,
}

/// A page's rows and the cursor of the next one.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
    /// Path and query of the next page.
    pub next_target: Option<String>,
}

impl Paging {
    #[must_use]
    pub fn new(
        limit: Option<u32>,
        cursor: Option<String>,
        caller: &str,
        path: &str,
        query: &str,
        key: Arc<InstallationKey>,
    ) -> Self {
        let mut filters: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=") && !pair.starts_with("limit="))
            .collect();
        filters.sort_unstable();
        let filters = filters.join("&");
        let binding = format!("{caller}\n{path}\n{filters}");
        let limit = limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
        let mut target = format!("{path}?");
        if !filters.is_empty() {
            target = format!("{target}{filters}&");
        }
        Self { limit, cursor, binding, target: format!("{target}limit={limit}&cursor="), key }
    }

    /// Rows to fetch: one more than the page has, which tells whether there is a next one.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The key of the last row that the caller has; none on the first page.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let invalid = || Error::new(Code::InvalidCursor);
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let (signature, key) = bytes.split_at_checked(32).ok_or_else(invalid)?;
        if !self.key.verify(PURPOSE, &self.signed(key), signature) {
            return Err(invalid());
        }
        serde_json::from_slice(key).map(Some).map_err(|_| invalid())
    }

    /// Cuts the fetched rows to the page; `key` is what the list is ordered by.
    pub fn finish<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last() {
            Some(last) if more => Some(self.sign(&key(last))?),
            _ => None,
        };
        let next_target = next_cursor.as_ref().map(|cursor| format!("{}{cursor}", self.target));
        Ok(Page { items: rows, next_cursor, next_target })
    }

    fn sign(&self, key: &impl Serialize) -> Result<String> {
        let key = serde_json::to_vec(key).map_err(Error::internal)?;
        let mut bytes = self.key.sign(PURPOSE, &self.signed(&key)).to_vec();
        bytes.extend(key);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn signed(&self, key: &[u8]) -> Vec<u8> {
        [self.binding.as_bytes(), b"\n", key].concat()
    }
}

impl<T> Page<T> {
    /// The same page with its rows rendered.
    pub fn map<U>(self, render: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, next_cursor, next_target } = self;
        Page { items: items.into_iter().map(render).collect(), next_cursor, next_target }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(cursor: Option<String>, caller: &str, query: &str) -> Paging {
        Paging::new(Some(2), cursor, caller, "/v1/x", query, Arc::new(InstallationKey::from_bytes([7; 32])))
    }

    #[test]
    fn a_cursor_leads_on_and_serves_its_own_list_only() {
        let page = paging(None, "a", "state=open&limit=2").finish(vec![1, 2, 3], |row| *row).unwrap();
        assert_eq!(page.items, [1, 2]);
        let cursor = page.next_cursor;
        assert!(page.next_target.unwrap().starts_with("/v1/x?state=open&limit=2&cursor="));
        assert_eq!(paging(cursor.clone(), "a", "cursor=x&state=open").after::<i32>().unwrap(), Some(2));
        for (caller, query) in [("b", "state=open"), ("a", "state=closed"), ("a", "")] {
            let refused = paging(cursor.clone(), caller, query).after::<i32>().unwrap_err();
            assert_eq!(refused.code, Code::InvalidCursor);
        }
        assert_eq!(paging(Some("AAAA".to_owned()), "a", "").after::<i32>().unwrap_err().code, Code::InvalidCursor);
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let page = paging(None, "a", "").finish(vec![1, 2], |row| *row).unwrap();
        assert!(page.next_cursor.is_none() && page.next_target.is_none());
    }
}
