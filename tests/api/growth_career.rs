//! The career file and the honour file: a lecturer's whole history in one call, as of any day, who sees it, and whose changed.

use lectern::auth::Role;
use lectern::auth::routes::issue;
use lectern::keys::TokenActor;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::{March, finished};
use crate::people_merge::Two;
use crate::support::{Client, TestServer, at};

/// A closed March, and what happened on 20 April to the lecturer with three sessions.
struct Careers<'s> {
    server: &'s TestServer,
    march: March<'s>,
    admins: [Uuid; 2],
}

impl<'s> Careers<'s> {
    async fn closed(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let admins = [server.state.ids.next(), server.state.ids.next()];
        for admin in admins {
            server.person(admin, &[Role::Admin]).await;
        }
        let careers = Self { server, march, admins };
        careers.march.closed_by(&careers.first()).await;
        careers
    }

    /// With a token of the present: the clock moves on.
    fn first(&self) -> Client {
        self.server.person_token(self.server.tenant, self.admins[0])
    }

    fn second(&self) -> Client {
        self.server.person_token(self.server.tenant, self.admins[1])
    }

    fn lecturer(&self, at: usize) -> Uuid {
        self.march.lecturers[at]
    }

    async fn appointment(&self, lecturer: usize) -> String {
        let page =
            self.first().get(&format!("/v1/lecturers?employee_id={}", self.lecturer(lecturer))).await.expect(200);
        format!("/v1/lecturers/{}", page["items"][0]["id"].as_str().unwrap())
    }

    async fn record(&self, lecturer: usize, as_of: &str) -> Value {
        let query = if as_of.is_empty() { String::new() } else { format!("?as_of={as_of}") };
        let path = format!("/v1/employees/{}/lecturer-record{query}", self.lecturer(lecturer));
        self.first().get(&path).await.expect(200)
    }

    /// Level, term, suspension, title, certificate of competence, promotion.
    async fn developed(&self) {
        let names = json!({
            "levels": [{"code": "junior", "name_zh": "初级讲师", "name_en": "Junior lecturer"},
                       {"code": "senior", "name_zh": "高级讲师", "name_en": "Senior lecturer"}],
            "policies": [{"code": "most", "name_zh": "知识贡献奖", "name_en": "Contribution award"}],
        });
        self.first().patch("/v1/display-names", "*", names).await.expect(200);
        self.server.clock.set(at("2026-04-20T02:00:00Z"));
        let (employee, path) = (self.lecturer(0), self.appointment(0).await);
        let level = json!({"level": "senior", "starts_on": "2026-04-20"});
        self.first().post(&format!("{path}/levels"), level).await.expect(200);
        self.first().post(&format!("{path}/renew"), json!({"term_ends_on": "2026-12-31"})).await.expect(200);
        let suspension = json!({"starts_on": "2026-04-20", "ends_on": "2026-04-22", "reason": "复核课件"});
        self.first().post(&format!("{path}/suspend"), suspension).await.expect(201);
        let title = json!({"employee_id": employee, "code": "senior-lecturer"});
        self.first().post("/v1/titles", title).await.expect(201);
        let ttt = json!({"employee_id": employee, "kind": "ttt", "issuer": "认证中心", "starts_on": "2026-04-01"});
        self.first().post("/v1/competence-certificates", ttt).await.expect(201);
        let policy = json!({"target_code": "lead", "name": "Lead", "criteria": {"kind": "tenure", "months": 1}});
        let drafted = self.first().post("/v1/promotion-policies", policy).await;
        let publish = format!("/v1/promotion-policies/{}/publish", drafted.id());
        self.second().act(&publish, drafted.etag(), None).await.expect(200);
        let application = json!({"employee_id": employee, "target_code": "lead"});
        let applied = self.first().post("/v1/promotion-applications", application).await;
        let approve = format!("/v1/promotion-applications/{}/approve", applied.id());
        self.second().act(&approve, applied.etag(), Some(json!({"reason": "同意"}))).await.expect(200);
    }
}

