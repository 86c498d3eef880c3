//! What several do at once.

use serde_json::json;
use uuid::Uuid;

use super::{AFTER, Occasion};
use crate::people_merge::Two;
use crate::support::{TestServer, at};

#[tokio::test]
async fn of_two_who_take_the_last_place_at_once_one_gets_it() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let (one, other) = (occasion.lecturer("E1", 0).await, occasion.lecturer("E2", 0).await);
    let id = occasion.published(json!({"seats": 1})).await;
    let (first, second) = tokio::join!(occasion.offer(&id, one), occasion.offer(&id, other));
    let mut answers = [&first, &second];
    answers.sort_by_key(|answer| answer.status);
    assert_eq!((answers[0].status, answers[1].problem(409)), (201, "no_seats_left"));
    assert_eq!(occasion.opportunity(&id).await["taken_count"], 1);
}

#[tokio::test]
async fn two_places_that_are_declined_at_once_go_to_two_others() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let mut people: Vec<Uuid> = Vec::new();
    for (number, sessions) in [("E1", 3), ("E2", 3), ("E3", 2), ("E4", 1)] {
        people.push(occasion.lecturer(number, sessions).await);
    }
    occasion.close().await;
    let id = occasion.published(json!({})).await;
    for person in &people {
        occasion.apply(&id, *person).await.expect(201);
    }
    server.clock.set(at(AFTER));
    let (one, other) = tokio::join!(occasion.rank(&id), occasion.rank(&id));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "ranked once");
    let decline = async |person: Uuid| occasion.does(&id, person, "decline", Some(json!({}))).await;
    let (one, other) = tokio::join!(decline(people[0]), decline(people[1]));
    assert_eq!((one.status, other.status), (200, 200));
    assert_eq!(occasion.states(&id, &people).await, ["declined", "declined", "offered", "offered"]);
}

#[tokio::test]
async fn one_who_applies_twice_at_once_has_one_application() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let one = occasion.lecturer("E1", 0).await;
    let id = occasion.published(json!({})).await;
    let (first, second) = tokio::join!(occasion.apply(&id, one), occasion.apply(&id, one));
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [201, 409]);
    assert_eq!(occasion.opportunity(&id).await["applied_count"], 1);
}

#[tokio::test]
async fn of_two_records_of_one_person_one_application_stands() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (occasion.lecturer("K1", 0).await, occasion.lecturer("D1", 0).await);
    let id = occasion.published(json!({})).await;
    for person in [kept, duplicate] {
        occasion.offer(&id, person).await.expect(201);
    }
    let another = occasion.published(json!({})).await;
    occasion.offer(&another, duplicate).await.expect(201);
    two.merge(kept, duplicate).await;
    assert_eq!(occasion.opportunity(&id).await["taken_count"], 1);
    assert_eq!(occasion.states(&another, &[kept]).await, ["offered"], "it went over");
}

#[tokio::test]
async fn of_two_applications_of_one_person_the_one_with_the_place_stands() {
    let server = TestServer::start().await;
    let occasion = Occasion::new(&server).await;
    let two = Two::new(&server).await;
    let (kept, duplicate) = (occasion.lecturer("K1", 0).await, occasion.lecturer("D1", 0).await);
    let id = occasion.published(json!({})).await;
    occasion.apply(&id, kept).await.expect(201);
    occasion.offer(&id, duplicate).await.expect(201);
    occasion.does(&id, duplicate, "accept", None).await.expect(200);
    two.merge(kept, duplicate).await;
    let after = occasion.opportunity(&id).await;
    assert_eq!((&after["taken_count"], &after["applied_count"]), (&json!(1), &json!(0)));
    assert_eq!(occasion.states(&id, &[kept]).await, ["accepted"]);
}
