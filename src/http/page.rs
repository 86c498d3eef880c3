//! Lists: pages by key, with an opaque cursor that is signed and bound to caller, list and filters.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Required};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use validator::Validate;

use crate::error::{Code, Error, Result};
use crate::keys::InstallationKey;

/// Default number of rows of a page.
pub const DEFAULT_LIMIT: u32 = 50;
/// Maximum number of rows of a page.
const MAX_LIMIT: u32 = 200;
/// Maximum length of a cursor.
const MAX_CURSOR: u64 = 2000;

/// The purpose that the cursor's signature is bound to.
const PURPOSE: &str = "cursor";

/// The query of a list: the page and the filters.
#[derive(Debug)]
pub struct Paged<Q = Unfiltered> {
    pub filters: Q,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// The query of a list without filters.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Unfiltered {}

/// The part of every list's query that selects the page.
#[derive(Debug, Deserialize, Validate)]
pub struct PageQuery {
    #[validate(range(min = 1, max = MAX_LIMIT))]
    pub limit: Option<u32>,
    #[validate(length(max = MAX_CURSOR))]
    pub cursor: Option<String>,
}

impl IntoParams for PageQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |name: &str, meaning: &str, schema: ObjectBuilder| {
            let parameter =
                ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).description(Some(meaning));
            parameter.required(Required::False).schema(Some(schema)).build()
        };
        let int32 = SchemaFormat::KnownFormat(KnownFormat::Int32);
        let limit = ObjectBuilder::new().schema_type(Type::Integer).format(Some(int32)).minimum(Some(1));
        let limit = limit.maximum(Some(MAX_LIMIT)).default(Some(DEFAULT_LIMIT.into()));
        let cursor = ObjectBuilder::new().schema_type(Type::String).max_length(usize::try_from(MAX_CURSOR).ok());
        vec![
            parameter("limit", "Page size.", limit),
            parameter("cursor", "The `next_cursor` of the previous page. If absent, the first page.", cursor),
        ]
    }
}

impl<Q: IntoParams> IntoParams for Paged<Q> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let in_query = || Some(ParameterIn::Query);
        [Q::into_params(in_query), PageQuery::into_params(in_query)].concat()
    }
}

impl IntoParams for Unfiltered {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        Vec::new()
    }
}

/// A page on the wire. In the contract, a page of `SessionResponse` is a `SessionPage`. Operations refer to it by an alias,
/// because the generator invents names for generic types.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let items = ArrayBuilder::new()
            .items(RefOr::Ref(Ref::from_schema_name(T::name())))
            .max_items(usize::try_from(MAX_LIMIT).ok());
        let next_cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("Send it as `cursor` to get the next page; null on the last page."))
            .max_length(usize::try_from(MAX_CURSOR).ok());
        ObjectBuilder::new()
            .description(Some("A page of a list."))
            .property("items", items)
            .required("items")
            .property("next_cursor", next_cursor)
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        let of = T::name();
        format!("{}Page", of.strip_suffix("Response").unwrap_or(&of)).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// How to get the next page; empty if this is the last one.
#[derive(Debug, Default)]
pub struct Next {
    pub cursor: Option<String>,
    /// Path and query.
    pub target: Option<String>,
}

/// The rows of a page, and how to get the next one.
pub type Listed<T> = (Vec<T>, Next);

/// A requested page.
#[derive(Debug, Clone)]
pub struct Paging {
    limit: u32,
    cursor: Option<String>,
    /// Tenant, caller, path and filters, to which the cursor is bound.
    binding: String,
    /// Path and filters, for the link to the next page.
    target: String,
    key: Arc<InstallationKey>,
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

    /// Number of rows to fetch: one more than the page size, which shows whether there is a next page.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The key of the last row that the caller already has; none on the first page.
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

    /// Like [`Paging::after`], for a list with this sort key.
    pub fn after_by<T, K: DeserializeOwned>(&self, _key: impl Fn(&T) -> K) -> Result<Option<K>> {
        self.after()
    }

    /// Cuts the fetched rows to the page size. `key` is the sort key of the list.
    pub fn cut<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Listed<T>> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => {
                let cursor = self.sign(&key(last))?;
                Next { target: Some(format!("{}{cursor}", self.target)), cursor: Some(cursor) }
            }
            _ => Next::default(),
        };
        Ok((rows, next))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(cursor: Option<String>, caller: &str, query: &str) -> Paging {
        Paging::new(Some(2), cursor, caller, "/v1/x", query, Arc::new(InstallationKey::from_bytes([7; 32])))
    }

    #[test]
    fn a_cursor_leads_on_and_serves_its_own_list_only() {
        let (rows, next) = paging(None, "a", "state=open&limit=2").cut(vec![1, 2, 3], |row| *row).unwrap();
        assert_eq!(rows, [1, 2]);
        let cursor = next.cursor;
        assert!(next.target.unwrap().starts_with("/v1/x?state=open&limit=2&cursor="));
        assert_eq!(paging(cursor.clone(), "a", "cursor=x&state=open").after::<i32>().unwrap(), Some(2));
        for (caller, query) in [("b", "state=open"), ("a", "state=closed"), ("a", "")] {
            let refused = paging(cursor.clone(), caller, query).after::<i32>().unwrap_err();
            assert_eq!(refused.code, Code::InvalidCursor);
        }
        assert_eq!(paging(Some("AAAA".to_owned()), "a", "").after::<i32>().unwrap_err().code, Code::InvalidCursor);
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let (_, next) = paging(None, "a", "").cut(vec![1, 2], |row| *row).unwrap();
        assert!(next.cursor.is_none() && next.target.is_none());
    }
}
