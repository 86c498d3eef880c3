//! The group of people within which people are compared.

use super::words::words;

words! {
    /// The group within which lecturers are ranked or compete for a reward.
    #[derive(Default)]
    pub enum Scope {
        /// Everyone in the programme.
        #[default]
        Programme = "programme",
        /// Everyone in the same department. If departments are nested, the nearest ranking unit above.
        Department = "department",
    }
}
