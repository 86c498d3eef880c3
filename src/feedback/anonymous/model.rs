//! Rows of anonymous feedback.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use crate::db::set_row;
use crate::feedback::model::Given;
use crate::kernel::text::Comment;

/// What a person gives on a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub session: Uuid,
    pub learner: Uuid,
    pub given: Given,
}

/// Who has rated a session.
#[derive(Debug, QueryableByName)]
pub struct PartRow {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub learner_id: Uuid,
    /// The record that the learner's was merged into, or the learner's own.
    #[diesel(sql_type = SqlUuid)]
    pub person: Uuid,
}

/// What is counted: a value given as the rating of a session, or as the answer to an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    /// The rule version with the form.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub rule_id: Option<Uuid>,
    /// The item. None: the rating.
    #[diesel(sql_type = Nullable<Text>)]
    pub key: Option<String>,
    #[diesel(sql_type = Integer)]
    pub scale: i32,
    #[diesel(sql_type = Integer)]
    pub value: i32,
}

/// By how many a value was given.
#[derive(Debug, QueryableByName)]
pub struct CountRow {
    #[diesel(embed)]
    pub counted: Counted,
    #[diesel(sql_type = Integer)]
    pub times: i32,
}

/// A text on a session.
#[derive(Debug, QueryableByName)]
pub struct SaidRow {
    #[diesel(sql_type = SqlUuid)]
    pub session_id: Uuid,
    #[diesel(sql_type = Text)]
    pub comment: Comment,
}

set_row! {
    into anonymous_participants;
    /// That a learner has rated a session.
    pub struct NewParticipant {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub session_id: Uuid,
        pub learner_id: Uuid,
    }
}

set_row! {
    into anonymous_counts;
    /// By how many a value was given, of what is held back.
    pub struct NewCount {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub session_id: Uuid,
        pub rule_id: Option<Uuid>,
        pub key: Option<String>,
        pub scale: i32,
        pub value: i32,
        pub times: i32,
    }
}

set_row! {
    into anonymous_texts;
    /// A text that is held back.
    pub struct NewText {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub session_id: Uuid,
        pub comment: Comment,
    }
}
