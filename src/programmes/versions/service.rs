//! Drafting and publishing versions of either kind.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::check;
use super::model::{RuleVersion, VersionRow, read};
use super::queries::{Approval, Draft, policies, rules};
use crate::auth::Role;
use crate::auth::rights::ProgrammesWrite;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Audit, Event, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::period::Period;
use crate::people;
use crate::programmes::periods::latest_closed;
use crate::programmes::{Programme, queries as programmes};

/// What a version is a version of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rule,
    Policies,
}

/// A statement of either table.
macro_rules! on_table {
    ($kind:expr, $statement:ident($($argument:expr),*)) => {
        match $kind {
            Kind::Rule => rules::$statement($($argument),*).await,
            Kind::Policies => policies::$statement($($argument),*).await,
        }
    };
}

impl Kind {
    /// Its name in the glossary, in words.
    fn name(self) -> &'static str {
        match self {
            Self::Rule => "scoring rule",
            Self::Policies => "reward policy version",
        }
    }

    /// Its name in audit and events.
    fn subject(self) -> &'static str {
        match self {
            Self::Rule => "scoring_rule",
            Self::Policies => "reward_policies",
        }
    }

    fn of<T>(self, rule: T, policies: T) -> T {
        match self {
            Self::Rule => rule,
            Self::Policies => policies,
        }
    }
}

/// A document that somebody proposes.
pub struct Proposal<D> {
    pub starts_period: Period,
    pub document: D,
}

