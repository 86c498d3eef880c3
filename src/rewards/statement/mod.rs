//! A person's statement of rewards for a year (年度奖励对账单): what was paid in it, for what and why, and what was still to be paid at
//! its end; as JSON, as a table and as a page to print. Nothing of it is stored.
//!
//! A year is one of days in the company's time zone. A reward belongs to the year on one of whose days payroll reported that it is paid.
//! So every reward is paid in one year at most, and what a year's statement says stays so once the year is over. It is read under all
//! records of the person.

mod dto;
mod page;
mod queries;
pub mod routes;
mod sums;
mod table;
mod words;

use chrono_tz::Tz;
use uuid::Uuid;

use self::dto::{RewardStatementLine, RewardStatementPart, RewardStatementProgramme, RewardStatementResponse};
use self::queries::{Row, Sought};
use super::ledger::EntryState;
use super::ledger::dto::RewardReason;
use super::ledger::reason::Ground;
use crate::auth::rights::RewardsRead;
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::kernel::money::Money;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::text::Name;
use crate::names::{Names, names};
use crate::people::{person_seen, records_of_all, time_zone};

/// A statement, with what it takes to show it in another form.
struct Told {
    statement: RewardStatementResponse,
    zone: Tz,
}

/// The statement of a person for a year; for the present one if none is named. 404 unless the caller may see the person's rewards.
async fn tell(tx: &mut Tx<'_>, id: Uuid, year: Option<u16>) -> Result<Told> {
    let employee = person_seen::<RewardsRead>(tx, id).await?;
    let zone = time_zone(tx).await?;
    let present = || Period::containing_instant(tx.now, zone, Cycle::Year);
    let asked = year.map_or_else(present, |year| format!("{year:04}").parse().ok());
    let asked = asked.ok_or_else(|| Error::internal("a year outside the calendar"))?;
    let interval = asked.interval(zone).ok_or_else(|| Error::internal("a year without an end"))?;
    let records = records_of_all(tx, &[employee.id]).await?;
    let rows = queries::rows(tx, &Sought { records, interval }).await?;
    let names = names(tx).await?;
    let (mut paid, mut unpaid) = (Vec::new(), Vec::new());
    for row in rows {
        let one = line(row, &names, zone)?;
        if one.state == EntryState::Paid { paid.push(one) } else { unpaid.push(one) }
    }
    let statement = RewardStatementResponse {
        employee,
        starts_on: asked.first_day(),
        ends_on: asked.last_day(),
        time_zone: zone.name().to_owned(),
        as_of: tx.now.min(interval.end),
        paid: part(paid)?,
        unpaid: part(unpaid)?,
    };
    Ok(Told { statement, zone })
}

fn part(lines: Vec<RewardStatementLine>) -> Result<RewardStatementPart> {
    let (by_pay_item, totals) = (sums::by_pay_item(&lines)?, sums::totals(&lines)?);
    Ok(RewardStatementPart { lines, by_pay_item, totals })
}

fn line(row: Row, names: &Names, zone: Tz) -> Result<RewardStatementLine> {
    let ground = Ground {
        code: &row.reason_code,
        params: &row.reason_params,
        text: row.reason_text.as_deref(),
        policy: row.policy_code.as_deref(),
    };
    let reason = RewardReason::new(ground, names);
    let period: Period = row.earned_period.parse().map_err(Error::internal)?;
    Ok(RewardStatementLine {
        reward_id: row.id,
        kind: row.kind,
        programme: RewardStatementProgramme {
            id: row.programme_id,
            code: row.programme_code,
            name: row.programme_name,
        },
        earned_period: period,
        earned_starts_on: period.first_day(),
        earned_ends_on: period.last_day(),
        pay_item_code: row.pay_item_code,
        pay_item_name_zh: row.pay_item_name_zh,
        pay_item_name_en: row.pay_item_name_en,
        amount: Money::new(row.amount_minor, row.currency.parse().map_err(Error::internal)?),
        reason,
        corrects_id: row.corrects_id,
        state: row.state,
        granted_on: row.granted_at.with_timezone(&zone).date_naive(),
        paid_on: row.paid_at.map(|at| at.with_timezone(&zone).date_naive()),
        pay_period: row.pay_period.as_deref().map(str::parse).transpose().map_err(Error::internal)?,
        external_reference: row.external_reference,
    })
}

/// The name in this language; empty without one.
fn in_language<'n>(zh: Option<&'n Name>, en: Option<&'n Name>, language: Language) -> &'n str {
    let name = match language {
        Language::ZhCn => zh,
        Language::En => en,
    };
    name.map(Name::as_str).unwrap_or_default()
}

/// Why it was granted, in this language.
fn reason(line: &RewardStatementLine, language: Language) -> &str {
    match language {
        Language::ZhCn => &line.reason.zh,
        Language::En => &line.reason.en,
    }
}
