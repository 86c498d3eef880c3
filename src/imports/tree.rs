//! The tree of departments of a file: which of them have no place in it.

use std::collections::{HashMap, HashSet};

/// The fault of a department's position in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeFlaw {
    None,
    /// Its parent does not exist.
    NoParent,
    /// It contains itself.
    Cycle,
    /// A department above it has a fault.
    Below,
}

/// What is above a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    Nothing,
    /// A parent that does not exist.
    Missing,
    /// The row with this number.
    Row(usize),
}

/// How many departments above one are looked at, so that a cycle in stored data cannot make the search endless.
pub(super) const MAX_HEIGHT: usize = 1000;

/// The fault of each row. Each row is visited once: from an undecided row up to a decided one, then back down.
pub(super) fn tree_flaws(above: &[Above]) -> Vec<TreeFlaw> {
    let mut flaws: HashMap<usize, TreeFlaw> = HashMap::with_capacity(above.len());
    for start in 0..above.len() {
        let (mut path, mut on_path) = (Vec::new(), HashSet::new());
        let mut next = Some(start);
        let mut top = TreeFlaw::None;
        while let Some(i) = next {
            if let Some(decided) = flaws.get(&i) {
                top = if *decided == TreeFlaw::None { TreeFlaw::None } else { TreeFlaw::Below };
                break;
            }
            if !on_path.insert(i) {
                let from = path.iter().position(|seen| *seen == i).unwrap_or_default();
                flaws.extend(path.drain(from..).map(|member| (member, TreeFlaw::Cycle)));
                top = TreeFlaw::Below;
                break;
            }
            path.push(i);
            next = match above.get(i) {
                Some(Above::Row(parent)) => Some(*parent),
                Some(Above::Missing) => {
                    path.pop();
                    flaws.insert(i, TreeFlaw::NoParent);
                    top = TreeFlaw::Below;
                    None
                }
                Some(Above::Nothing) | None => None,
            };
        }
        flaws.extend(path.into_iter().map(|i| (i, top)));
    }
    (0..above.len()).map(|i| flaws.get(&i).copied().unwrap_or(TreeFlaw::None)).collect()
}
