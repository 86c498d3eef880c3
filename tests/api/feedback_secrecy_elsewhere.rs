//! Nobody is found out by a detour either: by cases, files, boards and lists, or by what came late for a closed period.

use std::collections::BTreeMap;

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::feedback_batches::Course;
use crate::feedback_secrecy::{State, Step, Watch, state};
use crate::feedback_secrecy_anonymous;
use crate::imports::order;
use crate::support::{Client, TestServer, at};

/// What boards and lists show of each lecturer: rank, score, and the number of ratings in it.
async fn boards(watch: &Watch<'_>, client: &Client) -> Vec<Value> {
    let mut seen = Vec::new();
    for list in ["leaderboard", "scorecards"] {
        let page = client.get(&watch.course.period(list)).await.expect(200);
        for one in page["items"].as_array().unwrap() {
            let rating = &one["card"]["metrics"]["feedback_rating"]["n"];
            let score = if list == "scorecards" { &one["card"]["score"] } else { &one["score"] };
            seen.push(json!([list, one["employee"]["id"], one["rank"], score, rating]));
        }
    }
    seen
}

async fn imported(client: &Client, files: &[(&str, &str)]) -> Value {
    client.ended(&client.post("/v1/imports", order(files)).await).await
}

/// A session of the first lecturer in March that a file brings, and its attendance.
const SESSION: &str = "session_code,programme_code,title,kind,mode,state,scheduled_start,scheduled_minutes,delivered_start,\
                       delivered_minutes,lecturers\n\
                       S1,programme,T,assigned,online,delivered,2026-03-02 08:00,60,2026-03-02 08:00,60,L0\n";
const ATTENDANCE: &str = "session_code,employee_number,state\nS1,X0,present\n";

#[tokio::test]
async fn cases_and_files_move_no_shown_rating_and_boards_move_with_the_statements() {
    let server = TestServer::start().await;
    let mut watch = Watch::rated(&server).await;
    let boss = watch.course.given.employee("BOSS").await;
    let boss = server.person(boss, &[Role::Admin]).await;
    let before = boards(&watch, &boss).await;
    assert!(before.iter().any(|seen| seen[0] == "leaderboard" && !seen[3].is_null()), "{before:?}");

    watch.steps = vec!["a case is reported, confirmed and voided".to_owned()];
    let learner = server.person_token(server.tenant, watch.course.learners[0]);
    let case = json!({"session_id": watch.sessions[0], "description": "It worked."});
    let case = format!("/v1/application-cases/{}", learner.post("/v1/application-cases", case).await.id());
    watch.looks().await;
    for (verb, body) in [("confirm", json!({})), ("void", json!({"reason": "Of another session"}))] {
        boss.post(&format!("{case}/{verb}"), body).await.expect(200);
        watch.looks().await;
        assert_eq!(boards(&watch, &boss).await, before, "{verb}");
    }

    watch.steps = vec!["a file brings a rating, and then the session without it".to_owned()];
    let hris = server.client(&[Role::Hris]).await;
    let ratings = "session_code,employee_number,rating,received_at\nS1,X0,1,2026-03-02 10:00\n";
    let files = [("sessions.csv", SESSION), ("attendance.csv", ATTENDANCE)];
    let forged = imported(&hris, &[files[0], files[1], ("ratings.csv", ratings)]).await;
    assert_eq!(forged["problem"]["faults"][0]["code"], "live_feedback", "{forged}");
    watch.looks().await;
    assert_eq!(boards(&watch, &boss).await, before);
    let brought = imported(&hris, &files).await;
    assert_eq!(brought["state"], "succeeded", "{brought}");
    watch.looks().await;
    assert_eq!(boards(&watch, &boss).await, before);

    // A rating that is held back moves no board; what releases it moves statement and board together.
    watch.steps = vec!["one rates, and another".to_owned()];
    watch.does(Step::Rate { learner: 4, session: 3, rating: 10 }).await;
    watch.looks().await;
    assert_eq!(boards(&watch, &boss).await, before);
}

