//! All routes of people.

use crate::http::Operations;

pub fn routes(operations: &mut Operations<'_>) {
    super::departments::routes::routes(operations);
    super::employees::routes::routes(operations);
    super::memberships::routes::routes(operations);
    super::lecturers::routes::routes(operations);
    super::groups::routes::routes(operations);
    super::organisers::routes::routes(operations);
    super::absences::routes::routes(operations);
    super::competences::routes::routes(operations);
}
