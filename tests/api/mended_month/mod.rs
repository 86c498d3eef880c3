//! A month that ends with a mistake, over HTTP: from a template over a what-if and a preview to the close and the pay run; then a wrong
//! attendance, an appeal, a restatement by two, and the difference in the next pay run. Only the tenant, its first administrator and
//! its machine clients are there before. Every number was worked out by hand from the template and the facts below, and at each
//! step each cent is in one place.

mod living;
mod mending;

use std::ops::Deref;

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::adjustments::places;
use crate::closing::finished;
use crate::payroll::{complete, key, lock, pay_item};
use crate::programmes::with;
use crate::support::{Client, Department, Person, Story, TestServer, published};

/// The company that starts from a template.
struct Company<'s>(Story<'s>);

impl<'s> Deref for Company<'s> {
    type Target = Story<'s>;

    fn deref(&self) -> &Story<'s> {
        &self.0
    }
}

const DEPARTMENTS: [Department; 1] = [("HQ", None, false, None)];

const PEOPLE: [Person; 7] = [
    ("HR2", "赵敏", "HQ"),
    ("L1", "李雷", "HQ"),
    ("L2", "韩梅梅", "HQ"),
    ("L3", "王强", "HQ"),
    ("X1", "孙一", "HQ"),
    ("X2", "孙二", "HQ"),
    ("X3", "孙三", "HQ"),
];

const LEARNERS: [&str; 3] = ["X1", "X2", "X3"];

fn yuan(amount: i64) -> Value {
    json!({"amount_minor": amount * 100, "currency": "CNY"})
}

/// The score, grade and rank of a statement, and the number of its snapshot.
fn result(statement: &Value) -> (&str, &str, i64, i64) {
    let scorecard = &statement["scorecard"];
    let text = |member: &str| scorecard["card"][member].as_str().unwrap();
    let number = |value: &Value| value.as_i64().unwrap();
    (text("score"), text("grade"), number(&scorecard["rank"]), number(&scorecard["snapshot"]["number"]))
}

#[tokio::test]
async fn a_month_with_a_mistake_is_mended_to_the_cent() {
    let server = TestServer::start().await;
    let mut company = Company(Story::new(&server));
    company.starts_from_a_template().await;
    company.lives_through_march().await;
    company.tries_a_draft_and_publishes_it().await;
    company.lives_through_may().await;
    company.previews_and_closes_may().await;
    company.is_paid_for_may().await;
    company.appeals_against_a_wrong_attendance().await;
    company.restates_may_by_two().await;
    company.pays_the_difference().await;
    company.replays_both_snapshots().await;
}

impl Company<'_> {
    /// One who enters and one who approves.
    async fn two(&self) -> (Client, Client) {
        (self.admin().await, self.person("HR2"))
    }

    fn may(&self, rest: &str) -> String {
        self.period("2026-05", rest)
    }

    async fn closes(&self, period: &str) -> Value {
        let closer = self.admin().await;
        finished(&closer, &closer.post(&self.period(period, "close"), json!({})).await).await
    }

    async fn statement(&self, lecturer: &str) -> Value {
        self.person(lecturer).get(&self.may(&format!("scorecards/{}", self.id(lecturer)))).await.expect(200)
    }

    /// Where the money of May is, of all together: granted, not in a batch, carried forward, in a batch, paid, given up. What each was
    /// granted is the sum of the others.
    async fn money(&self) -> [i64; 6] {
        let path = format!("/v1/reward-balances?programme_id={}&period=2026-05", self.id("programme"));
        let balances = self.person("HR2").get(&path).await.expect(200);
        let mut sums = [0; 6];
        for person in balances["items"].as_array().unwrap() {
            let own = places(person);
            assert_eq!(own[0], own[1..].iter().sum::<i64>(), "{person}");
            for (sum, own) in sums.iter_mut().zip(own) {
                *sum += own;
            }
        }
        sums
    }

    async fn template(&self) -> Value {
        self.person("HR2").get("/v1/rule-templates/technology_company").await.expect(200)
    }

    /// One drafts the template as it stands, another publishes it.
    async fn starts_from_a_template(&mut self) {
        self.0.has_departments(&DEPARTMENTS).await;
        self.0.has_people(&PEOPLE).await;
        self.0.has_lecturers(&[("A1", "L1", "junior"), ("A2", "L2", "junior"), ("A3", "L3", "junior")]).await;
        self.has_roles(&[("HR2", "admin", None)]).await;
        self.0.makes_a_programme(json!({"feedback_mode": "named"})).await;
        let (maker, checker) = self.two().await;
        maker.post("/v1/pay-items", pay_item("lecturer-reward")).await.expect(201);
        let template = self.template().await;
        assert_eq!(template["to_fill"], json!([]));
        let rule = json!({"starts_period": "2026-03", "rule": template["rule"]});
        published(&maker, &checker, &self.programme("/scoring-rules"), rule).await;
        let policies = with(template["reward_policies"].clone(), "starts_period", json!("2026-03"));
        published(&maker, &checker, &self.programme("/reward-policies"), policies).await;
        self.activates_the_programme().await;
    }

    /// All of May is approved by somebody else than who closed it. Answers how many rewards.
    async fn approves_may(&self) -> Value {
        let (maker, checker) = self.two().await;
        let all = json!({"programme_id": self.id("programme"), "period": "2026-05"});
        let own = maker.post_keyed("/v1/rewards/approve-batch", &key(), all.clone()).await;
        assert_eq!(own.problem(403), "self_approval");
        checker.post_keyed("/v1/rewards/approve-batch", &key(), all).await.expect(200)["approved_count"].clone()
    }

    /// Drafts and locks a batch of everybody. Answers it with its lines.
    async fn locks(&self, month: &str) -> (Value, Vec<Value>) {
        let payroll = self.server.client(&[Role::Payroll]).await;
        let wanted = json!({"pay_group_id": self.id("pay group"), "currency": "CNY", "pay_period": month});
        let draft = payroll.post_keyed("/v1/payroll-batches", &key(), wanted).await;
        let batch = lock(&payroll, &draft.id(), draft.etag()).await.expect(200);
        let lines = payroll.get(&format!("/v1/payroll-batches/{}/lines?limit=200", draft.id())).await.expect(200);
        (batch, lines["items"].as_array().unwrap().clone())
    }

    /// Payroll has paid all lines of a batch.
    async fn pays(&self, (batch, lines): (Value, Vec<Value>)) {
        let payroll = self.server.client(&[Role::Payroll]).await;
        let paid: Vec<(&Value, &str)> = lines.iter().map(|line| (line, "paid")).collect();
        let run = complete(batch["pay_period"].as_str().unwrap(), &batch, &paid);
        let path = format!("/v1/payroll-batches/{}/acknowledgements", batch["id"].as_str().unwrap());
        payroll.post_keyed(&path, &key(), run).await.expect(201);
    }
}
