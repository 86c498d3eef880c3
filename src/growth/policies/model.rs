//! The heading of a promotion policy: what it has besides its criterion.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::data;
use crate::kernel::text::{Code, Name};
use crate::versioned::{Heading, Version};

/// A version of what a position requires.
pub type PromotionPolicy = Version<PromotionCriterion>;

/// The position that a policy is for, and the policy's name.
#[derive(Debug, Clone, Queryable)]
pub struct Position {
    pub target_code: Code,
    pub name: Name,
}

/// Policies belong to the company, and a position is only a code: there is no row to lock.
impl Heading for Position {
    type Key = ();
    type Owner = ();

    fn key(&self) {}

    fn details(&self) -> Map<String, Value> {
        Map::from_iter([("target_code".to_owned(), self.target_code.as_str().into())])
    }

    async fn lock(_tx: &mut Tx<'_>, _key: ()) -> Result<()> {
        Ok(())
    }

    async fn touch(_tx: &mut Tx<'_>, _owner: &()) -> Result<()> {
        Ok(())
    }

    fn check_replacement(&self, before: &Self) -> Result<()> {
        if self.target_code == before.target_code {
            return Ok(());
        }
        let fault = Fault::new("/target_code", FaultCode::NotAllowed).with("allowed", data(&before.target_code));
        Err(Error::invalid(vec![fault]))
    }
}
