//! Boards: the best lecturers of a programme or department, any page of it for HR and managers, and the place of one lecturer with
//! the scores around it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::TryFutureExt as _;
use futures_util::future::try_join;
use uuid::Uuid;

use super::dto::{
    BoardDepartment, BoardEntry, BoardPlaceResponse, BoardQuery, GetPlaceQuery, LeaderboardResponse,
    ListBoardPlacesQuery, Neighbour, OwnPlace, PlaceResponse,
};
use super::own_result::OwnFound;
use super::places::{Place, ranks, ranks_behind, score};
use super::stored_board::{Board, Lecturer, Position, Store};
use super::{Basis, queries};
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::error::{Code, Error, Result};
use crate::http::{Listed, Next, Paging};
use crate::journal::{Asking, Tx};
use crate::kernel::message::data;
use crate::kernel::period::Period;
use crate::kernel::phrases::{RequestProblem, Thing};
use crate::kernel::scope::Scope;
use crate::people::{self, departments_below, merged_into, records_of_all};
use crate::scoring::rank::Standing;
use crate::scoring::rule::RankStyle;

/// The places of so many lecturers are read at once.
const AT_ONCE: usize = 1000;
/// How many are shown at the most besides the places of a board because they share its last place.
const MORE_SHARING: i64 = 100;

/// The best lecturers of a board, and the caller's own place.
pub async fn get(tx: &mut Tx<'_>, found: OwnFound, query: BoardQuery) -> Result<LeaderboardResponse> {
    let (basis, own) = found.known(tx).await?;
    let board = match chosen(tx, &basis, &query, own.as_ref()).await {
        // Whose board it is follows from the first results. Until then nobody is on any.
        Err(error) if error.code == Code::BoardNotNamed && basis.has_no_results() => {
            Board { store: Store::Live(Uuid::nil()), ..board_of(&basis, Scope::Department, None) }
        }
        board => board?,
    };
    shown(tx, &basis, &board, own).await
}

/// The best lecturers of a board, and the place of one of the store if there is one.
pub(super) async fn shown(
    tx: &mut Tx<'_>,
    basis: &Basis,
    board: &Board,
    own: Option<Lecturer>,
) -> Result<LeaderboardResponse> {
    let own = own.filter(|own| board.has(own));
    let asking = tx.asking();
    let top = board.best(asking, basis.programme.board_size.into(), MORE_SHARING).map_err(Error::from);
    let (top, (place, ranked_of)) = try_join(top, counted(asking, board, own.as_ref())).await?;
    let more_sharing_last_place = more_sharing(tx, board, basis.programme.board_size, &top).await?;
    let placed = ranks(&top, None, board.style)?.into_iter().zip(&top);
    let mut items: Vec<BoardEntry> = placed.map(|(rank, own)| entry(rank, own)).collect();
    items.sort_by(|a, b| (a.rank, &a.employee.employee_number).cmp(&(b.rank, &b.employee.employee_number)));
    Ok(LeaderboardResponse {
        programme_id: basis.programme.id,
        period: basis.period,
        scope: board.scope,
        department: department(tx, board, top.first().or(own.as_ref())).await?,
        provisional: basis.snapshot.is_none(),
        as_of: basis.as_of,
        rule: basis.applied_rule(),
        snapshot: basis.applied_snapshot(),
        places: basis.programme.board_size,
        ranked_of,
        items,
        more_sharing_last_place,
        own: own.and_then(|own| own_place(place.as_ref(), &own, board.style).transpose()).transpose()?,
    })
}

/// What the score of a lecturer means on a board, and how many are ranked there.
async fn counted(asking: Asking<'_>, board: &Board, own: Option<&Lecturer>) -> Result<(Option<Place>, u32)> {
    let places = board.places(asking, own).await?;
    match (places.any(), places.ranked_of()?) {
        (Some(place), Some(ranked_of)) => Ok((Some(*place), ranked_of)),
        _ => Ok((None, board.ranked(asking).await?)),
    }
}

