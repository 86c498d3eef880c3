//! The lists of codes that are a company's own.

use super::words::words;

words! {
    /// A list of codes that are a company's own, and that it gives names.
    pub enum CodeList {
        /// Grades, best first.
        Grades = "grades",
        /// Metrics, and the score.
        Metrics = "metrics",
        /// Reward policies.
        Policies = "policies",
        /// Levels of lecturers, lowest first.
        Levels = "levels",
        /// Titles.
        Titles = "titles",
        /// Kinds of certificates of competence.
        Competences = "competences",
    }
}
