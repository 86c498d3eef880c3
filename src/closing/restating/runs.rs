//! What a restatement moves in titles, precedences and notices.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Proposal, ProposalKind, Restatement};
use super::queries;
use crate::closing::computation::Terms;
use crate::closing::queries as snapshots;
use crate::db::{Document, statement};
use crate::error::{Error, Result};
use crate::growth::streaks::rules::{ClosedUnder, Due, moved};
use crate::growth::streaks::{Earned, earned, held, put_grade};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::people::merged_into;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::runs::{Given, RatedPeriod};
use crate::scoring::closed_grades;

/// How many lines are looked at at a time.
const LINES: i64 = 1_000;

/// When a policy fires or has fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposedFiring {
    /// The policy's first firing for the lecturer is number 1.
    #[schema(minimum = 1, maximum = 10_000)]
    pub number: usize,
    /// The period with which the run is complete.
    pub period: Period,
    /// The periods of the run with their grades, earliest first.
    #[schema(max_items = 120)]
    pub run: Vec<RatedPeriod>,
    /// For a notice: the first rated period better than this grade closes it.
    #[serde(default)]
    #[schema(max_length = 64, examples("fail"))]
    pub grade_at_most: Option<String>,
}

/// A part that is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDifference {
    pub kind: ProposalKind,
    pub policy: String,
    pub title_code: Option<String>,
    pub title_id: Option<Uuid>,
    pub notice_id: Option<Uuid>,
    pub opportunity_code: Option<String>,
    pub precedence_id: Option<Uuid>,
    pub firing: ProposedFiring,
}

/// A lecturer whose grade has moved: before and after.
pub type Regraded<'g> = (Uuid, Option<&'g str>, Option<&'g str>);

/// The closed periods of the programme, each with what it was closed under: if it grants no money, the policies in force for it.
pub struct Runs {
    programme: Uuid,
    period: Period,
    closed: Vec<(Period, Option<Uuid>, Vec<String>)>,
    sets: BTreeMap<Uuid, RewardPolicySet>,
}

impl Runs {
    pub async fn find(tx: &mut Tx<'_>, programme: Uuid, terms: &Terms) -> Result<Self> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            period: String,
            #[diesel(sql_type = Nullable<SqlUuid>)]
            policy_set_id: Option<Uuid>,
            #[diesel(sql_type = Nullable<Jsonb>)]
            grade_order: Option<Document<Vec<String>>>,
        }
        const CLOSED: &str = "
SELECT p.period, s.settings -> 'grade_order' AS grade_order,
       coalesce(s.policy_set_id, (SELECT v.id FROM reward_policy_sets v
                                   WHERE v.tenant_id = :tenant AND v.programme_id = :programme AND v.published_at IS NOT NULL
                                     AND v.starts_on <= p.starts_on
                                   ORDER BY v.starts_on DESC LIMIT 1)) AS policy_set_id
  FROM periods p
  JOIN snapshots s ON s.tenant_id = :tenant AND s.id = p.snapshot_id
 WHERE p.tenant_id = :tenant AND p.programme_id = :programme
 ORDER BY p.starts_on";
        let asked = statement(CLOSED).bind("programme", programme);
        let rows: Vec<Row> = tx.complete(asked).load(tx.conn).await?;
        let ids: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.policy_set_id).collect();
        let mut sets = BTreeMap::new();
        for id in ids {
            sets.insert(id, snapshots::policies(tx, id).await?.0);
        }
        let closed = rows.into_iter().map(|row| {
            let period: Period = row.period.parse().map_err(Error::internal)?;
            let grades = row.grade_order.map_or_else(|| terms.settings.grade_order.clone(), |order| order.0);
            Ok((period, row.policy_set_id, grades))
        });
        Ok(Self { programme, period: terms.settings.period, closed: closed.collect::<Result<_>>()?, sets })
    }

    fn closed(&self) -> Vec<ClosedUnder<'_>> {
        let under = self.closed.iter().map(|(period, set, grades)| {
            let set = set.and_then(|id| self.sets.get(&id));
            ClosedUnder { period: *period, policies: set.map(RewardPolicySet::runs).unwrap_or_default(), grades }
        });
        under.collect()
    }

    /// What the new grades propose for each of these lecturers. What they hold already is not missing, and of what is too many only what
    /// has brought something is told.
    pub async fn differences(
        &self,
        tx: &mut Tx<'_>,
        regraded: &[Regraded<'_>],
    ) -> Result<BTreeMap<Uuid, Vec<RunDifference>>> {
        let closed = self.closed();
        if regraded.is_empty() || closed.iter().all(|own| own.policies.is_empty()) {
            return Ok(BTreeMap::new());
        }
        let people: Vec<Uuid> = regraded.iter().map(|(person, ..)| *person).collect();
        let codes: BTreeSet<&str> =
            closed.iter().flat_map(|own| &own.policies).filter_map(|policy| policy.given.title()).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let mut histories = closed_grades(tx, self.programme, &people).await?;
        let mut held = held(tx, self.programme, &people, &codes).await?;
        let earned = earned(tx, self.programme, &people).await?;
        let mut found = BTreeMap::new();
        for (person, before, after) in regraded {
            let history = histories.remove(person).unwrap_or_default();
            let (mut was, mut is) = (history.clone(), history);
            put_grade(&mut was, self.period, *before);
            put_grade(&mut is, self.period, *after);
            let (missing, too_many) = moved(&closed, &was, &is);
            let mut own_held = held.remove(person).unwrap_or_default();
            let missing = missing.into_iter().filter(|due| own_held.takes(due)).map(|due| due_part(&due));
            let mut parts: Vec<RunDifference> = missing.collect();
            let theirs: Vec<&Earned> = earned.iter().filter(|own| own.person_id == *person).collect();
            parts.extend(too_many.iter().flat_map(|due| tasks(due, &theirs)));
            if !parts.is_empty() {
                found.insert(*person, parts);
            }
        }
        Ok(found)
    }
}

