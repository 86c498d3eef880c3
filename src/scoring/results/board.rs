//! The board: the best lecturers of a programme or department, and the caller's own place.

use uuid::Uuid;

use super::dto::{BoardEntry, GetLeaderboardQuery, LeaderboardResponse, OwnPlace};
use super::statement::Names;
use super::{Basis, queries};
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::kernel::scope::Scope;
use crate::people::departments_below;
use crate::scoring::Score;
use crate::scoring::rank::{Contender, rank};
use crate::scoring::rule::RankStyle;

/// A rated lecturer.
#[derive(Debug, Clone)]
struct Rated {
    employee_id: Uuid,
    employee_number: String,
    department_id: Option<Uuid>,
    score: Score,
    grade: Option<String>,
}

/// A lecturer on a board, with the rank.
#[derive(Debug, Clone)]
struct Placed {
    rank: u32,
    rated: Rated,
}

pub async fn get(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    query: GetLeaderboardQuery,
) -> Result<LeaderboardResponse> {
    let basis = Basis::find(tx, programme, period).await?;
    let everyone = population(tx, &basis).await?;
    let scope = query.scope.unwrap_or(basis.rule.rank_scope);
    let department = match scope {
        Scope::Programme
            if basis.rule.rank_scope == Scope::Department && tx.actor.reach::<ScoresRead>()? != Reach::All =>
        {
            return Err(Error::not_found(Thing::Leaderboard));
        }
        Scope::Programme => None,
        Scope::Department => whose_board(tx, &everyone, asked_board(&query)?).await?,
    };
    let on_board = |own: &Member| scope == Scope::Programme || own.department_id == department;
    let rated: Vec<Rated> = everyone.into_iter().filter(on_board).filter_map(Member::rated).collect();
    let ranked_of = u32::try_from(rated.len()).unwrap_or(u32::MAX);
    let placed = places(rated, basis.rule.rank_style);
    let caller = tx.actor.person();
    let own = placed.iter().find(|place| Some(place.rated.employee_id) == caller).map(|place| OwnPlace {
        rank: place.rank,
        ranked_of,
        score: place.rated.score,
        grade: place.rated.grade.clone(),
    });
    let shown = top(placed, basis.programme.board_size);
    let employees: Vec<Uuid> = shown.iter().map(|place| place.rated.employee_id).collect();
    let mut departments: Vec<Uuid> = shown.iter().filter_map(|place| place.rated.department_id).collect();
    departments.extend(department);
    let names = Names::of(tx, &employees, &departments).await?;
    Ok(LeaderboardResponse {
        programme_id: basis.programme.id,
        period,
        scope,
        department: names.department(department),
        provisional: basis.snapshot.is_none(),
        rule: basis.applied_rule(),
        snapshot: basis.applied_snapshot(),
        places: basis.programme.board_size,
        ranked_of,
        items: shown.into_iter().map(|place| entry(&names, place)).collect::<Result<_>>()?,
        own,
    })
}

fn entry(names: &Names, place: Placed) -> Result<BoardEntry> {
    Ok(BoardEntry {
        rank: place.rank,
        employee: names.person(place.rated.employee_id)?,
        department: names.department(place.rated.department_id),
        score: place.rated.score,
        grade: place.rated.grade,
    })
}

/// One lecturer of the population, rated or not.
struct Member {
    employee_id: Uuid,
    employee_number: String,
    department_id: Option<Uuid>,
    score: Option<Score>,
    grade: Option<String>,
}

impl Member {
    fn rated(self) -> Option<Rated> {
        let Self { employee_id, employee_number, department_id, score, grade } = self;
        Some(Rated { employee_id, employee_number, department_id, score: score?, grade })
    }
}

async fn population(tx: &mut Tx<'_>, basis: &Basis) -> Result<Vec<Member>> {
    let Some(frozen) = &basis.snapshot else {
        let outcomes = basis.provisional(tx).await?;
        let member = |own: super::Outcome| Member {
            department_id: own.inputs.department_id(),
            employee_id: own.inputs.employee_id,
            employee_number: own.inputs.employee_number,
            score: own.card.score,
            grade: own.card.grade,
        };
        return Ok(outcomes.into_iter().map(member).collect());
    };
    let rows = queries::frozen_results(tx, frozen.id).await?;
    let member = |row: queries::FrozenResult| Member {
        employee_id: row.employee_id,
        employee_number: row.employee_number.unwrap_or_default(),
        department_id: row.department_id,
        score: row.score.map(|score| Score::round(&score.to_ratio())),
        grade: row.grade,
    };
    Ok(rows.into_iter().map(member).collect())
}

