//! One lecturer's card and all that it names, in one statement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join};
use uuid::Uuid;

use super::board_texts::AHEAD;
use super::named::{NAMES, Named, OF_NAMES};
use super::stored_board::Ahead;
use super::{Basis, BasisFound};
use crate::call::Question;
use crate::db::{Document, concat, statement};
use crate::error::Result;
use crate::journal::Asking;
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

/// What was found of a card, and what it is based on.
pub struct CardFound {
    pub basis: BasisFound,
    pub cards: Vec<OwnCard>,
}

impl Question for CardQuestion {
    type Found = CardFound;

    fn ask(self, asking: Asking<'_>) -> BoxFuture<'_, Result<CardFound>> {
        async move {
            let Self { programme, period, employee } = self;
            let basis = Basis::ask(asking, programme, period);
            let (basis, cards) = try_join(basis, own_cards(asking, programme, period, employee)).await?;
            Ok(CardFound { basis, cards })
        }
        .boxed()
    }
}

/// A card with its facts, whose it is, and what it names.
#[derive(Debug, QueryableByName)]
pub struct OwnCard {
    /// Whether it is in the snapshot that counts, or else in the live results.
    #[diesel(sql_type = Bool)]
    pub is_frozen: bool,
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
    #[diesel(embed)]
    sessions: Sessions,
    #[diesel(sql_type = Array<SqlUuid>)]
    content_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Text>)]
    content_titles: Vec<Title>,
}

/// The sessions of a card, each at the same place in all lists.
#[derive(Debug, QueryableByName)]
struct Sessions {
    #[diesel(sql_type = Array<SqlUuid>)]
    session_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Text>)]
    session_titles: Vec<Title>,
    #[diesel(sql_type = Array<Timestamptz>)]
    session_starts: Vec<DateTime<Utc>>,
    #[diesel(sql_type = Array<BigInt>)]
    session_papers: Vec<i64>,
}

/// What a statement shows of a session besides what counts.
#[derive(Debug, Clone)]
pub struct SessionTitle {
    pub title: Title,
    /// The actual start, or else the scheduled one.
    pub starts_at: DateTime<Utc>,
    /// How many ratings of it came on paper forms.
    pub paper_ratings: i64,
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

    pub fn session_titles(&self) -> BTreeMap<Uuid, SessionTitle> {
        let Sessions { session_ids, session_titles, session_starts, session_papers } = &self.sessions;
        let shown = session_titles.iter().zip(session_starts).zip(session_papers);
        let shown = shown.map(|((title, starts_at), paper_ratings)| SessionTitle {
            title: title.clone(),
            starts_at: *starts_at,
            paper_ratings: *paper_ratings,
        });
        session_ids.iter().copied().zip(shown).collect()
    }

    pub fn content_titles(&self) -> BTreeMap<Uuid, Title> {
        self.content_ids.iter().copied().zip(self.content_titles.iter().cloned()).collect()
    }
}

/// The cards of a person: in the live results, and in the snapshot that counts under whichever of the person's records.
async fn own_cards(
    mut asking: Asking<'_>,
    programme: Uuid,
    period: Period,
    employee: Uuid,
) -> QueryResult<Vec<OwnCard>> {
    let own = statement(OWN_CARDS).bind("programme", programme).bind("period", period.to_string());
    asking.complete(own.bind("employee", employee)).load(&mut asking.conn).await
}

/// What is looked up by its key is so whatever the planner knows of the company (`OFFSET 0`). A rule that does not say who is ranked
/// together ranks the programme.
const OWN_CARDS: &str = concat!(
    "
SELECT r.is_frozen, r.inputs, r.card, r.sums, r.apart, r.is_ranked,
       coalesce(r.ahead, (whole.better + beside.better)::integer) AS better,
       coalesce(r.ahead, (whole.scores + beside.scores)::integer) AS better_scores,
       coalesce(r.ranked_of, whole.everybody, 0) AS ranked_of,
       coalesce(s.ids, '{}') AS session_ids, coalesce(s.titles, '{}') AS session_titles,
       coalesce(s.starts, '{}') AS session_starts, coalesce(s.papers, '{}') AS session_papers,
       coalesce(c.ids, '{}') AS content_ids, coalesce(c.titles, '{}') AS content_titles,",
    NAMES,
    "
  FROM (SELECT false AS is_frozen, r.employee_id, r.board_id, r.shortfall, r.inputs, r.card, r.sums, NULL::jsonb AS apart,
               r.shortfall IS NOT NULL AS is_ranked, NULL::integer AS ahead, NULL::integer AS ranked_of, :now AS until, l.id AS live_id,
               (SELECT v.document ->> 'rank_scope' FROM scoring_rules v WHERE v.tenant_id = :tenant AND v.id = l.rule_id) AS rank_scope
          FROM live_periods l
         CROSS JOIN LATERAL (SELECT * FROM live_results r
                              WHERE r.tenant_id = :tenant AND r.live_period_id = l.id AND r.employee_id = :employee OFFSET 0) r
         WHERE l.tenant_id = :tenant AND l.programme_id = :programme AND l.period = :period
        UNION ALL
        SELECT true, r.employee_id, r.board_id, r.shortfall, r.inputs, r.card, NULL, r.apart,
               r.rank IS NOT NULL, r.rank - 1, r.ranked_of, f.closed_at, NULL, NULL
          FROM periods p
         CROSS JOIN LATERAL (SELECT f.closed_at FROM snapshots f WHERE f.tenant_id = :tenant AND f.id = p.snapshot_id OFFSET 0) f
         CROSS JOIN LATERAL (SELECT e.id FROM employees e
                              WHERE e.tenant_id = :tenant AND (e.id = :employee OR e.merged_into_id = :employee) OFFSET 0) e
         CROSS JOIN LATERAL (SELECT * FROM snapshot_lecturers r
                              WHERE r.tenant_id = :tenant AND r.snapshot_id = p.snapshot_id AND r.employee_id = e.id OFFSET 0) r
         WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period) r",
    OF_NAMES,
    "
 CROSS JOIN LATERAL (SELECT r.live_id AS results, CASE WHEN r.rank_scope = 'department' THEN r.board_id ELSE :programme END AS board_id,
                            r.shortfall, r.shortfall - r.shortfall % 100 AS hundreds OFFSET 0) at",
    AHEAD,
    "
 CROSS JOIN LATERAL (SELECT array_agg(s.id) AS ids, array_agg(s.title) AS titles,
                            array_agg(coalesce(s.delivered_start, s.scheduled_start)) AS starts,
                            array_agg((SELECT count(*) FROM feedback b
                                        WHERE b.tenant_id = :tenant AND b.session_id = s.id AND b.source = 'paper' AND b.counts
                                          AND b.received_at <= r.until)) AS papers
                       FROM (SELECT (one ->> 'session_id')::uuid AS id FROM jsonb_array_elements(r.inputs -> 'sessions') one OFFSET 0) one
                      CROSS JOIN LATERAL (SELECT * FROM sessions s WHERE s.tenant_id = :tenant AND s.id = one.id OFFSET 0) s) s
 CROSS JOIN LATERAL (SELECT array_agg(c.id) AS ids, array_agg(c.title) AS titles
                       FROM (SELECT (one ->> 'content_id')::uuid AS id FROM jsonb_array_elements(r.inputs -> 'contents') one OFFSET 0) one
                      CROSS JOIN LATERAL (SELECT * FROM contents c WHERE c.tenant_id = :tenant AND c.id = one.id OFFSET 0) c) c"
);
