//! The two sides of the comparison: the frozen inputs, and today's as they may be shown.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::guard;
use crate::closing::computation::Terms;
use crate::closing::queries;
use crate::db::{read_at_once, read_in_chunks};
use crate::error::Result;
use crate::journal::Tx;
use crate::people::merged_into;
use crate::programmes::Programme;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::{CHUNK, Member, Moment, RatedSessions, Reader, in_order};

/// One lecturer's inputs on both sides.
#[derive(Debug)]
pub struct Pair {
    pub employee: Uuid,
    /// None: not in the snapshot.
    pub was: Option<LecturerInputs>,
    /// None: no longer in the population.
    pub is: Option<LecturerInputs>,
}

impl Pair {
    /// Whether a session with ratings in the snapshot no longer counts as delivered.
    pub fn has_lost_session(&self) -> bool {
        let today = self.is.iter().flat_map(LecturerInputs::delivered);
        let there: BTreeSet<Uuid> = today.map(|session| session.session_id).collect();
        let mut frozen = self.was.iter().flat_map(LecturerInputs::delivered);
        frozen.any(|session| !session.ratings.is_empty() && !there.contains(&session.session_id))
    }
}

/// Where the inputs of both sides come from.
pub struct Sides<'a> {
    snapshot: Uuid,
    /// The records in the snapshot, by person: a card of a record that was merged into another one is that person's.
    records: BTreeMap<Uuid, Uuid>,
    reader: Reader<'a>,
    /// Who is in the population today.
    today: BTreeMap<Uuid, Member>,
    /// The sessions of the snapshot whose ratings may be shown apart.
    apart: BTreeSet<Uuid>,
    /// Where the lecturer does not see who rated, so many ratings show at the least.
    k: u32,
}

impl<'a> Sides<'a> {
    /// From here on statements are planned for chunks of people.
    pub async fn find(
        tx: &mut Tx<'_>,
        snapshot: Uuid,
        programme: &Programme,
        terms: &'a Terms,
        k: u32,
    ) -> Result<Self> {
        let frozen: Vec<Uuid> = queries::members(tx, snapshot).await?.iter().map(|own| own.employee_id).collect();
        let merged = merged_into(tx, &frozen).await?;
        let person = |record: &Uuid| (merged.get(record).copied().unwrap_or(*record), *record);
        let reader = Reader::new(programme, &terms.rule, terms.settings.period, Moment::Late(tx.now))?;
        // What was frozen has what its policies asked for.
        let mut reader = reader.with_fees(terms.policies.pays_fees());
        read_at_once(tx.conn).await?;
        let today = reader.population(tx, None).await?;
        reader.gather_ratings(tx).await?;
        read_in_chunks(tx.conn).await?;
        Ok(Self {
            snapshot,
            records: frozen.iter().map(person).collect(),
            reader,
            today: today.into_iter().map(|member| (member.employee_id, member)).collect(),
            apart: apart(tx, snapshot, &frozen, k).await?,
            k,
        })
    }

    /// Everybody on one of the sides, ordered by id.
    pub fn everyone(&self) -> Vec<Uuid> {
        let everyone: BTreeSet<Uuid> = self.records.keys().chain(self.today.keys()).copied().collect();
        everyone.into_iter().collect()
    }

    /// Who is in the population today, in the order in which a close takes them.
    pub fn in_order(&self) -> Vec<Uuid> {
        let members = in_order(self.today.values().cloned().collect());
        members.into_iter().map(|member| member.employee_id).collect()
    }

    /// Whether ratings show only so many at once.
    pub fn are_guarded(&self) -> bool {
        self.k > 1
    }

    /// Who is in the snapshot and no longer in the population.
    pub fn gone(&self) -> impl Iterator<Item = Uuid> {
        self.records.keys().filter(|person| !self.today.contains_key(*person)).copied()
    }

    /// The person's record in the snapshot.
    pub fn record(&self, person: Uuid) -> Option<Uuid> {
        self.records.get(&person).copied()
    }

    /// The people whose records in the snapshot these are.
    pub fn people_of(&self, records: &BTreeSet<Uuid>) -> impl Iterator<Item = Uuid> {
        self.records.iter().filter(|(_, record)| records.contains(*record)).map(|(person, _)| *person)
    }

    /// The inputs of these people, in the same order.
    pub async fn pairs(&self, tx: &mut Tx<'_>, people: &[Uuid]) -> Result<Vec<Pair>> {
        let records: Vec<Uuid> = people.iter().filter_map(|person| self.records.get(person)).copied().collect();
        let found = queries::inputs(tx, self.snapshot, &records).await?;
        let mut frozen: BTreeMap<Uuid, LecturerInputs> =
            found.into_iter().map(|row| (row.employee_id, row.inputs.0)).collect();
        let members: Vec<Member> = people.iter().filter_map(|person| self.today.get(person)).cloned().collect();
        let today = self.reader.inputs(tx, &members).await?;
        let mut today: BTreeMap<Uuid, LecturerInputs> = today.into_iter().map(|own| (own.employee_id, own)).collect();
        let pair = |employee: &Uuid| {
            let frozen = self.records.get(employee).and_then(|record| frozen.remove(record));
            let was = frozen.map(|own| LecturerInputs { employee_id: *employee, ..own });
            let is = today.remove(employee).map(|own| guard::shown(was.as_ref(), own, &self.apart, self.k));
            Pair { employee: *employee, was, is }
        };
        Ok(people.iter().map(pair).collect())
    }
}

async fn apart(tx: &mut Tx<'_>, snapshot: Uuid, frozen: &[Uuid], k: u32) -> Result<BTreeSet<Uuid>> {
    let mut rated = RatedSessions::default();
    if k <= 1 {
        return Ok(BTreeSet::new());
    }
    for chunk in frozen.chunks(CHUNK) {
        let found = queries::inputs(tx, snapshot, chunk).await?;
        for row in &found {
            rated.add(&row.inputs);
        }
    }
    Ok(rated.standing_apart(k))
}
