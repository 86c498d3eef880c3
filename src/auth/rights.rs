//! Every right there is, as a type: its scope on the wire, and which roles give it how far.

use super::reach::{Breadth, Role};

/// What an operation needs its caller to have.
pub trait Right: 'static {
    /// The scope of OAuth 2.0 that names it.
    const SCOPE: &'static str;
    /// What it allows, in the contract's words.
    const MEANING: &'static str;
    /// The roles that give it, and how far.
    const ROLES: &'static [(Role, Breadth)];
}

/// Declares rights: the type, its scope, its meaning, its roles.
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
    SessionsRead = "sessions:read", "Read sessions, attendance and content.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own, Learner: Own }
    SessionsWrite = "sessions:write", "Plan sessions and record what became of them.",
        { Admin: All, Hris: All, Manager: Departments, Lecturer: Own }
    AttendanceWrite = "attendance:write", "Record who attended.", { Admin: All, Hris: All }
    ContentWrite = "content:write", "Submit and withdraw content.", { Admin: All, Hris: All, Lecturer: Own }
    ReuseWrite = "reuse:write", "Record that content was reused.", { Admin: All, Hris: All, Learner: Own }
    CasesWrite = "cases:write", "Report that something learned was applied.", { Admin: All, Hris: All, Learner: Own }
    CasesConfirm = "cases:confirm", "Confirm or reject application cases.", { Admin: All, Manager: Departments }
    FeedbackSubmit = "feedback:submit", "Rate a session one attended.", { Learner: Own }
    FeedbackRead = "feedback:read", "Read a session's feedback, without who gave it.",
        { Admin: All, Auditor: All, Manager: Departments, Lecturer: Own }
    FeedbackExtend = "feedback:extend", "Give a learner more time to rate a session.", { Admin: All, Hris: All }
    ScoresRead = "scores:read", "Read scorecards and boards.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    ExternalWrite = "external-values:write", "Send values of external metrics.", { Admin: All, Hris: All }
    PeriodsClose = "periods:close", "Close a period.", { Admin: All }
    RewardsRead = "rewards:read", "Read the rewards ledger and certificates.",
        { Admin: All, Payroll: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    RewardsApprove = "rewards:approve", "Approve or reject rewards.", { Admin: All }
    PayrollPrepare = "payroll:prepare", "Make, lock and void payroll batches.", { Admin: All, Payroll: All }
    PayrollExport = "payroll:export", "Read payroll batches and their lines.", { Admin: All, Payroll: All, Auditor: All }
    PayrollAcknowledge = "payroll:acknowledge", "Say what became of payroll lines.", { Payroll: All }
    PromotionsRead = "promotions:read", "Check promotion eligibility and read applications.",
        { Admin: All, Hris: All, Auditor: All, Manager: Departments, Lecturer: Own }
    PromotionsApply = "promotions:apply", "Apply for a promotion.", { Admin: All, Manager: Departments, Lecturer: Own }
    PromotionsWrite = "promotions:write", "Maintain promotion policies and decide applications.", { Admin: All }
    JobsRead = "jobs:read", "Watch long work.", { Admin: All, Hris: All, Payroll: All, Auditor: All }
    ImportsWrite = "imports:write", "Import facts from files.", { Admin: All, Hris: All }
    ClientsWrite = "clients:write", "Maintain machine clients and roles.", { Admin: All }
    AuditRead = "audit:read", "Read the operation log.", { Auditor: All, Admin: All }
}
