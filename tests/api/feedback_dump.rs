//! Whoever has a dump of the database, system columns included, does not find out who said what in anonymous feedback.
//!
//! Twelve learners rate three sessions. What the tables openly say is who took part in which session. The test looks for anything that
//! says more: a row that names both, a value, an instant, a transaction or a place that a learner and an answer have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::InstrumentationEvent;
use lectern::db::Watch;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::feedback_batches::Course;
use crate::feedback_form::item;
use crate::support::{Options, TestServer, at};

/// A row with its system columns.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    table: String,
    /// Page and number.
    ctid: (u32, u32),
    xmin: String,
    cmin: String,
    xmax: String,
    columns: Value,
}

impl Row {
    fn column(&self, name: &str) -> &str {
        self.columns[name].as_str().unwrap_or_default()
    }

    fn says(&self, what: &str) -> bool {
        self.columns.to_string().contains(what)
    }

    /// What identifies the row among those of its table.
    fn key(&self) -> (String, String) {
        (self.table.clone(), self.columns.get("id").unwrap_or(&self.columns).to_string())
    }

    /// Every text in it: ids, instants, words.
    fn values(&self) -> BTreeSet<String> {
        fn collect(value: &Value, into: &mut BTreeSet<String>) {
            match value {
                Value::String(text) => drop(into.insert(text.clone())),
                Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
                Value::Object(members) => members.values().for_each(|member| collect(member, into)),
                _ => {}
            }
        }
        let mut values = BTreeSet::new();
        collect(&self.columns, &mut values);
        values
    }
}

/// Every row of every table.
async fn dump(server: &TestServer) -> Vec<Row> {
    let owner = server.database.owner().await;
    owner.batch_execute("SET timezone = 'UTC'").await.unwrap();
    let tables =
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
    let mut rows = Vec::new();
    for table in owner.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let sql = format!(
            "SELECT ctid::text, xmin::text, cmin::text, xmax::text, to_jsonb(t)::text FROM {table} t ORDER BY t.ctid"
        );
        for row in owner.query(&sql, &[]).await.unwrap() {
            let text = |at: usize| row.get::<_, String>(at);
            let place = text(0);
            let (page, number) = place.trim_matches(['(', ')']).split_once(',').unwrap();
            rows.push(Row {
                table: table.clone(),
                ctid: (page.parse().unwrap(), number.parse().unwrap()),
                xmin: text(1),
                cmin: text(2),
                xmax: text(3),
                columns: serde_json::from_str(&text(4)).unwrap(),
            });
        }
    }
    rows
}

const PEOPLE: &str = "anonymous_participants";
const COUNTS: &str = "anonymous_counts";
const TEXTS: &str = "anonymous_texts";

/// The learners and sessions, and what was said in which order.
struct Story<'s> {
    course: Course<'s>,
    sessions: Vec<Uuid>,
    /// Learner and session, in the order of the answers.
    said: Vec<(usize, usize)>,
    now: DateTime<Utc>,
    instants: Vec<DateTime<Utc>>,
}

/// How many of the learners, from the first on, rate each session: 12, 10 and 8. So of each session something is held back or released,
/// and there are three kinds of learners.
const RATED_BY: [usize; 3] = [12, 10, 8];

fn text(learner: usize, session: usize) -> String {
    format!("a word of {learner} on {session}")
}

impl<'s> Story<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let course = Course::anonymous(server, 12).await;
        course.asks(10, &[item("pace", 5, false)]).await;
        let (one, other) = (course.lecturer("L1").await, course.lecturer("L2").await);
        let sessions =
            vec![course.session(&[one]).await, course.session(&[one, other]).await, course.session(&[other]).await];
        Self { course, sessions, said: Vec::new(), now: at("2026-03-02T04:00:00Z"), instants: Vec::new() }
    }

    /// The answers in an order without a pattern.
    fn plan() -> Vec<(usize, usize)> {
        let mut plan: Vec<(usize, usize)> = (0..RATED_BY.len())
            .flat_map(|session| (0..RATED_BY[session]).map(move |learner| (learner, session)))
            .collect();
        plan.sort_by_key(|(learner, session)| (learner * 7 + session * 5 + 3) * 11 % 37);
        plan
    }

    async fn answers(&mut self, learner: usize, session: usize) {
        self.now += TimeDelta::seconds(61);
        self.course.server.clock.set(self.now);
        self.instants.push(self.now);
        self.said.push((learner, session));
        let text = (learner != 3).then(|| text(learner, session));
        let body = json!({"rating": (learner + session) % 11, "items": {"pace": learner % 5 + 1}, "text": text});
        self.course.tries_to_rate(learner, self.sessions[session], &body).await.expect(200);
    }

    /// A repeat, which changes nothing, and a request that is refused.
    async fn bothers(&mut self, learner: usize, session: usize) {
        self.now += TimeDelta::seconds(17);
        self.course.server.clock.set(self.now);
        self.course.tries_to_rate(learner, self.sessions[session], &json!({"rating": 0})).await.expect(200);
        let refused = self.course.tries_to_rate(learner, self.sessions[session], &json!({"rating": 99})).await;
        assert_eq!(refused.problem(422), "invalid_values");
    }

    /// The learners whom a row names, by position.
    fn named(&self, row: &Row) -> BTreeSet<usize> {
        let all = self.course.learners.iter().enumerate();
        all.filter(|(_, id)| row.says(&id.to_string())).map(|(learner, _)| learner).collect()
    }

    fn of<'r>(&self, rows: &'r [Row], table: &str, session: usize) -> Vec<&'r Row> {
        let id = self.sessions[session].to_string();
        rows.iter().filter(|row| row.table == table && row.column("session_id") == id).collect()
    }
}