/// The state of each lecturer that a closed period shows: as frozen, with what its late facts say changed.
async fn late_states(watch: &Watch<'_>, client: &Client) -> BTreeMap<Uuid, State> {
    let mut states = BTreeMap::new();
    for lecturer in &watch.lecturers {
        let statement = client.get(&watch.course.period(&format!("scorecards/{lecturer}"))).await;
        if statement.status == 404 {
            continue;
        }
        let statement = statement.expect(200);
        let mut frozen = state(&statement["items_together"]);
        for session in statement["sessions"].as_array().unwrap() {
            frozen.extend(state(&session["items"]));
        }
        states.insert(*lecturer, frozen);
    }
    let late = client.get(&watch.course.period("late-facts")).await.expect(200);
    for one in late["items"].as_array().unwrap() {
        let lecturer: Uuid = one["employee"]["id"].as_str().unwrap().parse().unwrap();
        let own = states.entry(lecturer).or_default();
        let answers = one["facts"].as_array().unwrap().iter().filter(|fact| fact["kind"] == "ratings");
        for fact in answers.filter(|fact| !fact["key"].is_null()) {
            let key = fact["key"].as_str().unwrap().to_owned();
            // One answer each: what came or changed is another answer, whichever.
            match fact["change"].as_str().unwrap() {
                "went" => drop(own.remove(&key)),
                _ => drop(own.insert(key, -1)),
            }
        }
    }
    states
}

#[tokio::test]
async fn late_facts_of_a_closed_period_name_nobody() {
    let server = TestServer::start().await;
    // 4 + 2 + 4 of the first lecturer.
    tries_late_facts(Watch::rated(&server).await, 10).await;
}

#[tokio::test]
async fn late_facts_of_a_closed_period_name_nobody_whose_rating_is_anonymous() {
    let server = TestServer::start().await;
    // 6 + 4 + 6 of the first lecturer.
    tries_late_facts(feedback_secrecy_anonymous::rated(&server).await, 16).await;
}

/// March is closed, with so many ratings of the lecturer who has the most; then everything is tried on its facts.
async fn tries_late_facts(mut watch: Watch<'_>, most: usize) {
    let server = watch.course.server;
    server.clock.set(at("2026-04-07T01:00:00Z"));
    let hr = watch.course.given.employee("HR").await;
    let hr = server.person(hr, &[Role::Admin]).await;
    let force = json!({"force": true, "reason": "February was not scored"});
    finished(&hr, &hr.post(&watch.course.period("close"), force).await).await;
    let closed = late_states(&watch, &hr).await;
    assert_eq!(closed.values().map(State::len).max(), Some(most), "{closed:?}");
    let mut shown = vec![("the close".to_owned(), closed)];
    let deliver = |session: usize, in_february: bool| Step::Deliver { session, in_february };
    for step in [
        Step::Miss { session: 1 },
        deliver(1, false),
        deliver(1, true),
        deliver(1, false),
        Step::Cancel { session: 3 },
        deliver(3, false),
        Step::Miss { session: 0 },
        Step::Lecturers { session: 2, given_by: 0b100 },
        Step::Lecturers { session: 2, given_by: 0b011 },
        Step::Attendance { session: 0, present: !1 },
        Step::Audience { session: 1, registered: 1 },
        Step::Lecturers { session: 1, given_by: 0b010 },
    ] {
        let what = format!("{step:?}");
        watch.does(step).await;
        let now = late_states(&watch, &hr).await;
        for (lecturer, own) in &now {
            for (before, then) in &shown {
                let empty = State::new();
                let then = then.get(lecturer).unwrap_or(&empty);
                let changed = own.iter().filter(|(key, value)| then.get(*key) != Some(*value)).count();
                let differ = changed + then.keys().filter(|key| !own.contains_key(*key)).count();
                assert!(differ == 0 || differ >= watch.k, "{what} differs by {differ} from {before}: {own:?} {then:?}");
            }
        }
        shown.push((what, now));
    }
}