/// How many share the last place and are not among these best of a board.
async fn more_sharing(tx: &mut Tx<'_>, board: &Board, places: i32, best: &[Lecturer]) -> Result<u32> {
    let shown = u32::try_from(best.len()).map_err(Error::internal)?;
    if i64::from(shown) < i64::from(places) + MORE_SHARING {
        return Ok(0);
    }
    let last = board.places(tx.asking(), best.last()).await?;
    let up_to_last = last.any().map(Place::up_to_here).transpose()?;
    Ok(up_to_last.map_or(0, |lecturers| lecturers.saturating_sub(shown)))
}

/// The department of a board, as one of its lecturers names it.
async fn department(tx: &mut Tx<'_>, board: &Board, of: Option<&Lecturer>) -> Result<Option<BoardDepartment>> {
    match (board.department, of) {
        (None, _) => Ok(None),
        (Some(_), Some(own)) => Ok(own.named().department()),
        (Some(id), None) => {
            let found = queries::departments(tx, &[id]).await?.pop();
            Ok(found.map(|(id, code, name)| BoardDepartment { id, code, name }))
        }
    }
}

/// A page of a board, best first. The names are those of the people whom the caller may see. For HR and managers only.
pub async fn list(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    query: ListBoardPlacesQuery,
    paging: &Paging,
) -> Result<Listed<BoardPlaceResponse>> {
    if let Reach::Own(_) = tx.actor.reach::<ScoresRead>()? {
        return Err(Error::not_found(Thing::Leaderboard));
    }
    let basis = Basis::find(tx, programme, period).await?;
    let (board, _) = find(tx, &basis, &query.board()).await?;
    let begin: Option<Position> = match (paging.after()?, query.from_rank) {
        (Some(last), _) => Some(last),
        (None, None) => None,
        (None, Some(rank)) => match board.before_rank(tx, rank).await? {
            Some(begin) => Some(begin),
            None => return Ok((Vec::new(), Next::default())),
        },
    };
    let lecturers = board.after(tx.asking(), begin, paging.fetch()).await?;
    let (page, next) = paging.cut(lecturers, Lecturer::position)?;
    let seen = people::visible::<ScoresRead>(tx).await?;
    let places = board.places(tx.asking(), page.first()).await?;
    let first = page.first().and_then(|first| places.of(first));
    let placed = ranks(&page, first, board.style)?.into_iter().zip(&page);
    let item = |(rank, own): (u32, &Lecturer)| {
        let employee = seen.includes(own.employee_id).then(|| own.named().employee());
        let department = own.named().department();
        let score = own.shortfall.map(score).unwrap_or_default();
        BoardPlaceResponse { rank, employee, department, score, grade: own.grade.clone() }
    };
    Ok((placed.map(item).collect(), next))
}

/// The place of a lecturer whom the caller may see, and the scores around it.
pub async fn place(tx: &mut Tx<'_>, found: OwnFound, employee: Uuid, query: GetPlaceQuery) -> Result<PlaceResponse> {
    let (basis, own) = found.known(tx).await?;
    let seen = people::visible::<ScoresRead>(tx).await?;
    Thing::Scorecard.require(seen.includes(employee).then_some(()))?;
    let own = Thing::Scorecard.require(own)?;
    let scope = query.scope.unwrap_or(basis.rule.rank_scope);
    refuse_whole_board(tx, &basis, scope)?;
    let board = board_of(&basis, scope, own.department());
    let (above, below) = around(tx.asking(), &board, &own, &query).await?;
    let places = board.places(tx.asking(), [&own].into_iter().chain(above.first())).await?;
    let neighbour = |(rank, other): (u32, &Lecturer)| {
        let employee = seen.includes(other.employee_id).then(|| other.named().employee());
        let score = other.shortfall.map(score).unwrap_or_default();
        Neighbour { rank, score, grade: other.grade.clone(), employee }
    };
    let neighbours = |ranks: Vec<u32>, lecturers: &[Lecturer]| -> Vec<Neighbour> {
        ranks.into_iter().zip(lecturers).map(neighbour).collect()
    };
    let ranks_above = ranks(&above, above.first().and_then(|first| places.of(first)), board.style)?;
    let ranks_below = places.of(&own).map(|place| ranks_behind(&below, place, board.style)).transpose()?;
    Ok(PlaceResponse {
        programme_id: basis.programme.id,
        period: basis.period,
        employee: own.named().employee(),
        scope,
        department: own.named().department().filter(|_| scope == Scope::Department),
        provisional: basis.snapshot.is_none(),
        as_of: basis.as_of,
        rule: basis.applied_rule(),
        snapshot: basis.applied_snapshot(),
        above: neighbours(ranks_above, &above),
        shared_by: places.of(&own).map(Place::lecturers).transpose()?,
        below: neighbours(ranks_below.unwrap_or_default(), &below),
        place: own_place(places.of(&own), &own, board.style)?,
    })
}

