//! Where a lecturer stands, and the place above.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::dto::StatementStanding;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::scope::Scope;
use crate::scoring::Score;
use crate::scoring::results::Basis;
use crate::scoring::results::board::{board_of, refuse_whole_board};
use crate::scoring::results::places::{Place, score};
use crate::scoring::results::stored_board::{Board, Lecturer};

/// Where a lecturer stands on the boards that the caller may see.
#[derive(Default)]
pub struct Placing {
    pub standings: Vec<StatementStanding>,
    /// On the board on which the lecturer is ranked.
    pub next: Option<Next>,
}

/// The nearest better place.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    pub score: Score,
    pub rank: u32,
}

impl Placing {
    /// Of the lecturer with these records; nothing if not rated.
    pub async fn find(tx: &mut Tx<'_>, basis: &Basis, records: &[Uuid]) -> Result<Self> {
        let Some(own) = basis.store().find(tx, records).await? else { return Ok(Self::default()) };
        let Some(shortfall) = own.shortfall else { return Ok(Self::default()) };
        let scopes = [Scope::Department, Scope::Programme].into_iter();
        let scopes = scopes.filter(|scope| refuse_whole_board(tx, basis, *scope).is_ok());
        let boards: Vec<Board> = scopes.map(|scope| board_of(basis, scope, own.department())).collect();
        let ranked = board_of(basis, basis.rule.rank_scope, own.department());
        let better = ranked.better_than(tx.asking(), shortfall, 1).await?;
        let better = better.last().and_then(|nearest| nearest.shortfall);
        let mut asked: BTreeSet<(Uuid, i32)> = boards.iter().map(|board| (board.id(), shortfall)).collect();
        asked.extend(better.map(|better| (ranked.id(), better)));
        let places = basis.store().places(tx.asking(), &asked).await?.by_board();
        let standing = |board: &Board| shown(board, &own, places.get(&(board.id(), shortfall)));
        let standings = boards.iter().filter_map(|board| standing(board).transpose()).collect::<Result<_>>()?;
        let next = better.and_then(|better| Some((better, places.get(&(ranked.id(), better))?)));
        let next = next.map(|(better, place)| -> Result<Next> {
            Ok(Next { score: score(better), rank: place.standing(ranked.style)?.rank })
        });
        Ok(Self { standings, next: next.transpose()? })
    }
}

fn shown(board: &Board, own: &Lecturer, place: Option<&Place>) -> Result<Option<StatementStanding>> {
    let Some(place) = place else { return Ok(None) };
    let standing = place.standing(board.style)?;
    Ok(Some(StatementStanding {
        scope: board.scope,
        department: own.named().department().filter(|_| board.scope == Scope::Department),
        rank: standing.rank,
        ranked_of: standing.ranked_of,
        shared_by: place.lecturers()?,
    }))
}