/// Twelve say the letters of the alphabet in order.
#[tokio::test]
async fn texts_come_in_no_order_that_tells_who_wrote_first() {
    let server = TestServer::start().await;
    let course = Course::new(&server, 12).await;
    let lecturer = course.lecturer("L1").await;
    let session = course.session(&[lecturer]).await;
    let said: Vec<String> = ('a'..='l').map(String::from).collect();
    for (learner, text) in said.iter().enumerate() {
        let feedback = json!({"rating": 8, "text": text});
        course.tries_to_rate(learner, session, &feedback).await.expect(200);
    }
    let reader = server.person_token(server.tenant, lecturer);
    let path = format!("/v1/sessions/{session}/feedback");
    let mut orders = Vec::new();
    for _ in 0..2 {
        let report = reader.get(&path).await.expect(200);
        let texts = report["texts"].as_array().unwrap().iter().map(|text| text["text"].as_str().unwrap().to_owned());
        orders.push(texts.collect::<Vec<String>>());
    }
    // Once in 479 001 600 times it is by chance.
    assert!(orders.iter().all(|order| *order != said), "{orders:?}");
    for mut order in orders {
        order.sort_unstable();
        assert_eq!(order, said);
    }
}

#[tokio::test]
async fn no_list_log_event_or_tag_moves_with_a_rating_that_is_held_back() {
    let server = TestServer::start().await;
    looks_elsewhere(Watch::new(&server).await, 2).await;
}

#[tokio::test]
async fn no_list_log_event_or_tag_moves_with_an_anonymous_rating_that_is_held_back() {
    let server = TestServer::start().await;
    looks_elsewhere(feedback_secrecy_anonymous::unrated(&server).await, 4).await;
}

/// What else can be looked at says nothing of so many ratings that are held back.
async fn looks_elsewhere(watch: Watch<'_>, held_back: usize) {
    let server = watch.course.server;
    let hr = watch.course.hr().await;
    let auditor = server.client(&[Role::Auditor]).await;
    let session = watch.sessions[0];
    let card = format!("scorecards/{}", watch.lecturers[0]);
    // A day in the period, and after the session: a rating that shows would move it to the day of the session.
    let later = "UPDATE programmes SET live_feedback_from_on = '2026-03-20'";
    watch.course.given.sql.batch_execute(later).await.unwrap();
    let paths = [
        "/v1/sessions".to_owned(),
        format!("/v1/sessions/{session}"),
        format!("/v1/sessions/{session}/attendance"),
        format!("/v1/sessions/{session}/audience"),
        format!("/v1/sessions/{session}/feedback"),
        "/v1/employees".to_owned(),
        "/v1/application-cases".to_owned(),
        "/v1/programmes".to_owned(),
        format!("/v1/programmes/{}", watch.course.programme),
        format!("/v1/programmes/{}/periods/2026-03", watch.course.programme),
        format!("/v1/programmes/{}/scoring-rules", watch.course.programme),
        watch.course.period("scorecards"),
        watch.course.period(&card),
        watch.course.period(&format!("{card}/place")),
        watch.course.period(&format!("{card}/statement")),
        watch.course.period("leaderboard"),
        watch.course.period("leaderboard/places"),
    ];
    let look = async || {
        let mut seen = Vec::new();
        for path in &paths {
            let answer = hr.get(path).await;
            seen.push((path.clone(), answer.etag().to_owned(), answer.expect(200)));
        }
        let log = auditor.get("/v1/audit-entries").await.expect(200);
        seen.push(("log".to_owned(), String::new(), log));
        seen
    };
    let before = look().await;
    for learner in 0..held_back {
        let feedback = json!({"rating": 9 - learner, "text": "x"});
        watch.course.tries_to_rate(learner, session, &feedback).await.expect(200);
        assert_eq!(look().await, before);
    }
    let programme = format!("/v1/programmes/{}", watch.course.programme);
    let postponed = hr.patch(&programme, "*", json!({"live_feedback_from_on": "2026-05-01"})).await;
    assert_eq!(postponed.faults(), [("/live_feedback_from_on", "not_eligible")], "whether or not somebody has rated");
    let events = "SELECT count(*) FROM outbox_events";
    let count: i64 = watch.course.given.sql.query_one(events, &[]).await.unwrap().get(0);
    assert_eq!(count, 0, "no event either");
}
