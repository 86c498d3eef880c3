//! A long random life of a payroll, after which every cent is in one place.

use std::collections::{BTreeMap, BTreeSet};

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Company, complete, key, lock, part, void};
use crate::support::{Answer, Client, TestServer};

/// Numbers that look random and are the same in every run (Marsaglia's xorshift64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }
}

struct Walk<'s> {
    company: Company<'s>,
    people: Vec<Uuid>,
    groups: [String; 2],
    dice: Dice,
    runs: usize,
    /// Somebody else who approves, so that a rejection is a checker's.
    checker: Client,
}

impl Walk<'_> {
    async fn step(&mut self) {
        match self.dice.below(10) {
            0..=2 => self.grant().await,
            3..=4 => self.draft().await,
            5 => self.lock().await,
            6 => self.void().await,
            7..=8 => self.acknowledge().await,
            _ => self.reject_or_move().await,
        }
    }

    async fn grant(&mut self) {
        let person = *self.dice.pick(&self.people).unwrap();
        let size = i64::try_from(self.dice.below(900) + 1).unwrap();
        let amount = if self.dice.below(4) == 0 { -size } else { size };
        self.company.approved(person, amount).await;
    }

    async fn draft(&mut self) {
        let group = self.dice.pick(&self.groups).unwrap();
        let body = json!({"pay_group_id": group, "currency": "CNY", "pay_period": "2026-03"});
        let answer = self.company.machine.post_keyed("/v1/payroll-batches", &key(), body).await;
        expect(&answer, &[201, 409]);
    }

    async fn batches(&self, states: &[&str]) -> Vec<Value> {
        let page = self.company.hr.get("/v1/payroll-batches?limit=200").await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items.filter(|batch| states.contains(&batch["state"].as_str().unwrap())).cloned().collect()
    }

    async fn lock(&mut self) {
        let drafts = self.batches(&["draft"]).await;
        let Some(draft) = self.dice.pick(&drafts) else { return };
        let answer = lock(&self.company.machine, id(draft), draft["etag"].as_str().unwrap()).await;
        expect(&answer, &[200, 422]);
    }

    async fn void(&mut self) {
        let batches = self.batches(&["draft", "locked", "acknowledged"]).await;
        let Some(batch) = self.dice.pick(&batches) else { return };
        expect(&void(&self.company.hr, id(batch), "*").await, &[200, 409]);
    }

    async fn acknowledge(&mut self) {
        let batches = self.batches(&["locked", "acknowledged"]).await;
        let Some(batch) = self.dice.pick(&batches) else { return };
        let lines = self.company.lines(id(batch)).await;
        let is_final = self.dice.below(2) == 0;
        let mut answers = Vec::new();
        for line in &lines {
            if is_final || self.dice.below(2) == 0 {
                answers.push((line, *self.dice.pick(&["accepted", "rejected", "paid", "paid"]).unwrap()));
            }
        }
        self.runs += 1;
        let run = format!("R{}", self.runs);
        let body = if is_final { complete(&run, batch, &answers) } else { part(&run, &answers) };
        let answer = self.company.acknowledge(id(batch), body.clone()).await;
        expect(&answer, &[201, 409, 422]);
        if answer.status == 201 && self.dice.below(3) == 0 {
            expect(&self.company.acknowledge(id(batch), body).await, &[200]);
        }
    }

    async fn reject_or_move(&mut self) {
        if self.dice.below(2) == 0 {
            let (person, group) = (*self.dice.pick(&self.people).unwrap(), self.dice.pick(&self.groups).unwrap());
            let body = json!({"employee_ids": [person]});
            let answer = self.company.hr.post(&format!("/v1/pay-groups/{group}/members"), body).await;
            expect(&answer, &[200]);
            return;
        }
        let rewards = self.checker.get("/v1/rewards?limit=200").await.expect(200);
        let Some(reward) = self.dice.pick(rewards["items"].as_array().unwrap()) else { return };
        let path = format!("/v1/rewards/{}/reject", id(reward));
        let request = self.checker.request(reqwest::Method::POST, &path).header("idempotency-key", key());
        let request = request.header("if-match", reward["etag"].as_str().unwrap());
        expect(&self.checker.send(request.json(&json!({"reason": "Counted twice."}))).await, &[200, 409]);
    }
}

/// Entries and cents by the place in which they are, worked out from claims and histories alone. Fails if one is nowhere, or if
/// something is found that must never be.
pub async fn places(sql: &tokio_postgres::Client) -> BTreeMap<String, (i64, i64)> {
    let rows = sql.query(PLACES, &[]).await.unwrap();
    let places: BTreeMap<String, (i64, i64)> = rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let known = ["unbatched", "carried forward", "live batch", "paid", "voided"];
    assert!(places.keys().all(|place| known.contains(&place.as_str())), "{places:?}");
    let all = "SELECT count(*), coalesce(sum(amount_minor), 0)::bigint FROM reward_entries";
    let all = sql.query_one(all, &[]).await.unwrap();
    assert_eq!(places.values().map(|(count, _)| count).sum::<i64>(), all.get::<_, i64>(0), "{places:?}");
    assert_eq!(places.values().map(|(_, sum)| sum).sum::<i64>(), all.get::<_, i64>(1), "{places:?}");
    for (what, never) in NEVER {
        let found = sql.query(*never, &[]).await.unwrap();
        assert!(found.is_empty(), "{what}: {} times", found.len());
    }
    places
}

