//! One lecturer's card and all that it names.
//!
//! The card of an open period is asked together with who asks and how the period stands. Only if none is found, that is asked for
//! itself, and the card in the snapshot that counts after that.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join};
use uuid::Uuid;

use super::board_texts::AHEAD;
use super::dto::AppliedSnapshot;
use super::named::{NAMES, Named, OF_NAMES};
use super::own_result::{IN_PERIOD, OF_RECORD};
use super::queries::{OF_PERIOD, OF_PROGRAMME, STANDS, Stand};
use super::stored_board::Ahead;
use super::{Basis, BasisFound};
use crate::call::Question;
use crate::db::{Document, Statement, concat, statement};
use crate::error::Result;
use crate::journal::{Asking, Tx};
use crate::kernel::period::Period;
use crate::kernel::text::Title;
use crate::programmes::FeedbackMode;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::Standing;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::Sums;

/// Asks for the card of a lecturer in a period.
#[derive(Debug, Clone, Copy)]
pub struct CardQuestion {
    pub programme: Uuid,
    pub period: Period,
    pub employee: Uuid,
}

/// The card among the live results of an open period, if there is one, with what it is based on and what it names.
pub struct CardFound {
    asked: CardQuestion,
    live: Option<(BasisFound, OwnCard, Titles)>,
}

impl Question for CardQuestion {
    type Found = CardFound;

    fn ask(self, asking: Asking<'_>) -> BoxFuture<'_, Result<CardFound>> {
        async move {
            let titles = titles(asking, self.bind(LIVE_TITLES).bind("until", asking.now));
            let (found, titles) = try_join(live_card(asking, self.bind(LIVE_CARD)), titles).await?;
            let live = found.map(|LiveCard { stand, card }| {
                let Self { programme, period, .. } = self;
                (BasisFound { programme, period, stand: Some(stand), now: asking.now }, card, titles)
            });
            Ok(CardFound { asked: self, live })
        }
        .boxed()
    }
}

impl CardQuestion {
    fn bind(self, text: &'static str) -> Statement<'static> {
        let live = statement(text).bind("programme", self.programme).bind("period", self.period.to_string());
        live.bind("employee", self.employee)
    }
}

impl CardFound {
    /// What the results of the period are based on, and the card among the live ones.
    pub async fn known(self, tx: &mut Tx<'_>) -> Result<(Basis, Option<(OwnCard, Titles)>)> {
        match self.live {
            Some((basis, card, titles)) => Ok((Basis::of(tx, basis).await?, Some((card, titles)))),
            None => Ok((Basis::find(tx, self.asked.programme, self.asked.period).await?, None)),
        }
    }
}

/// A card of an open period, and how that stands.
#[derive(QueryableByName)]
struct LiveCard {
    #[diesel(embed)]
    stand: Stand,
    #[diesel(embed)]
    card: OwnCard,
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
}

/// What a statement shows of a session or a content besides what counts.
#[derive(Debug, Clone, QueryableByName)]
pub struct Titled {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    pub title: Title,
    /// The actual start of a session, or else the scheduled one.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub starts_at: Option<DateTime<Utc>>,
    /// How many ratings of a session came on paper forms.
    #[diesel(sql_type = BigInt)]
    pub paper_ratings: i64,
}

/// What a card names, by id.
#[derive(Debug)]
pub struct Titles(BTreeMap<Uuid, Titled>);

impl Titles {
    pub fn get(&self, id: Uuid) -> Option<&Titled> {
        self.0.get(&id)
    }

