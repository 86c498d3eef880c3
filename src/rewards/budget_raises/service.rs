//! Proposes and approves budget raises.

use serde_json::json;
use uuid::Uuid;

use super::dto::{BudgetRaiseResponse, ProposeBudgetRaiseRequest};
use super::model::{BudgetRaise, BudgetRaiseState};
use super::queries;
use crate::error::{Error, Result, only};
use crate::http::{ETag, Precondition};
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::people::{check_self_approval, employee_refs};
use crate::programmes::documents::policy::MAX_AMOUNT_MINOR;
use crate::programmes::periods::interval_of;
use crate::programmes::{self, PeriodRow, PeriodState, Programme, find_period};
use crate::rewards::ledger::{Budget, budget_of};

/// A programme with one of its periods.
pub struct Place {
    pub programme: Programme,
    pub period: Period,
    row: Option<PeriodRow>,
}

impl Place {
    /// 404 if the programme does not exist, or the period does not belong to its cycle.
    pub async fn find(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Self> {
        let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
        interval_of(&programme, &period)?;
        let row = find_period(tx, programme.id, &period).await?;
        Ok(Self { programme, period, row })
    }

    pub async fn list(&self, tx: &mut Tx<'_>, after: Option<Uuid>, fetch: i64) -> Result<Vec<BudgetRaise>> {
        match &self.row {
            Some(row) => Ok(queries::list_page(tx, row.id, after, fetch).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Proposes a budget that is greater than the one in force.
    pub async fn propose(&self, tx: &mut Tx<'_>, request: ProposeBudgetRaiseRequest) -> Result<BudgetRaise> {
        let closed = self.row.as_ref().filter(|row| row.state == PeriodState::Closed);
        let row = closed.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
        let present = budget_of(tx, row.id).await?;
        self.check(&request.budget, present.as_ref())?;
        let raise = BudgetRaise {
            tenant_id: tx.tenant,
            id: tx.id(),
            period_id: row.id,
            budget_minor: request.budget.amount_minor,
            currency: request.budget.currency.to_string(),
            reason: request.reason,
            maker_id: tx.actor.answerable(),
            checker_id: None,
            self_approved: false,
            approved_at: None,
            created_at: tx.now,
        };
        let raise = queries::insert(tx, &raise).await?;
        let record = Record::told("propose_budget_raise", "budget_raise.proposed", "budget_raise", raise.id);
        tx.record(record.details(self.details(&raise)).notes(json!({"reason": raise.reason})));
        Ok(raise)
    }

    fn check(&self, budget: &Money, present: Option<&Budget>) -> Result<()> {
        let mut faults = Faults::default();
        if budget.currency != self.programme.currency {
            let fault = Fault::new("/budget/currency", FaultCode::NotAllowed);
            faults.push(fault.with("allowed", data(self.programme.currency)));
        }
        let present = present.and_then(|budget| budget.budget_minor);
        let least = present.map_or(0, |budget| budget + 1);
        faults.check_range("/budget/amount_minor", budget.amount_minor, least, MAX_AMOUNT_MINOR);
        faults.check()?;
        // Nothing is held back there.
        Thing::Period.refuse_if(present.is_none(), Condition::WithoutBudget, Condition::WithBudget)
    }

    /// Approves a proposal; by a person other than its maker.
    pub async fn approve(&self, tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<BudgetRaise> {
        let checker = tx.actor.require_person()?;
        let found = queries::find_for_update(tx, id).await?;
        let found = found.filter(|raise| self.row.as_ref().is_some_and(|row| row.id == raise.period_id));
        let raise = precondition.admit(Thing::BudgetRaise, found, BudgetRaise::version)?;
        Thing::BudgetRaise.refuse_if(
            raise.state() == BudgetRaiseState::Approved,
            Condition::ApprovedAlready,
            Condition::Proposed,
        )?;
        let is_own = tx.actor.is(raise.maker_id);
        let self_approved = check_self_approval(tx, is_own).await?;
        let raise = queries::approve(tx, id, checker, self_approved).await?;
        let record = Record::told("approve_budget_raise", "budget_raise.approved", "budget_raise", id);
        tx.record(record.details(self.details(&raise)));
        Ok(raise)
    }

    fn details(&self, raise: &BudgetRaise) -> serde_json::Value {
        json!({
            "programme_id": self.programme.id, "period": self.period, "budget_minor": raise.budget_minor,
            "currency": raise.currency, "self_approved": raise.self_approved,
        })
    }

    pub async fn render(&self, tx: &mut Tx<'_>, raise: BudgetRaise) -> Result<BudgetRaiseResponse> {
        only(self.render_all(tx, vec![raise]).await?)
    }

    pub async fn render_all(&self, tx: &mut Tx<'_>, raises: Vec<BudgetRaise>) -> Result<Vec<BudgetRaiseResponse>> {
        let named: Vec<Uuid> = raises.iter().flat_map(|raise| [raise.maker_id, raise.checker_id]).flatten().collect();
        let people = employee_refs(tx, &named).await?;
        let response = |raise: BudgetRaise| {
            Ok(BudgetRaiseResponse {
                id: raise.id,
                programme_id: self.programme.id,
                period: self.period,
                state: raise.state(),
                budget: Money::new(raise.budget_minor, raise.currency.parse().map_err(Error::internal)?),
                maker: people.maybe(raise.maker_id)?,
                checker: people.maybe(raise.checker_id)?,
                self_approved: raise.self_approved,
                created_at: raise.created_at,
                approved_at: raise.approved_at,
                etag: ETag(raise.version()),
                reason: raise.reason,
            })
        };
        raises.into_iter().map(response).collect()
    }
}
