//! `Path` and `Query`: the framework's extractors, with problems instead of plain text. `Paged`: the query of a list.

use std::collections::BTreeSet;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::DateTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use serde_path_to_error::Track;
use uuid::Uuid;
use validator::Validate;

use super::page::{PageQuery, Paged};
use super::shape::{Found, query_faults};
use super::tables::Tabled;
use super::validation::validation_faults;
use crate::error::{Code, Error};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::{Param, Phrase, data};
use crate::kernel::period::Period;
use crate::kernel::phrases::{Form, RequestProblem};
use crate::kernel::tagged::pointer;

type Result<T, E = Error> = std::result::Result<T, E>;

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
        let invalid = |_| Error::new(Code::InvalidPath).with("problem", path_problems(request));
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

impl<Q: DeserializeOwned + Validate> FromRequest for Tabled<Q> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = read_apart(request.query_string(), &TABLE);
        ready(read.map(|(filters, form)| Self { filters, form }))
    }
}

/// Whether a part of a URL, still encoded, contains the character NUL.
fn has_nul(encoded: &str) -> bool {
    encoded.contains("%00")
}

fn read_paged<Q: DeserializeOwned + Validate>(query: &str) -> Result<Paged<Q>> {
    let (filters, PageQuery { limit, cursor }) = read_apart(query, &PAGE)?;
    Ok(Paged { filters, limit, cursor })
}

/// Takes the parameters with these names out first, because the filters refuse unknown parameters.
fn read_apart<Q, P>(query: &str, names: &[&str]) -> Result<(Q, P)>
where
    Q: DeserializeOwned + Validate,
    P: DeserializeOwned + Validate,
{
    let (apart, filters): (Vec<_>, Vec<_>) =
        parameters(query)?.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
    match (read::<Q>(&filters, names), read::<P>(&apart, &[])) {
        (Ok(filters), Ok(apart)) => Ok((filters, apart)),
        (filters, apart) => Err(refused([filters.err(), apart.err()].into_iter().flatten().flatten().collect())),
    }
}

/// The parameters that select the page of a list.
const PAGE: [&str; 2] = ["limit", "cursor"];

/// The parameters that say what a table is like.
const TABLE: [&str; 2] = ["format", "headings"];

fn read_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T> {
    read(&parameters(query)?, &[]).map_err(refused)
}

fn refused(problems: Vec<Phrase>) -> Error {
    Error::new(Code::InvalidQuery).with("problem", Param::AllOf(problems))
}

fn parameters(query: &str) -> Result<Vec<(String, String)>> {
    if has_nul(query) {
        return Err(refused(vec![RequestProblem::HasNul.into()]));
    }
    serde_urlencoded::from_str(query).map_err(|_| refused(vec![RequestProblem::Broken.into()]))
}

/// Reads parameters, with all problems at once. `others` are known to somebody else.
fn read<T: DeserializeOwned + Validate>(given: &[(String, String)], others: &[&str]) -> Result<T, Vec<Phrase>> {
    let value: T = parse(given)
        .map_err(|found| problems_of(given, found, others, &|given: &[(String, String)]| parse::<T>(given).err()))?;
    value.validate().map_err(|errors| validation_faults(&errors).into_iter().map(of_parameter).collect::<Vec<_>>())?;
    Ok(value)
}

fn parse<T: DeserializeOwned>(given: &[(String, String)]) -> Result<T, Found> {
    let unreadable = |words: String| Found { pointer: String::new(), words };
    let query = serde_urlencoded::to_string(given).map_err(|error| unreadable(error.to_string()))?;
    let parsed = serde_urlencoded::from_str::<Tracked<T>>(&query).map_err(|error| unreadable(error.to_string()))?;
    parsed.0
}

/// A value, or where the first fault is.
struct Tracked<T>(Result<T, Found>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Tracked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut track = Track::new();
        let parsed = T::deserialize(serde_path_to_error::Deserializer::new(deserializer, &mut track));
        Ok(Self(parsed.map_err(|error| Found { pointer: pointer(&track.path()), words: error.to_string() })))
    }
}

/// Finds the first fault that these parameters have.
type FirstFault<'f> = &'f dyn Fn(&[(String, String)]) -> Option<Found>;

fn problems_of(given: &[(String, String)], found: Found, others: &[&str], first_fault: FirstFault<'_>) -> Vec<Phrase> {
    let repeated: BTreeSet<&str> = given
        .iter()
        .enumerate()
        .filter(|(i, (name, _))| given.iter().take(*i).any(|(other, _)| other == name))
        .map(|(_, (name, _))| name.as_str())
        .collect();
    let distinct: Map<String, Value> =
        given.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let faults = query_faults(Value::Object(distinct), &|document: &Value| {
        let texts = document.as_object().into_iter().flatten();
        let texts: Vec<(String, String)> =
            texts.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned())).collect();
        first_fault(&texts).map(|found| with_names(found, others))
    });
    let has_plus = given
        .iter()
        .any(|(_, value)| DateTime::parse_from_rfc3339(&value.replace(' ', "+")).is_ok() && value.contains(' '));
    let mut problems: Vec<Phrase> =
        repeated.into_iter().map(|name| RequestProblem::Repeated.with("name", data(name))).collect();
    problems.extend(faults.into_iter().map(of_parameter));
    if has_plus {
        problems.push(RequestProblem::PlusForSpace.into());
    }
    if problems.is_empty() {
        let fault = Fault::new(found.pointer, FaultCode::WrongType).with("expected", Form::AsDocumented);
        problems.push(of_parameter(fault));
    }
    problems
}

/// An unknown parameter is also compared with these names.
fn with_names(mut found: Found, others: &[&str]) -> Found {
    if found.words.starts_with("unknown field `") {
        found.words.extend(others.iter().map(|name| format!(", `{name}`")));
    }
    found
}

fn of_parameter(fault: Fault) -> Phrase {
    let name = data(fault.pointer.trim_start_matches('/'));
    RequestProblem::OfParameter.with("name", name).with("fault", Phrase::from(fault))
}

/// Every part of the path that does not have its form.
fn path_problems(request: &HttpRequest) -> Param {
    let is_employee = request.match_pattern().is_some_and(|path| path.starts_with("/v1/employees/{id}"));
    let wrong = request.match_info().iter().filter_map(|(name, value)| {
        let (form, has_it) = match name {
            "period" => (Form::Period, value.parse::<Period>().is_ok()),
            "number" => (Form::WholeNumber, value.parse::<i32>().is_ok()),
            "id" if is_employee => (Form::EmployeeId, Uuid::try_parse(value).is_ok()),
            "employee_id" => (Form::EmployeeId, Uuid::try_parse(value).is_ok()),
            // Any text can be one.
            "company" | "public_code" => (Form::Id, true),
            _ => (Form::Id, Uuid::try_parse(value).is_ok()),
        };
        (!has_it).then(|| of_parameter(Fault::bad_format(name, form)))
    });
    let wrong: Vec<Phrase> = wrong.collect();
    if wrong.is_empty() { RequestProblem::Broken.into() } else { Param::AllOf(wrong) }
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