/// Those with the nearest better and worse scores.
async fn around(
    asking: Asking<'_>,
    board: &Board,
    own: &Lecturer,
    query: &GetPlaceQuery,
) -> Result<(Vec<Lecturer>, Vec<Lecturer>)> {
    let Some(shortfall) = own.shortfall else { return Ok((Vec::new(), Vec::new())) };
    let above = board.better_than(asking, shortfall, query.above.into());
    let below = board.after(asking, Some((shortfall, Uuid::max())), query.below.into());
    Ok(try_join(above, below).await?)
}

/// The place on a board, if the lecturer is rated.
fn own_place(place: Option<&Place>, own: &Lecturer, style: RankStyle) -> Result<Option<OwnPlace>> {
    let Some((place, shortfall)) = place.zip(own.shortfall) else { return Ok(None) };
    let Standing { rank, ranked_of } = place.standing(style)?;
    Ok(Some(OwnPlace { rank, ranked_of, score: score(shortfall), grade: own.grade.clone() }))
}

/// The places of many, on the boards on which they are ranked, without the scores around them; each with those of these records that
/// ask for it. Who has no result is left out.
pub(super) async fn places(tx: &mut Tx<'_>, basis: &Basis, people: &[Uuid]) -> Result<Vec<(Vec<Uuid>, PlaceResponse)>> {
    let scope = basis.rule.rank_scope;
    let mut places = Vec::new();
    for people in people.chunks(AT_ONCE) {
        let found = asked_results(tx, basis, people).await?;
        let at = |own: &Lecturer| basis.place_of(own.department(), own.shortfall);
        let asked = found.iter().filter_map(|(_, own)| at(own)).collect();
        let meant = basis.store().places(tx.asking(), &asked).await?.by_board();
        for (asking, own) in found {
            let place = at(&own).and_then(|at| meant.get(&at));
            let response = PlaceResponse {
                programme_id: basis.programme.id,
                period: basis.period,
                employee: own.named().employee(),
                scope,
                department: own.named().department().filter(|_| scope == Scope::Department),
                provisional: basis.snapshot.is_none(),
                as_of: basis.as_of,
                rule: basis.applied_rule(),
                snapshot: basis.applied_snapshot(),
                place: own_place(place, &own, basis.rule.rank_style)?,
                shared_by: place.map(Place::lecturers).transpose()?,
                above: Vec::new(),
                below: Vec::new(),
            };
            places.push((asking, response));
        }
    }
    Ok(places)
}