/// Makes a draft with the next number.
pub async fn create<D: Serialize>(
    tx: &mut Tx<'_>,
    kind: Kind,
    programme: Uuid,
    proposal: Proposal<D>,
) -> Result<VersionRow> {
    let programme = locked_programme(tx, programme).await?;
    let document = serde_json::to_value(&proposal.document).map_err(Error::internal)?;
    check_document(tx, kind, &programme, &proposal.starts_period, &document).await?;
    let last = on_table!(kind, last_number(tx, programme.id))?;
    let draft = Draft {
        id: tx.id(),
        programme_id: programme.id,
        version: last.unwrap_or_default() + 1,
        starts_period: proposal.starts_period,
        document,
        maker_id: tx.actor.answerable(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let row = on_table!(kind, insert(tx, draft))?;
    note(tx, kind.of("create_scoring_rule", "create_reward_policy_set"), kind, &row);
    Ok(row)
}

/// Puts another document in the place of a draft's. A document's column is never changed, so that the row is made anew, with
/// the same id and number; whoever replaced it is its maker.
pub async fn replace<D: Serialize>(
    tx: &mut Tx<'_>,
    kind: Kind,
    (programme, id): (Uuid, Uuid),
    precondition: &Precondition,
    proposal: Proposal<D>,
) -> Result<VersionRow> {
    let programme = locked_programme(tx, programme).await?;
    let before = draft(tx, kind, programme.id, id, precondition).await?;
    let document = serde_json::to_value(&proposal.document).map_err(Error::internal)?;
    check_document(tx, kind, &programme, &proposal.starts_period, &document).await?;
    on_table!(kind, delete_draft(tx, id))?;
    let draft = Draft {
        id,
        programme_id: programme.id,
        version: before.version,
        starts_period: proposal.starts_period,
        document,
        maker_id: tx.actor.answerable(),
        created_at: before.created_at,
        updated_at: before.next_update(tx.now),
    };
    let row = on_table!(kind, insert(tx, draft))?;
    note(tx, kind.of("replace_scoring_rule", "replace_reward_policy_set"), kind, &row);
    Ok(row)
}

/// Drops a draft; its number may be given again.
pub async fn delete(
    tx: &mut Tx<'_>,
    kind: Kind,
    (programme, id): (Uuid, Uuid),
    precondition: &Precondition,
) -> Result<()> {
    locked_programme(tx, programme).await?;
    let row = draft(tx, kind, programme, id, precondition).await?;
    on_table!(kind, delete_draft(tx, id))?;
    note(tx, kind.of("delete_scoring_rule", "delete_reward_policy_set"), kind, &row);
    Ok(())
}

/// Puts a draft in force from its first period on. Needs another person than its maker.
pub async fn publish(
    tx: &mut Tx<'_>,
    kind: Kind,
    (programme, id): (Uuid, Uuid),
    precondition: &Precondition,
) -> Result<VersionRow> {
    let checker = tx.actor.require_person()?;
    let programme = locked_programme(tx, programme).await?;
    let row = draft(tx, kind, programme.id, id, precondition).await?;
    let by_maker = people::check_self_approval(tx, row.maker_id == Some(checker)).await?;
    check_start(tx, kind, &programme, &row.starts_period).await?;
    check_document(tx, kind, &programme, &row.starts_period, &row.document).await?;
    if kind == Kind::Policies && rule_for(tx, programme.id, &row.starts_period).await?.is_none() {
        return Err(Error::state("programme", "without a published rule for that period", "one with a rule"));
    }
    let approval = Approval { checker_id: checker, by_maker, at: row.next_update(tx.now) };
    let published = on_table!(kind, publish(tx, id, &approval));
    let taken = || Error::new(Code::AlreadyExists).with("what", format!("{} for {}", kind.name(), row.starts_period));
    let constraint = kind.of("scoring_rules_starts_on_key", "reward_policy_sets_starts_on_key");
    let row = published.on_constraint(constraint, taken)?;
    // A close that waits for the programme has taken its snapshot, without this version: it has to begin again.
    programmes::touch(tx, programme.id).await?;
    note(tx, kind.of("publish_scoring_rule", "publish_reward_policy_set"), kind, &row);
    let topic = kind.of("scoring_rule.published", "reward_policies.published");
    let payload = json!({
        "id": id, "programme_id": row.programme_id, "version": row.version,
        "starts_period": row.starts_period.to_string(),
    });
    tx.emit(Event::new(topic, kind.subject(), id, payload));
    Ok(row)
}

/// One version, if the caller may see it.
pub async fn get(tx: &mut Tx<'_>, kind: Kind, programme: Uuid, id: Uuid) -> Result<VersionRow> {
    let found = on_table!(kind, find(tx, programme, id))?;
    let seen = found.filter(|row| row.published_at.is_some() || sees_drafts(tx));
    seen.ok_or_else(|| Error::not_found(kind.name()))
}

/// A page of the versions that the caller may see, latest number first.
pub async fn list(
    tx: &mut Tx<'_>,
    kind: Kind,
    programme: Uuid,
    published: Option<bool>,
    after: Option<i32>,
    fetch: i64,
) -> Result<Vec<VersionRow>> {
    let found = programmes::find(tx, programme).await?;
    found.ok_or_else(|| Error::not_found("programme"))?;
    let published = match (published, sees_drafts(tx)) {
        (Some(false), false) => return Ok(Vec::new()),
        (None, false) => Some(true),
        (asked, _) => asked,
    };
    Ok(on_table!(kind, list_page(tx, programme, published, after, fetch))?)
}

/// A draft is a thought of those who maintain rules; auditors see those too.
fn sees_drafts(tx: &Tx<'_>) -> bool {
    tx.actor.reach::<ProgrammesWrite>().is_ok() || tx.actor.roles.contains(&Role::Auditor)
}

async fn locked_programme(tx: &mut Tx<'_>, id: Uuid) -> Result<Programme> {
    let found = programmes::find_for_update(tx, id).await?;
    found.ok_or_else(|| Error::not_found("programme"))
}

/// The draft, in the version that the caller saw. The programme's lock keeps others away from it.
async fn draft(
    tx: &mut Tx<'_>,
    kind: Kind,
    programme: Uuid,
    id: Uuid,
    precondition: &Precondition,
) -> Result<VersionRow> {
    let found = on_table!(kind, find(tx, programme, id))?;
    let row = found.ok_or_else(|| Error::not_found(kind.name()))?;
    precondition.check(row.etag().0)?;
    if row.published_at.is_some() {
        return Err(Error::state(kind.name(), "published", "a draft"));
    }
    Ok(row)
}

async fn rule_for(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<Option<RuleVersion>> {
    super::rule_in_force(tx, programme, period).await
}

/// Refuses a document with every fault of it and of its start.
async fn check_document(
    tx: &mut Tx<'_>,
    kind: Kind,
    programme: &Programme,
    starts_period: &Period,
    document: &Value,
) -> Result<()> {
    let mut faults = Faults::default();
    check::start(&mut faults, starts_period, programme.cycle);
    let grades = people::grade_order(tx).await?;
    match kind {
        Kind::Rule => check::rule(&mut faults, &read(document.clone())?, &grades),
        Kind::Policies => {
            let rule = rule_for(tx, programme.id, starts_period).await?;
            check::policies(&mut faults, &read(document.clone())?, rule.as_ref().map(|version| &version.rule), &grades);
        }
    }
    let faults = faults.into_vec();
    if faults.is_empty() { Ok(()) } else { Err(Error::rule_refused(faults)) }
}

/// The earliest start: the period after the current one, since a period has one version from its start to its end; for the
/// first version of a programme the current one; and never one that is closed.
async fn check_start(tx: &mut Tx<'_>, kind: Kind, programme: &Programme, starts_period: &Period) -> Result<()> {
    let out_of_calendar = || Error::not_found("period");
    let current = programme.period_at(tx.now).ok_or_else(out_of_calendar)?;
    let is_first = on_table!(kind, first_start(tx, programme.id))?.is_none();
    let by_clock = if is_first { Some(current) } else { current.next() };
    let closed = latest_closed(tx, programme.id).await?;
    let after_closed = closed.and_then(|row| row.period.next());
    let earliest = by_clock.max(after_closed).ok_or_else(out_of_calendar)?;
    if *starts_period < earliest {
        return Err(Error::new(Code::StartsTooEarly).with("period", starts_period).with("earliest", earliest));
    }
    Ok(())
}

fn note(tx: &mut Tx<'_>, command: &'static str, kind: Kind, row: &VersionRow) {
    let details = json!({
        "programme_id": row.programme_id, "version": row.version, "starts_period": row.starts_period.to_string(),
    });
    tx.audit(Audit::new(command, kind.subject(), row.id).details(details));
}
