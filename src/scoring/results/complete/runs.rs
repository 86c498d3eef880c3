//! The runs of good and of poor periods so far: how far the lecturer is from a title, from precedence for an opportunity, or from an
//! improvement notice.

use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{RunKind, StatementRun};
use super::sentences::Teller;
use super::words::Said;
use crate::db::{Document, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::code_list::CodeList;
use crate::kernel::message::{Phrase, Words, data};
use crate::names::grade_order;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::runs::{Given, RatedPeriod, RunPolicy};
use crate::programmes::policies_in_force;
use crate::scoring::closed_grades;
use crate::scoring::results::Basis;

/// The policies that a period was closed under, or is to be closed under as things stand, and the order of the grades.
async fn terms(tx: &mut Tx<'_>, basis: &Basis) -> Result<Option<(RewardPolicySet, Vec<String>)>> {
    #[derive(QueryableByName)]
    struct Frozen {
        #[diesel(sql_type = Nullable<Jsonb>)]
        document: Option<Document<RewardPolicySet>>,
        #[diesel(sql_type = Nullable<Jsonb>)]
        grade_order: Option<Document<Vec<String>>>,
    }
    // Without money the snapshot names no policies: then those in force for the period.
    const FROZEN: &str = "
SELECT v.document, s.settings -> 'grade_order' AS grade_order
  FROM snapshots s
  LEFT JOIN reward_policy_sets v ON v.tenant_id = :tenant AND v.id = s.policy_set_id
 WHERE s.tenant_id = :tenant AND s.id = :snapshot";
    let frozen: Option<Frozen> = match &basis.snapshot {
        Some(snapshot) => {
            let asked = tx.complete(statement(FROZEN).bind("snapshot", snapshot.id));
            asked.get_result(tx.conn).await.optional()?
        }
        None => None,
    };
    let (document, order) = frozen.map_or((None, None), |frozen| (frozen.document, frozen.grade_order));
    let set = match document {
        Some(document) => Some(document.0),
        None => policies_in_force(tx, basis.programme.id, &basis.period).await?.map(|version| version.document.0),
    };
    let Some(set) = set else { return Ok(None) };
    let grades = match order {
        Some(order) => order.0,
        None => grade_order(tx).await?,
    };
    Ok(Some((set, grades)))
}

/// The runs of a person after the period, in which he or she has this grade; without one the period counts for none. A run of poor
/// periods is told once it has begun.
pub async fn find(
    tx: &mut Tx<'_>,
    basis: &Basis,
    (person, grade): (Uuid, Option<&str>),
    teller: Teller<'_>,
) -> Result<Vec<StatementRun>> {
    let Some((set, grades)) = terms(tx, basis).await? else { return Ok(Vec::new()) };
    let policies = set.runs();
    if policies.is_empty() {
        return Ok(Vec::new());
    }
    let mut history = closed_grades(tx, basis.programme.id, &[person]).await?.remove(&person).unwrap_or_default();
    history.retain(|own| own.period < basis.period);
    history.extend(grade.map(|grade| RatedPeriod { period: basis.period, grade: grade.to_owned() }));
    let told = policies.iter().filter_map(|policy| {
        let counted = policy.count(&grades, &history);
        let fired = counted.firings.into_iter().next_back().filter(|firing| firing.period == basis.period);
        match fired {
            Some(firing) => shown(policy, (firing.run, policy.length, true), teller),
            None => shown(policy, (counted.run, counted.count, false), teller),
        }
    });
    Ok(told.collect())
}

fn shown(policy: &RunPolicy<'_>, run: (Vec<RatedPeriod>, u32, bool), teller: Teller<'_>) -> Option<StatementRun> {
    let (periods, count, is_complete) = run;
    let (kind, title_code, opportunity_code) = match policy.given {
        Given::Title(code) => (RunKind::Title, Some(code.to_owned()), None),
        Given::Opportunity(code) => (RunKind::Precedence, None, Some(code.to_owned())),
        Given::Notice(_) if count > 0 => (RunKind::Notice, None, None),
        Given::Notice(_) => return None,
    };
    let title =
        title_code.as_deref().map(|code| teller.names.of(CodeList::Titles, code).text(teller.language).to_owned());
    let (policy, grade, length) = (policy.code.to_owned(), policy.grade().to_owned(), policy.length);
    Some(StatementRun { policy, kind, title_code, title, opportunity_code, grade, length, count, is_complete, periods })
}

/// A run in a sentence.
pub fn sentence(own: &StatementRun, teller: Teller<'_>) -> Phrase {
    let said = match (own.kind, own.is_complete) {
        (RunKind::Title, false) => Said::TitleRun,
        (RunKind::Title, true) => Said::TitleEarned,
        (RunKind::Precedence, false) => Said::PrecedenceRun,
        (RunKind::Precedence, true) => Said::PrecedenceEarned,
        (RunKind::Notice, false) => Said::NoticeRun,
        (RunKind::Notice, true) => Said::NoticeEarned,
    };
    let title = own.title_code.as_deref().map(|code| teller.names.of(CodeList::Titles, code));
    let title = title.unwrap_or_else(|| Words::same(""));
    let opportunity = data(own.opportunity_code.as_deref().unwrap_or_default());
    let said = said.with("count", own.count).with("length", own.length).with("title", title);
    let said = said.with("opportunity", opportunity);
    said.with("grade", teller.names.of(CodeList::Grades, &own.grade))
}
