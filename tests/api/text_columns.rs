//! Every text column has the length of the type that stands for it, or the service makes what is in it.

use std::collections::{BTreeMap, BTreeSet};

use lectern::kernel::text::{
    AppealText, CaseText, CertificateNumber, Code, Comment, Consumer, ContentBody, Description, EmployeeNumber,
    FileName, IdKind, IdValue, Label, Line, MailAddress, Mark, MediaType, Name, Outline, OutsideCode, PaymentRef,
    Place, Reason, RunId, Source, SourceRef, Title,
};

use crate::support::TestDatabase;

type Lengths = (usize, usize);

const CODE: Lengths = <Code>::LENGTHS;

/// Table, column, and the lengths that its type takes.
const TYPED: &[(&str, &[(&str, Lengths)])] = &[
    ("advice_findings", &[("dismiss_reason", Reason::LENGTHS)]),
    (
        "absences",
        &[
            ("source", Source::LENGTHS),
            ("source_ref", SourceRef::LENGTHS),
            ("reason", Reason::LENGTHS),
            ("lift_reason", Reason::LENGTHS),
        ],
    ),
    ("anonymous_counts", &[("key", CODE)]),
    ("anonymous_texts", &[("comment", Comment::LENGTHS)]),
    ("api_clients", &[("name", Name::LENGTHS)]),
    ("access_changes", &[("reason", Reason::LENGTHS)]),
    ("appeal_events", &[("message", AppealText::LENGTHS)]),
    (
        "application_cases",
        &[("description", CaseText::LENGTHS), ("decision_note", Reason::LENGTHS), ("void_reason", Reason::LENGTHS)],
    ),
    ("attendance_records", &[("source", Source::LENGTHS)]),
    ("audit_entries", &[("command", Code::<100>::LENGTHS), ("subject_type", CODE)]),
    ("budget_raises", &[("reason", Reason::LENGTHS)]),
    ("calendar_days", &[("name", Line::<100>::LENGTHS)]),
    ("certificates", &[("policy_code", CODE), ("certificate_code", CODE), ("revoke_reason", Reason::LENGTHS)]),
    (
        "competence_certificates",
        &[("kind", CODE), ("issuer", Name::LENGTHS), ("certificate_number", CertificateNumber::LENGTHS)],
    ),
    (
        "content_versions",
        &[("body", ContentBody::LENGTHS), ("file_name", FileName::LENGTHS), ("media_type", MediaType::LENGTHS)],
    ),
    (
        "contents",
        &[
            ("title", Title::LENGTHS),
            ("outline", Outline::LENGTHS),
            ("case_requirement", CaseText::LENGTHS),
            ("source", Source::LENGTHS),
            ("source_ref", SourceRef::LENGTHS),
        ],
    ),
    ("credential_keys", &[("suspicion_reason", Reason::LENGTHS)]),
    ("departments", &[("code", OutsideCode::LENGTHS), ("name", Name::LENGTHS), ("cost_centre", OutsideCode::LENGTHS)]),
    ("employee_external_ids", &[("system", IdKind::LENGTHS), ("kind", IdKind::LENGTHS), ("value", IdValue::LENGTHS)]),
    (
        "employees",
        &[("employee_number", EmployeeNumber::LENGTHS), ("name", Name::LENGTHS), ("email", MailAddress::LENGTHS)],
    ),
    ("former_employee_numbers", &[("employee_number", EmployeeNumber::LENGTHS)]),
    ("former_external_ids", &[("system", IdKind::LENGTHS), ("kind", IdKind::LENGTHS), ("value", IdValue::LENGTHS)]),
    ("former_mail_addresses", &[("email", MailAddress::LENGTHS)]),
    ("external_metric_values", &[("key", CODE), ("source", Source::LENGTHS)]),
    ("feedback", &[("comment", Comment::LENGTHS)]),
    ("feedback_extensions", &[("reason", Reason::LENGTHS)]),
    (
        "hr_tasks",
        &[
            ("policy_code", CODE),
            ("certificate_code", CODE),
            ("title_code", CODE),
            ("opportunity_code", CODE),
            ("reason", Reason::LENGTHS),
        ],
    ),
    (
        "improvement_notices",
        &[
            ("policy_code", CODE),
            ("closing_note", Description::LENGTHS),
            ("plan", Description::LENGTHS),
            ("grade_at_most", CODE),
        ],
    ),
    ("lecturer_groups", &[("code", CODE), ("name", Name::LENGTHS), ("description", Description::LENGTHS)]),
    ("lecturer_levels", &[("level", Label::LENGTHS)]),
    ("lecturer_renewals", &[("reason", Reason::LENGTHS)]),
    ("live_results", &[("grade", CODE)]),
    ("mentor_offers", &[("topics", Description::LENGTHS)]),
    ("mentorship_notes", &[("note", Description::LENGTHS)]),
    (
        "mentorships",
        &[
            ("goals", Description::LENGTHS),
            ("decline_reason", Reason::LENGTHS),
            ("result_summary", Description::LENGTHS),
        ],
    ),
    ("opportunity_applications", &[("reason", Reason::LENGTHS)]),
    ("opportunity_precedences", &[("code", CODE), ("policy_code", CODE), ("withdraw_reason", Reason::LENGTHS)]),
    ("outbox_events", &[("subject_type", CODE)]),
    ("pay_groups", &[("code", OutsideCode::LENGTHS), ("name", Name::LENGTHS)]),
    (
        "pay_items",
        &[
            ("code", OutsideCode::LENGTHS),
            ("name_zh", Name::LENGTHS),
            ("name_en", Name::LENGTHS),
            ("tax_mode", OutsideCode::LENGTHS),
            ("tax_category", OutsideCode::LENGTHS),
        ],
    ),
    ("payroll_acknowledgement_lines", &[("reason", Reason::LENGTHS), ("external_reference", PaymentRef::LENGTHS)]),
    ("payroll_acknowledgements", &[("consumer", Consumer::LENGTHS), ("external_run_id", RunId::LENGTHS)]),
    ("payroll_batches", &[("void_reason", Reason::LENGTHS)]),
    ("payroll_exclusions", &[("explanation", Reason::LENGTHS)]),
    ("payroll_layouts", &[("code", CODE), ("name", Name::LENGTHS)]),
    (
        "payroll_lines",
        &[
            ("employee_number", EmployeeNumber::LENGTHS),
            ("employee_name", Name::LENGTHS),
            ("pay_item_code", OutsideCode::LENGTHS),
            ("tax_mode", OutsideCode::LENGTHS),
            ("tax_category", OutsideCode::LENGTHS),
            ("cost_centre", OutsideCode::LENGTHS),
        ],
    ),
    ("programme_privileges", &[("content_grade", CODE), ("mentor_grade", CODE)]),
    ("programmes", &[("code", CODE), ("name", Name::LENGTHS), ("description", Description::LENGTHS)]),
    (
        "promotion_applications",
        &[("target_code", CODE), ("decision_reason", Reason::LENGTHS), ("waiver_reason", Reason::LENGTHS)],
    ),
    ("promotion_policies", &[("target_code", CODE), ("name", Name::LENGTHS)]),
    (
        "promotion_waivers",
        &[
            ("target_code", CODE),
            ("place", Mark::<100>::LENGTHS),
            ("reason", Reason::LENGTHS),
            ("end_reason", Reason::LENGTHS),
        ],
    ),
    (
        "restatement_proposals",
        &[
            ("policy_code", CODE),
            ("certificate_code", CODE),
            ("title_code", CODE),
            ("opportunity_code", CODE),
            ("pay_item_code", OutsideCode::LENGTHS),
            ("decline_reason", Reason::LENGTHS),
        ],
    ),
    ("restatements", &[("reason", Reason::LENGTHS), ("decision_reason", Reason::LENGTHS)]),
    (
        "reuse_events",
        &[("source", Source::LENGTHS), ("source_ref", SourceRef::LENGTHS), ("void_reason", Reason::LENGTHS)],
    ),
    ("reward_entries", &[("policy_code", CODE), ("pay_item_code", OutsideCode::LENGTHS)]),
    ("reward_entry_events", &[("reason", Reason::LENGTHS)]),
    ("session_change_requests", &[("reason", Reason::LENGTHS), ("decision_note", Reason::LENGTHS)]),
    (
        "sessions",
        &[
            ("title", Title::LENGTHS),
            ("topic", Title::LENGTHS),
            ("place", Place::LENGTHS),
            ("difficulty", Label::LENGTHS),
            ("state_reason", Reason::LENGTHS),
            ("source", Source::LENGTHS),
            ("source_ref", SourceRef::LENGTHS),
        ],
    ),
    ("snapshot_lecturers", &[("employee_number", EmployeeNumber::LENGTHS), ("grade", CODE)]),
    ("snapshots", &[("reason", Reason::LENGTHS)]),
    ("tenants", &[("name", Name::LENGTHS)]),
    ("titles", &[("code", CODE), ("policy_code", CODE), ("withdraw_reason", Reason::LENGTHS)]),
    (
        "training_opportunities",
        &[
            ("code", CODE),
            ("title", Title::LENGTHS),
            ("provider", Name::LENGTHS),
            ("description", Description::LENGTHS),
            ("place", Place::LENGTHS),
            ("competence_kind", CODE),
            ("cancel_reason", Reason::LENGTHS),
        ],
    ),
];

