//! What is taught in March and May, what a draft would have made of it, and the close and the pay run of May.

use reqwest::Method;
use serde_json::json;

use super::{Company, LEARNERS, result, yuan};
use crate::close_preview::computed;
use crate::programmes::{publish_as_it_is, tried_out, with};
use crate::support::Client;

/// A session: its name, that of its content, lecturer and start.
type Session = (&'static str, &'static str, &'static str, &'static str);

const MARCH: Session = ("first", "content of first", "L1", "2026-03-10T06:00:00Z");

/// At the door of `second`, nobody was seen.
const MAY: [Session; 6] = [
    ("opening", "content of opening", "L1", "2026-05-12T06:00:00Z"),
    ("second", "content of second", "L1", "2026-05-14T06:00:00Z"),
    ("third", "content of third", "L2", "2026-05-18T06:00:00Z"),
    ("fourth", "content of fourth", "L2", "2026-05-19T06:00:00Z"),
    ("fifth", "content of fifth", "L2", "2026-05-20T06:00:00Z"),
    ("last", "content of last", "L3", "2026-05-21T06:00:00Z"),
];

fn line(number: &str, policy: &str, amount: i64) -> (String, String, i64) {
    (number.to_owned(), policy.to_owned(), amount)
}

impl Company<'_> {
    /// HR assigns a session of an hour; its lecturer submits the content at once, long before it is due.
    async fn plans(&mut self, (name, content, lecturer, start): Session) {
        let plan = json!({
            "programme_id": self.id("programme"), "group_id": self.id("group"), "title": name, "kind": "assigned",
            "mode": "on_site", "starts_at": start, "scheduled_minutes": 60,
            "lecturers": [{"employee_id": self.id(lecturer)}]
        });
        let planned = self.person("HR2").post("/v1/sessions", plan).await;
        self.0.keep(name, &planned);
        let submitted = self.submitted(name, lecturer).await;
        self.0.keep(content, &submitted);
    }

    /// The lecturer reports it, the door says that everybody came, and they rate.
    async fn gives(&self, (name, _, lecturer, start): Session, ratings: &[i64]) {
        self.is_reported(name, lecturer, start, 60).await;
        self.attended(name, &LEARNERS).await;
        for (learner, rating) in LEARNERS.into_iter().zip(ratings) {
            let client = self.person(learner);
            let request = client.request(Method::PUT, &format!("{}/my-feedback", self.session(name)));
            let body = json!({"rating": rating, "items": {"practicality": 4}});
            client.send(request.json(&body)).await.expect(200);
        }
    }

    async fn reuses(&self, content: &str) {
        let event = json!({"content_id": self.id(content), "kind": "download"});
        self.person("X1").post("/v1/reuse-events", event).await.expect(201);
    }

    /// One session of the first lecturer, at which all were full of praise.
    pub async fn lives_through_march(&mut self) {
        self.now("2026-03-02T01:00:00Z");
        self.plans(MARCH).await;
        self.gives(MARCH, &[10, 10, 10]).await;
        self.reuses("content of first").await;
        self.now("2026-04-07T01:00:00Z");
        let closed = self.closes("2026-03").await;
        // The others have neither ratings nor contents: less than half of the weight.
        assert_eq!((&closed["rated_count"], &closed["reward_total_minor"]), (&json!(1), &json!(0)));
    }

    /// From May on two sessions are enough, one without attendees is none, and what was granted in excess is taken back.
    pub async fn tries_a_draft_and_publishes_it(&self) {
        self.now("2026-04-08T01:00:00Z");
        let (maker, checker) = self.two().await;
        let template = self.template().await;
        let mut rule = with(template["rule"].clone(), "min_attendees", json!(1));
        rule["components"][0]["curve"]["to"] = json!("2");
        let rule = json!({"starts_period": "2026-05", "rule": rule});
        let policies = with(template["reward_policies"].clone(), "take_back", json!("adjust"));
        let policies = with(policies, "starts_period", json!("2026-05"));
        let mut drafts = Vec::new();
        for (kind, body) in [("scoring-rules", rule), ("reward-policies", policies)] {
            let path = self.programme(&format!("/{kind}"));
            let draft = maker.post(&path, body).await;
            let path = format!("{path}/{}", draft.id());
            assert_eq!(publish_as_it_is(&checker, &path, draft.etag()).await.problem(409), "what_if_missing");
            drafts.push((path, draft));
        }
        let told = checker.get(&format!("{}/differences", drafts[0].0)).await.expect(200);
        assert_eq!(told["differences"].as_array().unwrap().len(), 2, "{told}");
        self.shows_what_the_drafts_would_have_done(&maker, &drafts[0].1.id(), &drafts[1].1.id()).await;
        for (path, draft) in &drafts {
            assert_eq!(publish_as_it_is(&maker, path, draft.etag()).await.problem(403), "self_approval");
            publish_as_it_is(&checker, path, draft.etag()).await.expect(200);
        }
    }

    async fn shows_what_the_drafts_would_have_done(&self, maker: &Client, rule: &str, policies: &str) {
        let asked = json!({"scoring_rule_id": rule, "reward_policy_set_id": policies});
        let tried = tried_out(maker, &self.programme(""), asked).await;
        assert_eq!((&tried["cost_before"], &tried["cost_after"]), (&yuan(0), &yuan(1_000)));
        let report = &tried["reports"][0];
        let moved = ["score", "grade", "rank", "rewards"].map(|what| report[format!("moved_in_{what}")].clone());
        assert_eq!((&report["period"], moved), (&json!("2026-03"), [1, 1, 0, 1].map(|n: i64| json!(n))));
        let path = self.programme(&format!("/what-ifs/{}/lecturers?moved=true", tried["id"].as_str().unwrap()));
        let people = maker.get(&path).await.expect(200);
        let first = &people["items"][0];
        assert_eq!(first["employee"]["employee_number"], "L1");
        // One session of three is 33.3333: 6.66666 + 40 + 30 + 10. One of two is 50: 10 + 40 + 30 + 10.
        assert_eq!((&first["before"]["score"], &first["after"]["score"]), (&json!("86.67"), &json!("90.00")));
    }

    pub async fn lives_through_may(&mut self) {
        self.now("2026-05-07T01:00:00Z");
        // The content of March was reused: half of the weight, and no session is a fail.
        let april = self.closes("2026-04").await;
        assert_eq!((&april["rated_count"], &april["reward_total_minor"]), (&json!(1), &json!(0)));
        for session in MAY {
            self.plans(session).await;
        }
        let [opening, second, third, fourth, fifth, last] = MAY;
        self.gives(opening, &[9, 9, 9]).await;
        self.is_reported(second.0, second.2, second.3, 60).await;
        let nobody = json!({"source": "door", "records": [{"employee_id": self.id("X1"), "state": "absent"}]});
        let path = format!("{}/attendance", self.session(second.0));
        self.hris().await.put(&path, "*", nobody).await.expect(200);
        self.gives(third, &[9, 9, 9]).await;
        self.gives(fourth, &[]).await;
        self.gives(fifth, &[]).await;
        self.gives(last, &[8, 8, 8]).await;
        for content in ["content of opening", "content of second", "content of third", "content of fourth"] {
            self.reuses(content).await;
        }
    }

    /// What the preview promises is what the close grants.
    pub async fn previews_and_closes_may(&self) {
        self.now("2026-06-07T01:00:00Z");
        let (maker, checker) = self.two().await;
        let preview = maker.get(&self.may("close-preview")).await.expect(200);
        let block = &preview["blocks"][0];
        assert_eq!((&block["code"], &block["ask"]), (&json!("deliveries_unconfirmed"), &json!("hr")));
        assert_eq!((&block["count"], &block["sessions"][0]["id"]), (&json!(1), &json!(self.id("second"))));
        assert_eq!(maker.post(&self.may("close"), json!({})).await.problem(409), "deliveries_unconfirmed");
        let confirmed = json!({"started_at": "2026-05-14T06:00:00Z", "delivered_minutes": 60});
        checker.post(&format!("{}/deliver", self.session("second")), confirmed).await.expect(200);

        computed(self.server).await;
        let preview = maker.get(&self.may("close-preview")).await.expect(200);
        assert_eq!((&preview["blocks"], &preview["provisional"]["reserved"]), (&json!([]), &yuan(3_300)));
        assert_eq!(self.money().await, [0; 6]);
        assert_eq!(self.closes("2026-05").await["reward_total_minor"], 330_000);
        // One session of two: 10. Three ratings of 9, from 5 to 9.5: 0.4 x 88.8889 = 35.55556. All three contents of three months
        // were reused: 30. In time: 10.
        assert_eq!(result(&self.statement("L1").await), ("85.56", "good", 2, 1));
        // 20; the same; two of three contents, of 80 %: 0.3 x 83.3333 = 24.99999; 10.
        assert_eq!(result(&self.statement("L2").await), ("90.56", "excellent", 1, 1));
        // 10; 0.4 x 66.6667 = 26.66668; nothing reused; 10.
        assert_eq!(result(&self.statement("L3").await), ("46.67", "fail", 3, 1));
        // Of two with the same rating the one with the better score is first.
        let expected = [
            line("L1", "training-allowance", 80_000),
            line("L2", "excellent-bonus", 100_000),
            line("L2", "training-allowance", 100_000),
            line("L3", "training-allowance", 50_000),
        ];
        assert_eq!(self.granted(&maker, "2026-05").await, expected);
        assert_eq!(self.money().await, [330_000, 330_000, 0, 0, 0, 0]);
    }

    pub async fn is_paid_for_may(&mut self) {
        let group = json!({"code": "ALL", "name": "全公司", "is_default": true});
        let group = self.person("HR2").post("/v1/pay-groups", group).await;
        self.0.keep("pay group", &group);
        assert_eq!(self.approves_may().await, 4);
        let locked = self.locks("2026-06").await;
        assert_eq!(locked.0["totals"]["total"], yuan(3_300));
        assert_eq!(self.money().await, [330_000, 0, 0, 330_000, 0, 0]);
        self.pays(locked).await;
        assert_eq!(self.money().await, [330_000, 0, 0, 0, 330_000, 0]);
    }
}
