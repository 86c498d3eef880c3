//! Short ways to refuse.

use uuid::Uuid;

use super::{Code, Error, Result};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::message::{Param, Phrase};
use crate::kernel::phrases::Thing;

impl Thing {
    /// Returns what was found; refuses (404) if there is nothing.
    pub fn require<T>(self, found: Option<T>) -> Result<T> {
        found.ok_or_else(|| Error::not_found(self))
    }

    /// Refuses (409) a code that `holder` already has.
    pub fn refuse_code(self, code: &str, holder: Option<Uuid>) -> Result<()> {
        let Some(id) = holder else { return Ok(()) };
        let fault = Fault::taken_by_code("/code", self, code, id);
        Err(Error::already_exists(self.with_code(code, id)).with_faults(vec![fault]))
    }

    /// Refuses (409) every state except those that the command needs.
    pub fn require_state<S, const N: usize>(self, state: S, needed: [S; N]) -> Result<()>
    where
        S: Copy + PartialEq + Into<Phrase>,
    {
        self.refuse_if(!needed.contains(&state), state, needed)
    }

    /// Refuses (409) if `is_so`: the thing is in `state`, and the command needs it to be `needed`.
    pub fn refuse_if(self, is_so: bool, state: impl Into<Phrase>, needed: impl Into<Param>) -> Result<()> {
        if is_so { Err(Error::state(self, state, needed)) } else { Ok(()) }
    }
}

/// The only item of the result of a function over a set that was called with one item.
pub fn only<T>(mut items: Vec<T>) -> Result<T> {
    items.pop().ok_or_else(|| Error::internal("no result for the only item"))
}

impl Faults {
    /// Refuses with all faults, if there are any.
    pub fn check(self) -> Result<()> {
        Error::refuse(self.into_vec())
    }

    /// What was found, if there are no faults. Otherwise refuses with all of them, those of the search included; a place that has
    /// one gets no other. A code that is taken is then one of them, and a state that refuses is told together with them.
    pub fn and<T>(mut self, found: Result<T>) -> Result<T> {
        match found {
            Err(refused) if refused.code == Code::StateConflict => Err(refused.with_faults(self.into_vec())),
            Err(refused) if self.joins(&refused) => {
                let others: Vec<Fault> = refused.faults.into_iter().filter(|fault| !self.has(&fault.pointer)).collect();
                self.extend(others);
                Err(Error::invalid(self.into_vec()))
            }
            Err(other) => Err(other),
            Ok(found) => self.check().map(|()| found),
        }
    }

    /// Whether the refusal is one of several faults.
    fn joins(&self, refused: &Error) -> bool {
        refused.code == Code::InvalidValues || refused.code == Code::AlreadyExists && !self.is_empty()
    }
}
