//! `Path` and `Query`: the framework's extractors with problems instead of plain text.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use validator::Validate;

use super::validation::validation_faults;
use crate::error::{Code, Error, Result};

/// Parts of the path.
#[derive(Debug)]
pub struct Path<T>(T);

impl<T> Path<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if has_nul(request.path()) {
            return ready(Err(Error::new(Code::InvalidPath).with("problem", NUL)));
        }
        let read = web::Path::<T>::from_request(request, payload).into_inner();
        let invalid = |error: actix_web::Error| Error::new(Code::InvalidPath).with("problem", error);
        ready(read.map(|path| Self(path.into_inner())).map_err(invalid))
    }
}

/// Parameters of the query; unknown and repeated ones are refused.
#[derive(Debug)]
pub struct Query<T>(T);

impl<T> Query<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + Validate> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Self))
    }
}

const NUL: &str = "the character NUL is in it";

/// Whether a part of a URL, not decoded yet, has the character NUL.
fn has_nul(encoded: &str) -> bool {
    encoded.contains("%00")
}

fn read_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    let invalid = |problem: String| Error::new(Code::InvalidQuery).with("problem", problem);
    if has_nul(query) {
        return Err(invalid(NUL.to_owned()));
    }
    let value: T = serde_urlencoded::from_str(query).map_err(|error| invalid(error.to_string()))?;
    value.validate().map_err(|errors| {
        let faults = validation_faults(&errors);
        let words: Vec<String> = faults
            .iter()
            .map(|fault| format!("{} {}", fault.pointer.trim_start_matches('/'), fault.detail(Default::default())))
            .collect();
        invalid(words.join("; "))
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
}
