//! Privileges on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{ContentAccess, MAX_MENTOR_CAPACITY, MENTOR_CAPACITY, Privileges};
use crate::http::ETag;
use crate::kernel::fault::Faults;
use crate::kernel::text::Code;

/// What a good grade opens in the programme.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content_access": "earned", "content_grade": "excellent", "mentor_grade": "excellent", "mentor_capacity": 3
}))]
pub struct PutProgrammePrivilegesRequest {
    /// Who reads what others share.
    pub content_access: ContentAccess,
    /// The lowest grade that opens the content of others where it is earned: one of the company's. Absent or null: its best.
    #[validate(nested)]
    pub content_grade: Option<Code>,
    /// The lowest grade of lecturers who offer to mentor: one of the company's. Absent or null: its best.
    #[validate(nested)]
    pub mentor_grade: Option<Code>,
    /// How many people a mentor may have at a time; an offer may say fewer. Pairs that there are go on if it is lowered.
    #[serde(default = "default_mentor_capacity")]
    #[schema(minimum = 1, maximum = 20, default = default_mentor_capacity)]
    pub mentor_capacity: i32,
}

fn default_mentor_capacity() -> i32 {
    MENTOR_CAPACITY
}

impl PutProgrammePrivilegesRequest {
    /// The settings. Their faults by themselves are added to `faults`.
    pub fn parse(self, programme_id: Uuid, faults: &mut Faults) -> Privileges {
        faults.check_range("/mentor_capacity", self.mentor_capacity, 1, MAX_MENTOR_CAPACITY);
        Privileges {
            programme_id,
            content_access: self.content_access,
            content_grade: self.content_grade,
            mentor_grade: self.mentor_grade,
            mentor_capacity: self.mentor_capacity,
        }
    }
}

/// What a good grade opens in a programme (讲师权益).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgrammePrivilegesResponse {
    pub programme_id: Uuid,
    /// Who reads what others share.
    pub content_access: ContentAccess,
    /// The lowest grade that opens the content of others where it is earned. Null: the company's best.
    /// Example: excellent
    pub content_grade: Option<Code>,
    /// The lowest grade of lecturers who offer to mentor. Null: the company's best.
    /// Example: excellent
    pub mentor_grade: Option<Code>,
    /// How many people a mentor may have at a time.
    #[schema(minimum = 1, maximum = 20)]
    pub mentor_capacity: i32,
    pub etag: ETag,
}

impl ProgrammePrivilegesResponse {
    #[must_use]
    pub fn new((privileges, version): (Privileges, i64)) -> Self {
        let Privileges { programme_id, content_access, content_grade, mentor_grade, mentor_capacity } = privileges;
        Self { programme_id, content_access, content_grade, mentor_grade, mentor_capacity, etag: ETag(version) }
    }
}
