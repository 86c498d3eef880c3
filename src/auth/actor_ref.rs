//! Who did something, as answers name them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ActorKind;

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorRef {
    pub kind: ActorKind,
    /// The employee's or client's id; the nil UUID for the system.
    pub id: Uuid,
}
