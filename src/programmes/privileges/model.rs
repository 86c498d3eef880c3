//! Rows of privileges.

use diesel::prelude::*;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::text::Code;
use crate::kernel::words::words;
use crate::schema::programme_privileges;

words! {
    /// Who reads what others share in a programme.
    #[derive(Default)]
    pub enum ContentAccess {
        /// Everybody in the company.
        #[default]
        Everyone = "everyone",
        /// Who has earned it: lecturers whose latest closed grade is at least `content_grade`, and those whom they mentor. Besides them
        /// authors, the learners of the session, organisers of the programme's groups, HR and auditors. Everybody else sees title and
        /// authors only.
        Earned = "earned",
    }
}

text_column!(ContentAccess);

/// How many people a mentor may have at a time, if a programme does not say.
pub const MENTOR_CAPACITY: i32 = 3;
/// The most that a programme may say.
pub const MAX_MENTOR_CAPACITY: i32 = 20;

/// What a good grade opens. A grade of None is the company's best.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = programme_privileges, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Privileges {
    pub programme_id: Uuid,
    pub content_access: ContentAccess,
    pub content_grade: Option<Code>,
    pub mentor_grade: Option<Code>,
    pub mentor_capacity: i32,
}

impl Privileges {
    /// Those of a programme that has set nothing.
    #[must_use]
    pub fn unset(programme_id: Uuid) -> Self {
        Self {
            programme_id,
            content_access: ContentAccess::default(),
            content_grade: None,
            mentor_grade: None,
            mentor_capacity: MENTOR_CAPACITY,
        }
    }

    /// Names of the settings that differ in `after`.
    #[must_use]
    pub fn changed_fields(&self, after: &Self) -> Vec<&'static str> {
        let all = [
            ("content_access", self.content_access != after.content_access),
            ("content_grade", self.content_grade != after.content_grade),
            ("mentor_grade", self.mentor_grade != after.mentor_grade),
            ("mentor_capacity", self.mentor_capacity != after.mentor_capacity),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// The row of a programme.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = programme_privileges)]
pub struct Stored {
    pub id: Uuid,
    #[diesel(embed)]
    pub privileges: Privileges,
    pub version: i64,
}
