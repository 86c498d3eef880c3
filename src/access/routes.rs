//! All routes of access.

use crate::http::Operations;

pub fn routes(operations: &mut Operations<'_>) {
    super::me::routes(operations);
    super::company::routes(operations);
    super::roles::routes(operations);
    super::clients::routes::routes(operations);
    super::grants::routes::routes(operations);
    super::bindings::routes(operations);
    super::changes::routes::routes(operations);
}
