//! What comes of a wrong attendance that is found when May is paid.

use serde_json::{Value, json};

use super::{Company, LEARNERS, result, yuan};
use crate::closing::finished;
use crate::command_line::lectern;

impl Company<'_> {
    /// Somebody had come to the second session. HR corrects the list, and names the correction.
    pub async fn appeals_against_a_wrong_attendance(&mut self) {
        self.now("2026-06-09T01:00:00Z");
        let dispute = json!({"session_id": self.id("second"), "reason": "当天三人到场，有签到表"});
        let path = self.may(&format!("scorecards/{}/appeals", self.id("L1")));
        let appeal = self.person("L1").post(&path, dispute).await;
        self.0.keep("appeal", &appeal);
        let hr = self.person("HR2");
        let waiting = hr.get("/v1/appeals?is_undecided=true").await.expect(200);
        assert_eq!(waiting["items"][0]["session_title"], "second");
        let corrected = self.attended("second", &LEARNERS).await;
        assert_eq!(corrected["period_closed"][0]["period"], "2026-05");
        let log = hr.get("/v1/audit-entries?command=replace_session_attendance").await.expect(200);
        let consent = json!({"note": "签到表已核对", "audit_entry_id": log["items"][0]["id"]});
        let accept = format!("/v1/appeals/{}/accept", appeal.id());
        let accepted = hr.act(&accept, appeal.body["etag"].as_str().unwrap(), Some(consent)).await.expect(200);
        assert_eq!((&accepted["state"], &accepted["correction"]), (&json!("accepted"), &json!("log")));
        assert_eq!(result(&self.statement("L1").await), ("85.56", "good", 2, 1));
        assert_eq!(self.money().await, [330_000, 0, 0, 0, 330_000, 0]);
    }

    pub async fn restates_may_by_two(&self) {
        let (maker, checker) = self.two().await;
        let order = json!({"reason": "申诉成立，签到已更正"});
        let restated = finished(&maker, &maker.post(&self.may("restate"), order.clone()).await).await;
        let path = format!("/v1/restatements/{}", restated["restatement_id"].as_str().unwrap());
        let totals = maker.get(&path).await.expect(200)["totals"].clone();
        // First place and a bonus for one; second place for the other, who stays excellent.
        assert_eq!((&totals["granted"], &totals["taken_back"]), (&yuan(1_200), &yuan(-200)));
        assert_eq!((&totals["certificate_count"], &totals["task_count"]), (&json!(0), &json!(0)));
        assert_eq!(self.money().await, [330_000, 0, 0, 0, 330_000, 0]);
        let accept = format!("{path}/accept");
        assert_eq!(maker.act(&accept, "*", Some(json!({}))).await.problem(403), "self_approval");
        assert_eq!(result(&self.statement("L1").await), ("85.56", "good", 2, 1), "nothing reads it before");
        checker.act(&accept, "*", Some(json!({}))).await.expect(200);

        // Two sessions of two: 20 + 35.55556 + 30 + 10.
        assert_eq!(result(&self.statement("L1").await), ("95.56", "excellent", 1, 2));
        assert_eq!(result(&self.statement("L2").await), ("90.56", "excellent", 2, 2));
        let appeal = checker.get(&format!("/v1/appeals/{}", self.id("appeal"))).await.expect(200);
        assert_eq!((&appeal["snapshot_number"], &appeal["restated_by_number"]), (&json!(1), &json!(2)));
        assert_eq!(self.money().await, [430_000, 100_000, 0, 0, 330_000, 0]);
        let again = finished(&maker, &maker.post(&self.may("restate"), order).await).await;
        assert_eq!(again["restatement_id"], Value::Null, "nothing is left to propose");
    }

    /// What the second place has too much is carried forward, as there is nothing to take it from.
    pub async fn pays_the_difference(&self) {
        self.now("2026-07-08T01:00:00Z");
        assert_eq!(self.approves_may().await, 3);
        let locked = self.locks("2026-07").await;
        assert_eq!(locked.0["totals"]["total"], yuan(1_200));
        let hr = self.person("HR2");
        let snapshot = hr.get(&self.may("snapshots/2")).await.expect(200);
        for line in &locked.1 {
            assert_eq!(
                (&line["employee"]["employee_number"], &line["earned_ends_on"]),
                (&json!("L1"), &json!("2026-05-31"))
            );
            let sources = line["sources"].as_array().unwrap();
            assert!(sources.iter().any(|source| source["id"] == snapshot["id"]), "{line}");
        }
        assert_eq!(self.money().await, [430_000, 0, -20_000, 120_000, 330_000, 0]);
        self.pays(locked).await;
        assert_eq!(self.money().await, [430_000, 0, -20_000, 0, 450_000, 0]);
        assert_eq!(snapshot["reward_total"], yuan(4_300));
    }

    /// Over HTTP, and from the command line everything of the company.
    pub async fn replays_both_snapshots(&self) {
        let hr = self.person("HR2");
        for number in [1, 2] {
            let replay = hr.get(&self.may(&format!("snapshots/{number}/replay"))).await.expect(200);
            assert_eq!(replay["matches"], true, "{replay}");
        }
        let output = lectern(&self.server.database.url, &["replay", "--tenant", "demo"]);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said.lines().filter(|line| line.contains("2026-05")).count(), 2, "{said}");
    }
}
