//! The career file and the honour file on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::mentorships::RecordMentorship;
use super::opportunities::RecordOpportunity;
use crate::growth::applications::ApplicationState;
use crate::growth::notices::NoticeState;
use crate::http::Page;
use crate::kernel::last_day::LastDay;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::text::{CertificateNumber, Code, Description, Label, Name, Reason};
use crate::kernel::wire;
use crate::people::EmployeeRef;
use crate::rewards::certificates::PublicCode;
use crate::rewards::ledger::{EntryState, RewardKind};
use crate::scoring::Score;

/// The day of a career file.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LecturerRecordQuery {
    /// The record as it stood at the end of this day in the company's time zone. If absent, as of today.
    #[validate(custom(function = "wire::any_day"))]
    pub as_of: Option<NaiveDate>,
}

/// The career file of a person (讲师履历): what happened until the end of a day, latest first. What ends, is withdrawn or is lifted after
/// that day has no end in it yet; only a term and the validity of a certificate look ahead.
#[derive(Debug, Serialize, ToSchema)]
pub struct LecturerRecordResponse {
    pub employee: EmployeeRef,
    /// The day at whose end the record stood so.
    pub as_of: NaiveDate,
    /// When something in the record last changed, whatever day it is of.
    pub updated_at: DateTime<Utc>,
    #[schema(max_items = 1000)]
    pub appointments: Vec<RecordAppointment>,
    /// Suspensions as a lecturer.
    #[schema(max_items = 10_000)]
    pub suspensions: Vec<RecordSuspension>,
    #[schema(max_items = 10_000)]
    pub titles: Vec<RecordTitle>,
    /// Period by period: score and grade, awards and certificates.
    #[schema(max_items = 10_000)]
    pub periods: Vec<RecordPeriod>,
    /// Certificates of competence.
    #[schema(max_items = 10_000)]
    pub competence_certificates: Vec<RecordCompetence>,
    /// As a mentor and as somebody who was mentored.
    #[schema(max_items = 10_000)]
    pub mentorships: Vec<RecordMentorship>,
    #[schema(max_items = 10_000)]
    pub improvement_notices: Vec<RecordNotice>,
    /// Places in training opportunities that were offered, and what became of them.
    #[schema(max_items = 10_000)]
    pub training_opportunities: Vec<RecordOpportunity>,
    /// Applications for promotion, with their decisions.
    #[schema(max_items = 10_000)]
    pub promotion_applications: Vec<RecordApplication>,
}

/// An appointment as an internal lecturer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordAppointment {
    pub id: Uuid,
    /// First day of the appointment.
    pub appointed_on: NaiveDate,
    /// Last day of the appointment (included). Null if it lasted on after the day of the record.
    pub ended_on: Option<LastDay>,
    /// Last day of the term (included). Null without a term.
    pub term_ends_on: Option<LastDay>,
    #[schema(max_items = 1000)]
    pub levels: Vec<RecordLevel>,
    #[schema(max_items = 1000)]
    pub renewals: Vec<RecordRenewal>,
}

/// A level of an appointment.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordLevel {
    /// Example: senior
    pub level: Label,
    /// The company's name of it in Chinese.
    #[schema(max_length = 100, examples("高级讲师"))]
    pub name_zh: String,
    /// The company's name of it in English.
    #[schema(max_length = 100, examples("Senior lecturer"))]
    pub name_en: String,
    /// Its place on the company's ladder: 1 is the lowest. Null if it is not on it.
    #[schema(minimum = 1, maximum = 500)]
    pub step: Option<u32>,
    /// First day at this level.
    pub starts_on: NaiveDate,
    /// Last day at this level (included). Null if it lasted on after the day of the record.
    pub ended_on: Option<LastDay>,
}

/// A renewal of an appointment.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordRenewal {
    pub renewed_at: DateTime<Utc>,
    /// Last day of the term that it had (included). Null if it had none.
    pub before: Option<LastDay>,
    /// Last day of the new term (included). Null if it has none any more.
    pub term_ends_on: Option<LastDay>,
    pub reason: Option<Reason>,
}

/// A suspension as a lecturer.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
pub struct RecordSuspension {
    /// Id of the absence.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Date)]
    pub starts_on: NaiveDate,
    /// Last day of the suspension (included). Null if it lasted on after the day of the record.
    #[diesel(sql_type = Nullable<Date>)]
    pub ends_on: Option<NaiveDate>,
    /// Only the person and the roles `admin`, `hris` and `auditor` read it: null for others, managers too.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<Reason>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub lifted_at: Option<DateTime<Utc>>,
    /// Null for those who may not read `reason`.
    #[diesel(sql_type = Nullable<Text>)]
    pub lift_reason: Option<Reason>,
}

/// A title.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordTitle {
    pub id: Uuid,
    /// Example: senior-lecturer
    pub code: Code,
    /// The company's name of it in Chinese.
    #[schema(max_length = 100, examples("高级讲师"))]
    pub name_zh: String,
    /// The company's name of it in English.
    #[schema(max_length = 100, examples("Senior lecturer"))]
    pub name_en: String,
    /// The programme whose streak granted it; null if it was granted by hand.
    pub programme_id: Option<Uuid>,
    pub granted_at: DateTime<Utc>,
    /// Null while it is held.
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub withdraw_reason: Option<Reason>,
}

/// A programme, as the record names one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordProgramme {
    pub id: Uuid,
    /// Example: sales
    pub code: Code,
    pub name: Name,
}

