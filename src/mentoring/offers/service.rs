//! Operations on offers.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::dto::{CreateMentorOfferRequest, MentorOfferResponse};
use super::model::{MentorOffer, Places, Withdrawal};
use super::queries;
use crate::auth::Reach;
use crate::auth::rights::MentorshipsWrite;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::Words;
use crate::kernel::phrases::{Condition, Refusal, Thing};
use crate::names::{grade_order, names};
use crate::people::{employee_refs, existing_employees, is_suspended, today};
use crate::programmes;
use crate::programmes::privileges::{self, Privileges, latest_grades, needed_grade, reaches};

/// Whether somebody may mentor in a programme now.
#[derive(Debug)]
pub struct Standing {
    /// Whether the latest grade is good enough.
    pub is_enough: bool,
    /// The name of the lowest grade that is.
    pub needed: Words,
    pub is_suspended: bool,
}

impl Standing {
    /// What it tells the person who may not.
    #[must_use]
    pub fn faults(self, pointer: &str) -> Vec<Fault> {
        let grade = (!self.is_enough).then(|| Refusal::GradeNotEarned.with("grade", self.needed));
        let grade = grade.map(|reason| Fault::not_eligible(pointer, reason));
        let suspended = self.is_suspended.then(|| Fault::not_eligible(pointer, Refusal::Suspended));
        grade.into_iter().chain(suspended).collect()
    }

    /// What it tells somebody else: not that the grade is not enough, nor that the person is suspended.
    #[must_use]
    pub fn fault_for_others(&self, pointer: &str) -> Option<Fault> {
        let may_mentor = self.is_enough && !self.is_suspended;
        (!may_mentor).then(|| Fault::not_eligible(pointer, Refusal::MentorsNotNow))
    }
}

/// Lecturers mentor whose latest closed grade in the programme is good enough, and who are not suspended.
pub async fn standing(tx: &mut Tx<'_>, privileges: &Privileges, person: Uuid) -> Result<Standing> {
    let (programme, set) = (privileges.programme_id, privileges.mentor_grade.as_deref());
    let order = grade_order(tx).await?;
    let latest = latest_grades(tx, &[programme], &[person]).await?.remove(&(programme, person));
    let is_enough = latest.is_some_and(|grade| reaches(&order, &grade, set));
    let code = needed_grade(&order, set).unwrap_or_default();
    let needed = names(tx).await?.of(CodeList::Grades, code);
    let today = today(tx).await?;
    let is_suspended = is_suspended(tx, person, today, today.succ_opt()).await?;
    Ok(Standing { is_enough, needed, is_suspended })
}

/// Refuses (409) another pair if the mentor has as many as the offer and the programme allow. The offer is locked.
pub async fn refuse_full(tx: &mut Tx<'_>, offer: Uuid) -> Result<()> {
    let places = only(queries::places(tx, &[offer]).await?)?;
    let full = Condition::FullyTaken.with("count", places.most());
    Thing::MentorOffer.refuse_if(places.taken >= places.most(), full, Condition::WithPlace)
}

/// The caller offers to mentor.
pub async fn create(
    tx: &mut Tx<'_>,
    request: CreateMentorOfferRequest,
    mut faults: Faults,
) -> Result<MentorOfferResponse> {
    let person = tx.actor.require_person()?;
    existing_employees(tx, &[person]).await?;
    let CreateMentorOfferRequest { programme_id, capacity, topics } = request;
    if programmes::find(tx, programme_id).await?.is_some() {
        let privileges = privileges::of_programme(tx, programme_id).await?;
        faults.check_range("/capacity", capacity, 1, privileges.mentor_capacity);
        faults.extend(standing(tx, &privileges, person).await?.faults("/programme_id"));
    } else {
        faults.push(Fault::new("/programme_id", FaultCode::NotFound));
    }
    faults.check()?;
    let offer = MentorOffer {
        tenant_id: tx.tenant,
        id: tx.id(),
        programme_id,
        employee_id: person,
        capacity,
        topics,
        withdrawn_at: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let made = queries::insert(tx, &offer).await;
    let made = made.on_constraint("mentor_offers_standing_key", || Error::already_exists(Thing::StandingOffer))?;
    note(tx, "create_mentor_offer", "mentor_offer.created", &made);
    render(tx, made).await
}

/// The mentor, or HR, takes it back. Pairs that there are go on.
pub async fn withdraw(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<MentorOfferResponse> {
    let found = Thing::MentorOffer.require(queries::find_for_update(tx, id).await?)?;
    if !tx.actor.is(found.employee_id) && tx.actor.reach::<MentorshipsWrite>()? != Reach::All {
        return Err(Error::new(Code::NotTheMentor));
    }
    let offer = precondition.admit(Thing::MentorOffer, Some(found), |offer| offer.version)?;
    Thing::MentorOffer.refuse_if(offer.withdrawn_at.is_some(), Condition::Withdrawn, Condition::Standing)?;
    let offer = queries::update(tx, id, &Withdrawal { withdrawn_at: Some(tx.now) }).await?;
    note(tx, "withdraw_mentor_offer", "mentor_offer.withdrawn", &offer);
    render(tx, offer).await
}

fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, offer: &MentorOffer) {
    let details = json!({
        "id": offer.id, "programme_id": offer.programme_id, "employee_id": offer.employee_id, "capacity": offer.capacity,
    });
    tx.record(Record::told(command, topic, "mentor_offer", offer.id).details(details));
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<MentorOfferResponse> {
    let offer = Thing::MentorOffer.require(queries::find(tx, id).await?)?;
    render(tx, offer).await
}

async fn render(tx: &mut Tx<'_>, offer: MentorOffer) -> Result<MentorOfferResponse> {
    only(render_all(tx, vec![offer]).await?)
}

/// The offers as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, offers: Vec<MentorOffer>) -> Result<Vec<MentorOfferResponse>> {
    let mentors: Vec<Uuid> = offers.iter().map(|offer| offer.employee_id).collect();
    let people = employee_refs(tx, &mentors).await?;
    let ids: Vec<Uuid> = offers.iter().map(|offer| offer.id).collect();
    let places = queries::places(tx, &ids).await?;
    let places: BTreeMap<Uuid, Places> = places.into_iter().map(|one| (one.offer_id, one)).collect();
    let whole = |offer: MentorOffer| {
        let own = places.get(&offer.id).copied().ok_or_else(|| Error::internal("an offer without places"))?;
        MentorOfferResponse::new(offer, &people, own)
    };
    offers.into_iter().map(whole).collect()
}
