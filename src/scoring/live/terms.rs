//! The computation of some results of a period, with the functions of the close.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::model::{LivePeriod, LiveResult};
use super::store;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::programmes::{Programme, min_ratings, policies_in_force, programme_with_rule};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rule::ScoringRule;
use crate::scoring::rules::score;
use crate::scoring::sums::Sums;
use crate::scoring::titles::{self, Titles};
use crate::scoring::{Moment, Reader};

/// What the results of a live period are computed with.
pub struct Terms {
    programme: Programme,
    rule: ScoringRule,
    pays_fees: bool,
}

impl Terms {
    pub async fn of(tx: &mut Tx<'_>, live: &LivePeriod) -> Result<Self> {
        let found = programme_with_rule(tx, live.programme_id, &live.period).await?;
        let (programme, rule) = found.ok_or_else(|| Error::internal("a live period without a rule"))?;
        let k = min_ratings(tx, &programme, &live.period).await?;
        let policies = policies_in_force(tx, programme.id, &live.period).await?;
        let pays_fees = policies.is_some_and(|version| version.document.pays_fees());
        Ok(Self { rule: rule.0.needing_ratings(k), programme, pays_fees })
    }

    /// The results of these people, ordered by id; nothing of those who are not scored in the period.
    pub async fn compute(&self, tx: &mut Tx<'_>, period: Period, people: &[Uuid]) -> Result<Vec<LiveResult>> {
        let reader = self.reader(tx, period)?;
        let members = reader.population(tx, Some(people)).await?;
        let shown = reader.shown(tx, &members).await?;
        let of: Vec<&LecturerInputs> = shown.iter().map(|(own, _)| own).collect();
        let titles = titles::find(tx.asking(), &of).await?;
        let titled = |(own, sums): (LecturerInputs, Option<Sums>)| {
            let titles = titles::of_lecturer(&titles, &own);
            (own, sums, titles)
        };
        self.score(shown.into_iter().map(titled).collect()).await
    }

    /// The results with these inputs and titles, but with the feedback of now on these sessions.
    pub async fn compute_with(
        &self,
        tx: &mut Tx<'_>,
        period: Period,
        stored: Vec<(LecturerInputs, Titles)>,
        sessions: &BTreeSet<Uuid>,
    ) -> Result<Vec<LiveResult>> {
        let reader = self.reader(tx, period)?;
        let (inputs, titles): (Vec<LecturerInputs>, Vec<Titles>) = stored.into_iter().unzip();
        let shown = reader.shown_with(tx, inputs, sessions).await?;
        self.score(shown.into_iter().zip(titles).map(|((own, sums), titles)| (own, sums, titles)).collect()).await
    }

    fn reader(&self, tx: &Tx<'_>, period: Period) -> Result<Reader<'_>> {
        let reader = Reader::new(&self.programme, &self.rule, period, Moment::Provisional(tx.now))?;
        Ok(reader.with_fees(self.pays_fees))
    }

    async fn score(&self, inputs: Vec<(LecturerInputs, Option<Sums>, Titles)>) -> Result<Vec<LiveResult>> {
        let rule = self.rule.clone();
        let compute = move || {
            let results = inputs.into_iter().map(|(own, sums, titles)| {
                let card = score(&rule, &own);
                store::result(own, card, sums, titles)
            });
            results.collect::<Result<Vec<LiveResult>>>()
        };
        // The runtime also serves everybody else's transactions.
        tokio::task::spawn_blocking(compute).await.map_err(Error::internal)?
    }
}