/// What the service itself makes, from words and values of its own or from what another check has read.
const MADE: &[&str] = &[
    "access_changes.target",
    "advice_findings.subject",
    "appeals.metric",
    "audit_entries.request_id",
    "certificates.public_code",
    "content_versions.storage_key",
    "credential_keys.kid",
    "idempotency_keys.caller",
    "idempotency_keys.key",
    "idempotency_keys.operation",
    "jobs.claimed_by",
    "jobs.kind",
    "jobs.request_id",
    "live_marks.error",
    "outbox_events.request_id",
    "outbox_events.topic",
    "outbox_events.traceparent",
    "payroll_exclusions.detail",
    "payroll_lines.reason_code",
    "payroll_lines.reason_en",
    "payroll_lines.reason_zh",
    "programmes.time_zone",
    "restatement_proposals.reason_code",
    "reward_entries.reason_code",
    "reward_entries.reason_text",
    "reward_entry_events.reason_code",
    "sign_in_bindings.issuer",
    "sign_in_bindings.subject",
    "signing_keys.kid",
    "tenants.code",
    "tenants.time_zone",
];

/// Text columns with the lengths that their CHECKs ask for; none where a CHECK has a list of words or a form instead.
const COLUMNS: &str = r#"
SELECT c.relname::text, a.attname::text,
       min((bounds.found)[1])::integer, min((bounds.found)[2])::integer,
       bool_or(pg_get_constraintdef(k.oid) ~ ('\(' || a.attname || ' = ANY|\(' || a.attname || ' ~|\(\(' || a.attname || '\)::text ~'))
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
  LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
  LEFT JOIN LATERAL regexp_match(pg_get_constraintdef(k.oid),
       'char_length\("?' || a.attname || '"?\) >= (\d+)\) AND \(char_length\("?' || a.attname || '"?\) <= (\d+)') AS bounds (found) ON true
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> '__diesel_schema_migrations'
 GROUP BY c.relname, a.attname"#;

