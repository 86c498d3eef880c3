//! Withdrawing a key that somebody else may have: one person suspects it, and from then on it signs nothing; another one withdraws it, and
//! what it has signed no longer verifies.
//!
//! Nothing signed is stored. So there is nothing to replace: whatever is fetched from then on is signed by the key of the day.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use crate::db::row_queries;
use crate::error::Result;
use crate::http::{Listed, Paging, Precondition};
use crate::journal::{Record, Tx};
use crate::kernel::message::in_chinese;
use crate::kernel::phrases::Thing;
use crate::kernel::text::Reason;
use crate::kernel::words::words;
use crate::people::check_self_approval;
use crate::schema::credential_keys;

words! {
    /// State of a key of certificates.
    pub enum CredentialKeyState {
        /// It signs.
        Signing = "signing",
        /// It signs no longer, and is published as long as anything is valid that it has signed. Reached by `rotate_credential_key`, and
        /// after a year by itself.
        Retired = "retired",
        /// Others may have it: it signs no longer, and waits for a second person. Reached by `suspect_credential_key`, from `signing` and
        /// `retired`.
        Suspected = "suspected",
        /// It is not published, and what it has signed no longer verifies. Reached by `withdraw_credential_key`, from `suspected`. Final.
        Withdrawn = "withdrawn",
    }
}

in_chinese!(CredentialKeyState {
    Signing = "签名中", Retired = "已停用", Suspected = "疑似泄露", Withdrawn = "已撤回"
});

/// A key of certificates without its halves.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = credential_keys)]
pub struct KeyRow {
    pub id: Uuid,
    pub kid: String,
    pub created_at: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
    pub suspected_at: Option<DateTime<Utc>>,
    pub suspected_by_id: Option<Uuid>,
    pub suspicion_reason: Option<Reason>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub withdrawn_by_id: Option<Uuid>,
    pub self_approved: bool,
}

impl KeyRow {
    pub fn state(&self) -> CredentialKeyState {
        match (self.withdrawn_at, self.suspected_at, self.retired_at) {
            (Some(_), ..) => CredentialKeyState::Withdrawn,
            (None, Some(_), _) => CredentialKeyState::Suspected,
            (None, None, Some(_)) => CredentialKeyState::Retired,
            (None, None, None) => CredentialKeyState::Signing,
        }
    }

    /// It goes from state to state, and never back.
    pub fn version(&self) -> i64 {
        match self.state() {
            CredentialKeyState::Signing => 1,
            CredentialKeyState::Retired => 2,
            CredentialKeyState::Suspected => 3,
            CredentialKeyState::Withdrawn => 4,
        }
    }
}

row_queries!(
    KeyRow,
    credential_keys,
    find_for_update = find(for_update),
    /// Newest first.
    list_page = list(latest id),
);

/// Others may have the key: it signs nothing from now on.
pub async fn suspect(tx: &mut Tx<'_>, id: Uuid, reason: Reason, precondition: &Precondition) -> Result<KeyRow> {
    let person = tx.actor.require_person()?;
    let found = find_for_update(tx, id).await?;
    let key = precondition.admit(Thing::CredentialKey, found, KeyRow::version)?;
    Thing::CredentialKey.require_state(key.state(), [CredentialKeyState::Signing, CredentialKeyState::Retired])?;
    let notes = json!({"reason": reason});
    let own =
        credential_keys::table.filter(credential_keys::tenant_id.eq(tx.tenant)).filter(credential_keys::id.eq(id));
    let suspected: KeyRow = diesel::update(own)
        .set((
            credential_keys::retired_at.eq(key.retired_at.unwrap_or(tx.now)),
            credential_keys::suspected_at.eq(tx.now),
            credential_keys::suspected_by_id.eq(person),
            credential_keys::suspicion_reason.eq(reason),
        ))
        .returning(KeyRow::as_returning())
        .get_result(tx.conn)
        .await?;
    let record = Record::told("suspect_credential_key", "credential_key.suspected", "credential_key", id);
    tx.record(record.details(json!({"kid": suspected.kid, "was": key.state()})).notes(notes));
    Ok(suspected)
}

/// The key is no longer published. By a person other than who suspects it.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<KeyRow> {
    let person = tx.actor.require_person()?;
    let found = find_for_update(tx, id).await?;
    let key = precondition.admit(Thing::CredentialKey, found, KeyRow::version)?;
    Thing::CredentialKey.require_state(key.state(), [CredentialKeyState::Suspected])?;
    let is_own = tx.actor.is(key.suspected_by_id);
    let self_approved = check_self_approval(tx, is_own).await?;
    let own =
        credential_keys::table.filter(credential_keys::tenant_id.eq(tx.tenant)).filter(credential_keys::id.eq(id));
    let withdrawn: KeyRow = diesel::update(own)
        .set((
            credential_keys::withdrawn_at.eq(tx.now),
            credential_keys::withdrawn_by_id.eq(person),
            credential_keys::self_approved.eq(self_approved),
        ))
        .returning(KeyRow::as_returning())
        .get_result(tx.conn)
        .await?;
    let details = json!({"kid": withdrawn.kid, "retired_at": withdrawn.retired_at, "self_approved": self_approved});
    let record = Record::told("withdraw_credential_key", "credential_key.withdrawn", "credential_key", id);
    tx.record(record.details(details));
    Ok(withdrawn)
}
