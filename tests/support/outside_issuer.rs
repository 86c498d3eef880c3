//! An OIDC issuer on the loopback interface, with keys of its own, that counts what is fetched from it and fails on
//! demand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, rt, web};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lectern::keys::{EmployeeKey, OutsideAlgorithm, OutsideIssuer};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// How the issuer answers when its keys are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// With this status and, in the body, its keys all the same.
    Status(u16),
    /// Keys and discovery have moved to where they are to be found in good order.
    Moved,
    /// Its keys, made longer with spaces until the body has this many bytes; in one piece or in many.
    Padded {
        bytes: usize,
        chunked: bool,
    },
    NotJson,
    /// Its discovery document is another issuer's.
    Impostor,
    /// Its keys are where they must not be fetched from.
    KeysElsewhere,
}

/// A running issuer. It ends with the process of the test.
pub struct TestIssuer {
    pub url: String,
    state: Arc<State>,
}

struct State {
    url: Mutex<String>,
    jwks: Mutex<Vec<Value>>,
    mood: Mutex<Mood>,
    discoveries: AtomicUsize,
    key_fetches: AtomicUsize,
    moved_fetches: AtomicUsize,
    /// A permit lets one answer with keys go.
    gate: Semaphore,
}

/// A key pair of an issuer, with the name it is published under.
pub struct IssuerKey {
    kid: String,
    pair: EcdsaKeyPair,
}

const OPEN: usize = 1_000_000;

impl TestIssuer {
    /// Starts an issuer that publishes `keys`, on a thread and a runtime of its own.
    pub fn start(keys: &[&IssuerKey]) -> Self {
        let state = Arc::new(State {
            url: Mutex::default(),
            jwks: Mutex::new(keys.iter().map(|key| key.jwk()).collect()),
            mood: Mutex::new(Mood::Well),
            discoveries: AtomicUsize::new(0),
            key_fetches: AtomicUsize::new(0),
            moved_fetches: AtomicUsize::new(0),
            gate: Semaphore::new(OPEN),
        });
        let (started, address) = mpsc::channel();
        let data = web::Data::from(Arc::clone(&state));
        thread::spawn(move || rt::System::new().block_on(serve(data, &started)));
        let url = format!("http://{}/realm", address.recv().expect("the issuer starts"));
        state.url.lock().expect("lock").clone_from(&url);
        Self { url, state }
    }

    pub fn settings(&self) -> OutsideIssuer {
        OutsideIssuer {
            issuer: self.url.clone(),
            tenant: "acme".into(),
            audience: "lectern".into(),
            algorithms: vec![OutsideAlgorithm::ES256],
            claim: "sub".into(),
            employee_key: EmployeeKey::EmployeeNumber,
            sends_email_verified: true,
            jwks_uri: None,
        }
    }

    /// Changes what is published.
    pub fn publish(&self, keys: &[&IssuerKey]) {
        *self.state.jwks.lock().expect("lock") = keys.iter().map(|key| key.jwk()).collect();
    }

    pub fn be(&self, mood: Mood) {
        *self.state.mood.lock().expect("lock") = mood;
    }

    /// Keeps every answer with keys back from now on, until [`Self::answer`].
    pub fn keep_silent(&self) {
        self.state.gate.forget_permits(OPEN);
    }

    pub fn answer(&self) {
        self.state.gate.add_permits(OPEN);
    }

    pub fn discoveries(&self) -> usize {
        self.state.discoveries.load(Ordering::SeqCst)
    }

    pub fn key_fetches(&self) -> usize {
        self.state.key_fetches.load(Ordering::SeqCst)
    }

    /// How often somebody followed a redirect.
    pub fn moved_fetches(&self) -> usize {
        self.state.moved_fetches.load(Ordering::SeqCst)
    }

    /// A token for employee `10042`, signed with `key`, good for a day from `issued_at` (seconds).
    pub fn token(&self, key: &IssuerKey, issued_at: i64) -> String {
        self.token_of(key, issued_at, &json!({"sub": "10042"}))
    }

