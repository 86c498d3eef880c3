//! Members that only some problems have (RFC 9457, 3.2). They are in the contract so that typed clients can read them.

use serde_json::json;
use utoipa::PartialSchema as _;
use utoipa::openapi::schema::{ArrayBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, ObjectBuilder, Ref, RefOr};

use crate::http::Problem;
use crate::payroll::layouts::MAX_NAMED_ROWS;

/// The maximum number of people or rewards that one problem names.
const MAX_NAMED: usize = 100_000;

/// The schema of a problem with all of these members.
pub fn problem() -> RefOr<Schema> {
    let mut problem = Problem::schema();
    if let RefOr::T(Schema::Object(object)) = &mut problem {
        object.properties.extend(members().into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    }
    problem
}

fn members() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        ("error", refer(OAUTH_ERROR, "`POST /oauth/token` only: the OAuth 2.0 error code.")),
        ("batch_id", uuid("`draft_batch_exists`: the existing draft. `money_has_left`: the locked batch.")),
        ("session_id", uuid("`plans_overlap`: the session that the lecturer already has at that time.")),
        ("restatement_id", uuid("`restatement_waiting`: the restatement to decide on first.")),
        ("count", count()),
        ("employee_ids", people()),
        ("unpayable", unpayable()),
        ("replaced", replaced()),
        ("out_of_bounds", out_of_bounds()),
        ("ids_missing", ids_missing()),
        ("reward_ids", rewards()),
        ("sent", refer("PayrollAcknowledgementTotals", "`control_totals_differ`: the totals in the request.")),
        ("here", refer("PayrollAcknowledgementTotals", "`control_totals_differ`: the totals of the lines in Lectern.")),
        (
            "needed_budget",
            refer("Money", "`state_conflict` on a reward that is held over budget: the budget needed to approve it."),
        ),
        ("check", refer("PromotionCheckResponse", "`not_eligible`: the full result of the check, with its evidence.")),
        ("obstacles", obstacles()),
        (
            "criteria_result",
            refer("CriterionResult", "`may_not_apply`: the verdict on the criteria of the opportunity, if it has any."),
        ),
        ("faults", faults()),
    ]
}

/// Name of the schema of [`oauth_error`].
pub const OAUTH_ERROR: &str = "OAuthError";

/// The member `error` of the token endpoint's problems. It needs a name of its own: otherwise generators would call it
/// `ProblemError`, which is the name of a fault.
pub fn oauth_error() -> RefOr<Schema> {
    let names = ["invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type"];
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .description(Some("An error code of RFC 6749, 5.2."))
        .into()
}

fn uuid(meaning: &str) -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).description(Some(meaning)).into()
}

fn count() -> RefOr<Schema> {
    let meaning = "`sessions_undecided`, `deliveries_unconfirmed`: number of sessions. `unpayable_people`, `layout_ids_missing`: number of people. \
         `layout_replaces`: number of values. `layout_out_of_bounds`: number of rows.";
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(0))
        .description(Some(meaning))
        .examples([json!(3)])
        .into()
}

fn people() -> RefOr<Schema> {
    ids(
        "`unpayable_people`: the people who cannot be paid and of whom nobody has explained why. `restatement_outdated`: whose \
         rewards have changed, or to whom more follows than it lists.",
    )
}

fn rewards() -> RefOr<Schema> {
    ids("`corrections_stand`: the corrections that take money back and must be rejected first.")
}

fn ids(meaning: &str) -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(format));
    ArrayBuilder::new().items(id).max_items(Some(MAX_NAMED)).description(Some(meaning)).into()
}

fn unpayable() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(RefOr::Ref(Ref::from_schema_name("UnpayablePerson")))
        .max_items(Some(MAX_NAMED))
        .description(Some("`unpayable_people`: these people, each with the cause."))
        .into()
}

fn replaced() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(RefOr::Ref(Ref::from_schema_name("ReplacedPayrollValue")))
        .max_items(Some(MAX_NAMED_ROWS))
        .description(Some(
            "`layout_replaces`: the values of the payroll system that the file would replace, at most the first 10,000 of them.",
        ))
        .into()
}

fn out_of_bounds() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(RefOr::Ref(Ref::from_schema_name("PayrollRowOutOfBounds")))
        .max_items(Some(MAX_NAMED_ROWS))
        .description(Some(
            "`layout_out_of_bounds`: the rows that the payroll system does not take, at most the first 10,000 of them.",
        ))
        .into()
}

fn ids_missing() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(RefOr::Ref(Ref::from_schema_name("PayeeWithoutId")))
        .max_items(Some(MAX_NAMED_ROWS))
        .description(Some(
            "`layout_ids_missing`: the people without an id that the file needs, at most the first 10,000 of them.",
        ))
        .into()
}

fn obstacles() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(RefOr::Ref(Ref::from_schema_name("OpportunityObstacle")))
        .max_items(Some(5))
        .description(Some("`may_not_apply`: why the lecturer may not apply."))
        .into()
}

fn faults() -> RefOr<Schema> {
    ArrayBuilder::new()
        .items(RefOr::Ref(Ref::from_schema_name("FaultReport")))
        .max_items(Some(crate::imports::MAX_NAMED_FAULTS))
        .description(Some("`import_refused`, `import_too_faulty`: every fault with its file, line and column. What many rows have in common is one of them, with their count and first lines."))
        .into()
}

fn refer(name: &str, meaning: &str) -> RefOr<Schema> {
    let mut reference = Ref::from_schema_name(name);
    meaning.clone_into(&mut reference.description);
    RefOr::Ref(reference)
}
