//! Turns the validator's findings into faults of the catalogue.

use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::data;
use crate::kernel::phrases::Form;

/// The validator's findings as faults, ordered by their place.
#[must_use]
pub fn validation_faults(errors: &ValidationErrors) -> Vec<Fault> {
    let mut faults = Vec::new();
    collect(errors, "", &mut faults);
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    faults
}

fn collect(errors: &ValidationErrors, place: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let pointer = if field.as_ref() == "__all__" { place.to_owned() } else { format!("{place}/{field}") };
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, faults),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(found) => faults.extend(found.iter().map(|error| one_fault(error, &pointer))),
        }
    }
}

fn one_fault(error: &ValidationError, pointer: &str) -> Fault {
    let param = |name: &'static str| error.params.get(name).map(|value| value.to_string().trim_matches('"').to_owned());
    let with = |fault: Fault, name: &'static str| match param(name) {
        Some(value) => fault.with(name, data(value)),
        None => fault,
    };
    match error.code.as_ref() {
        "length" => {
            let value = error.params.get("value");
            let is_list = value.is_some_and(serde_json::Value::is_array);
            let length = match value {
                Some(serde_json::Value::Array(items)) => items.len(),
                Some(serde_json::Value::String(text)) => text.chars().count(),
                _ => 0,
            };
            let below = param("min").and_then(|min| min.parse::<usize>().ok()).is_some_and(|min| length < min);
            let code = match (below, is_list) {
                (true, _) if length == 0 => FaultCode::Empty,
                (true, true) => FaultCode::TooFew,
                (true, false) => FaultCode::TooShort,
                (false, true) => FaultCode::TooMany,
                (false, false) => FaultCode::TooLong,
            };
            with(with(Fault::new(pointer, code), "min"), "max")
        }
        "range" => with(with(Fault::new(pointer, FaultCode::OutOfRange), "min"), "max"),
        // A text and the checks of our own name the form or the code of the catalogue.
        other => match (Form::named(other), FaultCode::ALL.iter().find(|code| code.slug() == other)) {
            (Some(form), _) => Fault::bad_format(pointer, form),
            (None, Some(code)) => ["min", "max"].into_iter().fold(Fault::new(pointer, *code), with),
            (None, None) => Fault::new(pointer, FaultCode::BadFormat).with("expected", data(other)),
        },
    }
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;
    use crate::kernel::language::Language;

    #[derive(Validate)]
    struct Ranges {
        #[validate(range(min = 1, max = 3))]
        between: i32,
        #[validate(range(max = 3))]
        greatest: i32,
        #[validate(range(min = 1))]
        least: i32,
    }

    #[test]
    fn a_range_is_told_by_the_bounds_that_it_has() {
        let faults = validation_faults(&Ranges { between: 9, greatest: 9, least: 0 }.validate().unwrap_err());
        let told = |language| faults.iter().map(|fault| fault.detail(language)).collect::<Vec<_>>();
        assert_eq!(told(Language::En), ["must be between 1 and 3", "must be at most 3", "must be at least 1"]);
        assert_eq!(told(Language::ZhCn), ["必须在 1 与 3 之间", "不得大于 3", "不得小于 1"]);
    }
}