/// The results of the people with these records, each with the records that ask for it: its own, and those of the same person that
/// have none. A person may be asked for by the record that was kept and by those that were merged into it.
async fn asked_results(tx: &mut Tx<'_>, basis: &Basis, asked: &[Uuid]) -> Result<Vec<(Vec<Uuid>, Lecturer)>> {
    let given_up = merged_into(tx, asked).await?;
    let mut by_person: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for record in asked {
        by_person.entry(given_up.get(record).copied().unwrap_or(*record)).or_default().push(*record);
    }
    let people: Vec<Uuid> = by_person.keys().copied().collect();
    let records = records_of_all(tx, &people).await?;
    let kept = merged_into(tx, &records).await?;
    let found = basis.store().find_all(tx, &records).await?;
    let with_result: BTreeSet<Uuid> = found.iter().map(|own| own.employee_id).collect();
    let asking = |own: Uuid| -> Vec<Uuid> {
        let person = kept.get(&own).copied().unwrap_or(own);
        let all = by_person.get(&person).into_iter().flatten().copied();
        all.filter(|record| *record == own || !with_result.contains(record)).collect()
    };
    Ok(found.into_iter().map(|own| (asking(own.employee_id), own)).filter(|(asking, _)| !asking.is_empty()).collect())
}

fn entry(rank: u32, own: &Lecturer) -> BoardEntry {
    BoardEntry {
        rank,
        employee: own.named().employee(),
        department: own.named().department(),
        score: own.shortfall.map(score).unwrap_or_default(),
        grade: own.grade.clone(),
    }
}

/// The board that the query names, if the caller may see it; and the caller's own result, on whichever board.
pub(super) async fn find(tx: &mut Tx<'_>, basis: &Basis, query: &BoardQuery) -> Result<(Board, Option<Lecturer>)> {
    let records = tx.actor.records();
    let own = basis.store().find(tx, &records).await?;
    Ok((chosen(tx, basis, query, own.as_ref()).await?, own))
}

/// The board that the query names, if the caller, who has this result, may see it.
async fn chosen(tx: &mut Tx<'_>, basis: &Basis, query: &BoardQuery, own: Option<&Lecturer>) -> Result<Board> {
    let scope = query.scope.unwrap_or(basis.rule.rank_scope);
    let asked = asked_board(query, scope)?;
    refuse_whole_board(tx, basis, scope)?;
    let department = match scope {
        Scope::Programme => None,
        Scope::Department => whose_board(tx, own.map(Lecturer::department), asked).await?,
    };
    Ok(board_of(basis, scope, department))
}

/// The board in this scope of those who are in this department.
pub(super) fn board_of(basis: &Basis, scope: Scope, department: Option<Uuid>) -> Board {
    let department = department.filter(|_| scope == Scope::Department);
    Board { store: basis.store(), scope, programme: basis.programme.id, department, style: basis.rule.rank_style }
}

/// Where lecturers are ranked in their departments, HR alone sees the board of the whole programme.
pub(super) fn refuse_whole_board(tx: &Tx<'_>, basis: &Basis, scope: Scope) -> Result<()> {
    let is_ranked = scope == basis.rule.rank_scope || scope == Scope::Department;
    if is_ranked || tx.actor.reach::<ScoresRead>()? == Reach::All {
        Ok(())
    } else {
        Err(Error::not_found(Thing::Leaderboard))
    }
}

/// The department that the query names, or none for the board of those without a department. Nothing if the query does not say.
fn asked_board(query: &BoardQuery, scope: Scope) -> Result<Option<Option<Uuid>>> {
    let refused = |name: &'static str, fault: RequestProblem| {
        let problem = RequestProblem::OfParameter.with("name", data(name)).with("fault", fault);
        Err(Error::new(Code::InvalidQuery).with("problem", problem))
    };
    match (query.department_id, query.without_department) {
        (Some(_), true) => refused("without_department", RequestProblem::EitherDepartment),
        (Some(_), false) if scope == Scope::Programme => refused("department_id", RequestProblem::InDepartmentScope),
        (None, true) if scope == Scope::Programme => refused("without_department", RequestProblem::InDepartmentScope),
        (None, true) => Ok(Some(None)),
        (department, false) => Ok(department.map(Some)),
    }
}

/// The department of the requested board, if the caller may see it: HR sees any, managers those that they manage, everybody their
/// own, which is also the default. None is the board of those without a department.
async fn whose_board(tx: &mut Tx<'_>, own: Option<Option<Uuid>>, asked: Option<Option<Uuid>>) -> Result<Option<Uuid>> {
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
