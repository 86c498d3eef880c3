//! The problems that are an operation's own, beside those that follow from what it has ([`super::problems`]).
//!
//! The test client refuses every problem that its operation does not have here, so that a new refusal cannot be forgotten.

use crate::error::Code::{
    self, AlreadyExists, AlreadyRated, AnonymousFeedbackUnavailable, BoardNotNamed, ControlTotalsDiffer,
    DeliveriesUnconfirmed, DraftBatchExists, EarlierPeriodOpen, EmptyBatch, FeedbackWindowClosed, HrRequired,
    ImportRefused, ImportTooFaulty, InvalidScope, NotAttendee, NotDelivered, NotEligible, OwnSession, PeriodNotBegun,
    PeriodNotOver, PersonRequired, RuleRefused, RunAlreadyAcknowledged, SelfApproval, SessionsUndecided,
    StartsTooEarly, StateConflict, UnpayablePeople,
};

/// Operations with the codes that no other property of theirs gives them, in the order of their ids.
const OWN: &[(&str, &[Code])] = &[
    ("activate_programme", &[StateConflict]),
    ("approve_promotion_application", &[PersonRequired, SelfApproval, StateConflict]),
    ("approve_reward", &[PersonRequired, SelfApproval, StateConflict]),
    ("approve_rewards", &[PersonRequired, SelfApproval]),
    ("cancel_session", &[StateConflict]),
    (
        "close_period",
        &[StateConflict, PeriodNotBegun, PeriodNotOver, EarlierPeriodOpen, SessionsUndecided, DeliveriesUnconfirmed],
    ),
    ("confirm_application_case", &[PersonRequired, SelfApproval, StateConflict]),
    ("confirm_session_delivery", &[HrRequired, SelfApproval, StateConflict]),
    ("create_application_case", &[StateConflict, AlreadyExists]),
    ("create_content_version", &[StateConflict]),
    ("create_department", &[AlreadyExists]),
    ("create_lecturer_group", &[AlreadyExists]),
    ("create_pay_group", &[AlreadyExists]),
    ("create_pay_item", &[AlreadyExists]),
    ("create_payroll_acknowledgement", &[StateConflict, ControlTotalsDiffer, RunAlreadyAcknowledged]),
    ("create_payroll_batch", &[DraftBatchExists]),
    ("create_promotion_application", &[AlreadyExists, NotEligible]),
    ("create_promotion_policy", &[RuleRefused]),
    ("create_reward_policy_set", &[RuleRefused]),
    ("create_role_grant", &[AlreadyExists]),
    ("create_scoring_rule", &[RuleRefused]),
    ("create_token", &[InvalidScope]),
    ("delete_department", &[StateConflict]),
    ("delete_lecturer_group", &[StateConflict]),
    ("delete_promotion_policy", &[StateConflict]),
    ("delete_reward_policy_set", &[StateConflict]),
    ("delete_scoring_rule", &[StateConflict]),
    ("deliver_session", &[StateConflict]),
    ("end_group_member", &[StateConflict]),
    ("end_lecturer", &[StateConflict]),
    ("end_programme", &[StateConflict]),
    ("explain_payroll_exclusion", &[PersonRequired, StateConflict]),
    ("export_payroll_batch", &[StateConflict]),
    ("get_leaderboard", &[BoardNotNamed]),
    ("get_my_feedback", &[PersonRequired]),
    ("grant_title", &[AlreadyExists]),
    ("list_payroll_lines", &[StateConflict]),
    ("lock_payroll_batch", &[StateConflict, EmptyBatch, UnpayablePeople]),
    ("miss_session", &[StateConflict]),
    ("publish_promotion_policy", &[PersonRequired, SelfApproval, StateConflict, RuleRefused]),
    (
        "publish_reward_policy_set",
        &[PersonRequired, SelfApproval, StateConflict, AlreadyExists, StartsTooEarly, RuleRefused],
    ),
    (
        "publish_scoring_rule",
        &[PersonRequired, SelfApproval, StateConflict, AlreadyExists, StartsTooEarly, RuleRefused],
    ),
    ("put_external_values", &[StateConflict]),
    (
        "put_my_feedback",
        &[
            PersonRequired,
            NotDelivered,
            FeedbackWindowClosed,
            AlreadyRated,
            AnonymousFeedbackUnavailable,
            NotAttendee,
            OwnSession,
        ],
    ),
    ("reject_application_case", &[PersonRequired, SelfApproval, StateConflict]),
    ("reject_promotion_application", &[PersonRequired, SelfApproval, StateConflict]),
    ("reject_reward", &[PersonRequired, StateConflict]),
    ("replace_promotion_policy", &[StateConflict, RuleRefused]),
    ("replace_reward_policy_set", &[StateConflict, RuleRefused]),
    ("replace_scoring_rule", &[StateConflict, RuleRefused]),
    ("replace_session_attendance", &[StateConflict]),
    ("replace_session_audience", &[StateConflict]),
    ("replace_session_lecturers", &[HrRequired, SelfApproval, StateConflict]),
    ("revoke_api_client", &[StateConflict]),
    ("rotate_api_client_secret", &[StateConflict]),
    ("submit_session_content", &[StateConflict, AlreadyExists]),
    ("update_department", &[AlreadyExists]),
    ("update_lecturer_group", &[AlreadyExists]),
    ("update_pay_group", &[AlreadyExists]),
    ("update_pay_item", &[AlreadyExists]),
    ("update_programme", &[StateConflict]),
    ("update_session", &[StateConflict]),
    ("void_payroll_batch", &[StateConflict]),
    ("withdraw_content", &[StateConflict]),
    ("withdraw_promotion_application", &[StateConflict]),
];

/// The operation's own codes.
pub fn of(operation_id: &str) -> &'static [Code] {
    OWN.iter().find(|(id, _)| *id == operation_id).map_or(&[], |(_, codes)| codes)
}

/// Operations that start a job, with the codes of its problem that the operation itself does not have.
const OF_JOBS: &[(&str, &[Code])] = &[("create_import", &[ImportRefused, ImportTooFaulty])];

/// The codes of the problem of the job that the operation starts.
pub fn of_job(operation_id: &str) -> &'static [Code] {
    OF_JOBS.iter().find(|(id, _)| *id == operation_id).map_or(&[], |(_, codes)| codes)
}

/// Ids of the operations that have any.
#[cfg(test)]
pub fn operation_ids() -> impl Iterator<Item = &'static str> {
    OWN.iter().chain(OF_JOBS).map(|(id, _)| *id)
}
