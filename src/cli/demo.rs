//! Loads the demonstration company into an empty private server. It is created and run like a real company, with a clock that
//! is set to each moment. Its administrators publish the rules before the first month, the history is imported as HR would
//! import it, and every month but the last is closed as soon as it can be.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::demo_careers::develop;
use super::demo_disputes::dispute;
use super::demo_mentors;
use super::demo_months::{close_months, out_of_calendar, try_draft};
use super::demo_opportunities;
use super::demo_promotions::promote;
use super::demo_rules::{make_pay_settings, make_programme, make_promotion_policies, name_codes};
use super::demo_steps::Steps;
use super::tenant::{self, MadeTenant, NewTenant};
use crate::access;
use crate::auth::{Actor, Identity, Role};
use crate::closing::advice;
use crate::config::Config;
use crate::db::Migrations;
use crate::demo::{self, DemoCompany};
use crate::error::{Error, Result};
use crate::imports::{self, FileKind, Order};
use crate::journal::{Circumstances, read_tx, write_tx};
use crate::kernel::clock::Clock;
use crate::kernel::language::Language;
use crate::kernel::period::{Cycle, Period};
use crate::schema::{employees, role_grants};
use crate::scoring::live;
use crate::start::{self, Database};
use crate::state::State;

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
    let own = made.as_slice().first().map(|(own, _)| *own).ok_or_else(|| Error::internal("no programme was made"))?;
    let pair = demo_mentors::pair(&state, tenant, maker, (own, closed)).await?;
    demo_opportunities::hold(&state, tenant, maker, own, (&clock, now)).await?;
    clock.set(now);
    develop(&state, tenant, maker).await?;
    demo_opportunities::announce(&state, tenant, maker, own, now).await?;
    demo_mentors::conclude(&state, tenant, pair).await?;
    for (pilot, _) in made.iter().skip(1) {
        demo_mentors::share(&state, tenant, maker, *pilot).await?;
    }
    promote(&state, tenant, maker).await?;
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
            | FileKind::Calendar
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
