//! The keys that sign certificates: how long one is published, and what two people do about one that was stolen.

use chrono::TimeDelta;
use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::certificates::{Issued, verified};
use crate::people_merge::Two;
use crate::support::{Answer, Client, TestServer};

#[tokio::test]
async fn a_retired_key_is_published_as_long_as_what_it_signed_is_valid() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let kids = async || -> Vec<String> {
        let keys = issued.keys().await;
        let methods = keys["verificationMethod"].as_array().unwrap();
        assert_eq!(keys["assertionMethod"].as_array().unwrap().len(), methods.len());
        methods.iter().map(|method| method["publicKeyJwk"]["kid"].as_str().unwrap().to_owned()).collect()
    };
    let rotate = async || {
        let admin = &issued.admin;
        admin.send(admin.request(Method::POST, "/v1/credential-keys/rotate")).await.expect(200)["retired"].clone()
    };
    assert_eq!(rotate().await, Value::Null, "nothing signs yet");
    let first = issued.credential().await;
    let one = kids().await;
    assert_eq!(kids().await, one, "a key is made once");
    assert_eq!(rotate().await["kid"], json!(one[0]));
    let second = issued.credential().await;
    let two = kids().await;
    assert_eq!((two.len(), &two[1]), (2, &one[0]), "the one that signs comes first");
    for token in [&first, &second] {
        assert!(verified(&issued.keys().await, token).is_ok());
    }

    let later = |days| server.clock.set(server.clock.now() + TimeDelta::days(days));
    issued.revoke(&issued.admin).await.expect(200);
    assert_eq!(kids().await, two, "a status list that it signed is valid for a day");
    later(1);
    assert_eq!(kids().await, [two[0].clone()]);
    assert_eq!(verified(&issued.keys().await, &first), Err("unknown key"));
    assert!(verified(&issued.keys().await, &second).is_ok());
    later(365);
    let third = issued.credential().await;
    assert!(verified(&issued.keys().await, &third).is_ok());
    let (three, rotations) =
        (kids().await, "SELECT count(*) FROM audit_entries WHERE command = 'rotate_credential_key'");
    assert!(three.len() == 2 && three[1] == two[0], "after a year another key signs: {three:?}");
    let rotations: i64 = issued.march.given.sql.query_one(rotations, &[]).await.unwrap().get(0);
    assert_eq!(rotations, 5, "three keys were made, and two times was asked for");
}

/// Does something about the key that is listed first.
async fn act(by: &Client, key: &Value, verb: &str, body: Option<Value>) -> Answer {
    let path = format!("/v1/credential-keys/{}/{verb}", key["id"].as_str().unwrap());
    by.act(&path, key["etag"].as_str().unwrap(), body).await
}

fn why() -> Value {
    json!({"reason": "数据库备份与安装密钥一并外泄"})
}

#[tokio::test]
async fn what_a_stolen_key_has_signed_no_longer_verifies() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let other = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let listed = async || issued.admin.get("/v1/credential-keys").await.expect(200)["items"].clone();
    assert_eq!(listed().await, json!([]), "nothing has been signed");
    let stolen = issued.credential().await;
    let key = listed().await[0].clone();
    assert_eq!((&key["state"], &key["retired_at"]), (&json!("signing"), &Value::Null));
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(act(&machine, &key, "suspect", Some(why())).await.problem(403), "person_required");
    assert_eq!(act(&other, &key, "suspect", Some(json!({"reason": " "}))).await.problem(422), "invalid_values");
    assert_eq!(act(&other, &key, "withdraw", None).await.problem(409), "state_conflict", "in two steps");
    let none = json!({"id": Uuid::nil(), "etag": "*"});
    assert_eq!(act(&other, &none, "suspect", Some(why())).await.problem(404), "not_found");

    let suspected = act(&issued.admin, &key, "suspect", Some(why())).await.expect(200);
    assert_eq!((&suspected["state"], &suspected["suspicion_reason"]), (&json!("suspected"), &why()["reason"]));
    assert!(suspected["retired_at"].is_string(), "it signs nothing from now on");
    let fresh = issued.credential().await;
    for token in [&stolen, &fresh] {
        assert!(verified(&issued.keys().await, token).is_ok(), "one person's word makes nothing invalid");
    }
    assert_eq!(listed().await.as_array().unwrap().len(), 2);
    assert_eq!(issued.public("/verification").await.body["certificate"]["credential_renewed_on"], Value::Null);
    assert_eq!(act(&other, &key, "withdraw", None).await.problem(412), "precondition_failed");
    assert_eq!(act(&issued.admin, &suspected, "withdraw", None).await.problem(403), "self_approval");
    assert_eq!(act(&machine, &suspected, "withdraw", None).await.problem(403), "person_required");

    let withdrawn = act(&other, &suspected, "withdraw", None).await.expect(200);
    assert_eq!((&withdrawn["state"], &withdrawn["self_approved"]), (&json!("withdrawn"), &json!(false)));
    assert_eq!(act(&other, &withdrawn, "suspect", Some(why())).await.problem(409), "state_conflict", "for good");
    let keys = issued.keys().await;
    assert_eq!(verified(&keys, &stolen), Err("unknown key"));
    assert_eq!(keys["verificationMethod"].as_array().unwrap().len(), 1);
    assert!(verified(&keys, &fresh).is_ok() && verified(&keys, &issued.credential().await).is_ok());
    issued.list().await;
    let told =
        "SELECT count(*) FROM outbox_events WHERE topic IN ('credential_key.suspected', 'credential_key.withdrawn')";
    let told: i64 = issued.march.given.sql.query_one(told, &[]).await.unwrap().get(0);
    assert_eq!(told, 2, "whoever keeps credentials learns that they must be fetched again");
}

