//! Roles, and how far the rights that they give reach.

use uuid::Uuid;

use crate::kernel::words::words;

words! {
    /// A role, given to a person or a machine client.
    pub enum Role {
        /// HR, the training administration (管理员).
        Admin = "admin",
        /// Own department and those below (主管).
        Manager = "manager",
        /// Own sessions and results (讲师). Whoever is appointed as lecturer has it.
        Lecturer = "lecturer",
        /// What everybody may do (学员). Whoever is employed has it.
        Learner = "learner",
        /// The payroll system, or who runs it (薪酬).
        Payroll = "payroll",
        /// The HR information system (人事系统): pushes people and facts.
        Hris = "hris",
        /// Reads everything but ratings of persons (审计).
        Auditor = "auditor",
    }
}

/// The departments that a manager is manager of; those below them belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Managed(pub Vec<Uuid>);

/// How far a right reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The whole tenant.
    All,
    /// These departments, with those below them.
    Departments(Managed),
    /// The caller's own things.
    Own(Uuid),
}

/// How far a role's right reaches, before it is known whose it is; the wider one is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    Own,
    Departments,
    All,
}
