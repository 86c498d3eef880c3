//! Among whom people are compared.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The circle in which lecturers are ranked, or compete for a reward.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everyone in the programme.
    #[default]
    Programme,
    /// Everyone of the same department (the nearest ranking unit above, where departments nest).
    Department,
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::Programme, Self::Department];

    /// Its name in data.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Programme => "programme",
            Self::Department => "department",
        }
    }
}
