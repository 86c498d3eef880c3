//! The hand-over to payroll: batches of approved rewards that a payroll system pulls, checks against control totals and answers.
//!
//! A batch is `draft → locked → acknowledged`, or `void` while nobody has acknowledged it. There is one draft per pay group and
//! currency, which an index says. An entry of the ledger is in at most one live batch, because the claim on it has the entry
//! as its key. Lines are made when the batch is locked and never change, so that its digest and its files never do. Nothing is
//! deleted but claims: they are what "is in a batch" means.
//!
//! Lock order: the batch's row, then claims, then histories of entries (which are not locked: of two writers one is refused).
//!
//! Mapping of a line onto payroll systems: the line's id is the idempotency key everywhere. Feishu one-off payment: unique id,
//! pay item, reference period (`earned_*`), issuance way. 薪人薪事: bonus items take at most 100 lines a call, two decimals and
//! 0..1,000,000, negative lines go to its adjust items. Frappe HR: Additional Salary with `overwrite_salary_structure_amount`
//! off. SAP SuccessFactors: non-recurring payment. Workday: one-time payment.

pub mod acknowledgements;
pub mod batches;
pub mod groups;
pub mod items;
pub mod lines;
pub mod rules;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every route of payroll.
pub fn routes(config: &mut ServiceConfig) {
    items::routes::routes(config);
    groups::routes::routes(config);
    batches::routes::routes(config);
    lines::routes::routes(config);
    acknowledgements::routes::routes(config);
}
