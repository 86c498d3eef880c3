//! Parameters that follow from what an operation is: headers that some operations require, headers that all operations share, and
//! the descriptions of path parameters.

use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{Components, Ref, RefOr, Required, SchemaFormat};

use crate::http::{MAX_ACCEPT_LANGUAGE, header, text};

/// A list of entity tags, `*`, or nothing: an empty header counts as absent.
const TAGS_OR_NONE: &str = "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)?$";

/// Name of the shared header in the components.
pub const ACCEPT_LANGUAGE: &str = "AcceptLanguage";
/// Name of the shared header in the components.
pub const IF_NONE_MATCH: &str = "IfNoneMatch";

/// Adds the headers that operations share to the components.
pub fn add_components(components: &mut Components) {
    components.parameters.insert(ACCEPT_LANGUAGE.to_owned(), RefOr::T(accept_language()));
    components.parameters.insert(IF_NONE_MATCH.to_owned(), RefOr::T(if_none_match()));
}

/// Refers to a shared header by its name in the components.
pub fn refer(operation: &mut Operation, name: &str) {
    let reference = RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
    operation.parameters.get_or_insert_default().push(reference);
}

/// Adds a parameter. If the handler already describes it, only its schema is set.
pub fn add(operation: &mut Operation, parameter: Parameter) {
    match named(operation, &parameter.name) {
        Some(own) => own.schema = parameter.schema,
        None => operation.parameters.get_or_insert_default().push(RefOr::T(parameter)),
    }
}

/// The operation's own parameter of this name.
pub fn named<'o>(operation: &'o mut Operation, name: &str) -> Option<&'o mut Parameter> {
    operation.parameters.iter_mut().flatten().find_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.name == name => Some(parameter),
        _ => None,
    })
}

/// Whether the operation has a parameter of this name, and if so, whether it is required.
pub fn is_required(operation: &mut Operation, name: &str) -> Option<bool> {
    named(operation, name).map(|parameter| parameter.required == Required::True)
}

/// Describes every path parameter that the handler does not describe: in `/v1/pay-groups/{id}`, `{id}` is the pay group,
/// `{member_id}` the member.
pub fn describe_path(operation: &mut Operation, path: &str) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter
            && parameter.parameter_in == ParameterIn::Path
        {
            let described = parameter.description.get_or_insert_default();
            if described.is_empty() {
                *described = format!("The {}.", named_by(path, &parameter.name));
            }
        }
    }
}

fn named_by(path: &str, parameter: &str) -> String {
    let before = path.split_once("/{id}").and_then(|(before, _)| before.rsplit('/').next());
    match (parameter, before) {
        ("id", Some(things)) => singular(things).replace('-', " "),
        _ => parameter.strip_suffix("_id").unwrap_or(parameter).to_owned(),
    }
}

fn singular(things: &str) -> String {
    if let Some(stem) = things.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = things.strip_suffix("ches").map(|stem| format!("{stem}ch"));
    stem.unwrap_or_else(|| things.strip_suffix('s').unwrap_or(things).to_owned())
}

fn if_none_match() -> Parameter {
    let meaning = "The ETag of the response that the caller already has. If it is still current, the answer is 304 without a body.";
    header("If-None-Match", meaning, Required::False, text(1000).pattern(Some(TAGS_OR_NONE)), "\"7\"")
}

fn accept_language() -> Parameter {
    let meaning = "The caller's languages, in order of preference (RFC 9110, 12.5.4). Every tag that begins with `zh` (`zh`, \
                   `zh-Hans`, `zh-CN`) gets simplified Chinese, `zh-CN`; any other gets English. It is the language of the titles and details of problems; codes are never translated.";
    let form = text(MAX_ACCEPT_LANGUAGE).format(Some(SchemaFormat::Custom("language-ranges".to_owned())));
    header("Accept-Language", meaning, Required::False, form, "zh-CN, en;q=0.5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_parts() {
        for (path, parameter, words) in [
            ("/v1/pay-groups/{id}", "id", "pay group"),
            ("/v1/payroll-batches/{id}/lines", "id", "payroll batch"),
            ("/v1/promotion-policies/{id}", "id", "promotion policy"),
            ("/v1/lecturer-groups/{id}/members/{member_id}", "member_id", "member"),
            ("/v1/programmes/{id}/periods/{period}", "period", "period"),
        ] {
            assert_eq!(named_by(path, parameter), words, "{path}");
        }
    }
}
