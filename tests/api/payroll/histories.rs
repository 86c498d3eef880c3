//! Random histories of a closed month, two commands at a time: what was granted is entered, corrected, rejected, taken up again,
//! restated and paid, and every cent is in one place.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::walk::{Dice, places};
use super::{complete, key, lock, part, pay_item, void};
use crate::closing::March;
use crate::support::{Answer, Client, TestServer, at};

struct History<'s> {
    march: March<'s>,
    sessions: Vec<Uuid>,
    maker: Client,
    checker: Client,
    third: Client,
    machine: Client,
    group: String,
    dice: Dice,
    runs: usize,
}

/// What somebody does, with what it is about as it was when they looked.
#[derive(Debug)]
enum Command {
    Award(Uuid, i64),
    Adjust(Value, i64),
    ApproveAll,
    Reject(Value),
    Reconsider(Value),
    Draft,
    Lock(Value),
    Void(Value),
    Acknowledge(String, Value),
    Miss(Uuid),
    Deliver(Uuid),
    Restate { accepts: bool },
}

impl<'s> History<'s> {
    async fn new(server: &'s TestServer, seed: u64) -> Self {
        let march = March::taught(server).await;
        let adjusts = "UPDATE reward_policy_sets SET document = document || '{\"take_back\": \"adjust\"}'";
        march.given.sql.batch_execute(adjusts).await.unwrap();
        let [maker, checker, third] = [admin(server).await, admin(server).await, admin(server).await];
        march.closed_by(&maker).await;
        maker.post("/v1/pay-items", pay_item("LR")).await.expect(201);
        let group = json!({"code": "SH", "name": "上海公司", "is_default": true});
        let group = maker.post("/v1/pay-groups", group).await.id();
        let machine = server.client(&[Role::Payroll]).await;
        let rows = march.given.sql.query("SELECT id::text FROM sessions ORDER BY id", &[]).await.unwrap();
        let sessions = rows.iter().map(|row| row.get::<_, String>(0).parse().unwrap()).collect();
        Self { march, sessions, maker, checker, third, machine, group, dice: Dice(seed), runs: 0 }
    }

    async fn rewards(&self) -> Vec<Value> {
        let page = self.checker.get("/v1/rewards?limit=200").await.expect(200);
        page["items"].as_array().unwrap().clone()
    }

    async fn batches(&self, states: &[&str]) -> Vec<Value> {
        let page = self.machine.get("/v1/payroll-batches?limit=200").await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items.filter(|batch| states.contains(&batch["state"].as_str().unwrap())).cloned().collect()
    }

    /// Looks around and decides what to do.
    async fn choose(&mut self) -> Command {
        let size = i64::try_from(self.dice.below(40_000) + 1).unwrap();
        match self.dice.below(16) {
            0 => Command::Award(*self.dice.pick(&self.march.lecturers).unwrap(), size),
            1..=3 => {
                let rewards = self.rewards().await;
                let minor = if self.dice.below(4) == 0 { size } else { -size };
                self.dice.pick(&rewards).cloned().map_or(Command::ApproveAll, |reward| Command::Adjust(reward, minor))
            }
            4..=5 => Command::ApproveAll,
            6 => self.about_reward(&["granted", "approved", "carried_forward"], Command::Reject).await,
            7 => self.about_reward(&["rejected"], Command::Reconsider).await,
            8 => Command::Draft,
            9 => self.about_batch(&["draft"], Command::Lock).await,
            10 => self.about_batch(&["draft", "locked"], Command::Void).await,
            11..=12 => self.acknowledgement().await,
            13 => Command::Miss(*self.dice.pick(&self.sessions).unwrap()),
            14 => Command::Deliver(*self.dice.pick(&self.sessions).unwrap()),
            _ => Command::Restate { accepts: self.dice.below(4) > 0 },
        }
    }

    async fn about_reward(&mut self, states: &[&str], command: fn(Value) -> Command) -> Command {
        let rewards = self.rewards().await;
        let fit: Vec<Value> =
            rewards.into_iter().filter(|reward| states.contains(&reward["state"].as_str().unwrap())).collect();
        self.dice.pick(&fit).cloned().map_or(Command::ApproveAll, command)
    }

