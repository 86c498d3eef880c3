//! All routes of access.

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    super::me::routes(config);
    super::company::routes(config);
    super::roles::routes(config);
    super::clients::routes::routes(config);
    super::grants::routes::routes(config);
}