/// What came of a period of a programme.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordPeriod {
    pub programme: RecordProgramme,
    pub period: Period,
    pub starts_on: NaiveDate,
    /// Last day of the period (included).
    pub ends_on: NaiveDate,
    /// The result. Null if the person is in no result of the period, or if the period was not closed yet.
    pub result: Option<RecordResult>,
    /// What was granted for the period, corrections included. A line that was rejected is not among it.
    #[schema(max_items = 10_000)]
    pub awards: Vec<RecordAward>,
    /// Certificates earned in the period.
    #[schema(max_items = 1000)]
    pub certificates: Vec<RecordCertificate>,
}

/// A result in a closed period.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordResult {
    pub snapshot_id: Uuid,
    /// 1 for the close; higher numbers are accepted restatements.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub snapshot_number: i32,
    /// When this result began to count: at the close, or when the restatement was accepted.
    pub since: DateTime<Utc>,
    /// The version of the scoring rule.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub rule_version: i32,
    /// Null if the person is not rated.
    pub score: Option<Score>,
    /// Null if the person is not rated.
    #[schema(max_length = 64)]
    pub grade: Option<String>,
    /// The company's name of the grade in Chinese.
    #[schema(max_length = 100, examples("优秀"))]
    pub grade_name_zh: Option<String>,
    /// The company's name of the grade in English.
    #[schema(max_length = 100, examples("Excellent"))]
    pub grade_name_en: Option<String>,
}

/// A line of the rewards ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordAward {
    pub id: Uuid,
    pub kind: RewardKind,
    /// Code of the policy; null if it was entered by hand.
    #[schema(max_length = 64, examples("excellent-bonus"))]
    pub policy: Option<String>,
    /// The company's name of the policy in Chinese.
    #[schema(max_length = 100, examples("优秀讲师奖"))]
    pub policy_name_zh: Option<String>,
    /// The company's name of the policy in English.
    #[schema(max_length = 100, examples("Excellence bonus"))]
    pub policy_name_en: Option<String>,
    pub amount: Money,
    /// The line that it corrects.
    pub corrects_id: Option<Uuid>,
    pub state: EntryState,
    pub granted_at: DateTime<Utc>,
}

/// An e-certificate.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordCertificate {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub earned_period: Period,
    /// Kind of certificate.
    #[schema(max_length = 64, examples("knowledge-contribution"))]
    pub certificate_code: String,
    /// What the company calls it in Chinese: the name of the policy that awarded it.
    #[schema(max_length = 100, examples("知识贡献奖"))]
    pub name_zh: String,
    /// What the company calls it in English.
    #[schema(max_length = 100, examples("Knowledge contribution award"))]
    pub name_en: String,
    /// Whoever has it sees the certificate at `/certificates/{public_code}`.
    pub public_code: PublicCode,
    pub issued_at: DateTime<Utc>,
    /// When it was revoked; null while it is valid.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A certificate of competence.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordCompetence {
    pub id: Uuid,
    /// Example: ttt
    pub kind: Code,
    /// The company's name of the kind in Chinese.
    #[schema(max_length = 100, examples("培训师认证（TTT）"))]
    pub name_zh: String,
    /// The company's name of the kind in English.
    #[schema(max_length = 100, examples("Train the trainer (TTT)"))]
    pub name_en: String,
    pub issuer: Name,
    pub certificate_number: Option<CertificateNumber>,
    /// First day on which it is valid.
    pub starts_on: NaiveDate,
    /// Last day on which it is valid (included). Null if it has no end.
    pub ends_on: Option<LastDay>,
}

/// An improvement notice.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
pub struct RecordNotice {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub state: NoticeState,
    #[diesel(sql_type = Timestamptz)]
    pub opened_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub closed_at: Option<DateTime<Utc>>,
    /// How it ended.
    #[diesel(sql_type = Nullable<Text>)]
    pub closing_note: Option<Description>,
}

/// An application for promotion.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
pub struct RecordApplication {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The position.
    /// Example: department-manager
    #[diesel(sql_type = Text)]
    pub target_code: Code,
    /// What the policy that was applied calls it.
    #[diesel(sql_type = Text)]
    pub target_name: Name,
    #[diesel(sql_type = Timestamptz)]
    pub submitted_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub state: ApplicationState,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub decided_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub decision_reason: Option<Reason>,
}

/// The honour file of a person (荣誉档案): what the person holds today, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HonoursResponse {
    pub employee: EmployeeRef,
    /// Titles that are held.
    #[schema(max_items = 10_000)]
    pub titles: Vec<RecordTitle>,
    /// E-certificates that were not revoked.
    #[schema(max_items = 10_000)]
    pub certificates: Vec<RecordCertificate>,
}

/// Whose career file there is, and when it last changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LecturerRecordHeadResponse {
    pub employee: EmployeeRef,
    /// When something in the record last changed. Read it again then.
    pub updated_at: DateTime<Utc>,
}

/// A page of career files.
pub type LecturerRecordHeadPage = Page<LecturerRecordHeadResponse>;

/// Filters for career files.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListLecturerRecordsQuery {
    /// Only those in which something changed at or after this instant.
    #[validate(custom(function = "wire::any_instant"))]
    pub updated_since: Option<DateTime<Utc>>,
}

/// A career file as a page.
#[derive(ToSchema)]
#[schema(max_length = 100_000_000)]
pub struct LecturerRecordPage(#[expect(dead_code, reason = "names the schema")] String);