fn firing(due: &Due<'_>) -> ProposedFiring {
    let grade_at_most = match due.given {
        Given::Notice(most) => Some(most.to_owned()),
        Given::Title(_) | Given::Opportunity(_) => None,
    };
    ProposedFiring { number: due.number, period: due.period, run: due.run.clone(), grade_at_most }
}

/// What is due.
fn due_part(due: &Due<'_>) -> RunDifference {
    let (kind, title_code, opportunity_code) = match due.given {
        Given::Title(code) => (ProposalKind::Title, Some(code.to_owned()), None),
        Given::Notice(_) => (ProposalKind::Notice, None, None),
        Given::Opportunity(code) => (ProposalKind::Precedence, None, Some(code.to_owned())),
    };
    RunDifference {
        kind,
        policy: due.policy.to_owned(),
        title_code,
        title_id: None,
        notice_id: None,
        opportunity_code,
        precedence_id: None,
        firing: firing(due),
    }
}

/// What a firing that is too many has brought.
fn tasks(due: &Due<'_>, earned: &[&Earned]) -> Vec<RunDifference> {
    let number = i32::try_from(due.number).unwrap_or(i32::MAX);
    let brought = earned.iter().filter(|own| own.policy_code == due.policy && own.firing_number == number);
    let task = |own: &&Earned| RunDifference {
        kind: ProposalKind::Task,
        policy: due.policy.to_owned(),
        title_code: own.title_code.clone(),
        title_id: own.title_id,
        notice_id: own.notice_id,
        opportunity_code: own.opportunity_code.clone(),
        precedence_id: own.precedence_id,
        firing: firing(due),
    };
    brought.map(task).collect()
}

/// Whose part it is, what it proposes, and for which firing of which policy.
pub type PartKey = (Uuid, ProposalKind, String, usize);

/// The parts that the new grades propose as things stand: other periods may have been closed or restated since they were computed.
pub async fn as_things_stand(tx: &mut Tx<'_>, restatement: &Restatement, terms: &Terms) -> Result<BTreeSet<PartKey>> {
    let runs = Runs::find(tx, restatement.programme_id, terms).await?;
    let mut found = BTreeSet::new();
    let mut after = None;
    loop {
        let lines = queries::next_regraded(tx, restatement.id, after, LINES).await?;
        let Some(last) = lines.last() else { return Ok(found) };
        after = Some(last.id);
        let people: Vec<Uuid> = lines.iter().map(|line| line.employee_id).collect();
        let merged = merged_into(tx, &people).await?;
        let mut grades = BTreeMap::new();
        for line in &lines {
            let moved = (line.was.as_deref(), line.becomes.as_deref());
            // What the record that was kept has stands.
            if let Some(kept) = merged.get(&line.employee_id) {
                grades.entry(*kept).or_insert(moved);
            } else {
                grades.insert(line.employee_id, moved);
            }
        }
        let regraded: Vec<Regraded<'_>> = grades.into_iter().map(|(person, (was, is))| (person, was, is)).collect();
        for (person, parts) in runs.differences(tx, &regraded).await? {
            found.extend(parts.into_iter().map(|own| (person, own.kind, own.policy, own.firing.number)));
        }
    }
}

/// None for a part that is not about a run.
pub fn key(person: Uuid, proposal: &Proposal) -> Result<Option<PartKey>> {
    let Some(due) = given(proposal)? else { return Ok(None) };
    Ok(Some((person, proposal.kind, due.policy, due.firing.number)))
}

/// What an accepted proposal gives.
pub fn given(proposal: &Proposal) -> Result<Option<ProposedDue>> {
    let Some(firing) = &proposal.firing else { return Ok(None) };
    let firing: ProposedFiring = serde_json::from_value(firing.clone()).map_err(Error::internal)?;
    let (title, opportunity) = (proposal.title_code.clone(), proposal.opportunity_code.clone());
    Ok(Some(ProposedDue { policy: proposal.policy_code.clone(), title, opportunity, firing }))
}

/// A title, a precedence or a notice that is due, as a proposal keeps it.
pub struct ProposedDue {
    policy: String,
    title: Option<String>,
    opportunity: Option<String>,
    firing: ProposedFiring,
}

impl ProposedDue {
    pub fn due(&self) -> Option<Due<'_>> {
        let given = match (&self.title, &self.opportunity, &self.firing.grade_at_most) {
            (Some(title), ..) => Given::Title(title),
            (None, Some(code), _) => Given::Opportunity(code),
            (None, None, Some(most)) => Given::Notice(most),
            (None, None, None) => return None,
        };
        let ProposedFiring { number, period, run, .. } = &self.firing;
        Some(Due { policy: &self.policy, given, number: *number, period: *period, run: run.clone() })
    }
}