    /// The same with these claims of the person.
    pub fn token_of(&self, key: &IssuerKey, issued_at: i64, person: &Value) -> String {
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": key.kid});
        let mut claims = json!({"iss": self.url, "aud": "lectern", "iat": issued_at, "exp": issued_at + 86_400});
        for (name, value) in person.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let signed = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
        let signature = key.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("signs");
        format!("{signed}.{}", b64(signature.as_ref()))
    }
}

impl IssuerKey {
    pub fn generate(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("generates");
        Self { kid: kid.to_owned(), pair }
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({"kid": self.kid, "kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y), "use": "sig", "alg": "ES256"})
    }
}

fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn serve(state: web::Data<State>, started: &mpsc::Sender<std::net::SocketAddr>) {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .route("/realm/.well-known/openid-configuration", web::get().to(discover))
            .route("/realm/keys", web::get().to(keys))
            .route("/moved/discovery", web::get().to(moved_discovery))
            .route("/moved/keys", web::get().to(moved_keys))
    })
    .workers(1)
    .bind(("127.0.0.1", 0))
    .expect("binds");
    started.send(server.addrs()[0]).expect("somebody waits");
    server.run().await.expect("serves");
}

async fn discover(state: web::Data<State>) -> HttpResponse {
    state.discoveries.fetch_add(1, Ordering::SeqCst);
    if state.mood() == Mood::Moved {
        return moved(&state, "/moved/discovery");
    }
    HttpResponse::Ok().json(state.discovery())
}

async fn keys(state: web::Data<State>) -> HttpResponse {
    state.key_fetches.fetch_add(1, Ordering::SeqCst);
    let _permit = state.gate.acquire().await.expect("never closed");
    let mut set = json!({"keys": *state.jwks.lock().expect("lock")}).to_string();
    match state.mood() {
        Mood::Moved => moved(&state, "/moved/keys"),
        Mood::Status(status) => HttpResponse::build(StatusCode::from_u16(status).expect("a status")).body(set),
        Mood::NotJson => HttpResponse::Ok().body("<html>"),
        Mood::Padded { bytes, chunked } => {
            set.push_str(&" ".repeat(bytes - set.len()));
            let mut answer = HttpResponse::Ok();
            if chunked { answer.streaming(in_pieces(set)) } else { answer.body(set) }
        }
        Mood::Well | Mood::Impostor | Mood::KeysElsewhere => HttpResponse::Ok().body(set),
    }
}

fn in_pieces(body: String) -> impl futures_util::Stream<Item = Result<web::Bytes, std::io::Error>> {
    let pieces: Vec<_> =
        body.as_bytes().chunks(64 * 1024).map(|piece| Ok(web::Bytes::copy_from_slice(piece))).collect();
    futures_util::stream::iter(pieces)
}

fn moved(state: &State, path: &str) -> HttpResponse {
    let url = state.url.lock().expect("lock").replace("/realm", path);
    HttpResponse::TemporaryRedirect().insert_header(("location", url)).finish()
}

async fn moved_discovery(state: web::Data<State>) -> HttpResponse {
    state.moved_fetches.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().json(state.discovery())
}

async fn moved_keys(state: web::Data<State>) -> HttpResponse {
    state.moved_fetches.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().json(json!({"keys": *state.jwks.lock().expect("lock")}))
}

impl State {
    fn mood(&self) -> Mood {
        self.mood.lock().expect("lock").clone()
    }

    fn discovery(&self) -> Value {
        let url = self.url.lock().expect("lock").clone();
        let issuer = if self.mood() == Mood::Impostor { format!("{url}/other") } else { url.clone() };
        let keys = if self.mood() == Mood::KeysElsewhere { url.replace("127.0.0.1", "0.0.0.0") } else { url };
        json!({"issuer": issuer, "jwks_uri": format!("{keys}/keys")})
    }
}