#[tokio::test]
async fn one_call_shows_the_whole_history_by_period() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    careers.developed().await;
    let record = careers.record(0, "").await;
    assert_eq!((&record["as_of"], &record["employee"]["employee_number"]), (&json!("2026-04-20"), &json!("E1")));
    assert_eq!(record["updated_at"], "2026-04-20T02:00:00Z");

    let appointment = &record["appointments"][0];
    assert_eq!((&appointment["appointed_on"], &appointment["ended_on"]), (&json!("2020-01-01"), &Value::Null));
    assert_eq!(appointment["term_ends_on"], "2026-12-31");
    let level = json!([{"level": "senior", "name_zh": "高级讲师", "name_en": "Senior lecturer", "step": 2,
                        "starts_on": "2026-04-20", "ended_on": null}]);
    assert_eq!(appointment["levels"], level);
    let renewal = &appointment["renewals"][0];
    assert_eq!((&renewal["before"], &renewal["term_ends_on"]), (&Value::Null, &json!("2026-12-31")));
    let suspension = &record["suspensions"][0];
    assert_eq!((&suspension["starts_on"], &suspension["ends_on"]), (&json!("2026-04-20"), &Value::Null), "it lasts");
    assert_eq!(suspension["reason"], "复核课件");
    let title = &record["titles"][0];
    assert_eq!((&title["code"], &title["withdrawn_at"]), (&json!("senior-lecturer"), &Value::Null));

    let period = &record["periods"][0];
    assert_eq!((&period["period"], &period["programme"]["code"]), (&json!("2026-03"), &json!("p")));
    let result = &period["result"];
    assert_eq!((&result["score"], &result["grade"]), (&json!("100.00"), &json!("excellent")));
    assert_eq!((&result["grade_name_zh"], &result["snapshot_number"]), (&json!("优秀"), &json!(1)));
    let mut awards: Vec<i64> = period["awards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["amount"]["amount_minor"].as_i64().unwrap())
        .collect();
    awards.sort_unstable();
    assert_eq!((awards, &period["awards"][0]["state"]), (vec![10_000, 80_000], &json!("granted")));
    let certificate = &period["certificates"][0];
    assert_eq!(
        (&certificate["certificate_code"], &certificate["name_zh"]),
        (&json!("most-sessions"), &json!("知识贡献奖"))
    );
    let page = careers.first().get(&format!("/certificates/{}", certificate["public_code"].as_str().unwrap())).await;
    assert!(page.status == 200 && page.text.contains("知识贡献奖"), "{}", page.text);
    let competence = &record["competence_certificates"][0];
    assert_eq!((&competence["kind"], &competence["name_en"]), (&json!("ttt"), &json!("Train the trainer (TTT)")));
    let application = &record["promotion_applications"][0];
    assert_eq!((&application["target_code"], &application["state"]), (&json!("lead"), &json!("approved")));
    assert_eq!(application["target_name"], "Lead");
    assert_eq!((&application["decision_reason"], &record["improvement_notices"]), (&json!("同意"), &json!([])));

    let honours = careers.first().get(&format!("/v1/employees/{}/honours", careers.lecturer(0))).await.expect(200);
    assert_eq!((&honours["titles"][0], &honours["certificates"][0]), (title, certificate));
}

