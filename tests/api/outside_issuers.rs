//! Persons who come with a token of their company's own issuer.

#[path = "../support/outside_issuer.rs"]
#[allow(dead_code, reason = "the tests of the keys use the rest")]
pub mod outside_issuer;

use lectern::keys::{EmployeeKey, OutsideIssuer};
use outside_issuer::{IssuerKey, TestIssuer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, Options, TestServer};

/// A server that trusts an issuer for the tenant `acme`, which is not its first one.
struct Scene {
    server: TestServer,
    issuer: TestIssuer,
    key: IssuerKey,
    acme: Uuid,
}

impl Scene {
    async fn new(change: impl FnOnce(OutsideIssuer) -> OutsideIssuer) -> Self {
        let key = IssuerKey::generate("first");
        let issuer = TestIssuer::start(&[&key]);
        let issuers = vec![change(issuer.settings())];
        let server = TestServer::start_as(Options { issuers, ..Options::default() }).await;
        let acme = server.tenant("acme").await;
        Self { server, issuer, key, acme }
    }

    /// With a token that says this about the person.
    fn client_with(&self, about: &Value) -> Client {
        self.server.with_token(self.issuer.token_of(&self.key, self.server.clock.now().timestamp(), about))
    }

    /// With a token of employee 10042, signed with `key`.
    fn client(&self, key: &IssuerKey) -> Client {
        self.server.with_token(self.issuer.token(key, self.server.clock.now().timestamp()))
    }

    async fn employee(&self, tenant: Uuid, number: &str, email: &str) -> Uuid {
        let id = self.server.state.ids.next();
        let sql = "INSERT INTO employees (tenant_id, id, employee_number, name, email, created_at, updated_at)
                   VALUES ($1::text::uuid, $2::text::uuid, $3, 'Somebody', $4, now(), now())";
        let owner = self.server.database.owner().await;
        owner.execute(sql, &[&tenant.to_string(), &id.to_string(), &number, &email]).await.unwrap();
        id
    }
}

#[tokio::test]
async fn a_person_comes_with_a_token_of_the_companys_issuer() {
    let scene = Scene::new(|settings| settings).await;
    let client = scene.client(&scene.key);
    assert_eq!(client.get("/v1/me").await.problem(401), "unauthenticated");
    // The number is somebody's in another company: that is nobody here.
    let elsewhere = scene.employee(scene.server.tenant, "10042", "a@demo.example").await;
    assert_eq!(client.get("/v1/me").await.problem(401), "unauthenticated");
    let here = scene.employee(scene.acme, "10042", "a@acme.example").await;
    let me = client.get("/v1/me").await.expect(200);
    assert_eq!((&me["kind"], &me["employee"]["id"]), (&"person".into(), &here.to_string().into()));
    assert_eq!(me["roles"], serde_json::json!(["learner"]));
    assert_eq!(
        client.get(&format!("/v1/employees/{elsewhere}")).await.status,
        404,
        "nobody of another company is there"
    );
    assert_eq!(client.get("/v1/jobs").await.problem(403), "forbidden");
}

#[tokio::test]
async fn a_token_that_the_issuer_did_not_sign_is_refused() {
    let scene = Scene::new(|settings| settings).await;
    scene.employee(scene.acme, "10042", "a@acme.example").await;
    let forged = IssuerKey::generate("first");
    let refused = scene.client(&forged).get("/v1/me").await;
    assert_eq!(refused.problem(401), "unauthenticated");
    assert_eq!(refused.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    let old = scene.issuer.token(&scene.key, scene.server.clock.now().timestamp() - 2 * 86_400);
    assert_eq!(scene.server.with_token(old).get("/v1/me").await.problem(401), "unauthenticated");
}

#[tokio::test]
async fn the_claim_names_the_employee_as_it_is_configured() {
    let of_feishu = EmployeeKey::ExternalId { system: "feishu".to_owned(), kind: "open_id".to_owned() };
    let scene = Scene::new(|settings| OutsideIssuer { employee_key: of_feishu, ..settings }).await;
    scene.employee(scene.acme, "10042", "a@acme.example").await;
    let client = scene.client(&scene.key);
    assert_eq!(client.get("/v1/me").await.problem(401), "unauthenticated", "the number is not asked for");
    let named = scene.employee(scene.acme, "7", "b@acme.example").await;
    let sql = "INSERT INTO employee_external_ids (tenant_id, id, employee_id, system, kind, value, created_at)
               VALUES ($1::text::uuid, $2::text::uuid, $3::text::uuid, 'feishu', 'open_id', '10042', now())";
    let owner = scene.server.database.owner().await;
    let id = scene.server.state.ids.next().to_string();
    owner.execute(sql, &[&scene.acme.to_string(), &id, &named.to_string()]).await.unwrap();
    assert_eq!(client.get("/v1/me").await.expect(200)["employee"]["id"], named.to_string());
}

#[tokio::test]
async fn an_address_counts_only_if_the_issuer_verified_it() {
    let by_mail = |sends| {
        move |settings| OutsideIssuer {
            claim: "email".to_owned(),
            employee_key: EmployeeKey::Email,
            sends_email_verified: sends,
            ..settings
        }
    };
    for (sends, verified, status) in [
        (true, json!(true), 200),
        (true, json!(false), 401),
        (true, Value::Null, 401),
        (true, json!("maybe"), 401),
        (false, Value::Null, 200),
        (false, json!(false), 401),
    ] {
        let scene = Scene::new(by_mail(sends)).await;
        scene.employee(scene.acme, "10042", "a@acme.example").await;
        let about = json!({"sub": "account-1", "email": "a@acme.example", "email_verified": verified});
        let client = scene.client_with(&about);
        assert_eq!(client.get("/v1/me").await.status, status, "{sends} {verified}");
    }
}

#[tokio::test]
async fn a_claim_with_a_nul_names_nobody() {
    let of_feishu = || EmployeeKey::ExternalId { system: "feishu".to_owned(), kind: "open_id".to_owned() };
    for key in [EmployeeKey::EmployeeNumber, of_feishu()] {
        let claim = "number".to_owned();
        let scene = Scene::new(|settings| OutsideIssuer { claim, employee_key: key, ..settings }).await;
        scene.employee(scene.acme, "10042", "a@acme.example").await;
        for (sub, number) in [("1", "10042\0"), ("1", "\0"), ("1", "100\u{1}42"), ("1\0", "10042")] {
            let refused = scene.client_with(&json!({"sub": sub, "number": number})).get("/v1/me").await;
            assert_eq!(refused.problem(401), "unauthenticated", "{sub:?} {number:?}");
        }
    }
}