#[tokio::test]
async fn every_text_column_has_the_length_of_its_type() {
    let database = TestDatabase::new().await;
    let owner = database.owner().await;
    let mut typed: BTreeMap<String, Lengths> = BTreeMap::new();
    for (table, columns) in TYPED {
        typed.extend(columns.iter().map(|(column, lengths)| (format!("{table}.{column}"), *lengths)));
    }
    let mut made: BTreeSet<&str> = MADE.iter().copied().collect();
    let mut wrong = Vec::new();
    for row in owner.query(COLUMNS, &[]).await.unwrap() {
        let column = format!("{}.{}", row.get::<_, String>(0), row.get::<_, String>(1));
        let (least, most): (Option<i32>, Option<i32>) = (row.get(2), row.get(3));
        let check =
            least.zip(most).map(|(least, most)| (usize::try_from(least).unwrap(), usize::try_from(most).unwrap()));
        let has_words = row.get::<_, Option<bool>>(4).unwrap_or_default();
        match (typed.remove(&column), check) {
            (Some(lengths), Some(check)) if lengths == check => {}
            (Some(lengths), check) => wrong.push(format!("{column}: its type takes {lengths:?}, its CHECK {check:?}")),
            (None, Some(_)) if made.remove(column.as_str()) => {}
            (None, None) if has_words => {}
            (None, check) => wrong.push(format!("{column}: nothing stands for it; its CHECK takes {check:?}")),
        }
    }
    wrong.extend(typed.keys().map(|column| format!("{column}: there is no such column")));
    wrong.extend(made.iter().map(|column| format!("{column}: there is no such column")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
