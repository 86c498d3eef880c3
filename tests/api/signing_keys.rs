//! The keys that sign Lectern's own tokens, from one start to the next.

use chrono::TimeDelta;
use futures_util::future::join_all;
use lectern::db::Db;
use lectern::keys::{InstallationKey, SigningKeys};
use lectern::start::open_signing_keys;
use serde_json::Value;

use crate::support::{PATIENT, TestDatabase, TestServer, shared_runtime};

fn kids(keys: &SigningKeys) -> Vec<String> {
    let set = keys.jwks();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn first_starts_at_the_same_time_share_one_key() {
    let database = TestDatabase::new().await;
    let starts = (0..6).map(|_| {
        let url = database.url.clone();
        shared_runtime().spawn(async move {
            let clock = lectern::kernel::clock::Clock::system();
            let id = lectern::kernel::ids::Ids::new(clock.clone()).next();
            let db = Db::new(&url, 1, PATIENT).unwrap();
            open_signing_keys(&db, &InstallationKey::from_bytes([7; 32]), id, &clock).await.unwrap()
        })
    });
    let opened: Vec<Vec<String>> = join_all(starts).await.iter().map(|keys| kids(keys.as_ref().unwrap())).collect();
    assert_eq!(opened[0].len(), 1);
    assert!(opened.iter().all(|keys| *keys == opened[0]), "{opened:?}");
}

#[tokio::test]
async fn a_retired_key_verifies_until_its_last_token_has_expired_and_never_signs() {
    let server = TestServer::start().await;
    let client = server.person(server.state.ids.next(), &[]).await;
    let old = server.state.signing.kid().to_owned();
    let owner = server.database.owner().await;
    let retire = "UPDATE signing_keys SET retired_at = $1::text::timestamptz";
    owner.execute(retire, &[&server.clock.now().to_rfc3339()]).await.unwrap();
    client.get("/v1/me").await.expect(200);

    let restarted = |minutes| {
        let (state, clock) = (server.state.clone(), server.clock.clone());
        clock.set(clock.now() + TimeDelta::minutes(minutes));
        let id = state.ids.next();
        async move {
            let key = InstallationKey::from_bytes([7; 32]);
            open_signing_keys(&state.db, &key, id, &clock).await.unwrap()
        }
    };
    let soon = restarted(14).await;
    assert_ne!(soon.kid(), old, "a retired key does not sign");
    assert_eq!(kids(&soon), [soon.kid().to_owned(), old]);
    let later = restarted(1).await;
    assert_eq!(kids(&later), [soon.kid().to_owned()]);
    let made: i64 = owner.query_one("SELECT count(*) FROM signing_keys", &[]).await.unwrap().get(0);
    assert_eq!(made, 2);
    let published: Value = server.anonymous().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
}
