//! What a newcomer needs when the demonstration company is served: addresses, a token for each role, commands to try, and the
//! results of the last closed month.

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::token::{client_token, person_token};
use crate::auth::Actor;
use crate::config::Config;
use crate::db::statement;
use crate::error::Result;
use crate::journal::read_tx;
use crate::state::State;

/// Greets the person who started the service. Without the demonstration company, it prints only the addresses.
pub(super) async fn greet(state: &State, config: &Config, demo_code: Option<&str>) -> Result<()> {
    println!();
    println!("Lectern serves at {0}  (documentation: {0}/docs/)", state.public_url);
    let Some(code) = demo_code else { return Ok(()) };
    let Some(tenant) = state.tenants.find(&state.db, code).await? else { return Ok(()) };
    let board = last_board(state, tenant).await?;
    print_board(&board);
    print_tokens(state, tenant, code).await?;
    print_lines(state, &board);
    print_surroundings(state, config);
    Ok(())
}

/// Prints what `lectern token` and the tour need in another terminal, if it differs from the defaults.
fn print_surroundings(state: &State, config: &Config) {
    let mut settings = Vec::new();
    if state.public_url != "http://127.0.0.1:8080" {
        settings.push(format!("BASE={}", state.public_url));
        settings.push(format!("LECTERN_PUBLIC_URL={}", state.public_url));
    }
    if let Some(folder) = &config.data_dir {
        settings.push(format!("LECTERN_DATA_DIR='{}'", folder.display()));
    }
    if !settings.is_empty() {
        println!(
            "In another terminal, for `lectern token` and the tour of the README:\n  export {}\n",
            settings.join(" ")
        );
    }
}

/// A lecturer's result in the last closed month.
#[derive(QueryableByName)]
struct BoardRow {
    #[diesel(sql_type = Text)]
    period: String,
    #[diesel(sql_type = SqlUuid)]
    programme_id: Uuid,
    #[diesel(sql_type = Text)]
    employee_number: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    department: Option<String>,
    #[diesel(sql_type = Integer)]
    rank: i32,
    #[diesel(sql_type = Text)]
    score: String,
    #[diesel(sql_type = Text)]
    grade: String,
    #[diesel(sql_type = Text)]
    reward: String,
}

const BOARD: &str = "
WITH latest AS (
    SELECT p.snapshot_id AS id, p.period, p.programme_id FROM periods p
     WHERE p.tenant_id = :tenant AND p.snapshot_id IS NOT NULL ORDER BY p.starts_on DESC, p.programme_id LIMIT 1)
SELECT latest.period, latest.programme_id, l.employee_number, e.name, d.name AS department, l.rank, l.score::text AS score, l.grade,
       (coalesce((SELECT sum(r.amount_minor) FROM reward_entries r
                   WHERE r.tenant_id = l.tenant_id AND r.employee_id = l.employee_id AND r.programme_id = latest.programme_id
                     AND r.earned_period = latest.period), 0)::bigint / 100)::text AS reward
  FROM latest
  JOIN snapshot_lecturers l ON l.tenant_id = :tenant AND l.snapshot_id = latest.id
  JOIN employees e ON e.tenant_id = l.tenant_id AND e.id = l.employee_id
  LEFT JOIN departments d ON d.tenant_id = l.tenant_id AND d.id = l.department_id
 WHERE l.rank IS NOT NULL AND l.employee_number IS NOT NULL
 ORDER BY l.score DESC, l.employee_number LIMIT 10";

async fn last_board(state: &State, tenant: Uuid) -> Result<Vec<BoardRow>> {
    read_tx(state, tenant, Actor::system(), move |tx| {
        async move { Ok(statement(BOARD).bind("tenant", tx.tenant).load(tx.conn).await?) }.boxed()
    })
    .await
}

fn print_board(board: &[BoardRow]) {
    let Some(first) = board.first() else { return };
    println!("\nThe ten best of {}, the last closed month (rank within the department; bonus in yuan):", first.period);
    println!("  {:>5}  {:>6}  {:<10}  {:>4}  {:<8}  name, department", "score", "bonus", "grade", "rank", "number");
    for row in board {
        let department = row.department.as_deref().unwrap_or("-");
        println!(
            "  {:>5}  {:>6}  {:<10}  {:>4}  {:<8}  {}, {department}",
            row.score, row.reward, row.grade, row.rank, row.employee_number, row.name
        );
    }
}

/// One person for each role: the number and what the person is.
#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    number: String,
}

const PEOPLE: &str = "
SELECT DISTINCT ON (role) role, number FROM (
    SELECT g.role, e.employee_number AS number FROM role_grants g
      JOIN employees e ON e.tenant_id = g.tenant_id AND e.id = g.employee_id
     WHERE g.tenant_id = :tenant AND e.left_on IS NULL
    UNION ALL
    SELECT 'lecturer', e.employee_number FROM lecturers l
      JOIN employees e ON e.tenant_id = l.tenant_id AND e.id = l.employee_id
     WHERE l.tenant_id = :tenant AND l.ended_on IS NULL AND e.left_on IS NULL
    UNION ALL
    SELECT 'learner', e.employee_number FROM employees e
     WHERE e.tenant_id = :tenant AND e.left_on IS NULL
       AND NOT EXISTS (SELECT FROM role_grants g WHERE g.tenant_id = e.tenant_id AND g.employee_id = e.id)
       AND NOT EXISTS (SELECT FROM lecturers l WHERE l.tenant_id = e.tenant_id AND l.employee_id = e.id)
) AS people (role, number) WHERE number IS NOT NULL ORDER BY role, number";

async fn print_tokens(state: &State, tenant: Uuid, code: &str) -> Result<()> {
    let people: Vec<Person> = read_tx(state, tenant, Actor::system(), move |tx| {
        async move { Ok(statement(PEOPLE).bind("tenant", tx.tenant).load(tx.conn).await?) }.boxed()
    })
    .await?;
    println!("\nTokens for the next 15 minutes (then: lectern token --tenant {code} --employee NUMBER):");
    for Person { role, number } in people {
        let token = person_token(state, tenant, number.clone()).await?;
        println!("  # {role}: {number}\n  export {}={token}", role.to_uppercase());
    }
    for client in ["hris", "payroll"] {
        let token = client_token(state, tenant, client.to_owned()).await?;
        println!("  # machine client {client}\n  export {}_CLIENT={token}", client.to_uppercase());
    }
    Ok(())
}

fn print_lines(state: &State, board: &[BoardRow]) {
    let Some(first) = board.first() else { return };
    let (base, programme, period) = (&state.public_url, first.programme_id, &first.period);
    println!("\nThree lines to try after you have exported a token:");
    println!("  curl -s -H \"Authorization: Bearer $ADMIN\" {base}/v1/me");
    println!(
        "  curl -s -H \"Authorization: Bearer $ADMIN\" '{base}/v1/programmes/{programme}/periods/{period}/leaderboard?scope=programme'"
    );
    println!("  curl -s -H \"Authorization: Bearer $ADMIN\" '{base}/v1/rewards?limit=3'");
    println!();
}
