//! Who did something, as shown in responses.

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
