//! Loads the demonstration company into an empty private server. It is created and run like a real company, with a clock that
//! is set to each moment. Its administrators publish the rules before the first month, the history is imported as HR would
//! import it, and every month but the last is closed as soon as it can be.

use std::io::{IsTerminal as _, Write as _};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use serde_json::json;
use tokio::sync::watch;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::demo_calendar::keep_calendar;
use super::demo_careers::develop;
use super::demo_disputes::dispute;
use super::tenant::{self, MadeTenant, NewTenant};
use crate::access;
use crate::auth::{Actor, Identity, Role};
use crate::closing::advice;
use crate::closing::what_if::{self, OrderWhatIfRequest};
use crate::closing::{ClosePeriod, close};
use crate::config::Config;
use crate::db::Migrations;
use crate::demo::{self, DemoCompany, DemoProgramme};
use crate::error::{Error, Result};
use crate::growth::PromotionPolicyRequest;
use crate::http::Precondition;
use crate::imports::{self, FileKind, Order};
use crate::journal::{Circumstances, Tx, read_tx, snapshot_tx, write_tx};
use crate::kernel::clock::Clock;
use crate::kernel::fault::Faults;
use crate::kernel::language::Language;
use crate::kernel::period::{Cycle, Period};
use crate::names::{self, UpdateDisplayNamesRequest};
use crate::payroll;
use crate::programmes::documents::rule::DEFAULT_SETTLE_DAYS;
use crate::programmes::versions::Start;
use crate::programmes::{self, CreateProgrammeRequest};
use crate::schema::{employees, lecturer_groups, role_grants};
use crate::scoring::{CHUNK, live};
use crate::start::{self, Database};
use crate::state::State;
use crate::versioned::{self, Heading as _, Proposal, Versioned};

/// The number of months in the company's history. The last one is still open.
const MONTHS: usize = 12;

/// The comment on the database while the company is loaded.
const LOADING: &str = "loading the demonstration company";

/// Loads the company if the migrated private server contains none. An interrupted load starts again from an empty schema.
pub(super) async fn ensure(config: &Config, database: &Database, now: DateTime<Utc>) -> Result<()> {
    let (sql, connection) = tokio_postgres::connect(&database.migration_url, NoTls).await.map_err(Error::internal)?;
    tokio::spawn(connection);
    let remark = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()";
    let remark: Option<String> = sql.query_one(remark, &[]).await.map_err(Error::internal)?.get(0);
    if remark.as_deref() == Some(LOADING) {
        Migrations::revert(&database.migration_url, Migrations::count()).await?;
        Migrations::run(&database.migration_url).await?;
    }
    let count: i64 = sql.query_one("SELECT count(*) FROM tenants", &[]).await.map_err(Error::internal)?.get(0);
    if count > 0 {
        return Ok(());
    }
    let name: String = sql.query_one("SELECT current_database()::text", &[]).await.map_err(Error::internal)?.get(0);
    let say = |remark: &str| format!("COMMENT ON DATABASE \"{name}\" IS {remark}");
    sql.batch_execute(&say(&format!("'{LOADING}'"))).await.map_err(Error::internal)?;
    load(config, database, now).await?;
    sql.batch_execute(&say("NULL")).await.map_err(Error::internal)
}

