//! What the maker of a draft is told at once: what to reconsider, and what publication would refuse now.

use super::earliest;
use super::fulfilment;
use super::model::{PolicyVersion, RuleVersion};
use super::queries::{Serving as _, pay_items};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::fault::{Fault, Faults};
use crate::names::{grade_order, names, title_codes};
use crate::programmes::documents::rule::ScoringRule;

/// So many are told of one version at the most.
const MAX_WARNINGS: usize = 100;

/// The warnings of these rules of one programme, in the same order.
pub async fn of_rules(tx: &mut Tx<'_>, versions: &[RuleVersion]) -> Result<Vec<Vec<Fault>>> {
    let of_starts = earliest::warnings(tx, versions).await?;
    let warnings = versions.iter().zip(of_starts).map(|(version, of_start)| -> Vec<Fault> {
        let mut refused = Faults::default();
        if version.published_at.is_none() {
            fulfilment::rule(&mut refused, &version.document);
        }
        let questionable = version.document.warnings().into_iter().map(|fault| fault.under("/rule"));
        of_start.into_iter().chain(questionable).chain(refused.into_vec()).collect()
    });
    told(tx, warnings.collect()).await
}

/// The warnings of these reward policies of one programme, in the same order.
pub async fn of_policies(tx: &mut Tx<'_>, versions: &[PolicyVersion]) -> Result<Vec<Vec<Fault>>> {
    let of_starts = earliest::warnings(tx, versions).await?;
    if versions.iter().all(|version| version.published_at.is_some()) {
        return Ok(vec![Vec::new(); versions.len()]);
    }
    let (grades, pay_items, titles) = (grade_order(tx).await?, pay_items(tx).await?, title_codes(tx).await?);
    let mut warnings = Vec::with_capacity(versions.len());
    for (version, of_start) in versions.iter().zip(of_starts) {
        let mut refused = Faults::default();
        if version.published_at.is_none() {
            let first_day = version.heading.starts_period.first_day();
            let rule = ScoringRule::in_force(tx, version.heading.programme_id, first_day).await?;
            let rule = rule.as_ref().map(|rule| &*rule.document);
            fulfilment::policies(&mut refused, &version.document, rule, &grades, &pay_items, &titles);
        }
        warnings.push(of_start.into_iter().chain(refused.into_vec()).collect());
    }
    told(tx, warnings).await
}

/// As many as are told, with the company's names of codes.
async fn told(tx: &mut Tx<'_>, mut warnings: Vec<Vec<Fault>>) -> Result<Vec<Vec<Fault>>> {
    if warnings.iter().any(|own| !own.is_empty()) {
        let names = names(tx).await?;
        for own in &mut warnings {
            own.truncate(MAX_WARNINGS);
            names.put_into(own);
        }
    }
    Ok(warnings)
}
