//! Certificates as others see them: the public page, the credential that other systems verify, the list of what is revoked.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use lectern::auth::Role;
use lectern::http::RateLimits;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::closing::March;
use crate::support::{Answer, Client, Options, TestServer, at};

/// March is closed, and the lecturer with the most sessions has got a certificate.
pub struct Issued<'s> {
    pub server: &'s TestServer,
    pub march: March<'s>,
    pub admin: Client,
    pub certificate: Value,
}

impl<'s> Issued<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let named = "UPDATE employees SET name = '王芳 <b>&' WHERE employee_number = 'E1'; UPDATE tenants SET name = '示例公司'";
        march.given.sql.batch_execute(named).await.unwrap();
        let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
        march.closed_by(&admin).await;
        let certificate = admin.get("/v1/certificates").await.expect(200)["items"][0].clone();
        assert_eq!(certificate["employee"]["id"], json!(march.lecturers[0]));
        Self { server, march, admin, certificate }
    }

    fn code(&self) -> &str {
        self.certificate["public_code"].as_str().unwrap()
    }

    /// What anybody gets at the public address of the certificate.
    pub async fn public(&self, rest: &str) -> Answer {
        self.server.anonymous().get(&format!("/certificates/{}{rest}", self.code())).await
    }

    pub async fn credential(&self) -> String {
        let answer = self.public("/credential").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/vc+jwt"), "{}", answer.text);
        answer.text
    }

    pub async fn revoke(&self, by: &Client) -> Answer {
        let path = format!("/v1/certificates/{}/revoke", self.certificate["id"].as_str().unwrap());
        let etag = self.certificate["etag"].as_str().unwrap();
        by.act(&path, etag, Some(json!({"reason": "重复计算"}))).await
    }

    /// The keys of the company.
    pub async fn keys(&self) -> Value {
        let answer = self.server.anonymous().get("/issuers/demo/did.json").await;
        assert_eq!(answer.header("cache-control"), "no-cache", "a new key signs at once");
        answer.expect(200)
    }

    /// The status list, verified.
    pub async fn list(&self) -> Value {
        let answer = self.server.anonymous().get("/issuers/demo/status-lists/0").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/vc+jwt"), "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        verified(&self.keys().await, &answer.text).unwrap()
    }
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// What a JWT says, if a key of this DID document has signed it. The signature is verified by a library that has no part in making it.
pub fn verified(document: &Value, token: &str) -> Result<Value, &'static str> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Err("no JWT") };
    let head: Value = serde_json::from_slice(&decoded(header)).unwrap();
    assert_eq!((&head["alg"], &head["typ"]), (&json!("ES256"), &json!("JWT")));
    assert_eq!(head.as_object().unwrap().len(), 3, "no other header is allowed: {head}");
    let mut methods = document["verificationMethod"].as_array().unwrap().iter();
    let method = methods.find(|method| method["id"] == head["kid"]).ok_or("unknown key")?;
    assert_eq!(method["controller"], document["id"]);
    let jwk = &method["publicKeyJwk"];
    let point = [vec![4], decoded(jwk["x"].as_str().unwrap()), decoded(jwk["y"].as_str().unwrap())].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(format!("{header}.{claims}").as_bytes(), &decoded(signature)).map_err(|_| "bad signature")?;
    Ok(serde_json::from_slice(&decoded(claims)).unwrap())
}

/// Whether the list has a bit at this place, and how many bits it has in all.
fn bits(list: &Value, place: &Value) -> (bool, u32) {
    let packed = decoded(list["credentialSubject"]["encodedList"].as_str().unwrap().strip_prefix('u').unwrap());
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 16 * 1024);
    let place: usize = place.as_str().unwrap().parse().unwrap();
    (bytes[place / 8] & (0x80 >> (place % 8)) != 0, bytes.iter().map(|byte| byte.count_ones()).sum())
}