/// Creates the company. Its last complete month is the month before `now`.
async fn load(config: &Config, database: &Database, now: DateTime<Utc>) -> Result<()> {
    let company = company(now, Language::En)?;
    let clock = Clock::manual(now);
    let state = start::state(config, database, start::public_url(config, config.bind), clock.clone()).await?;
    let steps = Steps::begin(&company.name);
    let beginning = company.first.interval(company.zone()).ok_or_else(out_of_calendar)?.start - TimeDelta::days(7);
    clock.set(beginning);
    let MadeTenant { id: tenant, .. } = make_tenant(&company, database, clock.clone()).await?;
    steps.next("people");
    import(&state, tenant, &company, is_about_people).await?;
    write_tx(&state, tenant, Actor::system(), Circumstances::default(), |tx| access::confirm_all(tx).boxed()).await?;
    let admins = admins(&state, tenant).await?;
    steps.next("promotion policy, pay items, names");
    let [maker, checker, ..] = admins.as_slice() else {
        return Err(Error::internal("the company has fewer than two administrators"));
    };
    make_promotion_policies(&state, tenant, (maker, checker), &company).await?;
    make_pay_settings(&state, tenant, maker, &company).await?;
    name_codes(&state, tenant, maker, &company).await?;
    keep_calendar(&state, tenant, maker, &company).await?;
    let mut made = Vec::new();
    steps.next("programmes, rules, policies");
    for programme in &company.programmes {
        made.push((make_programme(&state, tenant, (maker, checker), programme).await?, programme));
    }
    steps.next("a year of sessions, ratings, reuse, cases");
    clock.set(company.last.interval(company.zone()).ok_or_else(out_of_calendar)?.end);
    import(&state, tenant, &company, |kind| !is_about_people(kind)).await?;
    close_months(&state, tenant, &admins, &company, &made, &clock, &steps).await?;
    let closed = company.last.previous().ok_or_else(out_of_calendar)?;
    clock.set(clock.now() + TimeDelta::days(1));
    for &(id, programme) in &made {
        let currency = programme.currency.parse().map_err(Error::internal)?;
        dispute(&state, tenant, (maker, checker), (id, closed), currency).await?;
    }
    clock.set(now);
    develop(&state, tenant, maker).await?;
    for &(id, programme) in &made {
        let current = Period::containing_instant(now, company.zone(), programme.cycle);
        try_draft(&state, tenant, maker, (id, programme), current).await?;
        advice::review(&state, tenant, id).await?;
    }
    live::drain_tenant(&state, tenant).await?;
    steps.end();
    state.db.close();
    Ok(())
}

/// The company as of the month before `now`, with its files in a language.
pub(super) fn company(now: DateTime<Utc>, language: Language) -> Result<DemoCompany> {
    let any = Period::containing_instant(now, chrono_tz::Asia::Shanghai, Cycle::Month).and_then(Period::previous);
    any.and_then(|last| demo::generate_in(last, language)).ok_or_else(out_of_calendar)
}

fn out_of_calendar() -> Error {
    Error::internal("the system clock is outside the calendar")
}

async fn make_tenant(company: &DemoCompany, database: &Database, clock: Clock) -> Result<MadeTenant> {
    let clients: &[(&str, &[&str])] =
        &[("payroll", &["payroll"]), ("hris", &["hris"]), ("hr-portal", &["admin", "hris"])];
    let new = NewTenant {
        code: &company.code,
        name: &company.name,
        locale: "zh-CN",
        time_zone: Tz::Asia__Shanghai,
        grades: &tenant::DEFAULT_GRADES.map(str::to_owned),
        self_approval: false,
        admin: None,
        clients,
    };
    tenant::make(&new, database, clock).await
}

fn is_about_people(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Departments
            | FileKind::Employees
            | FileKind::LecturerGroups
            | FileKind::Lecturers
            | FileKind::Absences
    )
}

async fn import(state: &State, tenant: Uuid, company: &DemoCompany, which: impl Fn(FileKind) -> bool) -> Result<()> {
    let chosen = company.files.iter().filter(|(name, _)| FileKind::of_name(name).is_some_and(&which));
    let order = Order::new(chosen.cloned().collect(), company.zone());
    imports::import(state, tenant, Actor::system(), Circumstances::default(), order, None).await?;
    Ok(())
}

/// The administrators, ordered by employee number: one proposes, another approves.
async fn admins(state: &State, tenant: Uuid) -> Result<Vec<Actor>> {
    let found = read_tx(state, tenant, Actor::system(), move |tx| {
        async move {
            let ids: Vec<Uuid> = role_grants::table
                .inner_join(employees::table.on(
                    employees::tenant_id.eq(role_grants::tenant_id).and(employees::id.eq(role_grants::employee_id)),
                ))
                .filter(role_grants::tenant_id.eq(tx.tenant))
                .filter(role_grants::role.eq(Role::Admin.slug()))
                .order(employees::employee_number)
                .select(employees::id)
                .load(tx.conn)
                .await?;
            Ok(ids)
        }
        .boxed()
    });
    Ok(found.await?.into_iter().map(|id| Actor { identity: Identity::Person(id), ..Actor::system() }).collect())
}

