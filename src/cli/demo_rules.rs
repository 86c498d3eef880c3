//! What the administrators of the demonstration company set before its first month: promotion policies, pay items, names, and the
//! programmes with their rules and policies. One of them proposes, another approves.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde_json::json;
use uuid::Uuid;

use crate::auth::Actor;
use crate::demo::{DemoCompany, DemoProgramme};
use crate::error::{Error, Result};
use crate::growth::PromotionPolicyRequest;
use crate::http::Precondition;
use crate::journal::{Circumstances, Tx, write_tx};
use crate::kernel::fault::Faults;
use crate::names::{self, UpdateDisplayNamesRequest};
use crate::payroll;
use crate::payroll::layouts::dto::{CreatePayrollLayoutRequest, PayrollLayoutPreset};
use crate::programmes::versions::Start;
use crate::programmes::{self, CreateProgrammeRequest};
use crate::schema::lecturer_groups;
use crate::state::State;
use crate::versioned::{self, Heading as _, Proposal, Versioned};

/// Creates the promotion policies: one administrator drafts them, another publishes them.
pub(super) async fn make_promotion_policies(
    state: &State,
    tenant: Uuid,
    (maker, checker): (&Actor, &Actor),
    company: &DemoCompany,
) -> Result<()> {
    for policy in company.promotion_policies.clone() {
        let request = json!({"target_code": policy.target_code, "name": policy.name, "criteria": policy.criteria});
        let request: PromotionPolicyRequest = serde_json::from_value(request).map_err(Error::internal)?;
        publish(state, tenant, (maker, checker), request.proposal()).await?;
    }
    Ok(())
}

/// Creates the pay items that rewards are booked under, the pay group to which everybody belongs, and layouts of payroll files.
pub(super) async fn make_pay_settings(state: &State, tenant: Uuid, admin: &Actor, company: &DemoCompany) -> Result<()> {
    let pay_items = company.pay_items.clone();
    let making = write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move {
            for item in pay_items {
                let request = json!({
                    "code": item.code, "name_zh": item.name_zh, "name_en": item.name_en, "issuance_way": "with_salary",
                    "tax_mode": "combined", "tax_category": "wages"
                });
                payroll::items::create(tx, serde_json::from_value(request).map_err(Error::internal)?).await?;
            }
            let group = json!({"code": "ALL", "name": "全公司", "is_default": true});
            payroll::groups::create(tx, serde_json::from_value(group).map_err(Error::internal)?).await?;
            for PayrollLayoutPreset { code, layout, .. } in payroll::layouts::presets()? {
                let request = CreatePayrollLayoutRequest { code, layout };
                payroll::layouts::create(tx, request, Faults::default()).await?;
            }
            Ok(())
        }
        .boxed()
    });
    making.await
}

/// Gives names to the company's policies, levels and titles.
pub(super) async fn name_codes(state: &State, tenant: Uuid, admin: &Actor, company: &DemoCompany) -> Result<()> {
    let request: UpdateDisplayNamesRequest =
        serde_json::from_value(company.display_names.clone()).map_err(Error::internal)?;
    let mut faults = Faults::default();
    let change = request.into_change(&mut faults);
    faults.check()?;
    let naming = write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move { names::update(tx, &Precondition::none(), change).await.map(drop) }.boxed()
    });
    naming.await
}

pub(super) async fn make_programme(
    state: &State,
    tenant: Uuid,
    (maker, checker): (&Actor, &Actor),
    programme: &DemoProgramme,
) -> Result<Uuid> {
    let own = programme.clone();
    let id = write_tx(state, tenant, maker.clone(), Circumstances::default(), |tx| create_programme(tx, own).boxed())
        .await?;
    for (period, rule) in programme.rules.clone() {
        let proposal = Proposal { heading: Start { programme_id: id, starts_period: period }, document: rule };
        publish(state, tenant, (maker, checker), proposal).await?;
    }
    for (period, policies) in programme.policies.clone() {
        let proposal = Proposal { heading: Start { programme_id: id, starts_period: period }, document: policies };
        publish(state, tenant, (maker, checker), proposal).await?;
    }
    Ok(id)
}

async fn create_programme(tx: &mut Tx<'_>, programme: DemoProgramme) -> Result<Uuid> {
    let groups: Vec<Uuid> = lecturer_groups::table
        .filter(lecturer_groups::tenant_id.eq(tx.tenant))
        .filter(lecturer_groups::code.eq_any(&programme.group_codes))
        .select(lecturer_groups::id)
        .load(tx.conn)
        .await?;
    let request = json!({
        "code": programme.code,
        "name": programme.name,
        "description": programme.description,
        "time_zone": programme.time_zone,
        "currency": programme.currency,
        "cycle": programme.cycle,
        "feedback_mode": programme.feedback_mode,
        "live_feedback_from_on": programme.live_feedback_from_on,
        "group_ids": groups,
    });
    let request: CreateProgrammeRequest = serde_json::from_value(request).map_err(Error::internal)?;
    let mut faults = Faults::default();
    let settings = request.parse(&mut faults);
    let (created, _) = programmes::service::create(tx, settings, faults).await?;
    if let Some(from) = programme.policies.iter().map(|(period, _)| period.first_day()).min() {
        programmes::service::pay_from(tx, created.clone(), from).await?;
    }
    Ok(created.id)
}

/// One administrator drafts, another publishes.
async fn publish<D: Versioned>(
    state: &State,
    tenant: Uuid,
    (maker, checker): (&Actor, &Actor),
    proposal: Proposal<D>,
) -> Result<()> {
    let key = proposal.heading.key();
    let draft = write_tx(state, tenant, maker.clone(), Circumstances::default(), move |tx| {
        versioned::create(tx, proposal).boxed()
    });
    let id = draft.await?.id;
    let published = write_tx(state, tenant, checker.clone(), Circumstances::default(), move |tx| {
        async move { versioned::publish::<D>(tx, (key, id), &Precondition::none()).await }.boxed()
    });
    published.await?;
    Ok(())
}
