//! The kinds of texts that the company and its systems send: one name for each meaning.

use super::{Clean, Identity, Line, Mail, Mark, Text};

/// The name of a person, a department or a programme.
pub type Name = Line<200>;
/// The title of a session or content, and the topic of a session.
pub type Title = Line<200>;
/// The purpose of a programme or a lecturer group; how an improvement notice ended.
pub type Description = Text<2_000>;
/// A learner's comment on a session.
pub type Comment = Text<2_000>;
/// The outline of a content.
pub type Outline = Text<20_000>;
/// The body of a content.
pub type ContentBody = Text<100_000>;
/// What an application case should show, and what it shows.
pub type CaseText = Text<4_000>;
/// The reason for a decision.
pub type Reason = Line<500>;
/// What a lecturer and HR say about an appeal.
pub type AppealText = Text<2_000>;
/// A level of lecturers or a difficulty of sessions. People read it, and documents refer to it.
pub type Label = Line<32>;
/// Where a session takes place: a room or a link.
pub type Place = Line<500>;
/// The number of a certificate of competence at its issuer.
pub type CertificateNumber = Mark<100>;
/// The name of a file.
pub type FileName = Line<255>;
/// The media type of a file.
pub type MediaType = Mark<127, 3>;
/// A person's number in the HR system.
pub type EmployeeNumber = Identity<64>;
/// The system in which a person has an id, and the kind of that id.
pub type IdKind = Identity<64>;
/// A person's id in another system.
pub type IdValue = Identity<255>;
/// A code defined by another system: of a department, a pay item, a cost centre.
pub type OutsideCode = Identity<64>;
/// The system that a fact comes from.
pub type Source = Mark<64>;
/// The source's reference for the fact.
pub type SourceRef = Mark<255>;

/// The payroll system that pulled a batch.
pub type Consumer = Mark<100>;
/// The payroll system's id of its run.
pub type RunId = Mark<128>;

/// The payroll system's reference for a payment.
pub type PaymentRef = Mark<255>;
/// An email address.
pub type MailAddress = Clean<Mail, 3, 254>;
