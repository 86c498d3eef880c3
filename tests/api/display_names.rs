//! What a company calls its codes: the lists, who changes them, where texts say them, and which grades must stay.

use futures_util::future::join_all;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::closing::March;
use crate::payroll::Company;
use crate::programmes::{make_programme, publish, rule};
use crate::support::{Answer, Client, TestServer, literal};

const NAMES: &str = "/v1/display-names";

fn entry(code: &str, zh: &str, en: &str) -> Value {
    json!({"code": code, "name_zh": zh, "name_en": en})
}

/// Grades with their codes as names, best first.
fn grades(codes: &[&str]) -> Value {
    json!({"grades": codes.iter().map(|code| entry(code, code, code)).collect::<Vec<_>>()})
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["code"].as_str().unwrap()).collect()
}

async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

/// The same request, answered in Chinese.
async fn in_chinese(client: &Client, method: Method, path: &str, body: Value) -> Answer {
    let request = client.request(method, path).header("accept-language", "zh-CN").header("if-match", "*");
    client.send(request.json(&body)).await
}

fn details(answer: &Answer) -> Vec<&str> {
    answer.body["errors"].as_array().unwrap().iter().map(|fault| fault["detail"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_new_company_has_the_usual_grades_and_every_metric_with_names() {
    let server = TestServer::start().await;
    let learner = server.person(server.state.ids.next(), &[]).await;
    let read = learner.get(NAMES).await;
    let etag = read.etag().to_owned();
    let names = read.expect(200);
    assert_eq!(names["etag"], json!(etag));
    let usual = [
        entry("excellent", "优秀", "Excellent"),
        entry("good", "良好", "Good"),
        entry("pass", "合格", "Pass"),
        entry("fail", "不合格", "Fail"),
    ];
    assert_eq!(names["grades"], json!(usual));
    assert_eq!(names["metrics"][0], entry("score", "总分", "score"));
    assert_eq!(names["metrics"].as_array().unwrap().len(), 10);
    assert_eq!(names["competences"], json!([entry("ttt", "培训师认证（TTT）", "Train the trainer (TTT)")]));
    for list in ["policies", "levels", "titles"] {
        assert_eq!(names[list], json!([]), "{list}");
    }
    let known = learner.request(Method::GET, NAMES).header("if-none-match", &etag);
    assert_eq!(learner.send(known).await.status, 304);
    assert_eq!(learner.patch(NAMES, &etag, json!({"titles": []})).await.problem(403), "forbidden");
}

#[tokio::test]
async fn a_list_is_replaced_as_a_whole_and_the_others_stay() {
    let server = TestServer::start().await;
    let (client, other) = (admin(&server).await, server.tenant("other").await);
    let first = client.get(NAMES).await.etag().to_owned();
    let levels = json!([entry("高级", "高级讲师", "Senior"), entry("junior", "初级讲师", "Junior")]);
    let metrics =
        json!([entry("external:exam", "考试通过率", "exam pass rate"), entry("reuse_count", "被复用次数", "reuses")]);
    let changed = client.patch(NAMES, &first, json!({"levels": levels, "metrics": metrics})).await;
    let second = changed.etag().to_owned();
    assert_ne!(second, first);
    let changed = changed.expect(200);
    assert_eq!((&changed["levels"], codes(&changed["grades"])), (&levels, vec!["excellent", "good", "pass", "fail"]));
    // The company's own come first, and no built-in metric is missing.
    assert_eq!(codes(&changed["metrics"])[..3], ["external:exam", "reuse_count", "score"]);
    assert_eq!(changed["metrics"].as_array().unwrap().len(), 11);
    assert_eq!(client.get(NAMES).await.expect(200), changed);

    assert_eq!(client.patch(NAMES, &first, json!({"titles": []})).await.problem(412), "precondition_failed");
    let without = client.request(Method::PATCH, NAMES).json(&json!({"titles": []}));
    assert_eq!(client.send(without).await.problem(428), "precondition_required");
    let same = client.patch(NAMES, &second, json!({"levels": levels})).await;
    assert_eq!((same.status, same.etag()), (200, second.as_str()), "nothing changed");
    let fewer = client.patch(NAMES, &second, json!({"levels": []})).await.expect(200);
    assert_eq!((&fewer["levels"], &fewer["metrics"]), (&json!([]), &changed["metrics"]));

    let given = server.given().await;
    let logged = "SELECT fields FROM audit_entries WHERE command = 'update_display_names' ORDER BY id";
    let logged: Vec<Vec<String>> = given.sql.query(logged, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(logged, [vec!["metrics", "levels"], vec!["levels"]]);
    let told = "SELECT count(*) FROM outbox_events WHERE topic = 'display_names.updated'";
    assert_eq!(given.sql.query_one(told, &[]).await.unwrap().get::<_, i64>(0), 2);
    let theirs = server.client_of(other, &[Role::Admin]).await.get(NAMES).await.expect(200);
    assert_eq!(
        theirs["metrics"][7],
        entry("reuse_rate", "内容复用率", "rate of reuse"),
        "another company keeps its own"
    );
}

#[tokio::test]
async fn every_fault_of_the_lists_is_named() {
    let server = TestServer::start().await;
    let client = admin(&server).await;
    let body = json!({
        "grades": [entry("only one", "一", "One")],
        "metrics": [entry("rating", "评分", "Rating"), entry("external:a b", "a", "a")],
        "policies": [entry("a", "", "A"), entry("a", "甲", "A\u{200b}")],
        "levels": [entry(&"高".repeat(33), "高", "H")],
        "titles": null,
    });
    let refused = client.patch(NAMES, "*", body).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(
        refused.faults(),
        [
            ("/grades", "too_few"),
            ("/grades/0/code", "bad_characters"),
            ("/metrics/0/code", "bad_format"),
            ("/metrics/1/code", "bad_format"),
            ("/policies/0/name_zh", "empty"),
            ("/policies/1/name_en", "bad_format"),
            ("/policies/1/code", "duplicate"),
            ("/levels/0/code", "too_long"),
            ("/titles", "not_null"),
        ]
    );
    // A payslip says the name alone.
    let alike = json!([entry("a", "优秀", "A"), entry("b", "优秀", "B"), entry("c", "合格", "A")]);
    let alike = client.patch(NAMES, "*", json!({"grades": alike})).await;
    assert_eq!(alike.faults(), [("/grades/1/name_zh", "duplicate"), ("/grades/2/name_en", "duplicate")]);
    let unknown = client.patch(NAMES, "*", json!({"titels": []})).await;
    assert_eq!((unknown.problem(422), unknown.faults()), ("invalid_body", vec![("/titels", "unknown_field")]));
}

#[tokio::test]
async fn a_reward_says_the_companys_names() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    march.closed_by(&admin(&server).await).await;
    let client = admin(&server).await;
    let reason = async |query: &str| {
        let page = client.get(&format!("/v1/rewards?{query}")).await.expect(200);
        let reason = &page["items"][0]["reason"];
        (reason["zh"].as_str().unwrap().to_owned(), reason["en"].as_str().unwrap().to_owned())
    };
    let first = format!("policy=bonus&employee_id={}", march.lecturers[0]);
    let usual = reason(&first).await;
    assert_eq!(usual.0, "2026-03 考核等级“优秀”奖金");
    let names = json!({
        "grades": [entry("excellent", "卓越", "Outstanding"), entry("pass", "达标", "Met"), entry("fail", "未达标", "Not met")],
        "metrics": [entry("teaching_minutes", "讲课分钟数", "minutes taught")],
    });
    client.patch(NAMES, "*", names).await.expect(200);
    let both = ("2026-03 考核等级“卓越”奖金".to_owned(), "Bonus for the grade Outstanding in 2026-03".to_owned());
    assert_eq!(reason(&first).await, both);
    let bonus = json!({"policies": [entry("bonus", "优秀讲师奖", "Excellence bonus")]});
    client.patch(NAMES, "*", bonus).await.expect(200);
    let both =
        ("2026-03 优秀讲师奖：考核等级“卓越”".to_owned(), "Excellence bonus for 2026-03: grade Outstanding".to_owned());
    assert_eq!(reason(&first).await, both);
    let second = format!("policy=minutes&employee_id={}", march.lecturers[1]);
    assert_eq!(reason(&second).await.0, "2026-03 按讲课分钟数排名第 2 名奖金（120）");
    assert_eq!(reason(&second).await.1, "Award for place 2 by minutes taught in 2026-03 (120)");
}

/// The metric of an item of the feedback form is called after its question, until the company names it.
#[tokio::test]
async fn the_metric_of_a_question_is_called_after_it() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let item =
        json!({"key": "useful", "name_zh": "内容实用", "name_en": "It was useful", "scale": 5, "required": true});
    let form = json!({"feedback": {"form": {"scale": 10, "items": [item]}}});
    company.given.published("scoring_rules", company.programme, 1, "2026-02", &form).await;
    let params = json!({"period": "2026-02", "metric": "feedback_item:useful", "value": "9.500000", "place": "1"});
    let award = [
        ("reason_code", literal("top_n")),
        ("reason_params", literal(&params.to_string())),
        ("reason_text", "NULL".to_owned()),
    ];
    let reward = company.approved_with(person, 80_000, &award).await;
    let reason = async || company.hr.get(&format!("/v1/rewards/{reward}")).await.expect(200)["reason"].clone();
    assert_eq!(reason().await["zh"], "2026-02 按“内容实用”排名第 1 名奖金（9.5）");
    assert_eq!(reason().await["en"], "Award for place 1 by “It was useful” in 2026-02 (9.5)");
    let names = json!({"metrics": [entry("feedback_item:useful", "实用性", "usefulness")]});
    company.hr.patch(NAMES, "*", names).await.expect(200);
    assert_eq!(reason().await["zh"], "2026-02 按实用性排名第 1 名奖金（9.5）");
}

#[tokio::test]
async fn a_payslip_has_the_names_of_the_day_on_which_its_batch_was_locked() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let params = json!({"period": "2026-02", "grade": "excellent"});
    let bonus = [
        ("reason_code", literal("grade_bonus")),
        ("reason_params", literal(&params.to_string())),
        ("reason_text", "NULL".to_owned()),
    ];
    company.approved_with(person, 80_000, &bonus).await;
    let renamed = |zh: &str| json!({"grades": [entry("excellent", zh, "Outstanding"), entry("good", "良好", "Good"), entry("fail", "不合格", "Fail")]});
    company.hr.patch(NAMES, "*", renamed("卓越")).await.expect(200);
    let batch = company.locked().await;
    company.hr.patch(NAMES, "*", renamed("出类拔萃")).await.expect(200);
    let line = company.lines(batch["id"].as_str().unwrap()).await.remove(0);
    let said = json!({"code": "grade_bonus", "zh": "2026-02 考核等级“卓越”奖金", "en": "Bonus for the grade Outstanding in 2026-02"});
    assert_eq!(line["reason"], said);
}

#[tokio::test]
async fn what_published_documents_rely_on_stays_in_the_list_and_in_its_order() {
    let server = TestServer::start().await;
    // Its rule gives excellent, pass and fail.
    let _march = March::taught(&server).await;
    let client = admin(&server).await;
    let gone = in_chinese(&client, Method::PATCH, NAMES, grades(&["excellent", "good", "fail"])).await;
    assert_eq!((gone.problem(422), gone.faults()), ("invalid_values", vec![("/grades", "grade_in_use")]));
    assert_eq!(details(&gone), ["等级“合格（pass）”须保留：已发布的规则或政策正在使用"]);
    let turned = client.patch(NAMES, "*", grades(&["pass", "excellent", "fail"])).await;
    assert_eq!(turned.faults(), [("/grades/0/code", "grade_order_in_use")]);
    let below = "must stay below Excellent (excellent): published rules or policies rely on this order";
    assert_eq!(details(&turned), [below]);
    let both = client.patch(NAMES, "*", grades(&["fail", "good", "excellent"])).await;
    assert_eq!(both.faults(), [("/grades", "grade_in_use"), ("/grades/0/code", "grade_order_in_use")]);

    // What nobody uses may go, and new ones may come anywhere.
    let free = client.patch(NAMES, "*", grades(&["superb", "excellent", "fair", "pass", "fail"])).await.expect(200);
    assert_eq!(codes(&free["grades"]), ["superb", "excellent", "fair", "pass", "fail"]);
    let company = client.get("/v1/company").await.expect(200);
    assert_eq!(company["grade_codes"], json!(["superb", "excellent", "fair", "pass", "fail"]));
    client.patch(NAMES, "*", grades(&["excellent", "pass", "fail", "superb"])).await.expect(200);
}

#[tokio::test]
async fn a_promotion_policy_keeps_its_grade_too() {
    let server = TestServer::start().await;
    let (maker, checker) = (admin(&server).await, admin(&server).await);
    let policy = json!({"target_code": "manager", "name": "Manager", "criteria": {"kind": "all", "criteria": [
        {"kind": "tenure", "months": 6}, {"kind": "grades", "periods": 3, "every": "good"}]}});
    let drafted = maker.post("/v1/promotion-policies", policy).await;
    // A draft is checked again when it is published.
    maker.patch(NAMES, "*", grades(&["excellent", "pass"])).await.expect(200);
    let path = format!("/v1/promotion-policies/{}", drafted.id());
    let refused = publish(&checker, &path, drafted.etag()).await;
    assert_eq!(refused.faults(), [("/criteria/criteria/1/every", "unknown_grade")]);
    maker.patch(NAMES, "*", grades(&["excellent", "good", "pass"])).await.expect(200);
    publish(&checker, &path, drafted.etag()).await.expect(200);
    let gone = maker.patch(NAMES, "*", grades(&["excellent", "pass"])).await;
    assert_eq!(gone.faults(), [("/grades", "grade_in_use")]);
}

#[tokio::test]
async fn a_rule_with_another_grade_or_another_order_is_told_the_names() {
    let server = TestServer::start().await;
    let client = admin(&server).await;
    let id = make_programme(&client).await;
    let rules = format!("/v1/programmes/{id}/scoring-rules");
    let mut wrong = rule();
    wrong["grades"] = json!([{"code": "pass", "at_least": 90}, {"code": "excellent", "at_least": 60}, {"code": "superb", "at_least": 0}]);
    wrong["gates"] = json!([]);
    let body = json!({"starts_period": "2026-04", "rule": wrong});
    let refused = in_chinese(&client, Method::POST, &rules, body.clone()).await;
    assert_eq!(refused.problem(422), "rule_refused");
    assert_eq!(
        details(&refused),
        [
            "所需分数高于公司排序更靠前的等级“优秀（excellent）”",
            "没有等级“superb”；此处的等级有：优秀（excellent）、良好（good）、合格（pass）、不合格（fail）",
        ]
    );
    client.patch(NAMES, "*", grades(&["pass", "excellent", "good", "superb"])).await.expect(200);
    client.post(&rules, body).await.expect(201);
}

#[tokio::test]
async fn a_title_is_said_by_its_name() {
    let server = TestServer::start().await;
    let client = admin(&server).await;
    let employee = server.given().await.employee("E1").await;
    let body = json!({"employee_id": employee, "code": "senior-lecturer"});
    client.post("/v1/titles", body.clone()).await.expect(201);
    let names = json!({"titles": [entry("senior-lecturer", "高级讲师", "Senior lecturer")]});
    client.patch(NAMES, "*", names).await.expect(200);
    let again = in_chinese(&client, Method::POST, "/v1/titles", body).await;
    assert_eq!(again.problem(409), "already_exists");
    assert_eq!(again.body["detail"], "已存在：称号“高级讲师”（此人已持有）。");
}

/// Of several who have read the same version, one writes; nobody's change is lost.
#[tokio::test]
async fn one_of_several_changes_wins() {
    let server = TestServer::start().await;
    let client = admin(&server).await;
    for round in 0..3 {
        let etag = client.get(NAMES).await.etag().to_owned();
        let titles = |i: usize| json!({"titles": [entry(&format!("t{round}-{i}"), "称号", "Title")]});
        let answers = join_all((0..4).map(|i| client.patch(NAMES, &etag, titles(i)))).await;
        let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 412)), "{answers:?}");
        assert_eq!(client.get(NAMES).await.expect(200), won[0].body);
    }
}

