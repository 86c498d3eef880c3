//! Boards: the best lecturers of a programme or department, any page of it for HR and managers, and the place of one lecturer with
//! the scores around it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::dto::{
    BoardEntry, BoardPlaceResponse, BoardQuery, GetPlaceQuery, LeaderboardResponse, ListBoardPlacesQuery, Neighbour,
    OwnPlace, PlaceResponse,
};
use super::statement::Names;
use super::stored_board::{Board, Lecturer, Place, Position, Store, ranks, score};
use super::{Basis, BasisFound, queries};
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::error::{Code, Error, Result};
use crate::http::{Listed, Next, Paging};
use crate::journal::Tx;
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
const MORE_SHARING: usize = 100;

/// The best lecturers of a board, and the caller's own place.
pub async fn get(tx: &mut Tx<'_>, found: BasisFound, query: BoardQuery) -> Result<LeaderboardResponse> {
    let basis = Basis::of(tx, found).await?;
    let (board, own) = match find(tx, &basis, &query).await {
        // Whose board it is follows from the first results. Until then nobody is on any.
        Err(error) if error.code == Code::BoardNotNamed && basis.has_no_results() => {
            (Board { store: Store::Live(Uuid::nil()), ..board_of(&basis, Scope::Department, None) }, None)
        }
        found => found?,
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
    let top = top(tx, board, basis.programme.board_size).await?;
    let own = own.filter(|own| board.has(own));
    let places = board.places(tx, own.iter().chain(top.last())).await?;
    let up_to_last = top.last().and_then(|last| places.of(last)).map(Place::up_to_here).transpose()?;
    let shown = u32::try_from(top.len()).map_err(Error::internal)?;
    let names = Names::of_board(tx, board, &top).await?;
    let placed = ranks(&top, None, board.style)?.into_iter().zip(&top);
    let mut items: Vec<BoardEntry> = placed.map(|(rank, own)| entry(&names, rank, own)).collect::<Result<_>>()?;
    items.sort_by(|a, b| (a.rank, &a.employee.employee_number).cmp(&(b.rank, &b.employee.employee_number)));
    Ok(LeaderboardResponse {
        programme_id: basis.programme.id,
        period: basis.period,
        scope: board.scope,
        department: names.department(board.department),
        provisional: basis.snapshot.is_none(),
        as_of: basis.as_of,
        rule: basis.applied_rule(),
        snapshot: basis.applied_snapshot(),
        places: basis.programme.board_size,
        ranked_of: places.ranked_of()?.unwrap_or_default(),
        items,
        more_sharing_last_place: up_to_last.map_or(0, |lecturers| lecturers.saturating_sub(shown)),
        own: own.and_then(|own| own_place(places.of(&own), &own, board.style).transpose()).transpose()?,
    })
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
    let lecturers = board.after(tx, begin, paging.fetch()).await?;
    let (page, next) = paging.cut(lecturers, Lecturer::position)?;
    let seen = people::visible::<ScoresRead>(tx).await?;
    let places = board.places(tx, page.first()).await?;
    let names = Names::of_board(tx, &board, &page).await?;
    let first = page.first().and_then(|first| places.of(first));
    let placed = ranks(&page, first, board.style)?.into_iter().zip(&page);
    let item = |(rank, own): (u32, &Lecturer)| {
        let employee = seen.includes(own.employee_id).then(|| names.person(own.employee_id)).transpose()?;
        let department = names.department(own.department());
        let score = own.shortfall.map(score).unwrap_or_default();
        Ok(BoardPlaceResponse { rank, employee, department, score, grade: own.grade.clone() })
    };
    Ok((placed.map(item).collect::<Result<_>>()?, next))
}

/// The place of a lecturer whom the caller may see, and the scores around it.
pub async fn place(tx: &mut Tx<'_>, found: BasisFound, employee: Uuid, query: GetPlaceQuery) -> Result<PlaceResponse> {
    let basis = Basis::of(tx, found).await?;
    let seen = people::visible::<ScoresRead>(tx).await?;
    Thing::Scorecard.require(seen.includes(employee).then_some(()))?;
    let records = records_of_all(tx, &[employee]).await?;
    let own = Thing::Scorecard.require(basis.store().find(tx, &records).await?)?;
    let scope = query.scope.unwrap_or(basis.rule.rank_scope);
    refuse_whole_board(tx, &basis, scope)?;
    let board = board_of(&basis, scope, own.department());
    let (above, below) = around(tx, &board, &own, &query).await?;
    let places = board.places(tx, [&own].into_iter().chain(above.first()).chain(below.first())).await?;
    let shown: Vec<Lecturer> = [&own].into_iter().chain(&above).chain(&below).cloned().collect();
    let names = Names::of_board(tx, &board, &shown).await?;
    let neighbours = |lecturers: &[Lecturer]| -> Result<Vec<Neighbour>> {
        let first = lecturers.first().and_then(|first| places.of(first));
        let placed = ranks(lecturers, first, board.style)?.into_iter().zip(lecturers);
        let neighbour = |(rank, other): (u32, &Lecturer)| {
            let employee = seen.includes(other.employee_id).then(|| names.person(other.employee_id)).transpose()?;
            let score = other.shortfall.map(score).unwrap_or_default();
            Ok(Neighbour { rank, score, grade: other.grade.clone(), employee })
        };
        placed.map(neighbour).collect()
    };
    Ok(PlaceResponse {
        programme_id: basis.programme.id,
        period: basis.period,
        employee: names.person(own.employee_id)?,
        scope,
        department: names.department(board.department),
        provisional: basis.snapshot.is_none(),
        as_of: basis.as_of,
        rule: basis.applied_rule(),
        snapshot: basis.applied_snapshot(),
        above: neighbours(&above)?,
        shared_by: places.of(&own).map(Place::lecturers).transpose()?,
        below: neighbours(&below)?,
        place: own_place(places.of(&own), &own, board.style)?,
    })
}

/// Those with the nearest better and worse scores.
async fn around(
    tx: &mut Tx<'_>,
    board: &Board,
    own: &Lecturer,
    query: &GetPlaceQuery,
) -> Result<(Vec<Lecturer>, Vec<Lecturer>)> {
    let Some(shortfall) = own.shortfall else { return Ok((Vec::new(), Vec::new())) };
    let above = board.better_than(tx, shortfall, query.above.into()).await?;
    let below = board.after(tx, Some((shortfall, Uuid::max())), query.below.into()).await?;
    Ok((above, below))
}

/// The first places of a board, and some of those who share the last one.
async fn top(tx: &mut Tx<'_>, board: &Board, places: i32) -> Result<Vec<Lecturer>> {
    let places = usize::try_from(places).unwrap_or_default();
    let fetch = i64::try_from(places + MORE_SHARING).map_err(Error::internal)?;
    let mut lecturers = board.after(tx, None, fetch).await?;
    if let Some(last) = places.checked_sub(1).and_then(|last| lecturers.get(last)).and_then(|last| last.shortfall) {
        lecturers.retain(|own| own.shortfall <= Some(last));
    }
    Ok(lecturers)
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
        let meant = basis.store().places(tx, &asked).await?.by_board();
        let lecturers: Vec<Lecturer> = found.iter().map(|(_, own)| own.clone()).collect();
        let names = Names::of_lecturers(tx, &lecturers).await?;
        for (asking, own) in found {
            let place = at(&own).and_then(|at| meant.get(&at));
            let response = PlaceResponse {
                programme_id: basis.programme.id,
                period: basis.period,
                employee: names.person(own.employee_id)?,
                scope,
                department: names.department(own.department().filter(|_| scope == Scope::Department)),
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

fn entry(names: &Names, rank: u32, own: &Lecturer) -> Result<BoardEntry> {
    Ok(BoardEntry {
        rank,
        employee: names.person(own.employee_id)?,
        department: names.department(own.department()),
        score: own.shortfall.map(score).unwrap_or_default(),
        grade: own.grade.clone(),
    })
}

/// The board that the query names, if the caller may see it; and the caller's own result, on whichever board.
pub(super) async fn find(tx: &mut Tx<'_>, basis: &Basis, query: &BoardQuery) -> Result<(Board, Option<Lecturer>)> {
    let records = tx.actor.records();
    let own = basis.store().find(tx, &records).await?;
    let scope = query.scope.unwrap_or(basis.rule.rank_scope);
    let asked = asked_board(query, scope)?;
    refuse_whole_board(tx, basis, scope)?;
    let department = match scope {
        Scope::Programme => None,
        Scope::Department => whose_board(tx, own.as_ref().map(Lecturer::department), asked).await?,
    };
    Ok((board_of(basis, scope, department), own))
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
