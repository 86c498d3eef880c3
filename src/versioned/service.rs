//! Drafts and publishes versions of any kind of document.

use uuid::Uuid;

use super::document::{Approval, Draft, Heading, Proposal, Version, Versioned, refuse};
use crate::auth::Role;
use crate::db::{Constraint as _, Document};
use crate::error::{Code, Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::phrases::Condition;
use crate::names::hold_grades;
use crate::people::{People, check_self_approval, employee_refs};

type Key<D> = <<D as Versioned>::Heading as Heading>::Key;

/// Creates a draft with the next number.
pub async fn create<D: Versioned>(tx: &mut Tx<'_>, proposal: Proposal<D>) -> Result<Version<D>> {
    let Proposal { heading, document } = proposal;
    let owner = D::Heading::lock(tx, heading.key()).await?;
    let document = document.completed(tx, &owner).await?;
    let faults = document.check(tx, &owner, &heading).await?;
    refuse(tx, faults).await?;
    let last = D::last_number(tx, &heading).await?;
    let draft = Draft {
        id: tx.id(),
        number: last.unwrap_or_default() + 1,
        heading,
        document: Document(document),
        maker_id: tx.actor.answerable(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    let made = D::insert(tx, draft).await;
    // If nothing is locked, two drafts created at the same time may have read the same last number.
    let version = made.on_constraint(D::NUMBER_KEY, || Error::new(Code::Busy))?;
    note(tx, D::COMMANDS.create, &version);
    Ok(version)
}

/// Replaces the document of a draft. A document's column is never changed, so the row is deleted and inserted again with the same
/// id and number. Whoever replaces the draft becomes its maker.
pub async fn replace<D: Versioned>(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    proposal: Proposal<D>,
) -> Result<Version<D>> {
    let Proposal { heading, document } = proposal;
    let owner = D::Heading::lock(tx, heading.key()).await?;
    let before = draft::<D>(tx, heading.key(), id, precondition).await?;
    let document = document.completed(tx, &owner).await?;
    let faults = document.check(tx, &owner, &heading).await?;
    refuse(tx, faults).await?;
    heading.check_replacement(&before.heading)?;
    D::delete_draft(tx, id).await?;
    let draft = Draft {
        id,
        number: before.number,
        heading,
        document: Document(document),
        maker_id: tx.actor.answerable(),
        created_at: before.created_at,
        updated_at: before.next_update(tx.now),
    };
    let version = D::insert(tx, draft).await?;
    note(tx, D::COMMANDS.replace, &version);
    Ok(version)
}

/// Deletes a draft. Its number may be used again.
pub async fn delete<D: Versioned>(
    tx: &mut Tx<'_>,
    (key, id): (Key<D>, Uuid),
    precondition: &Precondition,
) -> Result<()> {
    D::Heading::lock(tx, key).await?;
    let version = draft::<D>(tx, key, id, precondition).await?;
    D::delete_draft(tx, id).await?;
    note(tx, D::COMMANDS.delete, &version);
    Ok(())
}

/// Puts a draft in force. This needs a person other than its maker.
pub async fn publish<D: Versioned>(
    tx: &mut Tx<'_>,
    (key, id): (Key<D>, Uuid),
    precondition: &Precondition,
) -> Result<Version<D>> {
    let checker_id = tx.actor.require_person()?;
    let owner = D::Heading::lock(tx, key).await?;
    let draft = draft::<D>(tx, key, id, precondition).await?;
    let is_own = tx.actor.is(draft.maker_id);
    let by_maker = check_self_approval(tx, is_own).await?;
    // What the document refers to stays as it is until it is published.
    hold_grades(tx).await?;
    D::check_publication(tx, &owner, &draft).await?;
    let approval = Approval { checker_id, by_maker, at: draft.next_update(tx.now) };
    let version = D::published(D::set_published(tx, id, &approval).await, &draft)?;
    D::Heading::touch(tx, &owner).await?;
    D::follow(tx, &version).await?;
    let mut details = version.details();
    details.insert("id".to_owned(), id.to_string().into());
    tx.record(Record::told(D::COMMANDS.publish, D::PUBLISHED, D::SUBJECT, id).details(details.into()));
    Ok(version)
}

/// One version, if the caller may see it.
pub async fn get<D: Versioned>(tx: &mut Tx<'_>, key: Key<D>, id: Uuid) -> Result<Version<D>> {
    let found = D::find(tx, id).await?.filter(|version| version.heading.key() == key);
    let seen = found.filter(|version| version.published_at.is_some() || sees_drafts::<D>(tx));
    D::NAME.require(seen)
}

/// A page of the versions that the caller may see, latest first; only published versions, only drafts, or both.
pub async fn list<D: Versioned>(
    tx: &mut Tx<'_>,
    filter: &D::Filter,
    published: Option<bool>,
    after: Option<D::Cursor>,
    fetch: i64,
) -> Result<Vec<Version<D>>> {
    let published = match (published, sees_drafts::<D>(tx)) {
        (Some(false), false) => return Ok(Vec::new()),
        (None, false) => Some(true),
        (asked, _) => asked,
    };
    Ok(D::list_page(tx, filter, published, after, fetch).await?)
}

/// The makers and checkers of these versions.
pub async fn people_of<D: Versioned>(tx: &mut Tx<'_>, versions: &[Version<D>]) -> Result<People> {
    let ids: Vec<Uuid> = versions.iter().flat_map(|version| [version.maker_id, version.checker_id]).flatten().collect();
    Ok(employee_refs(tx, &ids).await?)
}

/// Drafts are visible to the people who maintain the documents and to auditors.
#[must_use]
pub fn sees_drafts<D: Versioned>(tx: &Tx<'_>) -> bool {
    tx.actor.reach::<D::Maintain>().is_ok() || tx.actor.roles.contains(&Role::Auditor)
}

/// The draft, locked, if its version is the one that the caller saw.
async fn draft<D: Versioned>(
    tx: &mut Tx<'_>,
    key: Key<D>,
    id: Uuid,
    precondition: &Precondition,
) -> Result<Version<D>> {
    let found = D::find_for_update(tx, id).await?.filter(|version| version.heading.key() == key);
    let version = precondition.admit(D::NAME, found, |version| version.etag().0)?;
    D::NAME.refuse_if(version.published_at.is_some(), Condition::Published, Condition::Draft)?;
    Ok(version)
}

fn note<D: Versioned>(tx: &mut Tx<'_>, command: &'static str, version: &Version<D>) {
    tx.record(Record::logged(command, D::SUBJECT, version.id).details(version.details().into()));
}