    async fn about_batch(&mut self, states: &[&str], command: fn(Value) -> Command) -> Command {
        let batches = self.batches(states).await;
        self.dice.pick(&batches).cloned().map_or(Command::Draft, command)
    }

    async fn acknowledgement(&mut self) -> Command {
        let batches = self.batches(&["locked"]).await;
        let Some(batch) = self.dice.pick(&batches).cloned() else { return Command::Draft };
        let page = self.machine.get(&format!("/v1/payroll-batches/{}/lines?limit=200", id(&batch))).await.expect(200);
        let lines = page["items"].as_array().unwrap().clone();
        let is_final = self.dice.below(2) == 0;
        let mut answers = Vec::new();
        for line in &lines {
            if is_final || self.dice.below(2) == 0 {
                answers.push((line, *self.dice.pick(&["accepted", "rejected", "paid", "paid"]).unwrap()));
            }
        }
        self.runs += 1;
        let run = format!("R{}", self.runs);
        let body = if is_final { complete(&run, &batch, &answers) } else { part(&run, &answers) };
        Command::Acknowledge(id(&batch).to_owned(), body)
    }

    async fn run(&self, command: &Command) -> Answer {
        let amount = |minor: &i64| json!({"amount_minor": minor, "currency": "CNY"});
        match command {
            Command::Award(person, minor) => {
                let body = json!({"employee_id": person, "programme_id": self.march.programme, "period": "2026-03",
                                  "pay_item_code": "LR", "amount": amount(minor), "reason": "代课"});
                self.maker.post_keyed("/v1/rewards", &key(), body).await
            }
            Command::Adjust(reward, minor) => {
                let body = json!({"amount": amount(minor), "reason": "更正"});
                self.third.post_keyed(&format!("/v1/rewards/{}/adjustments", id(reward)), &key(), body).await
            }
            Command::ApproveAll => {
                let whole = json!({"programme_id": self.march.programme, "period": "2026-03"});
                self.checker.post_keyed("/v1/rewards/approve-batch", &key(), whole).await
            }
            Command::Reject(reward) => self.act(&self.checker, reward, "reject").await,
            Command::Reconsider(reward) => self.act(&self.third, reward, "reconsider").await,
            Command::Draft => {
                let body = json!({"pay_group_id": self.group, "currency": "CNY", "pay_period": "2026-04"});
                self.machine.post_keyed("/v1/payroll-batches", &key(), body).await
            }
            Command::Lock(batch) => lock(&self.machine, id(batch), batch["etag"].as_str().unwrap()).await,
            Command::Void(batch) => void(&self.machine, id(batch), "*").await,
            Command::Acknowledge(batch, body) => {
                let path = format!("/v1/payroll-batches/{batch}/acknowledgements");
                self.machine.post_keyed(&path, &key(), body.clone()).await
            }
            Command::Miss(session) => {
                self.third.post(&format!("/v1/sessions/{session}/miss"), json!({"reason": "未举行"})).await
            }
            Command::Deliver(session) => {
                let body = json!({"started_at": "2026-03-18T02:00:00Z", "delivered_minutes": 60, "reason": "已举行"});
                self.third.post(&format!("/v1/sessions/{session}/deliver"), body).await
            }
            Command::Restate { accepts } => self.restate(*accepts).await,
        }
    }

    async fn act(&self, by: &Client, reward: &Value, verb: &str) -> Answer {
        let path = format!("/v1/rewards/{}/{verb}", id(reward));
        by.act(&path, reward["etag"].as_str().unwrap(), Some(json!({"reason": "经核对"}))).await
    }

    /// Orders a restatement, and decides what it proposes.
    async fn restate(&self, accepts: bool) -> Answer {
        let ordered = self.maker.post(&self.march.path("restate"), json!({"reason": "更正"})).await;
        if ordered.status != 202 {
            return ordered;
        }
        let job = self.maker.ended(&ordered).await;
        let Some(proposal) = job["result"]["restatement_id"].as_str() else { return ordered };
        let (verb, body) =
            if accepts { ("accept", json!({})) } else { ("decline", json!({"reason": "事实仍有争议"})) };
        self.checker.act(&format!("/v1/restatements/{proposal}/{verb}"), "*", Some(body)).await
    }