#[tokio::test]
async fn the_page_says_that_a_credential_must_be_fetched_again() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let other = server.person(server.state.ids.next(), &[Role::Admin]).await;
    issued.credential().await;
    let key = issued.admin.get("/v1/credential-keys").await.expect(200)["items"][0].clone();
    let suspected = act(&issued.admin, &key, "suspect", Some(why())).await.expect(200);
    act(&other, &suspected, "withdraw", None).await.expect(200);
    let shown = issued.public("/verification").await.expect(200);
    assert_eq!(shown["status"], "valid", "the certificate stays");
    let day = shown["certificate"]["credential_renewed_on"].as_str().unwrap().to_owned();
    let page = issued.public("").await.text;
    assert!(page.contains(&format!("{day} 及以前获取的该证书数字凭证")), "{page}");
    let english = issued.public("?language=en").await.text;
    assert!(english.contains(&format!("fetched on {day} or before may no longer verify")), "{english}");
    // One that was issued afterwards was never signed by it.
    let later = "UPDATE certificates SET issued_at = issued_at + interval '1 day'";
    issued.march.given.sql.batch_execute(later).await.unwrap();
    let shown = issued.public("/verification").await.expect(200);
    assert_eq!(shown["certificate"]["credential_renewed_on"], Value::Null);

    // A key that has been rotated can be withdrawn as well; the company may be too small for two.
    issued.credential().await;
    issued.admin.send(issued.admin.request(Method::POST, "/v1/credential-keys/rotate")).await.expect(200);
    let rotated = issued.admin.get("/v1/credential-keys").await.expect(200)["items"][0].clone();
    assert_eq!(rotated["state"], "retired");
    let suspected = act(&issued.admin, &rotated, "suspect", Some(why())).await.expect(200);
    assert_eq!(suspected["retired_at"], rotated["retired_at"]);
    issued.march.given.sql.batch_execute("UPDATE tenants SET self_approval = true").await.unwrap();
    let withdrawn = act(&issued.admin, &suspected, "withdraw", None).await.expect(200);
    assert_eq!((&withdrawn["state"], &withdrawn["self_approved"]), (&json!("withdrawn"), &json!(true)));
}

#[tokio::test]
async fn the_two_who_withdrew_a_key_cannot_turn_out_to_be_one() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let [one, other] = [server.state.ids.next(), server.state.ids.next()];
    let (first, second) = (server.person(one, &[Role::Admin]).await, server.person(other, &[Role::Admin]).await);
    issued.credential().await;
    let key = issued.admin.get("/v1/credential-keys").await.expect(200)["items"][0].clone();
    let suspected = act(&first, &key, "suspect", Some(why())).await.expect(200);
    let two = Two::new(&server).await;
    assert_eq!(two.proposed(one, other).await.status, 202);
    act(&second, &suspected, "withdraw", None).await.expect(200);
    let refused = two.proposed(one, other).await;
    assert_eq!(
        (refused.problem(409), refused.faults()),
        ("merge_refused", vec![("/duplicate_id", "checked_by_other")])
    );
}
