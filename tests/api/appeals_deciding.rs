//! Who sees appeals, and who may decide them.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::appeals::{Closed, act, admin};
use crate::closing::March;
use crate::support::{TestServer, literal};

#[tokio::test]
async fn who_may_see_and_decide() {
    let server = TestServer::start().await;
    let closed = Closed::new(&server).await;
    let appeal = closed.filed().await;
    let own = format!("/v1/appeals/{}", appeal["id"].as_str().unwrap());
    let auditor = server.person(server.state.ids.next(), &[Role::Auditor]).await;
    assert_eq!(auditor.get(&own).await.expect(200)["course"][0]["message"], "当天确已完成，有签到表");
    let no = Some(json!({"reason": "No"}));
    assert_eq!(act(&auditor, &appeal, "decline", no.clone()).await.problem(403), "forbidden");
    let stranger = closed.lecturer(0);
    assert_eq!(stranger.get(&own).await.problem(404), "not_found");
    assert_eq!(stranger.get("/v1/appeals").await.expect(200)["items"], json!([]));
    assert_eq!(act(&stranger, &appeal, "withdraw", None).await.problem(404), "not_found");
    let manager = server.person(server.state.ids.next(), &[Role::Manager]).await;
    assert_eq!(manager.get(&own).await.problem(403), "forbidden", "what is said is for lecturer, HR and auditors");

    let both = server.person(closed.march.lecturers[1], &[Role::Admin]).await;
    assert_eq!(act(&both, &appeal, "decline", no.clone()).await.problem(403), "self_approval");
    assert_eq!(act(&both, &appeal, "ask", Some(json!({"question": "?"}))).await.problem(403), "self_approval");
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(act(&machine, &appeal, "decline", no.clone()).await.problem(403), "person_required");
    let third = server.person(closed.march.lecturers[0], &[Role::Admin]).await;
    assert_eq!(act(&third, &appeal, "withdraw", None).await.problem(403), "not_your_statement");
    let early = act(&closed.lecturer(1), &appeal, "answer", Some(json!({"answer": "x"}))).await;
    assert_eq!(early.problem(409), "state_conflict", "nobody has asked");

    let declined =
        act(&closed.hr, &appeal, "decline", Some(json!({"reason": "签到记录显示无人参加"}))).await.expect(200);
    assert_eq!((&declined["state"], &declined["correction"]), (&json!("declined"), &json!(null)));
    assert_eq!(act(&closed.other, &appeal, "decline", no).await.problem(412), "precondition_failed");
    let log = closed.hr.get("/v1/audit-entries?command=decline_appeal").await.expect(200);
    assert!(!log.to_string().contains("签到"), "what is said is not in the operation log: {log}");
}

/// Whoever stands to win or lose by the same session does not decide a colleague's appeal.
#[tokio::test]
async fn nobody_decides_about_what_they_share_with_the_lecturer() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let [first, second] = [march.lecturers[0], march.lecturers[1]];
    let given = format!("SELECT min(session_id::text) FROM session_lecturers WHERE employee_id = '{second}'");
    let shared: String = march.given.sql.query_one(&given, &[]).await.unwrap().get(0);
    let gives = [("session_id", literal(&shared)), ("employee_id", literal(&first.to_string()))];
    march.given.row("session_lecturers", &gives).await;
    let hr = admin(&server).await;
    march.closed_by(&hr).await;
    // To leave the session afterwards does not help.
    let left = format!("DELETE FROM session_lecturers WHERE employee_id = '{first}' AND session_id = '{shared}'");
    march.given.sql.batch_execute(&left).await.unwrap();

    let path = march.path(&format!("scorecards/{second}/appeals"));
    let lecturer = server.person_token(server.tenant, second);
    let about = async |body: Value| lecturer.post(&path, body).await.expect(201);
    let session = about(json!({"session_id": shared, "reason": "时长有误"})).await;
    let metric = about(json!({"metric": "session_count", "reason": "少计一次"})).await;
    let others = format!("SELECT max(session_id::text) FROM session_lecturers WHERE employee_id = '{second}'");
    let other: String = march.given.sql.query_one(&others, &[]).await.unwrap().get(0);
    assert_ne!(shared, other);
    let alone = about(json!({"session_id": other, "reason": "时长有误"})).await;
    let colleague = server.person(first, &[Role::Admin]).await;
    let no = Some(json!({"reason": "签到记录显示无人参加"}));
    for appeal in [&session, &metric] {
        let asked = act(&colleague, appeal, "ask", Some(json!({"question": "?"}))).await;
        assert_eq!(asked.problem(403), "party_to_appeal");
        let log = json!({"note": "已核对", "audit_entry_id": Uuid::nil()});
        assert_eq!(act(&colleague, appeal, "accept", Some(log)).await.problem(403), "party_to_appeal");
        assert_eq!(act(&colleague, appeal, "decline", no.clone()).await.problem(403), "party_to_appeal");
    }
    act(&colleague, &alone, "decline", no.clone()).await.expect(200);
    act(&hr, &session, "decline", no.clone()).await.expect(200);
    march.given.sql.batch_execute("UPDATE tenants SET self_approval = true").await.unwrap();
    let decided = act(&colleague, &metric, "decline", no).await.expect(200);
    assert_eq!(decided["self_approved"], json!(true), "a company may be too small for another one");
}
