//! What comes late for March, what was decided wrongly, and what the operation log says of all this.

use serde_json::{Value, json};

use super::Story;

impl Story<'_> {
    pub async fn march_is_corrected(&mut self) {
        self.now("2026-04-28T02:00:00Z");
        // Somebody was at the second session of March after all.
        let told = self.attended("second", &["X1", "X2", "X4"]).await;
        Self::says_that_march_is_closed(&told);
        self.an_appointment_is_corrected_by_two().await;
        self.march_lists_what_came_late().await;
        self.a_reward_is_reconsidered_by_two().await;
    }

    /// The third lecturer's certificate says another day, and so for the level, which takes two. What payroll has paid stands.
    async fn an_appointment_is_corrected_by_two(&self) {
        let day = json!({"appointed_on": "2026-03-11", "reason": "聘书日期为三月十一日"});
        let correct = |appointment: &str| format!("/v1/lecturers/{}/correct", self.id(appointment));
        let paid = self.person("HR2").post(&correct("A2"), day.clone()).await;
        assert_eq!(paid.problem(409), "money_has_left");
        let waits = self.person("HR2").post(&correct("A3"), day).await.expect(200);
        assert_eq!((&waits["appointed_on"], &waits["period_closed"]), (&json!("2025-08-01"), &json!([])));
        let confirmed = self.person("HR3").confirm_waiting(&waits).await;
        Self::says_that_march_is_closed(&confirmed[0]);
        let corrected = self.person("HR2").get(&format!("/v1/lecturers/{}", self.id("A3"))).await.expect(200);
        assert_eq!(corrected["appointed_on"], "2026-03-11");
    }

    fn says_that_march_is_closed(told: &Value) {
        let closed = &told["period_closed"];
        assert_eq!((closed.as_array().unwrap().len(), &closed[0]["period"]), (1, &json!("2026-03")), "{told}");
        assert_eq!(closed[0]["snapshot_number"], 1);
    }

    async fn march_lists_what_came_late(&self) {
        let admin = self.admin().await;
        let late = admin.get(&self.period("2026-03", "late-facts")).await.expect(200);
        let of = |id: &str| late["items"].as_array().unwrap().iter().find(|one| one["employee"]["id"] == id).unwrap();
        let field = |name: &str, before: &str, after: &str| json!([{"name": name, "before": before, "after": after}]);
        let score = |result: &Value| (result["score"].clone(), result["grade"].clone());

        // One case of 7 attendees is 14.285714 %, of 50: 28.5714. 34 + 20 + 10 + 5 + 2.85714 = 71.85714.
        let first = of(self.id("L1"));
        let change = json!({"kind": "session", "change": "changed", "id": self.id("second"), "key": null,
                            "fields": field("attendees", "2", "3")});
        assert_eq!(first["facts"], json!([change]));
        assert_eq!(score(&first["before"]), (json!("72.33"), json!("pass")));
        assert_eq!(score(&first["after"]), (json!("71.86"), json!("pass")));

        // Ten of 31 days outside the appointment: one session of 2 x 21 / 31 is 73.8095. 26.66668 + 14.7619 + 20 = 61.42858.
        let third = of(self.id("L3"));
        let change = json!({"kind": "lecturer", "change": "changed", "id": null, "key": null,
                            "fields": field("exempt_days", "0", "10")});
        assert_eq!(third["facts"], json!([change]));
        assert_eq!(score(&third["before"]), (json!("56.67"), json!("fail")));
        assert_eq!(score(&third["after"]), (json!("61.43"), json!("pass")));

        // What is closed stays as it was.
        let card = self.statement("2026-03", "L3").await;
        assert_eq!(card["scorecard"]["card"]["score"], "56.67");
    }

    async fn a_reward_is_reconsidered_by_two(&self) {
        let path = format!("/v1/rewards/{}", self.id("rejected"));
        let reason = json!({"reason": "经核对，确已授课"});
        let again = self.person("HR3").act(&format!("{path}/reconsider"), "*", Some(reason)).await.expect(200);
        assert_eq!(again["state"], "granted");
        let approve = format!("{path}/approve");
        assert_eq!(self.person("HR3").act(&approve, "*", None).await.problem(403), "self_approval");
        let approved = self.person("HR2").act(&approve, "*", None).await.expect(200);
        assert_eq!((&approved["state"], &approved["amount"]["amount_minor"]), (&json!("approved"), &json!(50_000)));
    }

    pub async fn the_log_tells_who_did_what(&self) {
        let auditor = self.person("AUDIT");
        let entries = async |command: &str| {
            let page = auditor.get(&format!("/v1/audit-entries?command={command}&limit=200")).await.expect(200);
            page["items"].as_array().unwrap().clone()
        };
        // Newest first.
        let (hr2, first_admin) = (json!(self.id("HR2")), json!(self.first_admin));
        for (command, actors) in [
            ("close_period", vec![&hr2, &first_admin]),
            ("approve_rewards", vec![&first_admin, &hr2]),
            ("approve_session_change", vec![&json!(self.id("ORG")), &hr2]),
            ("decline_session_change", vec![&hr2]),
            ("reject_reward", vec![&hr2]),
            ("reconsider_reward", vec![&json!(self.id("HR3"))]),
            ("correct_lecturer", vec![&json!(self.id("HR3"))]),
            ("void_reuse_event", vec![&hr2]),
        ] {
            let found = entries(command).await;
            let found: Vec<&Value> = found.iter().map(|entry| &entry["actor"]["id"]).collect();
            assert_eq!(found, actors, "{command}");
        }
        let corrected = entries("correct_lecturer").await;
        assert_eq!(corrected[0]["details"]["reason"], "聘书日期为三月十一日");

        // 4 + 2 + 3 + 3 + 2 ratings in March, 3 + 3 + 4 + 2 in April: taken, and not by whom, of what, or what they say.
        let ratings = entries("put_my_feedback").await;
        assert_eq!(ratings.len(), 26);
        for entry in &ratings {
            assert_eq!((&entry["actor"]["kind"], &entry["subject_id"]), (&json!("system"), &Value::Null));
            assert_eq!((&entry["details"], &entry["request_id"]), (&json!({}), &Value::Null));
        }
        let learners = ["X1", "X2", "X3", "X4"].map(|learner| self.id(learner).to_owned());
        let texts: String = ratings.iter().map(Value::to_string).collect();
        assert!(learners.iter().all(|learner| !texts.contains(learner)), "no rater is named");
        let page = auditor.get("/v1/audit-entries?limit=200").await;
        assert!(!page.text.contains("很实用") && !page.text.contains("当天须到客户现场"), "nor any text or reason");
    }
}
