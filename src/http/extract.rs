//! `Path` and `Query`: the framework's extractors, with problems instead of plain text. `Paged`: the query of a list.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use validator::Validate;

use super::page::{PageQuery, Paged};
use super::validation::validation_faults;
use crate::error::{Code, Error, Result};
use crate::kernel::fault::Fault;
use crate::kernel::message::{Param, Phrase, data};
use crate::kernel::phrases::RequestProblem;

/// Parameters of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if has_nul(request.path()) {
            return ready(Err(Error::new(Code::InvalidPath).with("problem", RequestProblem::HasNul)));
        }
        let read = web::Path::<T>::from_request(request, payload).into_inner();
        let invalid = |error: actix_web::Error| Error::new(Code::InvalidPath).with("problem", data(error));
        ready(read.map(|path| Self(path.into_inner())).map_err(invalid))
    }
}

/// Parameters of the query. Unknown and repeated ones are refused.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Self))
    }
}

impl<Q: DeserializeOwned + Validate> FromRequest for Paged<Q> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_paged(request.query_string()))
    }
}

/// Whether a part of a URL, still encoded, contains the character NUL.
fn has_nul(encoded: &str) -> bool {
    encoded.contains("%00")
}

/// Takes the page parameters out first, because the filters refuse unknown parameters.
fn read_paged<Q: DeserializeOwned + Validate>(query: &str) -> Result<Paged<Q>> {
    let parameters: Vec<(String, String)> = parse(query)?;
    let (page, filters): (Vec<_>, Vec<_>) =
        parameters.into_iter().partition(|(name, _)| matches!(name.as_str(), "limit" | "cursor"));
    let encode = |pairs: &[(String, String)]| serde_urlencoded::to_string(pairs).map_err(Error::internal);
    let filters = read_query(&encode(&filters)?)?;
    let PageQuery { limit, cursor } = read_query(&encode(&page)?)?;
    Ok(Paged { filters, limit, cursor })
}

fn invalid(problem: impl Into<Param>) -> Error {
    Error::new(Code::InvalidQuery).with("problem", problem)
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    if has_nul(query) {
        return Err(invalid(RequestProblem::HasNul));
    }
    serde_urlencoded::from_str(query).map_err(|error| invalid(data(error)))
}

fn read_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    let value: T = parse(query)?;
    value.validate().map_err(|errors| {
        let problem = |fault: Fault| {
            let name = data(fault.pointer.trim_start_matches('/'));
            RequestProblem::OfParameter.with("name", name).with("fault", Phrase::from(fault))
        };
        invalid(Param::AllOf(validation_faults(&errors).into_iter().map(problem).collect()))
    })?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn a_query_refuses_what_it_does_not_know() {
        #[derive(Debug, Deserialize, Validate)]
        #[serde(deny_unknown_fields)]
        struct Filter {
            #[validate(range(min = 1, max = 200))]
            limit: Option<u32>,
        }
        assert_eq!(read_query::<Filter>("limit=5").unwrap().limit, Some(5));
        for query in ["limt=5", "limit=0", "limit=x", "limit=1&limit=2", "limit=5%00"] {
            assert_eq!(read_query::<Filter>(query).unwrap_err().code, Code::InvalidQuery, "{query}");
        }
    }

    #[test]
    fn the_query_of_a_list_is_a_page_and_filters() {
        #[derive(Debug, Deserialize, Validate)]
        #[serde(deny_unknown_fields)]
        struct Filter {
            #[validate(length(max = 3))]
            code: Option<String>,
        }
        let paged: Paged<Filter> = read_paged("l%69mit=5&code=%26%3D&cursor=a-_").unwrap();
        assert_eq!(
            (paged.filters.code.as_deref(), paged.limit, paged.cursor.as_deref()),
            (Some("&="), Some(5), Some("a-_"))
        );
        for query in [
            "limt=5",
            "limit=0",
            "limit=201",
            "limit=x",
            "limit=",
            "limit=1&limit=2",
            "cursor=a&cursor=b",
            "code=abcd",
            "code=%00",
        ] {
            assert_eq!(read_paged::<Filter>(query).unwrap_err().code, Code::InvalidQuery, "{query}");
        }
    }
}
