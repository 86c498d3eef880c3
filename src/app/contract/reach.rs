//! Who may call an operation: the right that its handler requires, and the roles that grant it.

use utoipa::openapi::path::Operation;

use crate::auth::{Breadth, Role, rights};

/// Adds to the operation's description which roles grant the right that it requires.
pub fn describe(operation: &mut Operation) {
    let Some(scope) = scope(operation) else { return };
    let Some((scope, _, roles)) = rights::ALL.iter().find(|(known, ..)| *known == scope) else { return };
    let roles: Vec<String> = roles.iter().map(role).collect();
    let line = format!("\n\nRights: scope `{scope}`, granted by the roles {}.", roles.join(", "));
    operation.description.get_or_insert_default().push_str(&line);
}

/// Whether the operation requires a right that only reads.
pub fn only_reads(operation: &Operation) -> bool {
    scope(operation).is_some_and(|scope| scope.ends_with(":read"))
}

/// The scope that the operation requires.
fn scope(operation: &Operation) -> Option<String> {
    let requirements = serde_json::to_value(operation.security.as_ref()?).ok()?;
    let named = requirements.as_array()?.iter().find_map(|one| one.pointer("/oauth2/0")?.as_str())?;
    Some(named.to_owned())
}

fn role((role, breadth): &(Role, Breadth)) -> String {
    let reach = match breadth {
        Breadth::All => "",
        Breadth::Departments => " (the departments they manage and those below)",
        Breadth::Own => " (their own)",
    };
    format!("`{}`{reach}", role.slug())
}