#[tokio::test]
async fn the_record_of_a_day_has_only_what_had_happened_by_then() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    careers.developed().await;
    let before = careers.record(0, "2026-04-06").await;
    assert_eq!((&before["periods"], &before["titles"], &before["suspensions"]), (&json!([]), &json!([]), &json!([])));
    let appointment = &before["appointments"][0];
    assert_eq!((&appointment["term_ends_on"], &appointment["levels"]), (&Value::Null, &json!([])));
    assert_eq!((&appointment["renewals"], &before["promotion_applications"]), (&json!([]), &json!([])));
    assert_eq!(before["competence_certificates"][0]["kind"], "ttt", "valid since the first");
    let on_the_day = careers.record(0, "2026-04-07").await;
    assert_eq!(on_the_day["periods"][0]["result"]["score"], "100.00");
    let long_ago = careers.record(0, "2019-12-31").await;
    assert_eq!((&long_ago["appointments"], &long_ago["competence_certificates"]), (&json!([]), &json!([])));
    let ahead = careers.record(0, "2026-05-01").await;
    assert_eq!(ahead["suspensions"][0]["ends_on"], "2026-04-22", "by then it is over");
    let path = format!("/v1/employees/{}/lecturer-record", careers.lecturer(0));
    assert_eq!(careers.first().get(&format!("{path}?as_of=today")).await.problem(400), "invalid_query");

    // A restatement counts from the day on which it is accepted.
    server.clock.set(at("2026-04-25T02:00:00Z"));
    let march = &careers.march;
    march.given.delivered_session(march.programme, careers.lecturer(1), "2026-03-20T02:00:00Z", 10).await;
    let ordered = careers.first().post(&march.path("restate"), json!({"reason": "补登分享"})).await;
    let restatement = finished(&careers.first(), &ordered).await["restatement_id"].as_str().unwrap().to_owned();
    let number = async |as_of: &str| {
        let record = careers.record(1, as_of).await;
        let result = &record["periods"][0]["result"];
        (result["snapshot_number"].as_i64().unwrap(), result["grade"].as_str().unwrap().to_owned())
    };
    assert_eq!(number("").await, (1, "pass".to_owned()), "it waits");
    careers.second().act(&format!("/v1/restatements/{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
    assert_eq!(number("").await, (2, "excellent".to_owned()));
    assert_eq!(number("2026-04-24").await, (1, "pass".to_owned()));
}

#[tokio::test]
async fn a_record_is_seen_by_the_person_the_managers_and_hr() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    let given = &careers.march.given;
    let path = |lecturer: usize| format!("/v1/employees/{}/lecturer-record", careers.lecturer(lecturer));
    let own = server.person_token(server.tenant, careers.lecturer(0));
    assert_eq!(own.get(&path(0)).await.expect(200)["employee"]["employee_number"], "E1");
    for other in [path(1), path(1).replace("lecturer-record", "honours"), format!("{}/page", path(1))] {
        assert_eq!(own.get(&other).await.problem(404), "not_found", "{other}");
    }
    let listed = own.get("/v1/lecturer-records").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "their own one");
    let suspension = json!({"starts_on": "2026-04-01", "ends_on": "2026-04-02", "reason": "复核课件"});
    let suspend = format!("{}/suspend", careers.appointment(1).await);
    careers.first().post(&suspend, suspension).await.expect(201);
    let department = given.department("D", None).await;
    given.membership(careers.lecturer(1), department, "2020-01-01").await;
    let boss = given.employee("BOSS").await;
    let grant = json!({"employee_id": boss, "role": "manager", "department_id": department});
    careers.second().confirm(&careers.first().post("/v1/role-grants", grant).await).await;
    let manager = server.person_token(server.tenant, boss);
    let managed = manager.get(&path(1)).await.expect(200)["suspensions"][0].clone();
    assert_eq!(
        (&managed["ends_on"], &managed["reason"]),
        (&json!("2026-04-02"), &Value::Null),
        "why is not for managers"
    );
    let concerned = server.person_token(server.tenant, careers.lecturer(1)).get(&path(1)).await.expect(200);
    assert_eq!(concerned["suspensions"][0]["reason"], "复核课件");
    assert_eq!(manager.get(&path(0)).await.problem(404), "not_found");
    let hris = server.client(&[Role::Hris]).await;
    assert_eq!(hris.get(&path(2)).await.status, 200);
    let nobody = format!("/v1/employees/{}/honours", Uuid::nil());
    assert_eq!(hris.get(&nobody).await.problem(404), "not_found");
    let learner = server.person_of(server.tenant, &[]).await;
    assert_eq!(learner.get(&path(0)).await.problem(403), "forbidden");
}