/// The department that the query names, or none for the board of those without a department. Nothing if the query does not say.
fn asked_board(query: &GetLeaderboardQuery) -> Result<Option<Option<Uuid>>> {
    match (query.department_id, query.without_department) {
        (Some(_), true) => Err(Error::new(Code::BoardNotNamed)),
        (None, true) => Ok(Some(None)),
        (department, false) => Ok(department.map(Some)),
    }
}

/// The department of the requested board, if the caller may see it: HR sees any, managers those that they manage, everybody their
/// own, which is also the default. None is the board of those without a department.
async fn whose_board(tx: &mut Tx<'_>, everyone: &[Member], asked: Option<Option<Uuid>>) -> Result<Option<Uuid>> {
    let caller = tx.actor.person();
    let own = everyone.iter().find(|member| Some(member.employee_id) == caller).map(|member| member.department_id);
    let Some(asked) = asked else {
        return own.ok_or_else(|| Error::new(Code::BoardNotNamed));
    };
    let Some(asked) = asked else {
        let allowed = own == Some(None) || tx.actor.reach::<ScoresRead>()? == Reach::All;
        return if allowed { Ok(None) } else { Err(Error::not_found(Thing::Department)) };
    };
    let allowed = match tx.actor.reach::<ScoresRead>()? {
        Reach::All => true,
        Reach::Departments(managed) => {
            departments_below(tx, &managed.0).await?.contains(&asked) || own == Some(Some(asked))
        }
        Reach::Own(_) => own == Some(Some(asked)),
    };
    let exists = allowed && !queries::departments(tx, &[asked]).await?.is_empty();
    if exists { Ok(Some(asked)) } else { Err(Error::not_found(Thing::Department)) }
}

/// All lecturers with their rank, best first. Those with equal rank are ordered by employee number.
fn places(rated: Vec<Rated>, style: RankStyle) -> Vec<Placed> {
    let contenders: Vec<Contender> =
        rated.iter().map(|own| Contender { department_id: None, score: Some(own.score) }).collect();
    let standings = rank(&contenders, Scope::Programme, style);
    let mut placed: Vec<Placed> = rated
        .into_iter()
        .zip(standings)
        .filter_map(|(rated, standing)| Some(Placed { rank: standing?.rank, rated }))
        .collect();
    placed.sort_by(|a, b| {
        let key = |place: &Placed| (place.rank, place.rated.employee_number.clone(), place.rated.employee_id);
        key(a).cmp(&key(b))
    });
    placed
}

/// The first `places` lecturers, and all who share the rank of the last one: lecturers of equal rank are never separated.
fn top(mut placed: Vec<Placed>, places: i32) -> Vec<Placed> {
    let places = usize::try_from(places).unwrap_or_default();
    let Some(last) = places.checked_sub(1).and_then(|last| placed.get(last)).map(|place| place.rank) else {
        return placed;
    };
    placed.retain(|place| place.rank <= last);
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(number: &str, score: &str) -> Rated {
        Rated {
            employee_id: Uuid::nil(),
            employee_number: number.to_owned(),
            department_id: None,
            score: score.parse().unwrap(),
            grade: None,
        }
    }

    #[test]
    fn who_shares_the_last_place_is_shown_too() {
        let board = || vec![rated("C", "80"), rated("A", "90"), rated("D", "80"), rated("B", "80"), rated("E", "70")];
        let shown = |count, style| -> Vec<(u32, String)> {
            let placed = top(places(board(), style), count);
            placed.into_iter().map(|place| (place.rank, place.rated.employee_number)).collect()
        };
        let names = |list: &[(u32, &str)]| -> Vec<(u32, String)> {
            list.iter().map(|(rank, name)| (*rank, (*name).to_owned())).collect()
        };
        assert_eq!(shown(1, RankStyle::Competition), names(&[(1, "A")]));
        assert_eq!(shown(2, RankStyle::Competition), names(&[(1, "A"), (2, "B"), (2, "C"), (2, "D")]));
        assert_eq!(shown(5, RankStyle::Dense), names(&[(1, "A"), (2, "B"), (2, "C"), (2, "D"), (3, "E")]));
        assert_eq!(shown(9, RankStyle::Dense).len(), 5);
    }
}
