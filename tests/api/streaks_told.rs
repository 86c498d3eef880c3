//! Where lecturers and HR see runs of periods before anything comes of them: in statements, and in the preview of a close.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::close_preview::computed;
use crate::streaks::{NOTICES, TITLES, Year, run};
use crate::support::{Client, TestServer};

/// The statement in a language: the runs, and what its sentences say of them.
async fn runs(client: &Client, year: &Year<'_>, month: u32, lecturer: Uuid, language: &str) -> (Value, Vec<String>) {
    let path = year.path(month, &format!("scorecards/{lecturer}/statement"));
    let asked = client.request(Method::GET, &path).header("accept-language", language);
    let statement = client.send(asked).await.expect(200);
    let said = statement["sentences"].as_array().unwrap().iter().filter(|own| own["about"] == "run");
    (statement["runs"].clone(), said.map(|own| own["text"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_statement_tells_the_streak_so_far() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let (steady, poor) = (year.lecturer("E1").await, year.lecturer("E2").await);
    for month in 1..=3 {
        year.teaches(steady, month, 3).await;
    }
    year.close(1).await;
    year.close(2).await;
    let own = server.person(steady, &[]).await;
    let (told, said) = runs(&own, &year, 2, steady, "en").await;
    let months = [("2026-01", "excellent"), ("2026-02", "excellent")];
    let so_far = json!([{
        "policy": "senior", "kind": "title", "title_code": "senior-lecturer", "title": "Senior lecturer",
        "opportunity_code": null, "grade": "excellent", "length": 3, "count": 2, "is_complete": false, "periods": run(&months),
    }]);
    assert_eq!(told, so_far);
    let expected = "2 of 3 months in a row with the grade Excellent or a better one, for the title Senior lecturer.";
    assert_eq!(said, [expected]);
    let (_, said) = runs(&own, &year, 2, steady, "zh-CN").await;
    assert_eq!(said, ["已连续 2 个月达到“优秀”或以上，满 3 个月可获得“高级讲师”称号。"]);
    // The open month counts as it stands.
    let (told, said) = runs(&own, &year, 3, steady, "en").await;
    assert_eq!((&told[0]["count"], &told[0]["is_complete"]), (&json!(3), &json!(true)));
    let expected = "3 months in a row with the grade Excellent or a better one: they earn the title Senior lecturer.";
    assert_eq!(said, [expected]);
    let (told, said) = runs(&server.person(poor, &[]).await, &year, 1, poor, "zh-CN").await;
    assert_eq!((&told[0]["count"], &told[1]["kind"], &told[1]["count"]), (&json!(0), &json!("notice"), &json!(1)));
    assert_eq!(said.last().unwrap(), "已连续 1 个考核周期等级为“不合格”或更低，满 2 个周期将发出改进提醒。");
}

#[tokio::test]
async fn the_preview_of_a_close_says_who_would_get_a_title_or_a_notice() {
    let server = TestServer::start().await;
    let year = Year::new(&server).await;
    let (steady, poor) = (year.lecturer("E1").await, year.lecturer("E2").await);
    for month in 1..=3 {
        year.teaches(steady, month, 3).await;
    }
    year.teaches(poor, 3, 2).await;
    year.close(1).await;
    computed(&server).await;
    let told = async |month: u32| {
        let preview = year.admin.get(&year.path(month, "close-preview")).await.expect(200);
        let all = preview["provisional"]["runs"].as_array().unwrap().iter();
        let mut told: Vec<(Value, Value, Value)> = all
            .map(|own| (own["employee"]["id"].clone(), own["run"]["outcome"].clone(), own["run"]["title"].clone()))
            .collect();
        told.sort_by_key(|(_, outcome, _)| outcome.to_string());
        told
    };
    assert_eq!(told(2).await, [(json!(poor), json!("notice"), Value::Null)]);
    assert_eq!(year.items(NOTICES).await.len(), 0, "nothing is stored of it");
    year.close(2).await;
    // The months that it rests on are other ones now: it is computed anew, after a rest.
    server.clock.set(crate::support::at("2026-07-07T01:10:00Z"));
    computed(&server).await;
    let expected =
        [(json!(poor), json!("notice_closed"), Value::Null), (json!(steady), json!("title"), json!("senior-lecturer"))];
    assert_eq!(told(3).await, expected);
    let preview = year.admin.get(&year.path(3, "close-preview")).await.expect(200);
    let found = &preview["provisional"];
    let counts = ["title_count", "notice_count", "closed_notice_count"].map(|name| found[name].as_i64().unwrap());
    assert_eq!(counts, [1, 0, 1]);
    let senior = json!({"policy": "senior", "amount": {"amount_minor": 0, "currency": "CNY"}, "granted": 1});
    assert_eq!(found["policies"], json!([senior]));
    let path = year.path(3, &format!("scorecards/{steady}/provisional-rewards"));
    let own = server.person(steady, &[]).await.get(&path).await.expect(200);
    let months = ["2026-01", "2026-02", "2026-03"].map(|month| (month, "excellent"));
    assert_eq!(own["result"]["runs"][0]["periods"], run(&months));
    year.close(3).await;
    assert_eq!(year.items(TITLES).await.len(), 1);
    assert_eq!(year.items(&format!("{NOTICES}?closed=true")).await.len(), 1);
}
