//! All rights, each as a type: its scope on the wire, the roles that grant it, and how far it reaches.

use super::reach::{Breadth, Role};

/// A right that an operation requires of its caller.
pub trait Right: 'static {
    /// The OAuth 2.0 scope of the right.
    const SCOPE: &'static str;
    /// What it allows, as the contract describes it.
    const MEANING: &'static str;
    /// The roles that grant it, and how far it reaches.
    const ROLES: &'static [(Role, Breadth)];
}

/// Declares rights: type, scope, meaning and roles.
macro_rules! rights {
    ($($right:ident = $scope:literal, $meaning:literal, { $($role:ident: $breadth:ident),+ $(,)? })+) => {
        $(
            #[doc = $meaning]
            #[derive(Debug, Clone, Copy)]
            pub struct $right;

            impl Right for $right {
                const SCOPE: &'static str = $scope;
                const MEANING: &'static str = $meaning;
                const ROLES: &'static [(Role, Breadth)] = &[$((Role::$role, Breadth::$breadth)),+];
            }
        )+

        /// Scope, meaning and roles of every right.
        pub const ALL: &[(&str, &str, &[(Role, Breadth)])] = &[$(($right::SCOPE, $right::MEANING, $right::ROLES)),+];
    };
}

rights! {
    PeopleRead = "people:read", "Read departments, employees, lecturers and groups.",
        { Admin: All, Hris: All, Payroll: All, Auditor: All, Manager: Departments, Lecturer: Own, Learner: Own }
    PeopleWrite = "people:write", "Maintain departments, employees, lecturers and groups.", { Admin: All, Hris: All }
    ProgrammesRead = "programmes:read", "Read programmes, their rules, policies and periods.",
        { Admin: All, Hris: All, Payroll: All, Auditor: All, Manager: All, Lecturer: All, Learner: All }
    ProgrammesWrite = "programmes:write", "Maintain programmes, scoring rules and policies.", { Admin: All }
    CalendarWrite = "calendar:write", "Maintain the company's calendar of workdays, rest days and holidays.", { Admin: All, Hris: All }
    SessionsRead = "sessions:read", "Read sessions, attendance and content.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own, Learner: Own }
    SessionsWrite = "sessions:write", "Plan sessions and record their outcome.",
        { Admin: All, Hris: All, Manager: Departments, Lecturer: Own }
    SessionChanges = "session-changes:write", "Ask for changes of assigned sessions, and answer what lecturers ask for.",
        { Admin: All, Hris: All, Lecturer: Own, Learner: Own }
    AttendanceWrite = "attendance:write", "Record attendance at sessions.", { Admin: All, Hris: All }
    ContentWrite = "content:write", "Submit and withdraw content.", { Admin: All, Hris: All, Lecturer: Own }
    ReuseWrite = "reuse:write", "Record that content was reused.", { Admin: All, Hris: All, Learner: Own }
    CasesWrite = "cases:write", "Report application cases.", { Admin: All, Hris: All, Learner: Own }
    CasesConfirm = "cases:confirm", "Confirm or reject application cases.", { Admin: All, Manager: Departments }
    FeedbackSubmit = "feedback:submit", "Rate sessions that the caller attended.", { Learner: Own }
    FeedbackRead = "feedback:read", "Read a session's feedback; who gave it only in the mode `named`.",
        { Admin: All, Auditor: All, Manager: Departments, Lecturer: Own }
    FeedbackExtend = "feedback:extend", "Extend the feedback window of a session.", { Admin: All, Hris: All }
    FeedbackPaper = "feedback:paper", "Enter paper forms, which count when two people have entered the same.", { Admin: All }
    ScoresRead = "scores:read", "Read scorecards and leaderboards.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    AppealsRead = "appeals:read", "Read appeals against closed results.", { Admin: All, Auditor: All, Lecturer: Own }
    AppealsFile = "appeals:file", "Appeal against one's own closed results.", { Lecturer: Own }
    AppealsDecide = "appeals:decide", "Ask back about appeals, accept and decline them.", { Admin: All }
    ExternalWrite = "external-values:write", "Send values of external metrics.", { Admin: All, Hris: All }
    PeriodsClose = "periods:close", "Close periods.", { Admin: All }
    RewardsRead = "rewards:read", "Read the rewards ledger and certificates.",
        { Admin: All, Payroll: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    RewardsPropose = "rewards:propose", "Enter awards and corrections by hand, which another person approves.", { Admin: All }
    RewardsApprove = "rewards:approve", "Approve or reject rewards.", { Admin: All }
    PayrollPrepare = "payroll:prepare", "Create, lock and void payroll batches.", { Admin: All, Payroll: All }
    PayrollExport = "payroll:export", "Read payroll batches and their lines.", { Admin: All, Payroll: All, Auditor: All }
    PayrollAcknowledge = "payroll:acknowledge", "Acknowledge payroll batches.", { Payroll: All }
    PromotionsRead = "promotions:read", "Check promotion eligibility, read applications, waivers, titles and improvement notices.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    PromotionsApply = "promotions:apply", "Apply for promotions, and ask for waivers of criteria.", { Admin: All, Manager: Departments, Lecturer: Own }
    NoticesAnswer = "notices:answer", "Acknowledge and answer one's own improvement notices.", { Lecturer: Own }
    PromotionsWrite = "promotions:write", "Maintain promotion policies, decide applications and waivers, grant and withdraw titles, close improvement notices.", { Admin: All }
    MentorshipsRead = "mentorships:read", "Read offers to mentor and mentorships; what their pairs write only as one of them or HR.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own, Learner: Own }
    MentorshipsWrite = "mentorships:write", "Offer to mentor, ask for a mentor, keep a mentorship and end it.",
        { Admin: All, Lecturer: Own, Learner: Own }
    OpportunitiesRead = "opportunities:read", "Read training opportunities, applications for them, and precedences.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    OpportunitiesApply = "opportunities:apply", "Apply for training opportunities, answer offers of places, withdraw.", { Lecturer: Own }
    OpportunitiesWrite = "opportunities:write", "Publish training opportunities, rank applications, offer and revoke places, record who attended, withdraw precedences.", { Admin: All }
    JobsRead = "jobs:read", "Watch long-running jobs.", { Admin: All, Hris: All, Payroll: All, Auditor: All }
    ImportsWrite = "imports:write", "Import facts from files.", { Admin: All, Hris: All }
    ClientsWrite = "clients:write", "Maintain machine clients and roles.", { Admin: All }
    AuditRead = "audit:read", "Read the operation log.", { Auditor: All, Admin: All }
}