#[tokio::test]
async fn the_public_page_says_valid_revoked_or_unknown_in_both_languages() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let page = issued.public("").await;
    assert_eq!((page.status, page.header("content-language")), (200, "zh-CN"), "the language of the company");
    for said in [
        "该证书真实有效。",
        "王芳 &lt;b&gt;&amp;",
        "示例公司",
        "2026年3月",
        "most-sessions",
        "name=\"robots\" content=\"noindex\"",
    ] {
        assert!(page.text.contains(said), "{said} is not in {}", page.text);
    }
    assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    assert_eq!(page.header("cache-control"), "no-store");
    let english = issued.public("?language=en").await;
    assert_eq!(english.header("content-language"), "en");
    assert!(
        english.text.contains("This certificate is valid.") && !english.text.contains("该证书"),
        "{}",
        english.text
    );
    assert_eq!(issued.public("?language=fr").await.problem(400), "invalid_query");

    issued.revoke(&issued.admin).await.expect(200);
    let revoked = issued.public("").await.text;
    assert!(revoked.contains("被吊销，不再有效。") && !revoked.contains("该证书真实有效"), "{revoked}");
    let english = issued.public("?language=en").await.text;
    assert!(english.contains("This certificate was revoked on 2026-"), "{english}");
    // Nothing is told that does not stand on the certificate.
    for secret in ["重复计算", "E1", issued.certificate["id"].as_str().unwrap(), &issued.march.lecturers[0].to_string()]
    {
        let [page, revoked] = [&page.text, &revoked].map(|text| text.replace(issued.code(), ""));
        assert!(!page.contains(secret) && !revoked.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_a_code_the_answer_is_the_same() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let shown = issued.public("/verification").await;
    assert_eq!(shown.header("x-robots-tag"), "noindex, nofollow");
    let shown = shown.expect(200);
    assert_eq!(shown["status"], "valid");
    let certificate = &shown["certificate"];
    assert_eq!((&certificate["holder"], &certificate["issuer"]), (&json!("王芳 <b>&"), &json!("示例公司")));
    assert_eq!((&certificate["period"], &certificate["revoked_on"]), (&json!("2026-03"), &Value::Null));

    let other = server.tenant("other").await;
    let (_, random) = issued.code().split_at(22);
    let elsewhere = format!("{}{random}", URL_SAFE_NO_PAD.encode(other.as_bytes()));
    let guessed = format!("{}{}", &issued.code()[..22], "A".repeat(22));
    let cut = issued.code()[..30].to_owned();
    for code in [elsewhere, guessed, cut, "a".to_owned()] {
        let unknown = server.anonymous().get(&format!("/certificates/{code}/verification")).await.expect(200);
        assert_eq!(unknown, json!({"status": "unknown", "certificate": null}), "{code}");
        let page = server.anonymous().get(&format!("/certificates/{code}?language=zh-CN")).await;
        assert!(page.status == 200 && page.text.contains("没有该编号的证书。"), "{}", page.text);
        assert!(!page.text.contains("王芳"));
        let credential = server.anonymous().get(&format!("/certificates/{code}/credential")).await;
        assert_eq!(credential.problem(404), "not_found");
    }
    for path in ["/certificates/a.b", "/certificates/a%20b/verification", &format!("/certificates/{}", "a".repeat(87))]
    {
        assert_eq!(server.anonymous().get(path).await.problem(404), "not_found", "{path}");
    }
}

#[tokio::test]
async fn a_link_that_got_parameters_on_its_way_still_opens() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    for added in
        ["utm_source=wechat&utm_source=mail", "from=singlemessage&isappinstalled=0", "fbclid=a%2Bb&x", "=&&a=1"]
    {
        for rest in ["", "/print", "/image", "/verification"] {
            let opened = issued.public(&format!("{rest}?language=en&{added}")).await;
            assert_eq!(
                (opened.status, opened.header("content-language")),
                (200, "en"),
                "{rest}?{added}: {}",
                opened.text
            );
        }
    }
    // What they do know must be right.
    for wrong in ["language=fr&utm_source=mail", "language=en&language=en"] {
        assert_eq!(issued.public(&format!("?{wrong}")).await.problem(400), "invalid_query", "{wrong}");
    }
    let list = issued.admin.get("/v1/certificates?utm_source=mail").await;
    assert_eq!(list.problem(400), "invalid_query", "a program that mistypes a name is told so");
}

