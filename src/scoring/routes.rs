//! Scoring over HTTP.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{external_values, results};

pub fn routes(config: &mut ServiceConfig) {
    results::routes::routes(config);
    external_values::routes(config);
}
