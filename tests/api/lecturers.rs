//! Lecturers, their groups, and absences.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestServer;

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_lecturer_is_appointed_promoted_and_ended() {
    let server = TestServer::start().await;
    let employee = server.given().await.employee("E-1").await;
    let hris = server.client(&[Role::Hris]).await;
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let body = json!({"employee_id": employee, "appointed_on": "2026-01-01", "level": "junior"});
    let appointed = hris.post("/v1/lecturers", body.clone()).await;
    assert_eq!((appointed.status, appointed.etag()), (201, "\"1\""));
    second.confirm_waiting(&appointed.body).await;
    let path = format!("/v1/lecturers/{}", appointed.id());
    assert_eq!(appointed.header("location"), path);
    assert_eq!(appointed.body["employee"]["employee_number"], "E-1");
    let again = hris.post("/v1/lecturers", body).await;
    assert_eq!((again.problem(422), again.faults()), ("invalid_values", vec![("/appointed_on", "overlaps")]));
    let nobody = hris.post("/v1/lecturers", json!({"employee_id": Uuid::nil(), "appointed_on": "2026-01-01"})).await;
    assert_eq!(nobody.faults(), [("/employee_id", "not_found")]);

    let levels = format!("{path}/levels");
    let promoted = hris.post(&levels, json!({"level": "senior", "starts_on": "2026-03-01"})).await.expect(200);
    let expected = json!([
        {"level": "senior", "starts_on": "2026-03-01", "ended_on": null},
        {"level": "junior", "starts_on": "2026-01-01", "ended_on": "2026-02-28"}
    ]);
    assert_eq!((&promoted["levels"], &promoted["etag"]), (&expected, &json!("\"3\"")));
    let same = hris.post(&levels, json!({"level": "senior", "starts_on": "2026-04-01"})).await.expect(200);
    assert_eq!((&same["levels"], &same["etag"]), (&expected, &json!("\"3\"")));
    let early = hris.post(&levels, json!({"level": "x", "starts_on": "2025-12-31"})).await;
    assert_eq!(early.faults(), [("/starts_on", "out_of_range")]);
    hris.post(&levels, json!({"level": "expert", "starts_on": "2026-09-01"})).await.expect(200);

    let end = format!("{path}/end");
    let backwards = hris.post(&end, json!({"ended_on": "2025-12-31"})).await;
    assert_eq!(backwards.faults(), [("/ended_on", "ends_before_start")]);
    let ended = hris.post(&end, json!({"ended_on": "2026-06-30"})).await.expect(200);
    assert_eq!(ended["ended_on"], "2026-06-30");
    assert_eq!(ended["levels"][0], json!({"level": "senior", "starts_on": "2026-03-01", "ended_on": "2026-06-30"}));
    assert_eq!(ended["levels"].as_array().unwrap().len(), 2);
    assert_eq!(hris.post(&end, json!({"ended_on": "2026-08-01"})).await.problem(409), "state_conflict");
    let late = hris.post(&levels, json!({"level": "x", "starts_on": "2026-07-01"})).await;
    assert_eq!(late.faults(), [("/starts_on", "out_of_range")]);
    hris.post("/v1/lecturers", json!({"employee_id": employee, "appointed_on": "2026-07-01"})).await.expect(201);
    let page = hris.get(&format!("/v1/lecturers?employee_id={employee}")).await.expect(200);
    assert_eq!(ids(&page).len(), 2);
    let mut read = hris.get(&path).await.expect(200);
    read["period_closed"] = json!([]);
    assert_eq!(read, ended);
}

#[tokio::test]
async fn groups_have_members_from_day_to_day() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (one, two) = (given.employee("E-1").await, given.employee("E-2").await);
    let lecturer = given.lecturer(one, None, "2026-01-01").await;
    given.lecturer(two, None, "2026-01-01").await;
    let admin = server.client(&[Role::Admin]).await;
    let group = admin.post("/v1/lecturer-groups", json!({"code": "care", "name": "客户维护"})).await;
    assert_eq!(group.status, 201, "{}", group.text);
    let path = format!("/v1/lecturer-groups/{}", group.id());
    let twice = admin.post("/v1/lecturer-groups", json!({"code": "care", "name": "x"})).await;
    assert_eq!(twice.problem(409), "already_exists");
    let refused = admin.post("/v1/lecturer-groups", json!({"code": "客户", "name": "x"})).await;
    assert_eq!(refused.faults(), [("/code", "bad_characters")]);
    let changed = admin.patch(&path, group.etag(), json!({"description": "a\nb"})).await.expect(200);
    assert_eq!((&changed["description"], &changed["name"]), (&json!("a\nb"), &json!("客户维护")));

    let members = format!("{path}/members");
    let member = admin.post(&members, json!({"employee_id": one, "starts_on": "2026-01-01"})).await;
    assert_eq!((member.status, member.header("location")), (201, format!("{members}/{}", member.id()).as_str()));
    let overlapping = admin.post(&members, json!({"employee_id": one, "starts_on": "2026-05-01"})).await;
    assert_eq!(overlapping.faults(), [("/starts_on", "overlaps")]);
    let past = json!({"employee_id": two, "starts_on": "2026-01-01", "ended_on": "2026-01-31"});
    let past = admin.post(&members, past).await;
    assert_eq!(past.status, 201, "{}", past.text);

    assert_eq!(ids(&admin.get(&members).await.body), [member.id(), past.id()]);
    assert_eq!(ids(&admin.get(&format!("{members}?on=2026-03-01")).await.body), [member.id()]);
    let list = admin.get(&format!("/v1/lecturers?group_id={}", group.id())).await.expect(200);
    assert_eq!(ids(&list), [lecturer.to_string()]);

    let end = format!("{members}/{}/end", member.id());
    let ended = admin.post(&end, json!({"ended_on": "2026-01-31"})).await.expect(200);
    assert_eq!((&ended["ended_on"], &ended["etag"]), (&json!("2026-01-31"), &json!("\"2\"")));
    assert_eq!(admin.post(&end, json!({"ended_on": "2026-01-31"})).await.problem(409), "state_conflict");
    let list = admin.get(&format!("/v1/lecturers?group_id={}", group.id())).await.expect(200);
    assert_eq!(ids(&list), [""; 0]);

    assert_eq!(admin.delete(&path, "*").await.problem(409), "state_conflict");
    for id in [member.id(), past.id()] {
        assert_eq!(admin.delete(&format!("{members}/{id}"), "*").await.expect(200)["id"], *id);
    }
    assert_eq!(admin.get(&format!("{members}/{}", past.id())).await.problem(404), "not_found");
    assert_eq!(admin.delete(&path, "\"1\"").await.problem(412), "precondition_failed");
    assert_eq!(admin.delete(&path, "\"2\"").await.status, 204);
}

