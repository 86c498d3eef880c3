//! The rule that the departments form a tree.

use std::collections::BTreeMap;

use uuid::Uuid;

/// Whether `department` would contain itself if it were below `parent`. `parents` maps every department to its parent.
#[must_use]
pub fn would_cycle(parents: &BTreeMap<Uuid, Option<Uuid>>, department: Uuid, parent: Uuid) -> bool {
    let mut above = Some(parent);
    // At most as many steps as there are departments: an existing cycle must not make this endless.
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
