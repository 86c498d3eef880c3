//! Pay items and pay groups.

use lectern::auth::Role;
use serde_json::json;

use super::{Company, pay_item};
use crate::support::TestServer;

#[tokio::test]
async fn a_pay_item_is_made_read_and_changed() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let item = company.hr.post("/v1/pay-items", pay_item("fee")).await;
    assert_eq!((item.status, item.header("location")), (201, format!("/v1/pay-items/{}", item.id()).as_str()));
    let path = format!("/v1/pay-items/{}", item.id());
    let again = company.hr.post("/v1/pay-items", pay_item("fee")).await;
    assert_eq!(again.problem(409), "already_exists");
    let patch = json!({"issuance_way": "off_cycle", "tax_mode": null});
    let changed = company.hr.patch(&path, item.etag(), patch.clone()).await.expect(200);
    assert_eq!((&changed["issuance_way"], &changed["tax_mode"]), (&json!("off_cycle"), &json!(null)));
    assert_eq!(changed["tax_category"], "wages");
    assert_eq!(company.hr.patch(&path, item.etag(), patch).await.problem(412), "precondition_failed");
    let refused = company.hr.patch(&path, "*", json!({"name_zh": null, "name_en": ""})).await;
    assert_eq!(
        (refused.problem(422), refused.faults()),
        ("invalid_values", vec![("/name_en", "empty"), ("/name_zh", "not_null")])
    );
    let refused = company.hr.patch(&path, "*", json!({"name_zh": null})).await;
    assert_eq!(refused.faults(), [("/name_zh", "not_null")]);
    assert_eq!(company.machine.get(&path).await.expect(200), changed);
    let page = company.machine.get("/v1/pay-items?limit=1").await.expect(200);
    let next = page["next_cursor"].as_str().unwrap();
    let rest = company.machine.get(&format!("/v1/pay-items?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((&page["items"][0]["code"], &rest["items"][0]["code"]), (&json!("fee"), &json!("lecturer-reward")));
    assert_eq!(rest["next_cursor"], json!(null));
}

#[tokio::test]
async fn only_payroll_and_hr_may_change_settings() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let auditor = server.client(&[Role::Auditor]).await;
    assert_eq!(auditor.post("/v1/pay-items", pay_item("x")).await.problem(403), "forbidden");
    auditor.get("/v1/pay-items").await.expect(200);
    auditor.get(&format!("/v1/pay-groups/{}", company.group)).await.expect(200);
    for role in [Role::Manager, Role::Hris] {
        assert_eq!(server.client(&[role]).await.get("/v1/pay-items").await.problem(403), "forbidden");
    }
    let stranger = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    assert_eq!(stranger.get(&format!("/v1/pay-groups/{}", company.group)).await.problem(404), "not_found");
}

#[tokio::test]
async fn a_person_is_in_one_pay_group_at_a_time() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let hr = &company.hr;
    let second = json!({"code": "BJ", "name": "北京公司", "is_default": true});
    assert_eq!(hr.post("/v1/pay-groups", second).await.problem(409), "already_exists");
    let other = hr.post("/v1/pay-groups", json!({"code": "BJ", "name": "北京公司", "recoverable": true})).await.id();
    let (one, two) = (company.given.employee("E1").await, company.given.employee("E2").await);
    let people = json!({"employee_ids": [one, two]});
    let members = |group: &str| format!("/v1/pay-groups/{group}/members");
    assert_eq!(hr.post(&members(&company.group), people.clone()).await.expect(200)["count"], 2);
    assert_eq!(hr.post(&members(&other), json!({"employee_ids": [two]})).await.expect(200)["count"], 1);
    let left = hr.get(&members(&company.group)).await.expect(200);
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["employee"]["employee_number"], "E1");
    let nobody = server.state.ids.next();
    let refused = hr.post(&members(&other), json!({"employee_ids": [one, nobody, one]})).await;
    assert_eq!(refused.problem(422), "invalid_values");
    assert_eq!(refused.faults(), [("/employee_ids/1", "not_found"), ("/employee_ids/2", "duplicate")]);
    let removed = hr.post(&format!("{}/remove", members(&company.group)), people).await.expect(200);
    assert_eq!(removed["count"], 1);
    let path = format!("/v1/pay-groups/{other}");
    let group = hr.get(&path).await;
    let changed = hr.patch(&path, group.etag(), json!({"recoverable": false})).await.expect(200);
    assert_eq!(changed["recoverable"], false);
    assert_eq!(hr.patch(&path, "*", json!({"is_default": true})).await.problem(409), "already_exists");
}