#[tokio::test]
async fn a_second_delivery_of_an_absence_changes_the_first() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (one, two) = (given.employee("E-1").await, given.employee("E-2").await);
    let hris = server.client(&[Role::Hris]).await;
    let leave = |ends_on: &str| {
        json!({"employee_id": one, "kind": "leave", "starts_on": "2026-03-02", "ends_on": ends_on,
               "source": "hris", "source_ref": "LV-1"})
    };
    let first = hris.post("/v1/absences", leave("2026-03-06")).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let second = hris.post("/v1/absences", leave("2026-03-04")).await;
    assert_eq!((second.status, second.id(), second.etag()), (200, first.id(), "\"2\""));
    assert_eq!(second.body["ends_on"], "2026-03-04");
    let suspension =
        json!({"employee_id": two, "kind": "suspension", "starts_on": "2026-03-10", "ends_on": "2026-03-10"});
    let other = hris.post("/v1/absences", suspension).await;
    assert_eq!((other.status, &other.body["source"]), (201, &json!("manual")));

    for (query, expected) in [
        (String::new(), vec![first.id(), other.id()]),
        (format!("?employee_id={two}"), vec![other.id()]),
        ("?from_on=2026-03-04&to_on=2026-03-09".to_owned(), vec![first.id()]),
        ("?from_on=2026-03-05".to_owned(), vec![other.id()]),
    ] {
        let page = hris.get(&format!("/v1/absences{query}")).await.expect(200);
        assert_eq!(ids(&page), expected, "{query}");
    }
    let backwards = hris.post("/v1/absences", leave("2026-03-01")).await;
    assert_eq!(backwards.faults(), [("/ends_on", "ends_before_start")]);
    let mut nobodys = leave("2026-03-01");
    nobodys["employee_id"] = json!(server.state.ids.next());
    let refused = hris.post("/v1/absences", nobodys).await;
    assert_eq!(refused.faults(), [("/employee_id", "not_found"), ("/ends_on", "ends_before_start")]);

    let learner = server.person(one, &[]).await;
    assert_eq!(ids(&learner.get("/v1/absences").await.body), [first.id()]);
    assert_eq!(learner.get(&format!("/v1/absences/{}", other.id())).await.problem(404), "not_found");
    assert_eq!(learner.delete(&format!("/v1/absences/{}", first.id()), "*").await.problem(403), "forbidden");
    let gone = hris.delete(&format!("/v1/absences/{}", first.id()), second.etag()).await.expect(200);
    assert_eq!((&gone["id"], &gone["period_closed"]), (&json!(first.id()), &json!([])));
    assert_eq!(ids(&hris.get("/v1/absences").await.body), [other.id()]);
}

#[tokio::test]
async fn lecturers_are_seen_by_who_may_see_the_person() {
    let server = TestServer::start().await;
    let given = server.given().await;
    let (boss, inside, outside) =
        (given.employee("E-1").await, given.employee("E-2").await, given.employee("E-3").await);
    let top = given.department("TOP", None).await;
    let low = given.department("LOW", Some(top)).await;
    given.membership(inside, low, "2026-01-01").await;
    let group = given.group("g").await;
    let seen = given.lecturer(inside, Some(group), "2026-01-01").await;
    let unseen = given.lecturer(outside, Some(group), "2026-01-01").await;
    let admin = server.client(&[Role::Admin]).await;
    let grant = json!({"employee_id": boss, "role": "manager", "department_id": top});
    let second = server.person(server.state.ids.next(), &[Role::Admin]).await;
    second.confirm(&admin.post("/v1/role-grants", grant).await).await;

    let manager = server.person_token(server.tenant, boss);
    assert_eq!(ids(&manager.get("/v1/lecturers").await.body), [seen.to_string()]);
    assert_eq!(manager.get(&format!("/v1/lecturers/{unseen}")).await.problem(404), "not_found");
    let members = manager.get(&format!("/v1/lecturer-groups/{group}/members")).await.expect(200);
    assert_eq!(members["items"].as_array().unwrap().len(), 1);
    let lecturer = server.person_token(server.tenant, outside);
    assert_eq!(ids(&lecturer.get("/v1/lecturers").await.body), [unseen.to_string()]);
    let refused = lecturer.post(&format!("/v1/lecturers/{unseen}/end"), json!({"ended_on": "2026-05-01"})).await;
    assert_eq!(refused.problem(403), "forbidden");
}