#[tokio::test]
async fn a_foreign_library_verifies_a_credential_and_refuses_a_tampered_one() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let token = issued.credential().await;
    let keys = issued.keys().await;
    let claims = verified(&keys, &token).unwrap();
    let url = format!("{}/certificates/{}", server.base, issued.code());
    let did = format!("did:web:{}:issuers:demo", server.base.trim_start_matches("http://").replace(':', "%3A"));
    assert_eq!((&claims["id"], &claims["jti"]), (&json!(url), &json!(url)));
    assert_eq!((&claims["issuer"]["id"], &claims["iss"], &keys["id"]), (&json!(did), &json!(did), &json!(did)));
    assert_eq!(claims["@context"][0], "https://www.w3.org/ns/credentials/v2");
    assert_eq!(claims["type"], json!(["VerifiableCredential", "OpenBadgeCredential"]));
    let subject = &claims["credentialSubject"];
    assert_eq!((&subject["id"], &subject["identifier"][0]["identityHash"]), (&claims["sub"], &json!("王芳 <b>&")));
    assert_eq!(subject["achievement"]["name"], "most-sessions");
    let valid_from = chrono::DateTime::parse_from_rfc3339(claims["validFrom"].as_str().unwrap()).unwrap();
    assert_eq!(claims["nbf"], json!(valid_from.timestamp()));
    let profile = server.anonymous().get("/issuers/demo").await.expect(200);
    assert_eq!((&profile["id"], &profile["name"]), (&json!(did), &json!("示例公司")));

    let [header, body, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let mut forged = claims.clone();
    forged["credentialSubject"]["identifier"][0]["identityHash"] = json!("李雷");
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    assert_eq!(verified(&keys, &format!("{header}.{forged}.{signature}")), Err("bad signature"));
    let mut changed = decoded(signature);
    changed[40] ^= 1;
    let changed = URL_SAFE_NO_PAD.encode(changed);
    assert_eq!(verified(&keys, &format!("{header}.{body}.{changed}")), Err("bad signature"));
    // The keys of access tokens are others, and no other company has signed it.
    let tokens = server.anonymous().get("/.well-known/jwks.json").await.text;
    assert!(!tokens.contains(keys["verificationMethod"][0]["publicKeyJwk"]["kid"].as_str().unwrap()));
    server.tenant("other").await;
    let others = server.anonymous().get("/issuers/other/did.json").await.expect(200);
    assert_eq!(others["verificationMethod"], json!([]));
    assert_eq!(server.anonymous().get("/issuers/nobody/did.json").await.problem(404), "not_found");
}

#[tokio::test]
async fn a_revocation_has_a_reason_and_stands_in_the_status_list() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let claims = verified(&issued.keys().await, &issued.credential().await);
    // The keys were asked for before the first signature made one.
    assert_eq!(claims.unwrap_err(), "unknown key");
    let claims = verified(&issued.keys().await, &issued.credential().await).unwrap();
    assert_eq!((&claims["validUntil"], &claims["exp"]), (&Value::Null, &Value::Null), "it has no end");
    let status = &claims["credentialStatus"];
    let before = issued.list().await;
    assert_eq!((&before["id"], &before["iss"]), (&status["statusListCredential"], &claims["iss"]));
    assert_eq!(bits(&before, &status["statusListIndex"]), (false, 0));

    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(issued.revoke(&machine).await.problem(403), "person_required");
    let holder = server.person_token(server.tenant, issued.march.lecturers[0]);
    assert_eq!(issued.revoke(&holder).await.problem(403), "forbidden");
    let path = format!("/v1/certificates/{}/revoke", issued.certificate["id"].as_str().unwrap());
    let without = issued.admin.act(&path, "*", Some(json!({"reason": " "}))).await;
    assert_eq!(without.problem(422), "invalid_values");
    assert_eq!(bits(&issued.list().await, &status["statusListIndex"]), (false, 0));

    let revoked = issued.revoke(&issued.admin).await.expect(200);
    assert_eq!((&revoked["revoke_reason"], &revoked["etag"]), (&json!("重复计算"), &json!("\"2\"")));
    assert_eq!(issued.revoke(&issued.admin).await.problem(412), "precondition_failed");
    assert_eq!(issued.admin.act(&path, "*", Some(json!({"reason": "x"}))).await.problem(409), "state_conflict");
    let own = holder.get("/v1/certificates").await.expect(200);
    assert_eq!(own["items"][0]["revoke_reason"], "重复计算", "the holder is told why");
    assert_eq!(bits(&issued.list().await, &status["statusListIndex"]), (true, 1));
    let ended = verified(&issued.keys().await, &issued.credential().await).unwrap();
    let revoked_at = at(revoked["revoked_at"].as_str().unwrap());
    assert_eq!(ended["exp"], json!(revoked_at.timestamp()), "what is signed from now on has an end");
    assert_eq!(at(ended["validUntil"].as_str().unwrap()).timestamp(), revoked_at.timestamp());
    assert_eq!(&ended["credentialStatus"], status);
    let log = "SELECT details->>'reason' FROM audit_entries WHERE command = 'revoke_certificate'";
    let logged: String = issued.march.given.sql.query_one(log, &[]).await.unwrap().get(0);
    assert_eq!(logged, "重复计算");
    for number in ["1", "16383", "-1"] {
        let none = server.anonymous().get(&format!("/issuers/demo/status-lists/{number}")).await;
        assert_eq!(none.problem(404), "not_found", "{number}");
    }
    assert_eq!(server.anonymous().get("/issuers/demo/status-lists/x").await.problem(400), "invalid_path");
}

