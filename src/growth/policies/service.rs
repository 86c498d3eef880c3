//! What a promotion policy must satisfy before it is drafted or published.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::Position;
use crate::auth::rights::PromotionsWrite;
use crate::error::Result;
use crate::growth::criteria::PromotionCriterion;
use crate::growth::references::criteria_faults;
use crate::journal::Tx;
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;
use crate::kernel::text::Code;
use crate::versioned::{Commands, Version, Versioned, version_queries};

impl Versioned for PromotionCriterion {
    type Heading = Position;
    /// The position.
    type Filter = Option<Code>;
    type Cursor = Uuid;
    type Maintain = PromotionsWrite;

    const NAME: Thing = Thing::PromotionPolicy;
    const SUBJECT: &'static str = "promotion_policy";
    const COMMANDS: Commands = Commands {
        create: "create_promotion_policy",
        replace: "replace_promotion_policy",
        delete: "delete_promotion_policy",
        publish: "publish_promotion_policy",
    };
    const PUBLISHED: &'static str = "promotion_policy.published";
    const NUMBER_KEY: &'static str = "promotion_policies_version_key";

    /// Faults of the criterion and of the heading, and grades, titles, kinds of certificates and programmes that the company does not
    /// have.
    async fn check(&self, tx: &mut Tx<'_>, _company: &(), position: &Position) -> Result<Faults> {
        let mut faults = Faults::default();
        faults.check_text("/target_code", position.target_code.faults());
        faults.check_text("/name", position.name.faults());
        faults.extend(criteria_faults(tx, self, "/criteria").await?.into_vec());
        Ok(faults)
    }

    version_queries!(
        PromotionCriterion, promotion_policies,
        heading: (target_code, name),
        written: |position| { target_code: position.target_code, name: position.name },
        numbered_within: target_code,
        listed: |page, position| match position {
            Some(target_code) => page.filter(versions::target_code.eq(target_code)),
            None => page,
        },
        by: id,
    );
}
