//! One lecturer's card and all that it names.
//!
//! The card of an open period is asked together with who asks and how the period stands. Only if that is closed, the card in the
//! snapshot that counts is asked after that.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Jsonb, Nullable};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::board_texts::AHEAD;
use super::dto::AppliedSnapshot;
use super::named::{NAMES, Named, OF_NAMES, Somebody};
use super::own_result::OF_RECORD;
use super::places::Ahead;
use super::queries::{OF_PERIOD, OF_PROGRAMME, STANDS, Stand};
use super::{Basis, BasisFound};
use crate::call::Question;
use crate::db::{Document, concat, statement};
use crate::error::Result;
use crate::journal::{Asking, Tx};
use crate::kernel::period::Period;
use crate::programmes::FeedbackMode;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::Standing;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::Sums;
use crate::scoring::titles::{self, Titles};

/// Asks for the card of a lecturer in a period.
#[derive(Debug, Clone, Copy)]
pub struct CardQuestion {
    pub programme: Uuid,
    pub period: Period,
    pub employee: Uuid,
}

/// What was found of a card, and what it is based on.
pub struct CardFound {
    pub basis: BasisFound,
    /// The card among the live results, if the period is open.
    pub live: Option<OwnCard>,
}

impl Question for CardQuestion {
    type Found = CardFound;

    fn ask(self, mut asking: Asking<'_>) -> BoxFuture<'_, Result<CardFound>> {
        async move {
            let Self { programme, period, employee } = self;
            let live = statement(LIVE_CARD).bind("programme", programme).bind("period", period.to_string());
            let live = asking.complete(live.bind("employee", employee));
            let found: Option<LiveCard> = live.get_result(&mut asking.conn).await.optional()?;
            let (stand, live) = found.map(|found| (found.stand, found.card.0)).unzip();
            let basis = BasisFound { programme, period, stand, now: asking.now };
            Ok(CardFound { basis, live: live.flatten() })
        }
        .boxed()
    }
}

/// A card of an open period, and how that stands.
#[derive(QueryableByName)]
struct LiveCard {
    #[diesel(embed)]
    stand: Stand,
    #[diesel(embed)]
    card: Somebody<OwnCard>,
}

/// A card with its facts, and whose it is.
#[derive(Debug, QueryableByName)]
pub struct OwnCard {
    #[diesel(sql_type = Jsonb)]
    pub inputs: Document<LecturerInputs>,
    #[diesel(sql_type = Jsonb)]
    pub card: Document<Scorecard>,
    /// The feedback as a statement shows it, where it is shown in batches; none of a snapshot.
    #[diesel(sql_type = Nullable<Jsonb>)]
    sums: Option<Document<Sums>>,
    /// The sessions that stand apart in the snapshot.
    #[diesel(sql_type = Nullable<Jsonb>)]
    apart: Option<Document<BTreeSet<Uuid>>>,
    #[diesel(sql_type = Bool)]
    is_ranked: bool,
    #[diesel(embed)]
    ahead: Ahead,
    #[diesel(embed)]
    pub named: Named,
    /// What its sessions and contents are called; none of a snapshot.
    #[diesel(sql_type = Nullable<Jsonb>)]
    titles: Option<Document<Titles>>,
}

impl OwnCard {
    /// What it names. Asked for only if it is not all stored with the card.
    pub async fn titles(&mut self, tx: &mut Tx<'_>) -> QueryResult<Titles> {
        match self.titles.take() {
            Some(stored) if titles::are_complete(&stored, &self.inputs) => Ok(stored.0),
            _ => titles::find(tx.asking(), &[&self.inputs.0]).await,
        }
    }

    /// None: not rated.
    pub fn standing(&self, basis: &Basis) -> Result<Option<Standing>> {
        self.is_ranked.then(|| self.ahead.standing(basis.rule.rank_style)).transpose()
    }

    /// The feedback as a statement shows it.
    pub fn sums(&self, basis: &Basis) -> Result<Sums> {
        match (&self.apart, &self.sums) {
            (Some(apart), _) => Sums::frozen(&self.inputs.sessions, apart),
            (None, Some(sums)) => Ok(sums.0.clone()),
            (None, None) if basis.programme.feedback_mode == FeedbackMode::Named => Sums::named(&self.inputs.sessions),
            // Stored by a release that did not keep them: nothing is shown rather than too much.
            (None, None) => Ok(Sums::default()),
        }
    }
}

/// The card in a snapshot, under whichever of the person's records.
pub async fn frozen_card(tx: &mut Tx<'_>, frozen: &AppliedSnapshot, employee: Uuid) -> QueryResult<Option<OwnCard>> {
    let card = statement(FROZEN_CARD).bind("snapshot", frozen.id).bind("employee", employee);
    tx.complete(card).get_result(tx.conn).await.optional()
}

/// A rule that does not say who is ranked together ranks the programme.
const LIVE_CARD: &str = concat!(
    "
SELECT r.inputs, r.card, r.sums, r.titles, NULL::jsonb AS apart, r.shortfall IS NOT NULL AS is_ranked,
       (whole.better + beside.better)::integer AS better, (whole.scores + beside.scores)::integer AS better_scores,
       coalesce(whole.everybody, 0) AS ranked_of,",
    NAMES,
    ",",
    STANDS,
    OF_PERIOD,
    OF_RECORD,
    "
 CROSS JOIN LATERAL (SELECT l.id AS results, r.shortfall, r.shortfall - r.shortfall % 100 AS hundreds,
                            CASE WHEN v.document ->> 'rank_scope' = 'department' THEN r.board_id ELSE :programme END AS board_id) at",
    AHEAD,
    OF_PROGRAMME
);

const FROZEN_CARD: &str = concat!(
    "
SELECT r.inputs, r.card, NULL::jsonb AS sums, NULL::jsonb AS titles, r.apart, r.rank IS NOT NULL AS is_ranked,
       coalesce(r.rank - 1, 0) AS better, coalesce(r.rank - 1, 0) AS better_scores, coalesce(r.ranked_of, 0) AS ranked_of,",
    NAMES,
    "
  FROM (SELECT e.id FROM employees e
         WHERE e.tenant_id = :tenant AND (e.id = :employee OR e.merged_into_id = :employee) OFFSET 0) e
 CROSS JOIN LATERAL (SELECT * FROM snapshot_lecturers r
                      WHERE r.tenant_id = :tenant AND r.snapshot_id = :snapshot AND r.employee_id = e.id OFFSET 0) r",
    OF_NAMES
);
