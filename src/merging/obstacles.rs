//! What stands against merging two records: what they did cannot be one person's.

use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::{Statement, concat, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::{Words, data};
use crate::kernel::phrases::Thing;
use crate::people::records_of_all;
use crate::sessions::told;
use crate::sign_in::{Merge, lose_role};

/// The member of the proposal that names the other record.
pub const POINTER: &str = "/duplicate_id";

/// The most reasons of one kind that are listed.
const MAX_LISTED: i32 = 100;

/// Both people as they are so far, with the records that were merged into theirs before.
struct Both {
    kept: Vec<Uuid>,
    duplicate: Vec<Uuid>,
}

impl Both {
    async fn of(tx: &mut Tx<'_>, merge: Merge) -> QueryResult<Self> {
        Ok(Self {
            kept: records_of_all(tx, &[merge.kept]).await?,
            duplicate: records_of_all(tx, &[merge.duplicate]).await?,
        })
    }

    fn statement(&self, tx: &Tx<'_>, text: &'static str) -> Statement<'_> {
        let bound = statement(text).bind("kept", &self.kept).bind("duplicate", &self.duplicate);
        bound.bind("tenant", tx.tenant).bind("limit", MAX_LISTED)
    }
}

/// All reasons against the merge. The caller holds the locks on both records.
pub async fn find(tx: &mut Tx<'_>, merge: Merge) -> Result<Vec<Fault>> {
    let both = Both::of(tx, merge).await?;
    let mut faults = closed_in_both(tx, &both).await?;
    faults.extend(checked_by_other(tx, &both).await?);
    faults.extend(in_one_session(tx, &both).await?);
    faults.extend(planned_at_once(tx, &both).await?);
    faults.extend(mentor_of_other(tx, &both).await?);
    if let Some(last) = lose_role(tx, merge.duplicate).await? {
        faults.push(Fault::new(POINTER, FaultCode::LastAccessHolder).with("name", data(last.name)));
    }
    Ok(faults)
}

/// Nobody is their own mentor. What was declined or withdrawn does no harm.
async fn mentor_of_other(tx: &mut Tx<'_>, both: &Both) -> Result<Vec<Fault>> {
    const FIND: &str = "
SELECT m.id
  FROM mentorships m
 WHERE m.tenant_id = :tenant AND m.state IN ('asked', 'active', 'ended')
   AND (m.mentor_id = ANY (:kept) AND m.mentee_id = ANY (:duplicate)
        OR m.mentor_id = ANY (:duplicate) AND m.mentee_id = ANY (:kept))
 ORDER BY m.id LIMIT :limit";
    let found = both.statement(tx, FIND).load_ids(tx.conn).await?;
    Ok(found.into_iter().map(|id| Fault::new(POINTER, FaultCode::MentorOfOther).with("id", data(id))).collect())
}

async fn closed_in_both(tx: &mut Tx<'_>, both: &Both) -> Result<Vec<Fault>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        programme: String,
        #[diesel(sql_type = Text)]
        period: String,
    }
    const FIND: &str = "
WITH cards AS (
  SELECT DISTINCT s.period_id, l.employee_id = ANY (:kept) AS is_kept
    FROM snapshot_lecturers l
    JOIN snapshots s ON s.tenant_id = :tenant AND s.id = l.snapshot_id
   WHERE l.tenant_id = :tenant AND (l.employee_id = ANY (:kept) OR l.employee_id = ANY (:duplicate)))
SELECT g.code AS programme, p.period
  FROM (SELECT period_id FROM cards GROUP BY period_id HAVING count(*) > 1) c
  JOIN periods p ON p.tenant_id = :tenant AND p.id = c.period_id
  JOIN programmes g ON g.tenant_id = :tenant AND g.id = p.programme_id
 ORDER BY g.code, p.starts_on LIMIT :limit";
    let rows: Vec<Row> = both.statement(tx, FIND).load(tx.conn).await?;
    let fault = |row: Row| {
        let fault = Fault::new(POINTER, FaultCode::ClosedInBoth);
        fault.with("programme", data(row.programme)).with("period", data(row.period))
    };
    Ok(rows.into_iter().map(fault).collect())
}

/// What was proposed by one of both, or is about one of them, and checked by the other one. The arguments: its word, its id, from
/// where (a condition last), and who made and who checked it. Each is found by the people: a company has many such things.
macro_rules! checked {
    ($what:literal, $id:literal, $from:literal, $maker:literal, $checker:literal) => {
        concat!(
            "SELECT '",
            $what,
            "' AS what, ",
            $id,
            " AS id FROM ",
            $from,
            " AND (",
            $maker,
            " = ANY (:kept) AND ",
            $checker,
            " = ANY (:duplicate) OR ",
            $maker,
            " = ANY (:duplicate) AND ",
            $checker,
            " = ANY (:kept))"
        )
    };
}