    /// Every cent is in one place, the balances say the same, and no correction took back more than there was.
    async fn check(&self) {
        let places = places(&self.march.given.sql).await;
        let below = self.march.given.sql.query(BELOW, &[]).await.unwrap();
        assert!(below.is_empty(), "{} rewards with corrections are below 0", below.len());
        let page = self.checker.get("/v1/reward-balances?limit=200").await.expect(200);
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for person in page["items"].as_array().unwrap() {
            for balance in person["balances"].as_array().unwrap() {
                let minor = |place: &str| balance[place]["amount_minor"].as_i64().unwrap();
                let parts = PLACES.map(|(place, _)| minor(place));
                assert_eq!(minor("granted"), parts.iter().sum::<i64>(), "{balance}");
                for ((_, place), part) in PLACES.into_iter().zip(parts) {
                    *sums.entry(place).or_default() += part;
                }
                let employee = person["employee"]["id"].as_str().unwrap();
                let policy = balance["policy"].as_str().unwrap_or_default();
                let stored = self.march.given.sql.query_one(GRANTED, &[&employee, &policy]).await.unwrap();
                assert_eq!(minor("granted"), stored.get::<_, i64>(0), "{employee} {policy}");
            }
        }
        for (_, place) in PLACES {
            let (_, sum) = places.get(place).copied().unwrap_or_default();
            assert_eq!(sums.get(place).copied().unwrap_or_default(), sum, "{place}: {places:?}");
        }
    }
}

/// The places of a balance, and as the histories of entries name them.
const PLACES: [(&str, &str); 5] = [
    ("unbatched", "unbatched"),
    ("carried_forward", "carried forward"),
    ("in_batch", "live batch"),
    ("paid", "paid"),
    ("voided", "voided"),
];

/// Rewards of which the corrections that stand have taken back more than there was.
const BELOW: &str = "
SELECT coalesce(e.corrects_id, e.id)
  FROM reward_entries e
 CROSS JOIN LATERAL (SELECT v.* FROM reward_entry_events v WHERE v.tenant_id = e.tenant_id AND v.entry_id = e.id
                      ORDER BY v.seq DESC LIMIT 1) last
 WHERE NOT (last.event = 'rejected' AND last.line_id IS NULL)
 GROUP BY 1 HAVING sum(e.amount_minor) < 0";

/// What a person has of a policy, the empty one for what was awarded by hand.
const GRANTED: &str = "
SELECT coalesce(sum(e.amount_minor), 0)::bigint
  FROM reward_entries e LEFT JOIN reward_entries c ON c.tenant_id = e.tenant_id AND c.id = e.corrects_id
 WHERE e.employee_id::text = $1 AND coalesce(e.policy_code, c.policy_code, '') = $2";

async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

#[tokio::test]
async fn two_at_a_time_leave_every_cent_in_one_place() {
    // Refused for what somebody else did meanwhile, or because the state does not allow it.
    let fair = [200, 201, 202, 403, 409, 412, 422];
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    for seed in [7, 20_261_128, 0x51ed_270b_9f14_ab3d] {
        let server = TestServer::start().await;
        let mut history = History::new(&server, seed).await;
        for round in 0..50 {
            // What was decided before and what since is told by the time.
            server.clock.set(at("2026-04-07T01:00:00Z") + TimeDelta::seconds(round));
            let commands = [history.choose().await, history.choose().await];
            let [one, two] = &commands;
            let answers: [Answer; 2] = tokio::join!(history.run(one), history.run(two)).into();
            for (command, answer) in commands.iter().zip(&answers) {
                assert!(fair.contains(&answer.status), "{command:?}: {}", answer.text);
                let name = format!("{command:?}").split(['(', ' ']).next().unwrap().to_owned();
                *done.entry(name).or_default() += usize::from(answer.status < 300);
            }
            if round % 5 == 4 {
                history.check().await;
            }
        }
        history.check().await;
    }
    assert!(done.len() >= 12 && done.values().all(|times| *times > 0), "everything was done: {done:?}");
}
