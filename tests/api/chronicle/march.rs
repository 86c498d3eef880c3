//! March: what was assigned is given, asked about, missed and mended; learners rate without being found out.

use serde_json::{Value, json};

use super::{Story, metric};
use crate::support::Answer;

const MARCH: &str = "2026-03";

impl Story<'_> {
    pub async fn lives_through_march(&mut self) {
        self.now("2026-03-02T01:00:00Z");
        self.plans_march().await;
        self.somebody_tries_to_dodge().await;
        self.hr_declines_one_and_approves_another().await;
        self.gives_the_first_session().await;
        self.gives_the_second_session_after_all().await;
        self.a_session_is_missed_and_was_not().await;
        self.gives_the_moved_and_the_own_session().await;
        self.content_is_reused_and_applied().await;
    }

    /// HR assigns a session of an hour.
    pub async fn assigns(&mut self, name: &'static str, lecturer: &str, start: &str) {
        let hr = self.person("HR2");
        let plan = json!({
            "programme_id": self.id("programme"), "group_id": self.id("group"), "title": name, "kind": "assigned",
            "mode": "on_site", "starts_at": start, "scheduled_minutes": 60, "lecturers": [{"employee_id": self.id(lecturer)}]
        });
        let planned = hr.post("/v1/sessions", plan).await;
        self.keep(name, &planned);
    }

    /// A lecturer plans a voluntary session.
    pub async fn plans_own(&self, title: &str, lecturer: &str, start: &str) -> Answer {
        let plan = json!({
            "programme_id": self.id("programme"), "title": title, "kind": "voluntary", "mode": "online", "starts_at": start,
            "scheduled_minutes": 45, "lecturers": [{"employee_id": self.id(lecturer)}]
        });
        self.person(lecturer).post("/v1/sessions", plan).await
    }

    /// Content is due a day before each session.
    async fn plans_march(&mut self) {
        self.assigns("first", "L1", "2026-03-10T06:00:00Z").await;
        self.assigns("second", "L1", "2026-03-17T06:00:00Z").await;
        self.assigns("moved", "L2", "2026-03-12T06:00:00Z").await;
        self.assigns("forgotten", "L3", "2026-03-18T06:00:00Z").await;
        self.assigns("called off", "L3", "2026-03-26T06:00:00Z").await;
        let own = self.plans_own("own", "L2", "2026-03-24T06:00:00Z").await;
        self.keep("own", &own);
        let beside = self.plans_own("beside", "L2", "2026-03-24T06:30:00Z").await;
        assert_eq!((beside.problem(409), &beside.body["session_id"]), ("plans_overlap", &json!(self.id("own"))));
        let assigned = json!({"kind": "assigned"});
        let relabelled = self.person("L2").patch(&self.session("own"), "*", assigned).await;
        assert_eq!(relabelled.faults(), [("/kind", "not_eligible")], "that a session is assigned is HR's word");
        self.submits("content of first", "first", "L1").await;
        self.submits("content of moved", "moved", "L2").await;
        let cancel = json!({"reason": "展会冲突"});
        let path = format!("{}/cancel", self.session("called off"));
        self.person("HR2").post(&path, cancel).await.expect(200);
    }

    /// Cancel, move, make it voluntary, hand it over: what was assigned is not the lecturer's to change.
    async fn somebody_tries_to_dodge(&self) {
        let (lecturer, path) = (self.person("L1"), self.session("second"));
        let cancelled = lecturer.post(&format!("{path}/cancel"), json!({"reason": "忙"})).await;
        assert_eq!(cancelled.problem(403), "consent_required");
        for change in [json!({"starts_at": "2026-04-27T06:00:00Z"}), json!({"kind": "voluntary"})] {
            assert_eq!(lecturer.patch(&path, "*", change).await.problem(403), "consent_required");
        }
        let colleague = json!({"lecturers": [{"employee_id": self.id("L3")}]});
        let handed = lecturer.put(&format!("{path}/lecturers"), "*", colleague).await;
        assert_eq!(handed.problem(403), "consent_required");
        // Nor is a delivery reported long before its plan.
        let early = json!({"started_at": "2026-03-02T00:00:00Z", "delivered_minutes": 60});
        assert_eq!(lecturer.post(&format!("{path}/deliver"), early).await.faults(), [("/started_at", "not_eligible")]);
    }

    /// A lecturer asks for a change of an assigned session. Answers the path of the request.
    pub async fn asks(&self, lecturer: &str, session: &str, request: Value) -> String {
        let path = format!("{}/change-requests", self.session(session));
        let asked = self.person(lecturer).post(&path, request).await;
        assert_eq!(asked.status, 201, "{}", asked.text);
        format!("/v1/session-change-requests/{}", asked.id())
    }

    async fn hr_declines_one_and_approves_another(&self) {
        let hr = self.person("HR2");
        let asked = self.asks("L1", "second", json!({"kind": "cancel", "reason": "当天须到客户现场"})).await;
        assert_eq!(self.person("BOSS").get(&asked).await.problem(404), "not_found", "the reason is among them");
        let declined = hr.post(&format!("{asked}/decline"), json!({"note": "已通知学员"})).await.expect(200);
        assert_eq!(declined["state"], "declined");
        assert_eq!(hr.get(&self.session("second")).await.expect(200)["state"], "planned", "it stands");

        let to = json!({"kind": "move", "starts_at": "2026-03-19T06:00:00Z", "reason": "客户改期"});
        let asked = self.asks("L2", "moved", to).await;
        let own = self.person("L2").post(&format!("{asked}/approve"), json!({})).await;
        assert_eq!(own.problem(403), "self_approval");
        hr.post(&format!("{asked}/approve"), json!({})).await.expect(200);
        let moved = hr.get(&self.session("moved")).await.expect(200);
        // Its content was in time: a due moment that was met stays.
        let (starts_at, due_at) = (json!("2026-03-19T06:00:00Z"), json!("2026-03-11T06:00:00Z"));
        assert_eq!((&moved["starts_at"], &moved["due_at"]), (&starts_at, &due_at));
    }

    /// How many ratings of a lecturer March shows, and their mean.
    async fn shown(&self, lecturer: &str) -> (Value, Value) {
        metric(&self.statement(MARCH, lecturer).await, "feedback_rating")
    }

    /// Nothing is shown before there are three.
    async fn gives_the_first_session(&self) {
        self.takes_place("first", "L1", "2026-03-10T06:00:00Z", 60, &[("X1", 9), ("X2", 10)]).await;
        assert_eq!(self.shown("L1").await, (Value::Null, json!(0)));
        let report = self.person("L1").get(&format!("{}/feedback", self.session("first"))).await.expect(200);
        assert_eq!((&report["n"], &report["texts"], &report["invited"]), (&json!(0), &json!([]), &Value::Null));
        assert_eq!(self.tries_to_rate("first", "X3", 8).await.problem(404), "not_found", "who was not there");
        self.attended("first", &["X1", "X2", "X3", "X4"]).await;
        self.rated("first", &[("X3", 8)]).await;
        // (9 + 10 + 8) / 3; the fourth rating waits for two others.
        assert_eq!(self.shown("L1").await, (json!("9.000000"), json!(3)));
        self.rated("first", &[("X4", 9)]).await;
        assert_eq!(self.shown("L1").await, (json!("9.000000"), json!(3)));
        let own = self.tries_to_rate("first", "L1", 10).await;
        assert_eq!(own.problem(422), "own_session");
    }

    /// Its content comes two hours late.
    async fn gives_the_second_session_after_all(&mut self) {
        self.now("2026-03-16T02:00:00Z");
        self.submits("content of forgotten", "forgotten", "L3").await;
        self.now("2026-03-16T08:00:00Z");
        self.submits("content of second", "second", "L1").await;
        self.takes_place("second", "L1", "2026-03-17T06:00:00Z", 60, &[("X1", 7), ("X2", 8)]).await;
        // 9 + 10 + 8, and together the 9 that waited, 7 and 8: 51 of 6.
        assert_eq!(self.shown("L1").await, (json!("8.500000"), json!(6)));
        self.now("2026-03-18T09:00:00Z");
        let late = self.tries_to_rate("second", "X2", 10).await;
        assert_eq!(late.problem(409), "feedback_window_closed");
    }

    /// Nobody had reported it, so HR marked it as missed; the lecturer has the list of that day.
    async fn a_session_is_missed_and_was_not(&mut self) {
        self.now("2026-03-19T00:30:00Z");
        let (hr, path) = (self.person("HR2"), self.session("forgotten"));
        hr.post(&format!("{path}/miss"), json!({})).await.expect(200);
        let mut report = json!({"started_at": "2026-03-18T06:00:00Z", "delivered_minutes": 60});
        let own = self.person("L3").post(&format!("{path}/deliver"), report.clone()).await;
        assert_eq!(own.status, 409, "{}", own.text);
        let silent = hr.post(&format!("{path}/deliver"), report.clone()).await;
        assert_eq!(silent.faults(), [("/reason", "required")]);
        report["reason"] = json!("签到表已补交");
        let corrected = hr.post(&format!("{path}/deliver"), report).await.expect(200);
        assert_eq!(corrected["state"], "delivered");
        self.attended("forgotten", &["X1", "X2", "X3"]).await;
        // The window is that of the delivery: until 24 hours after its end.
        self.rated("forgotten", &[("X1", 6), ("X2", 7), ("X3", 7)]).await;
    }

    async fn gives_the_moved_and_the_own_session(&mut self) {
        let ratings = [("X1", 10), ("X2", 9), ("X3", 9)];
        self.takes_place("moved", "L2", "2026-03-19T06:00:00Z", 50, &ratings).await;
        self.now("2026-03-20T01:00:00Z");
        self.submits("content of own", "own", "L2").await;
        self.takes_place("own", "L2", "2026-03-24T06:00:00Z", 45, &[("X3", 8), ("X4", 9)]).await;
        // 28 of 3; the two of their own session wait for the close.
        assert_eq!(self.shown("L2").await, (json!("9.333333"), json!(3)));
    }

    async fn content_is_reused_and_applied(&mut self) {
        self.now("2026-03-25T02:00:00Z");
        for (learner, content, kind) in [
            ("X2", "content of first", "download"),
            ("X2", "content of first", "download"),
            ("L2", "content of first", "forward"),
            ("L1", "content of first", "download"),
            ("X1", "content of moved", "download"),
            ("X2", "content of own", "forward"),
            ("X3", "content of forgotten", "view"),
        ] {
            self.reuses(learner, content, kind).await;
        }
        // A test of the wiki, which HR takes back.
        let event = json!({"content_id": self.id("content of second"), "employee_id": self.id("X4"), "kind": "download",
                           "source": "wiki", "source_ref": "w-1"});
        let event = self.hris().await.post("/v1/reuse-events", event).await.id();
        let void = json!({"reason": "系统测试"});
        self.person("HR2").post(&format!("/v1/reuse-events/{event}/void"), void).await.expect(200);
        self.case("X1", "first", "confirm").await;
        self.case("X2", "second", "reject").await;
        self.case("X3", "moved", "confirm").await;
    }
}
