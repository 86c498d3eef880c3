//! Improvement notices (改进提醒). The people concerned can read them; they never close by themselves. Nothing opens one yet: streaks
//! of failed periods are meant to.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::auth::rights::PromotionsRead;
use crate::call::{Answer, Call, answer};
use crate::db::row_queries;
use crate::db::text::text_column;
use crate::error::Result;
use crate::http::{ETag, Listed, Page, Paged, Paging, Reply, operations, response};
use crate::journal::Tx;
use crate::kernel::text::{Code, Description};
use crate::kernel::words::words;
use crate::people::{EmployeeRef, People, employee_refs, records_of_one, visible};
use crate::schema::improvement_notices;

operations! { list_improvement_notices }

words! {
    /// State of an improvement notice (改进提醒).
    pub enum NoticeState {
        /// The notice is in force. It blocks a promotion that requires `no_open_notice`.
        Open = "open",
        /// The notice was answered and no longer blocks anything.
        Closed = "closed",
    }
}

text_column!(NoticeState);

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = improvement_notices)]
pub struct ImprovementNotice {
    id: Uuid,
    employee_id: Uuid,
    programme_id: Uuid,
    snapshot_id: Option<Uuid>,
    policy_code: Option<Code>,
    state: NoticeState,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    closing_note: Option<Description>,
    version: i64,
}

response! {
    /// An improvement notice to a lecturer.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ImprovementNoticeResponse: try new(row: ImprovementNotice, people: &People) {
        pub id: Uuid,
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        pub programme_id: Uuid,
        /// The closed snapshot that caused it; null if it was opened by hand.
        pub snapshot_id: Option<Uuid>,
        /// The policy that caused it.
        pub policy_code: Option<Code>,
        pub state: NoticeState,
        pub opened_at: DateTime<Utc>,
        pub closed_at: Option<DateTime<Utc>>,
        /// How the notice ended.
        pub closing_note: Option<Description>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of improvement notices.
pub type ImprovementNoticePage = Page<ImprovementNoticeResponse>;

/// Filters of improvement notices.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListImprovementNoticesQuery {
    /// Only those of this person, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// Only those of this programme.
    pub programme_id: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<NoticeState>,
}

/// List improvement notices
///
/// Newest first: those of the people whom the caller may see.
#[utoipa::path(get, path = "/v1/improvement-notices", responses((status = 200, body = ImprovementNoticePage)))]
async fn list_improvement_notices(call: Call<PromotionsRead>, query: Paged<ListImprovementNoticesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<PromotionsRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (rows, next) = list_page(tx, &query, seen.ids(), records.as_deref(), &paging).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
        let people = employee_refs(tx, &ids).await?;
        let respond = |row| ImprovementNoticeResponse::new(row, &people);
        Reply::page(rows.into_iter().map(respond).collect::<Result<Vec<_>>>()?, next)
    })
}

row_queries!(
    ImprovementNotice,
    improvement_notices,
    list_page = list(
        latest id; query: &ListImprovementNoticesQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, programme_id = query.programme_id, state = query.state
    ),
);