#[tokio::test]
async fn a_token_reads_a_record_only_with_the_scopes_of_all_that_is_in_it() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    let limited = |scopes: &[&str]| {
        let (actor, scopes) = (TokenActor::Person { employee_id: careers.admins[0] }, scopes.iter().copied());
        let scopes = scopes.map(str::to_owned).collect();
        server.with_token(issue(&server.state, server.tenant, actor, "test".to_owned(), scopes).unwrap())
    };
    let person = format!("/v1/employees/{}", careers.lecturer(0));
    let honours = format!("{person}/honours");
    let record = ["/lecturer-record", "/lecturer-record/page"].map(|rest| format!("{person}{rest}"));
    let records = [record[0].as_str(), record[1].as_str(), "/v1/lecturer-records"];
    let promotions = limited(&["promotions:read"]);
    for path in records.into_iter().chain([honours.as_str()]) {
        assert_eq!(promotions.get(path).await.problem(403), "forbidden", "{path}");
    }
    let all = ["promotions:read", "people:read", "scores:read", "rewards:read"];
    for missing in all {
        let scopes: Vec<&str> = all.into_iter().filter(|scope| *scope != missing).collect();
        for path in records {
            assert_eq!(limited(&scopes).get(path).await.problem(403), "forbidden", "{path} without {missing}");
        }
    }
    for path in records {
        assert_eq!(limited(&all).get(path).await.status, 200, "{path}");
    }
    assert_eq!(limited(&["promotions:read", "rewards:read"]).get(&honours).await.status, 200);
}

#[tokio::test]
async fn two_records_of_one_person_are_one_career() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    let (kept, duplicate) = (careers.march.given.employee("K1").await, careers.lecturer(0));
    let before = careers.record(0, "").await;
    Two::new(&server).await.merge(kept, duplicate).await;
    let path = |id: Uuid| format!("/v1/employees/{id}/lecturer-record");
    let record = careers.first().get(&path(kept)).await.expect(200);
    assert_eq!((&record["employee"]["id"], &record["periods"]), (&json!(kept), &before["periods"]));
    assert_eq!(record["appointments"][0]["appointed_on"], "2020-01-01");
    assert_eq!(careers.first().get(&path(duplicate)).await.expect(200), record, "under the other id too");
    let honours = careers.first().get(&format!("/v1/employees/{kept}/honours")).await.expect(200);
    assert_eq!(honours["certificates"][0]["certificate_code"], "most-sessions");
}

