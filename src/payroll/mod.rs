//! The hand-over to payroll: from approved rewards to payments.
//!
//! A batch (批次) takes every approved entry of one pay group and currency that is in no batch ([`batches`]). Locking creates
//! its lines and control totals ([`lines`]), which never change again. The payroll system pulls them and acknowledges each
//! line ([`acknowledgements`]). [`items`] define how payroll treats the money of a pay item, [`groups`] who is paid together,
//! [`layouts`] what the file of a batch ([`exports`]) is like for a payroll system.
//!
//! States of a batch: `draft → locked → acknowledged`; `draft | locked → void` while nothing of it has been
//! acknowledged. Only claims are ever deleted: the claim of an entry says in which live batch it is, and a void batch and a
//! rejected line release theirs. So every cent granted is in exactly one place: unbatched, carried forward, in one live
//! batch, paid, or void.
//!
//! Lock order: pay groups by id, then the batch, then claims by entry, then the histories of entries, whose event numbers
//! refuse the later of two writers.

pub mod acknowledgements;
pub mod batches;
pub mod exports;
pub mod groups;
pub mod items;
pub mod layouts;
pub mod lines;
mod merge;

pub use merge::take_over;

use crate::http::Operations;

pub fn routes(operations: &mut Operations<'_>) {
    items::routes::routes(operations);
    groups::routes::routes(operations);
    batches::routes::routes(operations);
    lines::routes::routes(operations);
    layouts::routes::routes(operations);
    exports::routes::routes(operations);
    acknowledgements::routes::routes(operations);
}
