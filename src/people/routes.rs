//! Every route about people.

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    super::departments::routes::routes(config);
    super::employees::routes::routes(config);
    super::memberships::routes::routes(config);
}
