//! The closes, the rewards and the hand-over to payroll.

use lectern::auth::Role;
use serde_json::{Value, json};

use super::{Story, derived, metric};
use crate::payroll::{complete, key, lock};
use crate::support::Client;

fn line(number: &str, policy: &str, amount: i64) -> (String, String, i64) {
    (number.to_owned(), policy.to_owned(), amount)
}

fn ratings(n: i64, sum: &str) -> Value {
    json!([{"scale": 10, "n": n, "sum": sum}])
}

impl Story<'_> {
    /// The period's end, five days to settle, nothing undecided.
    pub async fn closes_march(&mut self) {
        self.now("2026-04-05T15:59:59Z");
        let early = self.admin().await.post(&self.period("2026-03", "close"), json!({})).await;
        assert_eq!(early.problem(409), "period_not_over");
        self.now("2026-04-07T01:00:00Z");
        let closer = self.admin().await;
        let closed = self.closes(&closer, "2026-03").await;
        assert_eq!((&closed["lecturer_count"], &closed["rated_count"]), (&json!(3), &json!(3)));
        self.march_by_hand().await;
        let replay = closer.get(&self.period("2026-03", "snapshots/1/replay")).await.expect(200);
        assert_eq!((&replay["matches"], &replay["replayed_digest"]), (&json!(true), &closed["digest"]));
        let board = self.person("L1").get(&self.period("2026-03", "leaderboard")).await.expect(200);
        let of = |entry: &Value| (entry["employee"]["employee_number"].clone(), entry["score"].clone());
        let board: Vec<(Value, Value)> = board["items"].as_array().unwrap().iter().map(of).collect();
        let place = |number: &str, score: &str| (json!(number), json!(score));
        assert_eq!(board, [place("L2", "90.00"), place("L1", "72.33"), place("L3", "56.67")]);
        let expected = [line("L1", "best", 50_000), line("L2", "best", 100_000), line("L2", "bonus", 80_000)];
        assert_eq!(self.granted(&closer, "2026-03").await, expected);
        self.march_is_approved_by_another(&closer).await;
    }

    async fn march_by_hand(&self) {
        // First session 9, 10, 8, 9; second 7, 8: 51 / 6 = 8.5. Two sessions of two. One of two contents in time. Of two contents
        // one was reused (the other's download was voided). One case of 4 + 2 attendees is 16.666667 %, of 50: 33.3333.
        // 0.4 x 85 + 0.2 x 100 + 0.2 x 50 + 0.1 x 50 + 0.1 x 33.3333 = 34 + 20 + 10 + 5 + 3.33333 = 72.33333.
        let first = self.statement("2026-03", "L1").await;
        let (points, score, grade) = derived(&first);
        assert_eq!(
            points,
            [
                ("feedback_rating", "85.0000"),
                ("session_count", "100.0000"),
                ("submission_timeliness", "50.0000"),
                ("reuse_rate", "50.0000"),
                ("knowledge_conversion_rate", "33.3333")
            ]
        );
        assert_eq!((score, grade, &first["scorecard"]["rank"]), ("72.33", "pass", &json!(2)));
        // 15 % of 72.33 is 10.8495.
        assert_eq!(first["scorecard"]["card"]["share_of_appraisal"], "10.85");
        assert_eq!(metric(&first, "knowledge_conversion_rate"), (json!("16.666667"), json!(6)));
        // Four of the first session would leave two: it does not stand apart.
        assert_eq!(first["ratings_together"], ratings(6, "51"));
        let sessions = first["sessions"].as_array().unwrap().iter();
        let mut sessions: Vec<(&str, &Value, &Value)> =
            sessions.map(|own| (own["title"].as_str().unwrap(), &own["on_time"], &own["ratings"])).collect();
        sessions.sort_by_key(|(title, ..)| *title);
        let none = json!([]);
        assert_eq!(sessions, [("first", &json!(true), &none), ("second", &json!(false), &none)]);

        // 10 + 9 + 9 and 8 + 9 = 45 of 5 = 9. Two sessions, both contents in time and reused. One case of 3 + 2 attendees is 20 %,
        // of 50: 40. 0.4 x 90 + 20 + 20 + 10 + 0.1 x 40 = 90, which is excellent.
        let second = self.statement("2026-03", "L2").await;
        let (points, score, grade) = derived(&second);
        let points: Vec<&str> = points.into_iter().map(|(_, points)| points).collect();
        assert_eq!(points, ["90.0000", "100.0000", "100.0000", "100.0000", "40.0000"]);
        assert_eq!((score, grade, &second["scorecard"]["rank"]), ("90.00", "excellent", &json!(1)));
        // With two left, no session stands apart.
        assert_eq!(second["ratings_together"], ratings(5, "45"));
        let apart = second["sessions"].as_array().unwrap().iter().all(|own| own["ratings"] == json!([]));
        assert!(apart, "{second}");

        // 20 of 3 = 6.666667; one session of two; in time; not reused, no case. 26.66668 + 10 + 20 = 56.66668. A view is no reuse.
        let third = self.statement("2026-03", "L3").await;
        let (points, score, grade) = derived(&third);
        let points: Vec<&str> = points.into_iter().map(|(_, points)| points).collect();
        assert_eq!(points, ["66.6667", "50.0000", "100.0000", "0.0000", "0.0000"]);
        assert_eq!((score, grade), ("56.67", "fail"));
        let passed: Vec<&Value> =
            third["scorecard"]["card"]["gates"].as_array().unwrap().iter().map(|gate| &gate["passed"]).collect();
        assert_eq!(passed, [&json!(true), &json!(false)], "a rating below 7, which changes nothing here");
    }

    /// The one reward is rejected for now; the rest is approved by somebody else than the closer.
    async fn march_is_approved_by_another(&mut self, closer: &Client) {
        let checker = self.person("HR2");
        let reward =
            checker.get(&format!("/v1/rewards?period=2026-03&employee_id={}", self.id("L1"))).await.expect(200);
        let reward = reward["items"][0]["id"].as_str().unwrap().to_owned();
        let reason = json!({"reason": "待核实"});
        checker.act(&format!("/v1/rewards/{reward}/reject"), "*", Some(reason)).await.expect(200);
        self.ids.insert("rejected", reward);
        let all = json!({"programme_id": self.id("programme"), "period": "2026-03"});
        let own = closer.post_keyed("/v1/rewards/approve-batch", &key(), all.clone()).await;
        assert_eq!(own.problem(403), "self_approval");
        let approved = checker.post_keyed("/v1/rewards/approve-batch", &key(), all).await.expect(200);
        assert_eq!(approved["approved_count"], 2);
    }

    /// Drafts, locks, exports and acknowledges a batch of everybody. Answers its lines: number, amount, last day
    /// earned and cost centre.
    pub async fn pays(&mut self, pay_period: &str) -> Vec<String> {
        if !self.ids.contains_key("pay group") {
            let group = json!({"code": "ALL", "name": "全公司", "is_default": true});
            let group = self.person("HR2").post("/v1/pay-groups", group).await;
            self.keep("pay group", &group);
        }
        let payroll = self.server.client(&[Role::Payroll]).await;
        let wanted = json!({"pay_group_id": self.id("pay group"), "currency": "CNY", "pay_period": pay_period});
        let draft = payroll.post_keyed("/v1/payroll-batches", &key(), wanted).await;
        let batch = lock(&payroll, &draft.id(), draft.etag()).await.expect(200);
        let path = format!("/v1/payroll-batches/{}", draft.id());
        let exported = payroll.get(&format!("{path}/export?format=jsonl")).await;
        let lines: Vec<Value> = exported.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let paid: Vec<(&Value, &str)> = lines.iter().map(|line| (line, "paid")).collect();
        let acknowledgements = format!("{path}/acknowledgements");
        let run = complete(pay_period, &batch, &paid);
        payroll.post_keyed(&acknowledgements, &key(), run.clone()).await.expect(201);
        payroll.post_keyed(&acknowledgements, &key(), run).await.expect(200);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let of = |line: &Value| {
            let (number, cost_centre) = (text(&line["employee"]["employee_number"]), text(&line["cost_centre"]));
            format!("{number} {} {} {cost_centre}", line["amount_minor"], text(&line["earned_ends_on"]))
        };
        let mut all: Vec<String> = lines.iter().map(of).collect();
        all.sort();
        all
    }

    pub async fn closes_april(&mut self) {
        self.now("2026-05-07T01:00:00Z");
        let closer = self.person("HR2");
        let closed = self.closes(&closer, "2026-04").await;
        assert_eq!((&closed["lecturer_count"], &closed["rated_count"]), (&json!(3), &json!(3)));
        self.april_by_hand().await;
        let expected = [
            line("L1", "best", 50_000),
            line("L1", "bonus", 50_000),
            line("L9", "best", 100_000),
            line("L9", "bonus", 80_000),
        ];
        assert_eq!(self.granted(&closer, "2026-04").await, expected);
        let all = json!({"programme_id": self.id("programme"), "period": "2026-04"});
        let approved = self.admin().await.post_keyed("/v1/rewards/approve-batch", &key(), all).await.expect(200);
        assert_eq!(approved["approved_count"], 4);
        // With what was reconsidered: earned in March, paid in May.
        assert_eq!(
            self.pays("2026-05").await,
            [
                "L1 50000 2026-03-31 -",
                "L1 50000 2026-04-30 -",
                "L1 50000 2026-04-30 -",
                "L9 100000 2026-04-30 CC-EAST",
                "L9 80000 2026-04-30 CC-EAST"
            ]
        );
    }

    async fn april_by_hand(&self) {
        // 9 + 9 + 10 and 7 + 8 = 43 of 5 = 8.6. Two sessions; of their own no content came: 50 %. Of three contents of the last
        // three months two were ever reused: 66.6667. One case of 3 + 2 attendees: 20 %, of 50: 40.
        // 34.4 + 20 + 10 + 6.66667 + 4 = 75.06667.
        let first = self.statement("2026-04", "L1").await;
        let (points, score, grade) = derived(&first);
        let points: Vec<&str> = points.into_iter().map(|(_, points)| points).collect();
        assert_eq!(points, ["86.0000", "100.0000", "50.0000", "66.6667", "40.0000"]);
        assert_eq!((score, grade, &first["scorecard"]["rank"]), ("75.07", "good", &json!(2)));

        // Away from the 16th to the 27th: 12 of 30 days, so that 2 x 18 / 30 = 1.2 sessions are the target; one of it is 83.3333.
        // 10 + 9 + 10 = 29 of 3 = 9.666667. In time, all three contents reused. One case of 3: 33.333333 %, of 50: 66.6667.
        // 38.66668 + 16.66666 + 20 + 10 + 6.66667 = 92.00001.
        let second = self.statement("2026-04", "L2").await;
        assert_eq!(second["scorecard"]["card"]["exempt_days"], 12);
        let (points, score, grade) = derived(&second);
        let points: Vec<&str> = points.into_iter().map(|(_, points)| points).collect();
        assert_eq!(points, ["96.6667", "83.3333", "100.0000", "100.0000", "66.6667"]);
        assert_eq!((score, grade, &second["scorecard"]["rank"]), ("92.00", "excellent", &json!(1)));

        // 8 + 8 + 9 + 9 = 34 of 4 = 8.5. One session of two; of the missed one no content came. One of two contents reused.
        // 34 + 10 + 10 + 5 + 0 = 59.
        let third = self.statement("2026-04", "L3").await;
        let (points, score, grade) = derived(&third);
        let points: Vec<&str> = points.into_iter().map(|(_, points)| points).collect();
        assert_eq!(points, ["85.0000", "50.0000", "50.0000", "50.0000", "0.0000"]);
        assert_eq!((score, grade), ("59.00", "fail"));
    }
}