#[tokio::test]
async fn a_system_that_keeps_copies_learns_whose_record_changed() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    let changed = async |query: &str| {
        let page = careers.first().get(&format!("/v1/lecturer-records{query}")).await.expect(200);
        let of = |one: &Value| (one["employee"]["id"].as_str().unwrap().parse().unwrap(), one["updated_at"].clone());
        page["items"].as_array().unwrap().iter().map(of).collect::<Vec<(Uuid, Value)>>()
    };
    let mut all: Vec<Uuid> = changed("").await.into_iter().map(|(id, _)| id).collect();
    all.sort_unstable();
    let mut lecturers = careers.march.lecturers.to_vec();
    lecturers.sort_unstable();
    assert_eq!(all, lecturers);
    let closed = changed("?updated_since=2026-04-07T00:00:00Z").await;
    assert_eq!(closed.len(), 3, "the close gave each a result");
    assert_eq!(changed("?updated_since=2026-04-08T00:00:00Z").await, []);

    server.clock.set(at("2026-04-20T02:00:00Z"));
    let ttt =
        json!({"employee_id": careers.lecturer(2), "kind": "ttt", "issuer": "认证中心", "starts_on": "2026-04-01"});
    let ttt = careers.first().post("/v1/competence-certificates", ttt).await;
    let since = "?updated_since=2026-04-20T00:00:00Z";
    assert_eq!(changed(since).await, [(careers.lecturer(2), json!("2026-04-20T02:00:00Z"))]);
    server.clock.set(at("2026-04-21T02:00:00Z"));
    careers.first().delete(&format!("/v1/competence-certificates/{}", ttt.id()), "*").await.expect(200);
    let deleted = changed("?updated_since=2026-04-21T00:00:00Z").await;
    assert_eq!(deleted, [(careers.lecturer(2), json!("2026-04-21T02:00:00Z"))], "what is gone is a change too");
    server.clock.set(at("2026-04-22T02:00:00Z"));
    let reward: String = {
        let path = format!("/v1/rewards?employee_id={}", careers.lecturer(0));
        careers.first().get(&path).await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned()
    };
    careers.second().act(&format!("/v1/rewards/{reward}/approve"), "*", None).await.expect(200);
    let approved = changed("?updated_since=2026-04-22T00:00:00Z").await;
    assert_eq!(approved, [(careers.lecturer(0), json!("2026-04-22T02:00:00Z"))]);
    server.clock.set(at("2026-04-25T02:00:00Z"));
    let march = &careers.march;
    march.given.delivered_session(march.programme, careers.lecturer(1), "2026-03-20T02:00:00Z", 10).await;
    let ordered = careers.first().post(&march.path("restate"), json!({"reason": "补登分享"})).await;
    let restatement = finished(&careers.first(), &ordered).await["restatement_id"].as_str().unwrap().to_owned();
    server.clock.set(at("2026-04-26T02:00:00Z"));
    careers.second().act(&format!("/v1/restatements/{restatement}/accept"), "*", Some(json!({}))).await.expect(200);
    let restated = changed("?updated_since=2026-04-26T00:00:00Z").await;
    let accepted_at = json!("2026-04-26T02:00:00Z");
    assert!(
        restated.len() == 3 && restated.iter().all(|(_, at)| *at == accepted_at),
        "a new result each: {restated:?}"
    );
    let first = careers.first().get("/v1/lecturer-records?limit=2").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = careers.first().get(&format!("/v1/lecturer-records?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
}

#[tokio::test]
async fn a_career_is_printed_in_the_language_of_the_caller() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    careers.developed().await;
    let path = format!("/v1/employees/{}/lecturer-record/page", careers.lecturer(0));
    let printed = async |language: &str| {
        let page =
            careers.first().send(careers.first().request(Method::GET, &path).header("accept-language", language)).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!(page.header("content-language"), language);
        for loading in ["<img", "<script", "<link", "href=", "@import", "url("] {
            assert!(!page.text.contains(loading), "{loading}");
        }
        page.text
    };
    let chinese = printed("zh-CN").await;
    for shown in [
        "<h1>讲师履历</h1>",
        "<td>高级讲师</td><td><span>2026-04-20</span></td><td>—</td><td><span>2026-12-31</span></td>",
        "<td>100.00</td><td>优秀</td>",
        "<td>复核课件</td>",
        "<td>Lead（lead）</td><td>已批准</td>",
    ] {
        assert!(chinese.contains(shown), "{shown}\n{chinese}");
    }
    let english = printed("en").await;
    for shown in
        ["<h1>Career file of a lecturer</h1>", "<td>Senior lecturer</td>", "<td>Excellent</td>", "Contribution award"]
    {
        assert!(english.contains(shown), "{shown}\n{english}");
    }
}

#[tokio::test]
async fn a_printed_career_says_what_was_revoked_and_what_has_expired() {
    let server = TestServer::start().await;
    let careers = Careers::closed(&server).await;
    careers.developed().await;
    let record = careers.record(0, "").await;
    let certificate = record["periods"][0]["certificates"][0]["id"].as_str().unwrap();
    let revoke = format!("/v1/certificates/{certificate}/revoke");
    careers.second().act(&revoke, "*", Some(json!({"reason": "重复计算"}))).await.expect(200);
    let old = json!({
        "employee_id": careers.lecturer(0), "kind": "ttt", "issuer": "认证中心", "certificate_number": "T-9",
        "starts_on": "2025-01-01", "ends_on": "2025-12-31",
    });
    careers.first().post("/v1/competence-certificates", old).await.expect(201);
    let path = format!("/v1/employees/{}/lecturer-record/page", careers.lecturer(0));
    let printed = async |path: &str, language: &str| {
        let asked = careers.first().request(Method::GET, path).header("accept-language", language);
        careers.first().send(asked).await.text
    };
    for (language, shown) in [
        ("zh-CN", ["知识贡献奖（已于 2026-04-20 吊销）", "（编号 T-9）（已过期）"]),
        ("en", ["Contribution award (revoked on 2026-04-20)", "(no. T-9) (expired)"]),
    ] {
        let page = printed(&path, language).await;
        assert!(shown.iter().all(|shown| page.contains(shown)), "{shown:?}\n{page}");
    }
    let before = printed(&format!("{path}?as_of=2026-04-19"), "zh-CN").await;
    assert!(before.contains("知识贡献奖") && !before.contains("吊销"), "it was valid then: {before}");
}
