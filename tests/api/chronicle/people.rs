//! Somebody leaves in the middle of April and is paid what was earned; the number passes to a newcomer, who inherits nothing; the
//! leaver is hired again.

use serde_json::{Value, json};

use super::Story;
use crate::support::published;

impl Story<'_> {
    pub async fn somebody_leaves_and_is_paid(&mut self) {
        self.now("2026-04-10T02:00:00Z");
        let hris = self.hris().await;
        let item = json!({"employee_number": "L2", "name": "韩梅梅", "left_on": "2026-04-15"});
        let left = hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
        assert_eq!(
            (&left["items"][0]["outcome"], &left["items"][0]["waiting_changes"]),
            (&json!("updated"), &json!([]))
        );
        let appointment = hris.get(&format!("/v1/lecturers/{}", self.id("A2"))).await.expect(200);
        assert_eq!(appointment["ended_on"], "2026-04-15", "it ends with the employment");
        let employee = hris.get(&format!("/v1/employees/{}", self.id("L2"))).await.expect(200);
        assert_eq!(employee["memberships"][0]["ended_on"], "2026-04-15");

        // The last day is a working day; the day after is none.
        self.assigns("last day", "L2", "2026-04-15T02:00:00Z").await;
        let plan = json!({
            "programme_id": self.id("programme"), "title": "x", "kind": "assigned", "mode": "on_site",
            "starts_at": "2026-04-16T02:00:00Z", "scheduled_minutes": 60, "lecturers": [{"employee_id": self.id("L2")}]
        });
        let refused = self.person("HR2").post("/v1/sessions", plan).await;
        assert_eq!(refused.faults(), [("/lecturers/0/employee_id", "not_employed")]);
        let cancel = json!({"reason": "交接"});
        let path = format!("{}/cancel", self.session("last day"));
        self.person("HR2").post(&path, cancel).await.expect(200);
        for (now, status) in [("2026-04-15T15:59:59Z", 200), ("2026-04-15T16:00:00Z", 403)] {
            self.now(now);
            assert_eq!(self.person("L2").get("/v1/programmes").await.status, status, "{now}");
        }

        // Two days after she left, payroll takes what she earned in March, for her department of then.
        self.now("2026-04-17T02:00:00Z");
        let earned = ["L2 100000 2026-03-31 CC-EAST", "L2 80000 2026-03-31 CC-EAST"];
        assert_eq!(self.pays("2026-04").await, earned);
    }

    pub async fn a_number_passes_and_the_leaver_returns(&mut self) {
        self.now("2026-04-20T02:00:00Z");
        let hris = self.hris().await;
        let newcomer = |same: Value| {
            let department = json!({"code": "EAST", "starts_on": "2026-04-20"});
            json!({"items": [{"employee_number": "L2", "name": "林晓", "hired_on": "2026-04-20", "same_person": same,
                              "department": department}]})
        };
        let asked = hris.post("/v1/employees/batch", newcomer(Value::Null)).await;
        assert_eq!(asked.faults(), [("/items/0/employee_number", "number_of_a_leaver")]);
        let another = hris.post("/v1/employees/batch", newcomer(json!(false))).await.expect(200);
        assert_eq!(another["items"][0]["outcome"], "created");
        let id = another["items"][0]["employee_id"].as_str().unwrap().to_owned();
        self.ids.insert("newcomer", id);
        self.the_newcomer_inherits_nothing().await;
        self.gives_what_was_handed_over().await;
        self.the_leaver_returns().await;
    }

    async fn the_newcomer_inherits_nothing(&self) {
        let (admin, id) = (self.admin().await, self.id("newcomer"));
        assert_ne!(id, self.id("L2"));
        for list in ["lecturers", "rewards", "role-grants"] {
            let page = admin.get(&format!("/v1/{list}?employee_id={id}")).await.expect(200);
            assert_eq!(page["items"], json!([]), "{list}");
        }
        let newcomer = admin.get(&format!("/v1/employees/{id}")).await.expect(200);
        assert_eq!((&newcomer["employee_number"], &newcomer["external_ids"]), (&json!("L2"), &json!([])));
        let card = admin.get(&self.period("2026-03", &format!("scorecards/{id}"))).await;
        assert_eq!(card.problem(404), "not_found");
        let leaver = admin.get(&format!("/v1/employees/{}", self.id("L2"))).await.expect(200);
        assert_eq!(
            (&leaver["employee_number"], &leaver["former_employee_numbers"], &leaver["external_ids"][0]["value"]),
            (&Value::Null, &json!(["L2"]), &json!("ou_L2"))
        );
    }

    /// What goes on meanwhile: the session that was handed over, and a voluntary one without content.
    async fn gives_what_was_handed_over(&mut self) {
        self.now("2026-04-20T03:00:00Z");
        let content = json!({"title": "x", "outline": "x"});
        let path = format!("{}/submit-content", self.session("handed over"));
        let former = self.person("L1").post(&path, content).await;
        assert_eq!(former.problem(404), "not_found", "it is the colleague's now");
        self.submits("content of handed over", "handed over", "L3").await;
        let own = self.plans_own("own of april", "L1", "2026-04-23T06:00:00Z").await;
        self.keep("own of april", &own);
        let ratings = [("X1", 8), ("X2", 8), ("X3", 9), ("X4", 9)];
        self.takes_place("handed over", "L3", "2026-04-22T06:00:00Z", 60, &ratings).await;
        self.reuses("X3", "content of handed over", "download").await;
        self.takes_place("own of april", "L1", "2026-04-23T06:00:00Z", 45, &[("X1", 7), ("X2", 8)]).await;
    }

    /// She led a department: coming back gives access, and waits for a second person.
    async fn the_leaver_returns(&mut self) {
        self.now("2026-04-27T02:00:00Z");
        let hris = self.hris().await;
        let item = json!({"employee_id": self.id("L2"), "employee_number": "L9", "name": "韩梅梅", "hired_on": "2026-04-27",
                          "left_on": null});
        let again = hris.post("/v1/employees/batch", json!({"items": [item]})).await.expect(200);
        let waiting = &again["items"][0]["waiting_changes"][0];
        assert_eq!(waiting["field"], "employment", "{again}");
        assert_eq!(self.person("L2").get("/v1/programmes").await.problem(403), "forbidden");
        let confirm = format!("/v1/access-changes/{}/confirm", waiting["id"].as_str().unwrap());
        self.person("HR2").act(&confirm, "*", None).await.expect(200);
        self.person("L2").get("/v1/programmes").await.expect(200);
        let path = format!("/v1/employees/{}", self.id("L2"));
        let back = json!({"department_id": self.id("EAST"), "starts_on": "2026-04-27"});
        hris.post(&format!("{path}/memberships"), back).await.expect(200);
        let employee = hris.get(&path).await.expect(200);
        let both = json!([
            {"hired_on": "2026-04-27", "left_on": null}, {"hired_on": "2024-01-01", "left_on": "2026-04-15"}
        ]);
        assert_eq!((&employee["employee_number"], &employee["employments"]), (&json!("L9"), &both));

        // The appointment stays ended; she is appointed anew.
        let list = format!("/v1/lecturers?employee_id={}", self.id("L2"));
        let appointments = hris.get(&list).await.expect(200);
        assert_eq!(appointments["items"].as_array().unwrap().len(), 1);
        assert_eq!(appointments["items"][0]["ended_on"], "2026-04-15");
        let early = json!({"employee_id": self.id("L2"), "appointed_on": "2026-04-20", "level": "senior"});
        assert_eq!(hris.post("/v1/lecturers", early).await.faults(), [("/appointed_on", "not_employed")]);
        let anew = json!({"employee_id": self.id("L2"), "appointed_on": "2026-04-28", "level": "senior"});
        hris.post("/v1/lecturers", anew).await.expect(201);
        self.tenure_follows_the_appointment().await;
    }

    /// Half a year from the appointment of today: what she was before she left is over.
    async fn tenure_follows_the_appointment(&self) {
        self.now("2026-04-28T02:00:00Z");
        let (maker, checker) = (self.admin().await, self.person("HR2"));
        let policy = json!({"target_code": "mentor", "name": "导师", "criteria": {"kind": "tenure", "months": 6}});
        published(&maker, &checker, "/v1/promotion-policies", policy).await;
        for (lecturer, verdict, met_on) in [("L1", "met", "2026-02-01"), ("L2", "not_met", "2026-10-28")] {
            let asked = json!({"employee_id": self.id(lecturer), "target_code": "mentor"});
            let answer = maker.post("/v1/promotion-checks", asked).await.expect(200);
            let found = (&answer["result"]["verdict"], &answer["result"]["met_on"]);
            assert_eq!(found, (&json!(verdict), &json!(met_on)), "{answer}");
        }
    }
}