/// Creates the promotion policies: one administrator drafts them, another publishes them.
async fn make_promotion_policies(
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

/// Creates the pay items that rewards are booked under, and the pay group to which everybody belongs.
async fn make_pay_settings(state: &State, tenant: Uuid, admin: &Actor, company: &DemoCompany) -> Result<()> {
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
            Ok(())
        }
        .boxed()
    });
    making.await
}

/// Gives names to the company's policies, levels and titles.
async fn name_codes(state: &State, tenant: Uuid, admin: &Actor, company: &DemoCompany) -> Result<()> {
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

async fn make_programme(
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

/// Closes every month but the last, in each programme from its first rule on.
async fn close_months(
    state: &State,
    tenant: Uuid,
    admins: &[Actor],
    company: &DemoCompany,
    made: &[(Uuid, &DemoProgramme)],
    clock: &Clock,
    steps: &Steps,
) -> Result<()> {
    let mut period = company.first;
    while period < company.last {
        steps.next(&format!("closing {period}"));
        for (programme, own) in made {
            if own.rules.as_slice().first().is_some_and(|(from, _)| *from <= period) {
                close_month(state, tenant, admins, (*programme, period), clock).await?;
            }
        }
        period = period.next().ok_or_else(out_of_calendar)?;
    }
    Ok(())
}

async fn close_month(
    state: &State,
    tenant: Uuid,
    admins: &[Actor],
    (programme, period): (Uuid, Period),
    clock: &Clock,
) -> Result<()> {
    let found = read_tx(state, tenant, Actor::system(), move |tx| {
        async move { Ok(programmes::find(tx, programme).await?) }.boxed()
    });
    let found = found.await?.ok_or_else(|| Error::internal("the new programme does not exist"))?;
    let closable = programmes::closable_at(&found, DEFAULT_SETTLE_DAYS, &period).ok_or_else(out_of_calendar)?;
    clock.set(closable + TimeDelta::hours(9));
    let closer = admins.first().cloned().unwrap_or_else(Actor::system);
    let command = ClosePeriod {
        programme,
        period,
        force: false,
        reason: None,
        with_earlier: false,
        answerable: None,
        chunk: CHUNK,
    };
    let (progress, _) = watch::channel((0, None));
    snapshot_tx(state, tenant, closer, Circumstances::default(), move |tx| {
        async move { close(tx, &command, &progress).await }.boxed()
    })
    .await?;
    Ok(())
}

/// Drafts the rule that HR thinks of, if it thinks of any, and tries it on the closed months.
async fn try_draft(
    state: &State,
    tenant: Uuid,
    maker: &Actor,
    (id, programme): (Uuid, &DemoProgramme),
    current: Option<Period>,
) -> Result<()> {
    let Some(document) = programme.draft.clone() else { return Ok(()) };
    let starts_period = current.and_then(Period::next).ok_or_else(out_of_calendar)?;
    let proposal = Proposal { heading: Start { programme_id: id, starts_period }, document };
    let ordered = write_tx(state, tenant, maker.clone(), Circumstances::default(), move |tx| {
        async move {
            let draft = versioned::create(tx, proposal).await?;
            let request =
                OrderWhatIfRequest { scoring_rule_id: Some(draft.id), reward_policy_set_id: None, periods: None };
            Ok(what_if::order(tx, id, request, Faults::default()).await?.1)
        }
        .boxed()
    });
    what_if::run(state, tenant, ordered.await?).await
}

/// Progress for people who wait: in a terminal one line that changes, otherwise one line per step.
struct Steps {
    done: std::cell::Cell<u32>,
    in_terminal: bool,
}

impl Steps {
    fn begin(name: &str) -> Self {
        println!("Loading the demonstration company ({name}):");
        Self { done: std::cell::Cell::new(0), in_terminal: std::io::stdout().is_terminal() }
    }

    fn next(&self, what: &str) {
        self.done.set(self.done.get() + 1);
        let total = 4 + MONTHS - 1;
        self.show(&format!("  [{:>2}/{total}] {what}", self.done.get()));
    }

    fn end(&self) {
        self.show("  done");
        if self.in_terminal {
            println!();
        }
    }

    fn show(&self, line: &str) {
        if self.in_terminal {
            print!("\r\x1b[2K{line}");
        } else {
            println!("{line}");
        }
        let _ = std::io::stdout().flush();
    }
}