/// The story told to its end, with a dump from before and one from after.
async fn told(server: &TestServer) -> (Story<'_>, Vec<Row>, Vec<Row>) {
    let mut story = Story::new(server).await;
    let before = dump(server).await;
    for (number, (learner, session)) in Story::plan().into_iter().enumerate() {
        story.answers(learner, session).await;
        if number < 12 {
            story.bothers(learner, session).await;
        }
    }
    let after = dump(server).await;
    (story, before, after)
}

#[tokio::test]
async fn no_row_names_a_learner_and_says_what_or_when_and_no_value_is_in_common() {
    let server = TestServer::start().await;
    let (story, _, rows) = told(&server).await;
    for row in rows.iter().filter(|row| !story.named(row).is_empty()) {
        assert!(!row.says("a word of"), "{row:?}");
        for instant in &story.instants {
            assert!(!row.says(&instant.format("%Y-%m-%dT%H:%M:%S").to_string()), "{row:?}");
        }
    }
    let values = |of: &dyn Fn(&Row) -> bool| -> BTreeSet<String> {
        rows.iter().filter(|row| of(row)).flat_map(Row::values).collect()
    };
    let said = values(&|row| [COUNTS, TEXTS].contains(&row.table.as_str()));
    let people = values(&|row| !story.named(row).is_empty());
    let mut open: BTreeSet<String> = story.sessions.iter().map(Uuid::to_string).collect();
    open.insert(server.tenant.to_string());
    let common: Vec<&String> = said.intersection(&people).filter(|value| !open.contains(*value)).collect();
    assert!(common.is_empty(), "{common:?}");
    // Ids tell neither time nor order.
    for row in rows.iter().filter(|row| [PEOPLE, COUNTS, TEXTS].contains(&row.table.as_str())) {
        assert_eq!(Uuid::parse_str(row.column("id")).unwrap().get_version_num(), 4, "{row:?}");
    }
    // And everything is there: nothing was lost in the rewriting.
    let total: i64 = rows
        .iter()
        .filter(|row| row.table == COUNTS && row.columns["key"].is_null())
        .map(|row| row.columns["times"].as_i64().unwrap())
        .sum();
    let written = rows.iter().filter(|row| row.table == TEXTS).count();
    assert_eq!((total, written), (30, 27));
    assert_eq!(rows.iter().filter(|row| row.table == "feedback").count(), 0);
}

#[tokio::test]
async fn the_system_columns_of_an_answer_and_of_who_took_part_are_those_of_the_whole_session() {
    let server = TestServer::start().await;
    let (story, _, rows) = told(&server).await;
    for session in 0..RATED_BY.len() {
        for table in [PEOPLE, COUNTS, TEXTS] {
            let mut kinds: BTreeMap<&str, BTreeSet<(&str, &str, &str)>> = BTreeMap::new();
            for row in story.of(&rows, table, session) {
                kinds.entry(row.column("batch_id")).or_default().insert((
                    row.xmin.as_str(),
                    row.cmin.as_str(),
                    row.xmax.as_str(),
                ));
            }
            assert!(kinds.values().all(|kinds| kinds.len() == 1), "{table} of {session}: {kinds:?}");
        }
    }
}

/// Learners who took part in the same sessions cannot be told apart by anything that the answers left: not even the last one of a
/// session by the locks on the rows that refer to people.
#[tokio::test]
async fn what_the_answers_left_with_people_says_which_sessions_they_rated_and_no_more() {
    let server = TestServer::start().await;
    let (story, before, after) = told(&server).await;
    let before: BTreeMap<(String, String), Row> = before.into_iter().map(|row| (row.key(), row)).collect();
    let mut traces: BTreeMap<usize, BTreeSet<[String; 5]>> = BTreeMap::new();
    for row in &after {
        let known = before.get(&row.key());
        if known == Some(row) {
            continue;
        }
        // What was there before the first answer tells nothing about it.
        let made = if known.is_some_and(|known| known.xmin == row.xmin) { "" } else { row.xmin.as_str() };
        let command = if made.is_empty() { "" } else { row.cmin.as_str() };
        let trace = [row.table.as_str(), row.column("session_id"), made, command, &row.xmax].map(str::to_owned);
        for learner in story.named(row) {
            traces.entry(learner).or_default().insert(trace.clone());
        }
    }
    assert_eq!(traces.len(), 12);
    for (kind, learners) in [(3, 0..8), (2, 8..10), (1, 10..12)] {
        let own: BTreeSet<_> = learners.map(|learner| &traces[&learner]).collect();
        assert_eq!(own.len(), 1, "of {kind} sessions: {own:#?}");
    }
}