/// The same for several makers.
macro_rules! checked_all {
    ($what:literal, $id:literal, $from:literal, [$first:literal $(, $maker:literal)*], $checker:literal) => {
        concat!(
            checked!($what, $id, $from, $first, $checker)
            $(, " UNION ALL ", checked!($what, $id, $from, $maker, $checker))*
        )
    };
}

macro_rules! applied {
    ($checker:literal) => {
        checked_all!(
            "promotion_application",
            "a.id",
            "promotion_applications a WHERE a.tenant_id = :tenant",
            ["a.employee_id", "a.maker_id"],
            $checker
        )
    };
}

macro_rules! waived {
    ($checker:literal) => {
        checked_all!(
            "promotion_waiver",
            "w.id",
            "promotion_waivers w WHERE w.tenant_id = :tenant",
            ["w.employee_id", "w.maker_id"],
            $checker
        )
    };
}

const CHECKED: &str = concat!(
    checked!("scoring_rule", "r.id", "scoring_rules r WHERE r.tenant_id = :tenant", "r.maker_id", "r.checker_id"),
    " UNION ALL ",
    checked!("reward_policies", "r.id", "reward_policy_sets r WHERE r.tenant_id = :tenant", "r.maker_id", "r.checker_id"),
    " UNION ALL ",
    checked!("promotion_policy", "r.id", "promotion_policies r WHERE r.tenant_id = :tenant", "r.maker_id", "r.checker_id"),
    " UNION ALL ",
    checked!("restatement", "r.id", "restatements r WHERE r.tenant_id = :tenant", "r.maker_id", "r.checker_id"),
    " UNION ALL ",
    checked!("appeal", "a.id", "appeals a WHERE a.tenant_id = :tenant", "a.employee_id", "a.decided_by_id"),
    " UNION ALL ",
    checked!("budget_raise", "r.id", "budget_raises r WHERE r.tenant_id = :tenant", "r.maker_id", "r.checker_id"),
    " UNION ALL ",
    checked_all!(
        "reward",
        "e.id",
        "reward_entries e
           JOIN reward_entry_events v ON v.tenant_id = :tenant AND v.entry_id = e.id AND v.event IN ('approved', 'reconsidered')
          WHERE e.tenant_id = :tenant",
        ["e.employee_id", "e.maker_id", "e.caused_by_id"],
        "v.actor_id"
    ),
    " UNION ALL ",
    checked_all!(
        "application_case",
        "c.id",
        "application_cases c WHERE c.tenant_id = :tenant",
        ["c.learner_id", "c.maker_id"],
        "c.decided_by_id"
    ),
    " UNION ALL ",
    applied!("a.decided_by_id"),
    " UNION ALL ",
    applied!("a.waiver_first_approver_id"),
    " UNION ALL ",
    applied!("a.waiver_second_approver_id"),
    " UNION ALL ",
    checked!(
        "promotion_application",
        "a.id",
        "promotion_applications a WHERE a.tenant_id = :tenant",
        "a.waiver_first_approver_id",
        "a.waiver_second_approver_id"
    ),
    " UNION ALL ",
    waived!("w.first_approver_id"),
    " UNION ALL ",
    waived!("w.second_approver_id"),
    " UNION ALL ",
    checked!(
        "promotion_waiver",
        "w.id",
        "promotion_waivers w WHERE w.tenant_id = :tenant",
        "w.first_approver_id",
        "w.second_approver_id"
    ),
    " UNION ALL ",
    checked!(
        "credential_key",
        "k.id",
        "credential_keys k WHERE k.tenant_id = :tenant",
        "k.suspected_by_id",
        "k.withdrawn_by_id"
    ),
    " UNION ALL ",
    checked!(
        "paper_forms",
        "f.session_id",
        "feedback_papers f WHERE f.tenant_id = :tenant",
        "f.entered_by_id",
        "f.confirmed_by_id"
    ),
    " UNION ALL ",
    checked_all!(
        "session_change",
        "r.id",
        "session_change_requests r WHERE r.tenant_id = :tenant",
        ["r.asked_by_id", "r.colleague_id"],
        "r.decided_by_id"
    ),
    " UNION ALL ",
    checked!(
        "session",
        "s.id",
        "sessions s WHERE s.tenant_id = :tenant",
        "s.delivery_reported_by_id",
        "s.delivery_confirmed_by_id"
    ),
    " UNION ALL ",
    checked!(
        "session",
        "s.id",
        "session_lecturers l JOIN sessions s ON s.tenant_id = :tenant AND s.id = l.session_id WHERE l.tenant_id = :tenant",
        "l.employee_id",
        "s.delivery_confirmed_by_id"
    ),
    " UNION ALL ",
    checked_all!(
        "access_change",
        "c.id",
        "access_changes c WHERE c.tenant_id = :tenant AND c.state = 'confirmed'",
        ["c.answerable_id", "c.employee_id"],
        "c.decided_id"
    )
);

