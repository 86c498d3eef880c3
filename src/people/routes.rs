//! All routes of people.

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    super::departments::routes::routes(config);
    super::employees::routes::routes(config);
    super::memberships::routes::routes(config);
    super::lecturers::routes::routes(config);
    super::groups::routes::routes(config);
    super::absences::routes::routes(config);
}
