//! Scoring over HTTP.

use crate::http::Operations;

use super::{external_values, results};

pub fn routes(operations: &mut Operations<'_>) {
    results::routes::routes(operations);
    results::complete::routes::routes(operations);
    results::shares::routes::routes(operations);
    results::events::routes::routes(operations);
    external_values::routes(operations);
}
