//! The tree stays a tree.

use std::collections::BTreeMap;

use uuid::Uuid;

/// Whether `department` under `parent` would contain itself, in the tree of every department's parent.
#[must_use]
pub fn would_cycle(parents: &BTreeMap<Uuid, Option<Uuid>>, department: Uuid, parent: Uuid) -> bool {
    let mut above = Some(parent);
    // As many steps as there are departments: a cycle that is there already must not make this endless.
    for _ in 0..=parents.len() {
        match above {
            None => return false,
            Some(id) if id == department => return true,
            Some(id) => above = parents.get(&id).copied().flatten(),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_cannot_go_below_itself() {
        let [a, b, c, d] = [1, 2, 3, 4].map(Uuid::from_u128);
        let parents = BTreeMap::from([(a, None), (b, Some(a)), (c, Some(b)), (d, None)]);
        for (department, parent, expected) in
            [(a, a, true), (a, b, true), (a, c, true), (a, d, false), (c, a, false), (b, c, true), (d, c, false)]
        {
            assert_eq!(would_cycle(&parents, department, parent), expected, "{department} under {parent}");
        }
    }
}