/// A place in an order of rows.
type Order = fn(&Row) -> (u32, u32, String);

/// Each of these is by chance once in some hundred million times.
#[tokio::test]
async fn no_order_of_places_or_ids_is_the_order_in_which_people_came() {
    let server = TestServer::start().await;
    let (story, _, rows) = told(&server).await;
    let orders: [Order; 2] = [|row| (row.ctid.0, row.ctid.1, String::new()), |row| (0, 0, row.column("id").to_owned())];
    for order in orders {
        // The moments at which people came, in this order: of each session, and of each batch.
        let (mut people, mut texts) = (Vec::new(), Vec::new());
        for session in 0..RATED_BY.len() {
            let came: Vec<usize> = story.said.iter().filter(|(_, on)| *on == session).map(|(who, _)| *who).collect();
            let rows_of = |table: &str, places: &mut Vec<Vec<usize>>, place: &dyn Fn(&Row) -> usize| {
                let mut found = story.of(&rows, table, session);
                found.sort_by_key(|row| order(row));
                let mut batches: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
                for row in &found {
                    batches.entry(row.column("batch_id")).or_default().push(place(row));
                }
                places.extend(batches.into_values());
            };
            let at = |learner: usize| came.iter().position(|who| *who == learner).unwrap();
            rows_of(PEOPLE, &mut people, &|row| at(*story.named(row).first().unwrap()));
            let writer = |row: &Row| (0..12).find(|learner| row.column("comment") == text(*learner, session)).unwrap();
            rows_of(TEXTS, &mut texts, &|row| at(writer(row)));
        }
        for places in [people, texts] {
            assert!(!places.iter().all(|places| places.is_sorted()), "{places:?}");
            assert!(!places.iter().all(|places| places.is_sorted_by(|a, b| a >= b)), "{places:?}");
        }
    }
}

/// Two transactions that lock a person at once leave another mark than one. So the person who answers must not be locked before all who
/// took part in the session are, by the rows that refer to them.
#[tokio::test]
async fn no_statement_of_an_answer_locks_just_the_person_who_gives_it() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let given = Arc::clone(&seen);
    let watch: Watch = Arc::new(move |event| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            given.lock().unwrap().push(query.to_string());
        }
    });
    let server = TestServer::start_as(Options { watch: Some(watch), ..Options::default() }).await;
    let course = Course::anonymous(&server, 1).await;
    let lecturer = course.lecturer("L1").await;
    let learner = course.learners[0].to_string();
    let statements = async |session: Uuid| {
        seen.lock().unwrap().clear();
        course.rate(session, &[(0, 9)]).await;
        seen.lock().unwrap().iter().filter(|text| text.contains(&learner)).cloned().collect::<Vec<String>>()
    };
    let locks = |text: &String| text.contains(" FOR KEY SHARE") || text.contains(" FOR NO KEY UPDATE");
    let anonymous = statements(course.session(&[lecturer]).await).await;
    assert!(anonymous.iter().any(|text| text.contains("INSERT INTO anonymous_participants")), "{anonymous:#?}");
    assert!(!anonymous.iter().any(locks), "{anonymous:#?}");
    course.given.sql.batch_execute("UPDATE programmes SET feedback_mode = 'confidential'").await.unwrap();
    let confidential = statements(course.session(&[lecturer]).await).await;
    assert!(confidential.iter().any(locks), "it would be seen: {confidential:#?}");
}

/// One answer more: of people it shows who took part, in no other row than that. (Whoever has two dumps with a single answer in between
/// sees that answer as well. That is not withstood.)
#[tokio::test]
async fn an_answer_changes_what_is_known_of_people_by_its_own_row_alone() {
    let server = TestServer::start().await;
    let mut story = Story::new(&server).await;
    let mut plan = Story::plan();
    let (learner, session) = plan.pop().unwrap();
    for (learner, session) in plan {
        story.answers(learner, session).await;
    }
    let contents = |rows: &[Row]| -> BTreeSet<String> {
        let without_id = |row: &Row| {
            let mut columns = row.columns.clone();
            if [PEOPLE, COUNTS, TEXTS].contains(&row.table.as_str()) {
                columns["id"].take();
            }
            format!("{} {columns}", row.table)
        };
        rows.iter().filter(|row| !story.named(row).is_empty()).map(without_id).collect()
    };
    let before = contents(&dump(&server).await);
    let own = story.course.learners[learner].to_string();
    let body = json!({"rating": 8, "text": "a word at last"});
    story.course.tries_to_rate(learner, story.sessions[session], &body).await.expect(200);
    let after = contents(&dump(&server).await);
    let new: Vec<&String> = after.difference(&before).collect();
    assert!(new.len() == 1 && new[0].starts_with(PEOPLE) && new[0].contains(&own), "{new:?}");
    assert_eq!(before.difference(&after).count(), 0);
}
