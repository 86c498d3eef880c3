//! Among whom people are compared.

use super::words::words;

words! {
    /// The circle in which lecturers are ranked, or compete for a reward.
    #[derive(Default)]
    pub enum Scope {
        /// Everyone in the programme.
        #[default]
        Programme = "programme",
        /// Everyone of the same department (the nearest ranking unit above, where departments nest).
        Department = "department",
    }
}
