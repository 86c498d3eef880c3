//! Responses about access changes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::auth::ActorRef;
use crate::error::{Error, Result};
use crate::http::{ETag, Page};
use crate::kernel::text::Reason;
use crate::people::{DepartmentRef, Departments, EmployeeRef, People};
use crate::sign_in::{AccessChange, AccessChangeState, AccessField};

/// A change of who somebody is or what they may do, or of a lecturer's level on past days. It waits until a second person confirms it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessChangeResponse {
    pub id: Uuid,
    pub state: AccessChangeState,
    /// The person whose access or level it is.
    pub employee: EmployeeRef,
    pub field: AccessField,
    /// The department of which the person becomes the head, which moves below one that the person manages, or to which a manager's
    /// role is limited. Null if it is about none.
    pub department: Option<DepartmentRef>,
    /// The values that stood when it was proposed: a number, an address, a role, the id of an employee or of the department above; an employment as `hired_on/left_on`,
    /// with `..` for none, an appointment as `appointed_on/ended_on` with its levels after it, a level with its first day. Ids in other systems and accounts are
    /// named with their kind or issuer. Of a merge: id, name, number and address of the record that is given up, and as `proposed` those
    /// of the one that is kept. Empty if there was none.
    #[schema(max_items = 1001, value_type = Vec<AccessValue>)]
    pub present: Vec<String>,
    /// The proposed values, in the same form. Empty if there is to be none.
    #[schema(max_items = 20, value_type = Vec<AccessValue>)]
    pub proposed: Vec<String>,
    pub proposed_at: DateTime<Utc>,
    pub proposed_by: ActorRef,
    /// The person who proposed it, or answers for the machine client that did: this person may not confirm it. Null if nobody
    /// answers for it.
    pub answerable_id: Option<Uuid>,
    /// When it was confirmed or withdrawn. Null while it waits.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who confirmed or withdrew it. The system, if it ended because a merge gave up the record that it is about. Null while it waits.
    pub decided_by: Option<ActorRef>,
    /// Why it was proposed. Null where that is not asked.
    pub reason: Option<Reason>,
    /// Whether somebody confirmed a change of their own. Only a company that allows self-approval has such.
    pub self_approved: bool,
    pub etag: ETag,
}

/// One value of an access change.
#[derive(ToSchema)]
#[schema(max_length = 600, examples("E-1024"))]
pub struct AccessValue(#[expect(dead_code, reason = "names the schema")] String);

/// A page of access changes.
pub type AccessChangePage = Page<AccessChangeResponse>;

impl AccessChangeResponse {
    pub fn new(change: AccessChange, people: &People, departments: &Departments) -> Result<Self> {
        let decided_by = change.decided_kind.zip(change.decided_id).map(|(kind, id)| ActorRef { kind, id });
        Ok(Self {
            id: change.id,
            state: change.state,
            employee: people.get(change.employee_id)?,
            field: change.field,
            department: department_of(&change).and_then(|id| departments.find(id)),
            present: texts(&change.present)?,
            proposed: texts(&change.proposed)?,
            proposed_at: change.created_at,
            proposed_by: ActorRef { kind: change.proposed_kind, id: change.proposed_id },
            answerable_id: change.answerable_id,
            decided_at: change.decided_at,
            decided_by,
            reason: change.reason,
            self_approved: change.self_approved,
            etag: ETag(change.version),
        })
    }
}

/// The department that a change is about: the last part of its target.
#[must_use]
pub fn department_of(change: &AccessChange) -> Option<Uuid> {
    match change.field {
        field if field.is_of_department() => change.target.parse().ok(),
        AccessField::Role => change.target.rsplit('/').next()?.parse().ok(),
        _ => None,
    }
}

/// The parts of an id in another system, of an account, and of a level, in their order.
const PARTS: [&str; 7] = ["system", "kind", "value", "issuer", "subject", "level", "starts_on"];

/// The values of a change as texts. Those with parts show them one after the other.
fn texts(value: &Value) -> Result<Vec<String>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(values) => values.iter().map(texts).map(|texts| Ok(texts?.join(" "))).collect(),
        Value::Object(days) if days.contains_key("hired_on") => Ok(vec![span(days, "hired_on", "left_on")]),
        Value::Object(days) if days.contains_key("appointed_on") => {
            let levels = days.get("levels").map(texts).transpose()?.unwrap_or_default();
            Ok(std::iter::once(span(days, "appointed_on", "ended_on")).chain(levels).collect())
        }
        Value::Object(parts) => {
            let named = PARTS.iter().filter_map(|name| parts.get(*name)?.as_str());
            Ok(vec![named.collect::<Vec<&str>>().join(" ")])
        }
        Value::Bool(_) | Value::Number(_) => Err(Error::internal("a change has a value of another type")),
    }
}

fn span(days: &Map<String, Value>, first: &str, last: &str) -> String {
    let day = |name: &str| days.get(name).and_then(Value::as_str).unwrap_or("..");
    format!("{}/{}", day(first), day(last))
}
