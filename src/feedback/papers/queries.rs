//! Statements on paper forms.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::db::set_row;
use crate::journal::Tx;
use crate::kernel::text::Comment;
use crate::schema::feedback_papers;

/// Forms that were entered.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = feedback_papers)]
pub struct Paper {
    pub id: Uuid,
    pub entered_by_id: Uuid,
    pub confirmed_at: Option<DateTime<Utc>>,
}

set_row! {
    into feedback unique by (tenant_id, session_id, learner_id);
    /// A rating on a form.
    pub struct NewPaperRating {
        pub tenant_id: Uuid,
        pub id: Uuid,
        pub session_id: Uuid,
        pub learner_id: Uuid,
        pub rule_id: Option<Uuid>,
        pub rating: i32,
        pub scale: i32,
        pub items: Value,
        pub comment: Option<Comment>,
        pub received_at: DateTime<Utc>,
        pub source: &'static str,
        pub counts: bool,
    }
}

/// The forms with this digest, locked: as they were entered before, or are entered now.
pub async fn enter(tx: &mut Tx<'_>, session: Uuid, digest: &str, forms: i32, by: Uuid) -> QueryResult<Paper> {
    diesel::insert_into(feedback_papers::table)
        .values((
            feedback_papers::tenant_id.eq(tx.tenant),
            feedback_papers::id.eq(tx.id()),
            feedback_papers::session_id.eq(session),
            feedback_papers::digest.eq(digest),
            feedback_papers::form_count.eq(forms),
            feedback_papers::entered_by_id.eq(by),
            feedback_papers::entered_at.eq(tx.now),
        ))
        .on_conflict((feedback_papers::tenant_id, feedback_papers::session_id, feedback_papers::digest))
        .do_nothing()
        .execute(tx.conn)
        .await?;
    feedback_papers::table
        .filter(feedback_papers::tenant_id.eq(tx.tenant))
        .filter(feedback_papers::session_id.eq(session))
        .filter(feedback_papers::digest.eq(digest))
        .select(Paper::as_select())
        .for_update()
        .first(tx.conn)
        .await
}

pub async fn confirm(tx: &mut Tx<'_>, id: Uuid, by: Uuid) -> QueryResult<usize> {
    let own =
        feedback_papers::table.filter(feedback_papers::tenant_id.eq(tx.tenant)).filter(feedback_papers::id.eq(id));
    diesel::update(own)
        .set((feedback_papers::confirmed_by_id.eq(by), feedback_papers::confirmed_at.eq(tx.now)))
        .execute(tx.conn)
        .await
}
