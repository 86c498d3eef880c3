//! Offers on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{MentorOffer, Places};
use crate::http::{ETag, Page, response};
use crate::kernel::text::Description;
use crate::people::{EmployeeRef, People};

/// An offer to mentor.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "programme_id": "0195a1b2-0000-7000-8000-000000000010", "capacity": 1, "topics": "课程设计、课堂互动、客户案例"
}))]
pub struct CreateMentorOfferRequest {
    /// The programme in which the caller's latest closed grade is good enough.
    pub programme_id: Uuid,
    /// How many people the caller takes at a time: at most as many as the programme says (`mentor_capacity`).
    #[schema(minimum = 1, maximum = 20)]
    pub capacity: i32,
    /// What the caller helps with.
    #[validate(nested)]
    pub topics: Option<Description>,
}

response! {
    /// That a lecturer offers to mentor others.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct MentorOfferResponse: try new(row: MentorOffer, people: &People, places: Places) {
        pub id: Uuid,
        pub programme_id: Uuid,
        /// The mentor.
        pub employee: EmployeeRef = people.get(row.employee_id)?,
        /// How many people the mentor takes at a time.
        #[schema(minimum = 1, maximum = 20)]
        pub capacity: i32,
        /// How many more the offer has room for now. Fewer, if the programme was changed to allow fewer since.
        #[schema(minimum = 0, maximum = 20)]
        pub free_places: i64 = (places.offered - places.taken).max(0),
        /// What the mentor helps with.
        pub topics: Option<Description>,
        pub created_at: DateTime<Utc>,
        /// Null while it stands.
        pub withdrawn_at: Option<DateTime<Utc>>,
        pub updated_at: DateTime<Utc>,
        pub etag: ETag = ETag(row.version),
    }
}

/// A page of offers.
pub type MentorOfferPage = Page<MentorOfferResponse>;

/// Filters of offers.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMentorOffersQuery {
    /// Only those in this programme.
    pub programme_id: Option<Uuid>,
    /// Only those of this lecturer, those of records that were merged into theirs included.
    pub employee_id: Option<Uuid>,
    /// True: only those that stand. False: only those that were withdrawn.
    pub standing: Option<bool>,
}
