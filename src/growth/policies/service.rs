//! What a promotion policy must satisfy before it is drafted or published.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::Position;
use super::queries;
use crate::auth::rights::PromotionsWrite;
use crate::error::Result;
use crate::growth::criteria::PromotionCriterion;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::kernel::text::Code;
use crate::names::{grade_order, unknown_competence};
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

    /// Faults of the criterion and of the heading, and grades and programmes that the company does not have.
    async fn check(&self, tx: &mut Tx<'_>, _company: &(), position: &Position) -> Result<Faults> {
        let mut faults = Faults::default();
        faults.check_text("/target_code", position.target_code.faults());
        faults.check_text("/name", position.name.faults());
        let grades = grade_order(tx).await?;
        for fault in self.validate("/criteria", &grades) {
            faults.push(fault);
        }
        for (pointer, kind) in self.competences("/criteria") {
            if !faults.has(&pointer) {
                faults.extend(unknown_competence(tx, &pointer, kind).await?);
            }
        }
        let named = self.programmes("/criteria");
        let ids: Vec<Uuid> = named.iter().map(|(_, id)| *id).collect();
        let existing = queries::existing_programmes(tx, &ids).await?;
        for (pointer, _) in named.into_iter().filter(|(_, id)| !existing.contains(id)) {
            faults.push(Fault::new(pointer, FaultCode::NotFound));
        }
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
