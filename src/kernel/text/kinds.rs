//! The kinds of texts that the company and its systems send: one name for one meaning.

use super::{Clean, Line, Mail, Mark, Text};

/// What people call a person, a department, a programme.
pub type Name = Line<200>;
/// What a session or content is called, and what it is about.
pub type Title = Line<200>;
/// What a programme or a group of lecturers is for; how an improvement notice ended.
pub type Description = Text<2_000>;
/// What a learner says of a session.
pub type Comment = Text<2_000>;
/// What a content is about, piece by piece.
pub type Outline = Text<20_000>;
/// A content itself.
pub type ContentBody = Text<100_000>;
/// What an application case should show, and what one shows.
pub type CaseText = Text<4_000>;
/// Why somebody decided as they did.
pub type Reason = Line<500>;
/// A level of lecturers, a difficulty of sessions: people read it, and documents name it.
pub type Label = Line<32>;
/// Where a session takes place: a room or a link.
pub type Place = Line<500>;
/// What a file is called.
pub type FileName = Line<255>;
/// What kind of content a file has.
pub type MediaType = Mark<127, 3>;
/// A person's number in the HR system.
pub type EmployeeNumber = Mark<64>;
/// Which system knows a person by an id of its own, and which of its kinds of id that is.
pub type IdKind = Mark<64>;
/// A person's id in another system.
pub type IdValue = Mark<255>;
/// A code that another system gives: of a department, a pay item, a cost centre.
pub type OutsideCode = Mark<64>;
/// Which system a fact comes from.
pub type Source = Mark<64>;
/// What the source calls the fact.
pub type SourceRef = Mark<255>;

/// Which payroll system took a batch.
pub type Consumer = Mark<100>;
/// What that system calls its run.
pub type RunId = Mark<128>;

/// What that system calls one payment.
pub type PaymentRef = Mark<255>;
/// A mail address.
pub type MailAddress = Clean<Mail, 3, 254>;
