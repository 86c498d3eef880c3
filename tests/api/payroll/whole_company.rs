//! The rewards of a whole company in one go: the work grows with the rows alone.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Company, key, lock, void};
use crate::support::{MOMENT, Options, TestServer, literal};

impl Company<'_> {
    /// So many new people with two granted rewards each, of 2026-02: of their number and of one fen.
    async fn granted(&self, prefix: &str, people: usize) {
        let (tenant, programme, maker) = (self.given.server.tenant, self.programme, self.maker);
        let now = self.given.server.clock.now().to_rfc3339();
        let sql = format!(
            "INSERT INTO employees (tenant_id, id, employee_number, name, created_at, updated_at)
             SELECT '{tenant}', gen_random_uuid(), '{prefix}' || n, '讲师 ' || n, '{now}', '{now}' FROM generate_series(1, {people}) n;
             INSERT INTO reward_entries (tenant_id, id, employee_id, programme_id, earned_period, pay_item_code, kind,
                 amount_minor, currency, reason_code, maker_kind, maker_id, created_at)
             SELECT e.tenant_id, gen_random_uuid(), e.id, '{programme}', '2026-02', 'lecturer-reward', 'award',
                 CASE n WHEN 1 THEN 1 ELSE substr(e.employee_number, 2)::bigint END, 'CNY', 'manual', 'person', '{maker}', '{now}'
               FROM employees e CROSS JOIN generate_series(1, 2) n WHERE e.employee_number LIKE '{prefix}%';
             INSERT INTO reward_entry_events (tenant_id, id, entry_id, seq, event, maker_id, actor_kind, actor_id, occurred_at)
             SELECT r.tenant_id, gen_random_uuid(), r.id, 1, 'granted', r.maker_id, 'person', r.maker_id, '{now}'
               FROM reward_entries r JOIN employees e ON e.id = r.employee_id WHERE e.employee_number LIKE '{prefix}%'"
        );
        self.given.sql.batch_execute(&sql).await.unwrap();
    }

    /// How many entries have this history.
    async fn with_history(&self, events: &str) -> i64 {
        let sql = "SELECT count(*) FROM (SELECT string_agg(event, ',' ORDER BY seq) AS events FROM reward_entry_events
                                          GROUP BY entry_id) histories WHERE events = $1";
        self.given.sql.query_one(sql, &[&events]).await.unwrap().get(0)
    }
}

/// Approves what was granted, drafts, locks and voids it. Returns the batch as it was locked, and how many statements each step took.
async fn walk(company: &Company<'_>) -> (Value, [u64; 4]) {
    let count = || company.given.server.state.db.statements();
    let mut counted = vec![count()];
    let period = json!({"programme_id": company.programme, "period": "2026-02"});
    company.hr.post_keyed("/v1/rewards/approve-batch", &key(), period).await.expect(200);
    counted.push(count());
    let draft = company.draft().await;
    assert_eq!(draft.status, 201, "{}", draft.text);
    counted.push(count());
    let locked = lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    counted.push(count());
    void(&company.hr, &draft.id(), "*").await.expect(200);
    counted.push(count());
    (locked, [0, 1, 2, 3].map(|step| counted[step + 1] - counted[step]))
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_lines() {
    let mut server = TestServer::start().await;
    // Its statements would be counted too.
    server.take_worker().stop_within(MOMENT).await;
    let company = Company::new(&server).await;
    let period = [
        ("programme_id", literal(&company.programme.to_string())),
        ("period", literal("2026-02")),
        ("starts_on", literal("2026-02-01")),
        ("ends_on", literal("2026-03-01")),
        ("starts_at", literal("2026-01-31T16:00:00Z")),
        ("ends_at", literal("2026-02-28T16:00:00Z")),
        ("state", literal("open")),
    ];
    company.given.row("periods", &period).await;
    company.granted("A", 2).await;
    let (few, of_few) = walk(&company).await;
    assert_eq!((&few["totals"]["line_count"], &few["totals"]["total"]["amount_minor"]), (&json!(4), &json!(5)));
    company.granted("B", 1_500).await;
    let (many, of_many) = walk(&company).await;
    // Of many claims and of many lines the planner is told: once each, in a transaction of four statements.
    let told = [0, 4, 4, 0];
    assert_eq!([0, 1, 2, 3].map(|step| of_few[step] + told[step]), of_many, "to approve, to draft, to lock, to void");
    let totals = &many["totals"];
    assert_eq!((&totals["line_count"], &totals["people_count"]), (&json!(3_004), &json!(1_502)));
    assert_eq!(totals["total"]["amount_minor"], 5 + 1_500 + 1_500 * 1_501 / 2);
    assert_eq!(company.with_history("granted,approved,batched,unbatched").await, 3_000);
    assert_eq!(company.with_history("granted,approved,batched,unbatched,batched,unbatched").await, 4);
    // Once more, and as a file: four parts.
    let batch = company.locked().await;
    let path = format!("/v1/payroll-batches/{}/export?format=jsonl", batch["id"].as_str().unwrap());
    let file = company.machine.get(&path).await.text;
    let sha: String = digest(&SHA256, file.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(batch["totals"]["lines_sha256"], json!(sha));
    let number = |line: &str| serde_json::from_str::<Value>(line).unwrap()["number"].clone();
    let numbers: Vec<Value> = file.lines().map(number).collect();
    assert_eq!(numbers, (1..=3_004).map(Value::from).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_reads_an_export_slowly_keeps_nobody_from_the_database() {
    let mut server = TestServer::start_as(Options { pool: 1, ..Options::default() }).await;
    server.take_worker().stop_within(MOMENT).await;
    let company = Company::new(&server).await;
    company.granted("A", 1_500).await;
    company.given.sql.batch_execute(&format!(
        "INSERT INTO reward_entry_events (tenant_id, id, entry_id, seq, event, maker_id, actor_kind, actor_id, occurred_at)
         SELECT tenant_id, gen_random_uuid(), entry_id, 2, 'approved', maker_id, 'person', '{}', occurred_at FROM reward_entry_events",
        company.checker
    )).await.unwrap();
    let batch = company.locked().await;
    let path = format!("/v1/payroll-batches/{}/export?format=csv", batch["id"].as_str().unwrap());
    let slow = company.machine.request(Method::GET, &path).send().await.unwrap();
    // Nobody reads its body. The service has one connection.
    let other = tokio::time::timeout(Duration::from_secs(10), company.machine.get("/v1/payroll-batches")).await;
    assert_eq!(other.expect("a connection is free").status, 200);
    assert_eq!(slow.text().await.unwrap().lines().count(), 3_001);
}
