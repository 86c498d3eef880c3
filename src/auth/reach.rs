//! Roles, and how far the rights that they grant reach.

use uuid::Uuid;

use crate::kernel::words::words;

words! {
    /// A role of a person or a machine client.
    pub enum Role {
        /// HR and training administration (管理员).
        Admin = "admin",
        /// Manager of departments and those below them (主管).
        Manager = "manager",
        /// Lecturer: their own sessions and results (讲师). Every appointed lecturer has this role.
        Lecturer = "lecturer",
        /// Learner: what everybody may do (学员). Every employee has this role.
        Learner = "learner",
        /// The payroll system, or the people who run it (薪资).
        Payroll = "payroll",
        /// The HR information system (人事系统): sends people and facts.
        Hris = "hris",
        /// Auditor: reads everything except ratings of persons (审计).
        Auditor = "auditor",
    }
}

/// The departments that a manager manages. Those below them belong to the manager too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Managed(pub Vec<Uuid>);

/// How far a right reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The whole tenant.
    All,
    /// These departments and those below them.
    Departments(Managed),
    /// Only the caller's own data.
    Own(Uuid),
}

/// How far a role's right reaches, before it is known for whom. A wider one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    Own,
    Departments,
    All,
}