async fn checked_by_other(tx: &mut Tx<'_>, both: &Both) -> Result<Vec<Fault>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        what: String,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    const FIND: &str = concat!("SELECT DISTINCT what, id FROM (", CHECKED, ") checked ORDER BY what, id LIMIT :limit");
    let rows: Vec<Row> = both.statement(tx, FIND).load(tx.conn).await?;
    let fault = |row: Row| {
        let fault = Fault::new(POINTER, FaultCode::CheckedByOther);
        Ok(fault.with("what", thing(&row.what)?).with("id", data(row.id)))
    };
    rows.into_iter().map(fault).collect()
}

fn thing(what: &str) -> Result<Thing> {
    Ok(match what {
        "scoring_rule" => Thing::ScoringRule,
        "reward_policies" => Thing::RewardPolicies,
        "promotion_policy" => Thing::PromotionPolicy,
        "appeal" => Thing::Appeal,
        "budget_raise" => Thing::BudgetRaise,
        "restatement" => Thing::Restatement,
        "reward" => Thing::Reward,
        "application_case" => Thing::ApplicationCase,
        "promotion_application" => Thing::PromotionApplication,
        "promotion_waiver" => Thing::PromotionWaiver,
        "credential_key" => Thing::CredentialKey,
        "paper_forms" => Thing::PaperForms,
        "session_change" => Thing::SessionChange,
        "session" => Thing::Delivery,
        "access_change" => Thing::AccessChange,
        other => return Err(Error::internal(format!("there is no word for {other}"))),
    })
}

/// Sessions that one gives, while the other gives them too or takes part in them. (That the other rated one is not told apart.)
async fn in_one_session(tx: &mut Tx<'_>, both: &Both) -> Result<Vec<Fault>> {
    const FIND: &str = "
WITH given AS (
  SELECT l.session_id, l.employee_id AS person FROM session_lecturers l
   WHERE l.tenant_id = :tenant AND (l.employee_id = ANY (:kept) OR l.employee_id = ANY (:duplicate))),
parts AS (
  SELECT session_id, person FROM given
  UNION ALL SELECT a.session_id, a.employee_id FROM session_audience a
   WHERE a.tenant_id = :tenant AND (a.employee_id = ANY (:kept) OR a.employee_id = ANY (:duplicate))
  UNION ALL SELECT a.session_id, a.employee_id FROM attendance_records a
   WHERE a.tenant_id = :tenant AND a.state = 'present' AND (a.employee_id = ANY (:kept) OR a.employee_id = ANY (:duplicate))
  UNION ALL SELECT f.session_id, f.learner_id FROM feedback f
   WHERE f.tenant_id = :tenant AND f.counts AND (f.learner_id = ANY (:kept) OR f.learner_id = ANY (:duplicate))
  UNION ALL SELECT a.session_id, a.learner_id FROM anonymous_participants a
   WHERE a.tenant_id = :tenant AND (a.learner_id = ANY (:kept) OR a.learner_id = ANY (:duplicate))
  UNION ALL SELECT c.session_id, c.learner_id FROM application_cases c
   WHERE c.tenant_id = :tenant AND c.voided_at IS NULL AND (c.learner_id = ANY (:kept) OR c.learner_id = ANY (:duplicate)))
SELECT DISTINCT s.id
  FROM given g
  JOIN parts p ON p.session_id = g.session_id AND (p.person = ANY (:kept)) <> (g.person = ANY (:kept))
  JOIN sessions s ON s.tenant_id = :tenant AND s.id = g.session_id AND s.state <> 'cancelled'
 ORDER BY s.id LIMIT :limit";
    let sessions = both.statement(tx, FIND).load_ids(tx.conn).await?;
    let told = told(tx, &sessions).await?;
    let fault = |words: Words| Fault::new(POINTER, FaultCode::InOneSession).with("session", words);
    Ok(told.into_values().map(fault).collect())
}

async fn planned_at_once(tx: &mut Tx<'_>, both: &Both) -> Result<Vec<Fault>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        other: Uuid,
    }
    const FIND: &str = "
SELECT DISTINCT k.session_id AS id, d.session_id AS other
  FROM session_lecturers k
  JOIN session_lecturers d ON d.tenant_id = :tenant AND d.employee_id = ANY (:duplicate) AND d.reserved_from IS NOT NULL
       AND d.session_id <> k.session_id
       AND tstzrange(d.reserved_from, d.reserved_until) && tstzrange(k.reserved_from, k.reserved_until)
 WHERE k.tenant_id = :tenant AND k.employee_id = ANY (:kept) AND k.reserved_from IS NOT NULL
 ORDER BY k.session_id, d.session_id LIMIT :limit";
    let rows: Vec<Row> = both.statement(tx, FIND).load(tx.conn).await?;
    let named: Vec<Uuid> = rows.iter().flat_map(|row| [row.id, row.other]).collect();
    let told = told(tx, &named).await?;
    let both = rows.iter().filter_map(|row| Some((told.get(&row.id)?, told.get(&row.other)?)));
    let fault = |(session, other): (&Words, &Words)| {
        let fault = Fault::new(POINTER, FaultCode::PlannedAtOnce);
        fault.with("session", session.clone()).with("other", other.clone())
    };
    Ok(both.map(fault).collect())
}
