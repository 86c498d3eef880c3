//! The hand-over to payroll: what approved rewards become until they are paid.
//!
//! A batch (批次) takes every approved and unbatched entry of one pay group and currency ([`batches`]). Locking makes its lines
//! and control totals ([`lines`]), which never change again; the payroll system pulls them and answers line by line
//! ([`acknowledgements`]). [`items`] say how payroll is to treat the money of a pay item, [`groups`] who is paid together.
//!
//! States of a batch: `draft → locked → acknowledged`; `draft | locked → void` while nobody has acknowledged any of it. Nothing
//! is ever deleted but claims: the claim of an entry says which live batch it is in, and a void batch and a rejected line give
//! theirs up. So every cent granted is unbatched, carried forward, in one live batch, paid, or void.
//!
//! Lock order: pay groups by id, then the batch, then claims by entry, then the histories of entries, whose numbered events
//! refuse the later of two writers.

pub mod acknowledgements;
pub mod batches;
pub mod groups;
pub mod items;
pub mod lines;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    items::routes::routes(config);
    groups::routes::routes(config);
    batches::routes::routes(config);
    lines::routes::routes(config);
    acknowledgements::routes::routes(config);
}