    /// Empty if it is not known.
    pub fn title(&self, id: Uuid) -> String {
        self.get(id).map(|one| one.title.to_string()).unwrap_or_default()
    }
}

impl OwnCard {
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

/// The card in a snapshot, under whichever of the person's records, and what it names.
pub async fn frozen_card(
    tx: &mut Tx<'_>,
    frozen: &AppliedSnapshot,
    employee: Uuid,
) -> QueryResult<Option<(OwnCard, Titles)>> {
    let of = |text| statement(text).bind("snapshot", frozen.id).bind("employee", employee);
    let card = card(tx.asking(), of(FROZEN_CARD));
    let (card, titles) = try_join(card, titles(tx.asking(), of(FROZEN_TITLES).bind("until", frozen.closed_at))).await?;
    Ok(card.map(|own| (own, titles)))
}

async fn live_card(mut asking: Asking<'_>, of: Statement<'_>) -> QueryResult<Option<LiveCard>> {
    asking.complete(of).get_result(&mut asking.conn).await.optional()
}

async fn card(mut asking: Asking<'_>, of: Statement<'_>) -> QueryResult<Option<OwnCard>> {
    asking.complete(of).get_result(&mut asking.conn).await.optional()
}

async fn titles(mut asking: Asking<'_>, of: Statement<'_>) -> QueryResult<Titles> {
    let found: Vec<Titled> = asking.complete(of).load(&mut asking.conn).await?;
    Ok(Titles(found.into_iter().map(|one| (one.id, one)).collect()))
}

/// A rule that does not say who is ranked together ranks the programme.
const LIVE_CARD: &str = concat!(
    "
SELECT r.inputs, r.card, r.sums, NULL::jsonb AS apart, r.shortfall IS NOT NULL AS is_ranked,
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
    OF_PROGRAMME,
    " AND o.snapshot_id IS NULL"
);

const FROZEN_CARD: &str = concat!(
    "
SELECT r.inputs, r.card, NULL::jsonb AS sums, r.apart, r.rank IS NOT NULL AS is_ranked,
       coalesce(r.rank - 1, 0) AS better, coalesce(r.rank - 1, 0) AS better_scores, coalesce(r.ranked_of, 0) AS ranked_of,",
    NAMES,
    OF_FROZEN,
    OF_NAMES
);

const OF_FROZEN: &str = "
  FROM (SELECT e.id FROM employees e
         WHERE e.tenant_id = :tenant AND (e.id = :employee OR e.merged_into_id = :employee) OFFSET 0) e
 CROSS JOIN LATERAL (SELECT * FROM snapshot_lecturers r
                      WHERE r.tenant_id = :tenant AND r.snapshot_id = :snapshot AND r.employee_id = e.id OFFSET 0) r";

/// What the cards `r` name. Each is looked up by its key, whatever the planner knows of the company.
const NAMED_BY_CARD: &str = "
 CROSS JOIN LATERAL (
    SELECT s.id, s.title, coalesce(s.delivered_start, s.scheduled_start) AS starts_at,
           (SELECT count(*) FROM feedback b
             WHERE b.tenant_id = :tenant AND b.session_id = s.id AND b.source = 'paper' AND b.counts
               AND b.received_at <= :until) AS paper_ratings
      FROM sessions s
     WHERE s.tenant_id = :tenant
       AND s.id = ANY (ARRAY(SELECT (one ->> 'session_id')::uuid FROM jsonb_array_elements(r.inputs -> 'sessions') one))
     UNION ALL
    SELECT c.id, c.title, NULL::timestamptz, 0::bigint
      FROM contents c
     WHERE c.tenant_id = :tenant
       AND c.id = ANY (ARRAY(SELECT (one ->> 'content_id')::uuid FROM jsonb_array_elements(r.inputs -> 'contents') one))) t";

const LIVE_TITLES: &str = concat!(
    "
SELECT t.id, t.title, t.starts_at, t.paper_ratings
  FROM live_periods l
  JOIN live_results r ON r.tenant_id = :tenant AND r.live_period_id = l.id AND r.employee_id = :employee",
    NAMED_BY_CARD,
    IN_PERIOD
);

const FROZEN_TITLES: &str = concat!("SELECT t.id, t.title, t.starts_at, t.paper_ratings", OF_FROZEN, NAMED_BY_CARD);