/// A rule is published with grades of the list or not at all, whatever somebody does to the list at the same moment.
#[tokio::test]
async fn a_grade_does_not_go_while_a_rule_with_it_is_published() {
    let server = TestServer::start().await;
    let (maker, checker) = (admin(&server).await, admin(&server).await);
    let with_good = json!({"grades": [{"code": "excellent", "at_least": 90}, {"code": "good", "at_least": 0}]});
    let used = grades(&["excellent", "good", "pass", "fail"]);
    for round in 0..4 {
        let body = json!({"code": format!("p{round}"), "name": "P", "time_zone": "Asia/Shanghai", "currency": "CNY", "cycle": "month"});
        let rules = format!("/v1/programmes/{}/scoring-rules", maker.post("/v1/programmes", body).await.id());
        maker.patch(NAMES, "*", used.clone()).await.expect(200);
        let mut document = rule();
        document["grades"] = with_good["grades"].clone();
        document["gates"] = json!([]);
        let drafted = maker.post(&rules, json!({"starts_period": "2026-04", "rule": document})).await;
        let path = format!("{rules}/{}", drafted.id());
        let (published, removed) = tokio::join!(
            publish(&checker, &path, drafted.etag()),
            maker.patch(NAMES, "*", grades(&["excellent", "pass", "fail"])),
        );
        assert_ne!(published.status == 200, removed.status == 200, "{published:?} {removed:?}");
        if published.status == 200 {
            assert_eq!(removed.faults(), [("/grades", "grade_in_use")]);
            return;
        }
        assert_eq!(published.faults(), [("/rule/grades/1/code", "unknown_grade")]);
    }
}