/// The service of the release before goes on issuing while a new one is rolled out.
#[tokio::test]
async fn a_certificate_of_an_older_service_gets_its_place_when_somebody_asks_for_it() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let columns = "tenant_id, id, employee_id, programme_id, earned_period, certificate_code, public_code, issued_at, created_at, updated_at";
    let issue = format!(
        "INSERT INTO certificates ({columns})
         SELECT tenant_id, gen_random_uuid(), employee_id, programme_id, '2026-02', certificate_code, left(md5('older'), 22),
                issued_at, created_at, updated_at FROM certificates"
    );
    issued.march.given.sql.batch_execute(&issue).await.unwrap();
    let older = issued.admin.get("/v1/certificates?period=2026-02").await.expect(200)["items"][0].clone();
    let issued = Issued { certificate: older, ..issued };
    assert_eq!(issued.public("/verification").await.expect(200)["status"], "valid");
    let (one, other) = tokio::join!(issued.credential(), issued.credential());
    let keys = issued.keys().await;
    let [one, other] = [one, other].map(|token| verified(&keys, &token).unwrap()["credentialStatus"].clone());
    assert_eq!(one, other, "of two who ask at once, one gives it its place");
    let listed = issued.admin.get("/v1/certificates?period=2026-02").await.expect(200)["items"][0].clone();
    assert_eq!(listed["etag"], issued.certificate["etag"]);
    issued.revoke(&issued.admin).await.expect(200);
    assert_eq!(bits(&issued.list().await, &one["statusListIndex"]), (true, 1));
}

#[tokio::test]
async fn a_certificate_is_drawn_and_printed_in_both_languages() {
    let server = TestServer::start().await;
    let issued = Issued::new(&server).await;
    let picture = issued.public("/image").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/svg+xml"), "{}", picture.text);
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    for said in ["荣誉证书", "王芳 &lt;b&gt;&amp;", "示例公司", "2026年3月", "xml:lang=\"zh-CN\"", "扫码查验"]
    {
        assert!(picture.text.contains(said), "{said} is not in {}", picture.text);
    }
    let (_, baked) = picture.text.split_once(" verify=\"").unwrap();
    let (baked, _) = baked.split_once('"').unwrap();
    let claims = verified(&issued.keys().await, baked).unwrap();
    assert_eq!(claims["id"], json!(format!("{}/certificates/{}", server.base, issued.code())));

    let printed = issued.public("/print?language=en").await;
    assert!(printed.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(printed.text.contains("Certificate of Honour") && printed.text.contains("<svg "), "{}", printed.text);
    assert!(!printed.text.contains("openbadges:credential") && !printed.text.contains("REVOKED"));
    for answer in [&picture, &printed] {
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
    }
    let shown = issued.public("/verification?language=en").await.expect(200);
    let path = shown["certificate"]["image_url"].as_str().unwrap().trim_start_matches(&server.base).to_owned();
    assert!(server.anonymous().get(&path).await.text.contains("Certificate of Honour"), "{path}");

    issued.revoke(&issued.admin).await.expect(200);
    assert!(issued.public("/print?language=en").await.text.contains(">REVOKED<"));
    let stamped = issued.public("/image?language=zh-CN").await.text;
    assert!(stamped.contains(">已吊销<") && !stamped.contains("openbadges:credential"), "{stamped}");
    for rest in ["image", "print"] {
        assert_eq!(server.anonymous().get(&format!("/certificates/a/{rest}")).await.problem(404), "not_found");
    }
}

#[tokio::test]
async fn who_tries_codes_is_slowed_down() {
    let options = Options { rate_limits: RateLimits::per_minute(0, 1), ..Options::default() };
    let server = TestServer::start_as(options).await;
    let paths =
        ["/certificates/a", "/certificates/a/verification", "/certificates/a/credential", "/issuers/demo/did.json"];
    for path in paths {
        assert!(server.anonymous().get(path).await.status < 429, "{path}");
        assert_eq!(server.anonymous().get(path).await.problem(429), "too_many_requests", "{path}");
    }
}