/// Last event, claim and batch of an entry have to agree on its place; where they do not, it has none.
const PLACES: &str = "
SELECT place, count(*), sum(amount_minor)::bigint FROM (
  SELECT e.amount_minor,
         CASE WHEN b.id IS NULL AND (last.event IN ('granted', 'approved', 'unbatched', 'reconsidered')
                                     OR (last.event = 'rejected' AND last.line_id IS NOT NULL)) THEN 'unbatched'
              WHEN b.id IS NULL AND last.event = 'carried_forward' THEN 'carried forward'
              WHEN b.id IS NULL AND last.event = 'rejected' AND last.line_id IS NULL THEN 'voided'
              WHEN b.state IN ('draft', 'locked', 'acknowledged') AND last.event = 'batched'
                   AND last.batch_id = b.id THEN 'live batch'
              WHEN b.state IN ('locked', 'acknowledged') AND last.event = 'accepted' AND last.batch_id = b.id THEN 'live batch'
              WHEN b.state IN ('locked', 'acknowledged') AND last.event = 'paid' AND last.batch_id = b.id THEN 'paid'
              ELSE 'nowhere: ' || last.event || ', batch ' || coalesce(b.state, 'none') END AS place
    FROM reward_entries e
    LEFT JOIN payroll_claims c ON c.tenant_id = e.tenant_id AND c.entry_id = e.id
    LEFT JOIN payroll_batches b ON b.tenant_id = e.tenant_id AND b.id = c.batch_id
   CROSS JOIN LATERAL (SELECT v.* FROM reward_entry_events v WHERE v.tenant_id = e.tenant_id AND v.entry_id = e.id
                        ORDER BY v.seq DESC LIMIT 1) last) found
 GROUP BY place";

/// What must never be found.
const NEVER: &[(&str, &str)] = &[
    (
        "an entry with two lines that are neither rejected nor void",
        "SELECT l.entry_id FROM payroll_lines l
           JOIN payroll_batches b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id AND b.state <> 'void'
          WHERE NOT EXISTS (SELECT FROM payroll_acknowledgement_lines k
                             WHERE k.tenant_id = l.tenant_id AND k.line_id = l.id AND k.outcome = 'rejected')
          GROUP BY l.entry_id HAVING count(*) > 1",
    ),
    (
        "a line that is paid and rejected",
        "SELECT line_id FROM payroll_acknowledgement_lines WHERE outcome IN ('paid', 'rejected')
          GROUP BY line_id HAVING count(DISTINCT outcome) > 1",
    ),
    (
        "a locked batch whose totals are not those of its lines",
        "SELECT b.id FROM payroll_batches b JOIN payroll_lines l ON l.tenant_id = b.tenant_id AND l.batch_id = b.id
          GROUP BY b.id, b.line_count, b.total_minor, b.people_count
         HAVING (count(*), sum(l.amount_minor), count(DISTINCT l.employee_id)) IS DISTINCT FROM
                (b.line_count::bigint, b.total_minor::numeric, b.people_count::bigint)",
    ),
    (
        "a person with a negative total in a locked batch",
        "SELECT batch_id FROM payroll_lines GROUP BY batch_id, employee_id HAVING sum(amount_minor) < 0",
    ),
    (
        "a void batch with a claim, or one that was acknowledged",
        "SELECT b.id FROM payroll_batches b WHERE b.state = 'void'
            AND (EXISTS (SELECT FROM payroll_claims c WHERE c.tenant_id = b.tenant_id AND c.batch_id = b.id)
                 OR EXISTS (SELECT FROM payroll_acknowledgements a WHERE a.tenant_id = b.tenant_id AND a.batch_id = b.id))",
    ),
    (
        "an acknowledged batch with a line that nobody answered",
        "SELECT l.id FROM payroll_lines l
           JOIN payroll_batches b ON b.tenant_id = l.tenant_id AND b.id = l.batch_id AND b.state = 'acknowledged'
          WHERE NOT EXISTS (SELECT FROM payroll_acknowledgement_lines k WHERE k.tenant_id = l.tenant_id AND k.line_id = l.id)",
    ),
];

fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

#[track_caller]
fn expect(answer: &Answer, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status), "{}: {}", answer.status, answer.text);
}

#[tokio::test]
async fn every_cent_is_in_exactly_one_place() {
    let mut seen = BTreeSet::new();
    for seed in [1, 20_260_301, 0x9e37_79b9_7f4a_7c15] {
        let server = TestServer::start().await;
        let company = Company::new(&server).await;
        let mut people = Vec::new();
        for number in ["E1", "E2", "E3", "E4", "E5"] {
            people.push(company.given.employee(number).await);
        }
        let other = company.hr.post("/v1/pay-groups", json!({"code": "BJ", "name": "北京"})).await.id();
        let groups = [company.group.clone(), other];
        let checker = server.person(server.state.ids.next(), &[Role::Admin]).await;
        let mut walk = Walk { company, people, groups, dice: Dice(seed), runs: 0, checker };
        for step in 0..120 {
            walk.step().await;
            if step % 10 == 9 {
                seen.extend(places(&walk.company.given.sql).await.into_keys());
            }
        }
    }
    assert_eq!(seen.len(), 5, "the walks have led to every place: {seen:?}");
}
