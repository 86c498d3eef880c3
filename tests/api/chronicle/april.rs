//! April: a session is handed over by consent, another is missed for good.

use serde_json::json;

use super::Story;

impl Story<'_> {
    pub async fn begins_april(&mut self) {
        self.now("2026-04-07T02:00:00Z");
        self.assigns("april of L2", "L2", "2026-04-08T06:00:00Z").await;
        self.assigns("april of L1", "L1", "2026-04-09T06:00:00Z").await;
        self.assigns("missed", "L3", "2026-04-14T06:00:00Z").await;
        self.assigns("handed over", "L1", "2026-04-22T06:00:00Z").await;
        self.submits("content of april of L2", "april of L2", "L2").await;
        self.submits("content of april of L1", "april of L1", "L1").await;
        let colleague = json!({"kind": "hand_over", "colleague_id": self.id("L3"), "reason": "出差"});
        let asked = self.asks("L1", "handed over", colleague).await;
        let approved = self.person("ORG").post(&format!("{asked}/approve"), json!({"note": "已与王强确认"})).await;
        assert_eq!(approved.expect(200)["decided_by"]["employee_number"], "ORG");

        let ratings = [("X1", 10), ("X2", 9), ("X3", 10)];
        self.takes_place("april of L2", "L2", "2026-04-08T06:00:00Z", 60, &ratings).await;
        self.reuses("X2", "content of april of L2", "download").await;
        self.case("X2", "april of L2", "confirm").await;
        let ratings = [("X1", 9), ("X2", 9), ("X3", 10)];
        self.takes_place("april of L1", "L1", "2026-04-09T06:00:00Z", 60, &ratings).await;
        self.reuses("X1", "content of april of L1", "forward").await;
        self.reuses("X4", "content of first", "download").await;
        self.case("X1", "april of L1", "confirm").await;
    }

    pub async fn ends_april(&mut self) {
        self.now("2026-04-29T01:00:00Z");
        let path = format!("{}/miss", self.session("missed"));
        self.person("HR2").post(&path, json!({"reason": "未到场"})).await.expect(200);
    }
}
