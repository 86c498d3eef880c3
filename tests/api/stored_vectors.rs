//! Every worked case again, stored as facts in Postgres: what is read back must lead to the same results.

#[path = "../support/vector_facts.rs"]
mod vector_facts;
#[path = "../support/vector_results.rs"]
mod vector_results;
#[path = "../support/vector_runs.rs"]
pub mod vector_runs;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};
use futures_util::FutureExt as _;
use lectern::auth::Actor;
use lectern::error::Error;
use lectern::journal::read_tx;
use lectern::kernel::period::Cycle;
use lectern::programmes;
use lectern::programmes::documents::rule::ScoringRule;
use lectern::scoring::inputs::LecturerInputs;
use lectern::scoring::{MetricValue, Moment, load_inputs};
use serde::Serialize;
use uuid::Uuid;
use vector_facts::{Lecturer, Session, Vector};
use vector_results::{check, compute, rule, vectors};

use crate::support::{Given, TestServer, at, literal};
use lectern::kernel::phrases::Thing;

#[tokio::test]
async fn every_case_gives_its_result_from_stored_facts() {
    let mut server = TestServer::start().await;
    let vectors = vectors();
    assert!(vectors.len() >= 28, "only {} cases found", vectors.len());
    for (number, vector) in vectors.iter().enumerate() {
        server.tenant = server.tenant(&format!("case-{number}")).await;
        let programme = Stored::store(&server, vector).await;
        let inputs = in_order(vector, load(&server, vector, programme).await);
        let pure = compute(vector, with_stored_decimals(vector.inputs(0))).canonical(vector);
        let stored = compute(vector, inputs.clone()).canonical(vector);
        assert_eq!(String::from_utf8_lossy(&stored), String::from_utf8_lossy(&pure), "{}", vector.name);
        check(vector, inputs);
    }
}

/// Reading some lecturers gives what reading all of them gives for these.
#[tokio::test]
async fn a_part_of_the_population_reads_the_same() {
    let server = TestServer::start().await;
    let vectors = vectors();
    let vector = vectors.iter().find(|vector| vector.name == "21-mixed").unwrap();
    let programme = Stored::store(&server, vector).await;
    let all = load(&server, vector, programme).await;
    for part in all.chunks(2) {
        let only: Vec<Uuid> = part.iter().map(|inputs| inputs.employee_id).collect();
        assert_eq!(load_only(&server, vector, programme, Some(only)).await, part);
    }
    assert_eq!(load_only(&server, vector, programme, Some(vec![server.state.ids.next()])).await, []);
}

async fn load(server: &TestServer, vector: &Vector, programme: Uuid) -> Vec<LecturerInputs> {
    load_only(server, vector, programme, None).await
}

/// As the service reads them: with its role, under row security.
async fn load_only(
    server: &TestServer,
    vector: &Vector,
    programme: Uuid,
    only: Option<Vec<Uuid>>,
) -> Vec<LecturerInputs> {
    let (period, rule) = (vector.period, rule(vector));
    let work = read_tx(&server.state, server.tenant, Actor::system(), move |tx| {
        async move {
            let found = programmes::find(tx, programme).await?;
            let programme = found.ok_or_else(|| Error::not_found(Thing::Programme))?;
            let rule = ScoringRule { groups: Some(programmes::service::groups(tx, programme.id).await?), ..rule };
            let moment = Moment::Closing(at("2027-06-01T00:00:00Z"));
            load_inputs(tx, &programme, &rule, &period, moment, only.as_deref()).await
        }
        .boxed()
    });
    work.await.unwrap()
}

/// In the order of the case's lecturers; the population must be they and nobody else.
fn in_order(vector: &Vector, inputs: Vec<LecturerInputs>) -> Vec<LecturerInputs> {
    assert_eq!(inputs.len(), vector.lecturers.len(), "{}: the population", vector.name);
    let mut by_number: BTreeMap<String, LecturerInputs> =
        inputs.into_iter().map(|inputs| (inputs.employee_number.clone(), inputs)).collect();
    vector.lecturers.iter().map(|lecturer| by_number.remove(&lecturer.employee_number).unwrap()).collect()
}

/// External values are stored with the decimals of a metric.
fn with_stored_decimals(mut inputs: Vec<LecturerInputs>) -> Vec<LecturerInputs> {
    for value in inputs.iter_mut().flat_map(|inputs| inputs.external.values_mut()) {
        *value = MetricValue::round(&value.to_ratio()).try_into().unwrap();
    }
    inputs
}

/// The rows of one case.
struct Stored<'s> {
    given: Given<'s>,
    vector: &'s Vector,
    programme: Uuid,
    group: Uuid,
    people: BTreeMap<String, Uuid>,
    departments: BTreeMap<String, Uuid>,
    sessions: BTreeMap<String, Uuid>,
    contents: BTreeMap<String, Uuid>,
}

impl<'s> Stored<'s> {
    /// Stores the case; answers its programme.
    async fn store(server: &'s TestServer, vector: &'s Vector) -> Uuid {
        let given = server.given().await;
        let group = given.group("all").await;
        let programme = given.programme("programme", group).await;
        let mut stored = Self {
            given,
            vector,
            programme,
            group,
            people: BTreeMap::new(),
            departments: BTreeMap::new(),
            sessions: BTreeMap::new(),
            contents: BTreeMap::new(),
        };
        stored.programme_terms().await;
        for lecturer in &vector.lecturers {
            stored.lecturer(lecturer).await;
        }
        for session in &vector.sessions {
            stored.session(session).await;
        }
        stored.feedback().await;
        stored.contents().await;
        stored.cases().await;
        stored.external_values().await;
        stored.fees().await;
        programme
    }

    async fn programme_terms(&self) {
        let cycle = match self.vector.period.cycle() {
            Cycle::Month => "month",
            Cycle::Quarter => "quarter",
            Cycle::Year => "year",
        };
        let terms = &self.vector.programme;
        let sql = format!(
            "UPDATE programmes SET time_zone = {}, currency = {}, cycle = '{cycle}' WHERE id = '{}'",
            literal(terms.time_zone.name()),
            word(&terms.currency),
            self.programme
        );
        self.given.sql.batch_execute(&sql).await.unwrap();
    }

    /// What fees depend on is read where published policies pay some.
    async fn fees(&self) {
        if self.vector.pays_fees() {
            let (period, policies) = (self.vector.period.to_string(), &self.vector.reward_policies);
            let document = serde_json::json!({ "policies": policies });
            self.given.published("reward_policy_sets", self.programme, 1, &period, &document).await;
        }
        for (day, kind) in &self.vector.calendar {
            let columns = [("day", literal(&day.to_string())), ("kind", literal(kind.slug()))];
            self.given.row("calendar_days", &columns).await;
        }
    }

    async fn lecturer(&mut self, lecturer: &Lecturer) {
        let id = self.given.employee(&lecturer.employee_number).await;
        self.people.insert(lecturer.key.clone(), id);
        let appointment = self.given.lecturer(id, Some(self.group), "2020-01-01").await;
        for (i, level) in lecturer.levels.iter().enumerate() {
            let until = lecturer.levels.get(i + 1).map_or("NULL".to_owned(), |next| literal(&next.from.to_string()));
            let columns = [
                ("lecturer_id", id_of(appointment)),
                ("level", literal(&level.level)),
                ("valid_from", literal(&level.from.to_string())),
                ("valid_to", until),
            ];
            self.given.row("lecturer_levels", &columns).await;
        }
        for certificate in &lecturer.certificates {
            let end = certificate.to.map(|last| literal(&last.succ_opt().unwrap().to_string()));
            let columns = [
                ("employee_id", id_of(id)),
                ("kind", literal(&certificate.code)),
                ("issuer", literal("The academy")),
                ("valid_from", literal(&certificate.from.to_string())),
                ("valid_to", end.unwrap_or_else(|| "NULL".to_owned())),
            ];
            self.given.row("competence_certificates", &columns).await;
        }
        if let Some(code) = &lecturer.department {
            if !self.departments.contains_key(code) {
                self.departments.insert(code.clone(), self.given.department(code, None).await);
            }
            self.given.membership(id, self.departments[code], "2020-01-01").await;
        }
        let first = self.vector.period.first_day();
        // A suspension over the same days: each day counts once.
        for kind in ["leave", "suspension"].into_iter().filter(|_| lecturer.exempt_days > 0) {
            let last = first + chrono::Days::new(u64::from(lecturer.exempt_days) - 1);
            let columns = [
                ("employee_id", id_of(id)),
                ("kind", literal(kind)),
                ("starts_on", literal(&first.to_string())),
                ("ends_on", literal(&last.to_string())),
                ("source", literal("test")),
            ];
            self.given.row("absences", &columns).await;
        }
    }

    /// A lecturer by key, or somebody made for the name.
    async fn person(&mut self, key: &str) -> Uuid {
        if !self.people.contains_key(key) {
            self.people.insert(key.to_owned(), self.given.employee(&format!("learner {key}")).await);
        }
        self.people[key]
    }

    async fn session(&mut self, session: &Session) {
        let delivered = session.state == "delivered";
        let only_delivered = |value: String| if delivered { value } else { "NULL".to_owned() };
        let columns = [
            ("programme_id", id_of(self.programme)),
            ("title", literal(&session.id)),
            ("kind", word(&session.kind)),
            ("mode", literal("online")),
            ("state", literal(&session.state)),
            ("scheduled_start", moment(Some(session.scheduled_start))),
            ("scheduled_minutes", "60".to_owned()),
            ("due_at", moment(session.due_at)),
            ("submitted_at", moment(session.submitted_at)),
            ("delivered_start", only_delivered(moment(session.delivered_start))),
            ("delivered_minutes", only_delivered(session.delivered_minutes.to_string())),
            ("head_count", only_delivered(session.attendees.to_string())),
            ("difficulty", session.difficulty.as_deref().map_or("NULL".to_owned(), literal)),
            ("is_first_run", session.is_first_run.to_string()),
            // A case says what took place; that somebody besides the lecturer says so goes with it.
            ("delivery_confirmed_at", only_delivered(moment(session.delivered_start))),
        ];
        let id = self.given.row("sessions", &columns).await;
        self.sessions.insert(session.id.clone(), id);
        for credit in &session.lecturers {
            let lecturer = self.person(&credit.lecturer).await;
            let columns = [
                ("session_id", id_of(id)),
                ("employee_id", id_of(lecturer)),
                ("credit", credit.credit.to_string()),
                ("role", literal(credit.role.slug())),
            ];
            self.given.row("session_lecturers", &columns).await;
        }
    }

    /// As an import takes it over; it refuses only a second rating by the same person. That one by the session's own lecturer does
    /// not count was decided when it was taken.
    async fn feedback(&mut self) {
        let vector = self.vector;
        let mut seen = BTreeSet::new();
        for feedback in vector.feedback.iter().filter(|f| seen.insert((&f.session, &f.learner))) {
            let items: Vec<_> = feedback
                .items
                .iter()
                .map(|(key, value)| serde_json::json!({"key": key, "value": value, "scale": feedback.scale}))
                .collect();
            let session = vector.sessions.iter().find(|session| session.id == feedback.session).unwrap();
            let is_own = session.lecturers.iter().any(|credit| credit.lecturer == feedback.learner);
            let columns = [
                ("counts", (!is_own).to_string()),
                ("session_id", id_of(self.sessions[&feedback.session])),
                ("learner_id", id_of(self.person(&feedback.learner).await)),
                ("rating", feedback.rating.to_string()),
                ("scale", feedback.scale.to_string()),
                ("items", literal(&serde_json::to_string(&items).unwrap())),
                ("received_at", literal("2027-01-01T00:00:00Z")),
                ("source", literal("import")),
            ];
            self.given.row("feedback", &columns).await;
        }
    }

    async fn contents(&mut self) {
        let vector = self.vector;
        for content in &vector.contents {
            let columns = [
                ("programme_id", id_of(self.programme)),
                ("session_id", content.session.as_ref().map_or("NULL".to_owned(), |id| id_of(self.sessions[id]))),
                ("title", literal(&content.id)),
                ("published_at", moment(Some(content.published_at))),
                ("withdrawn_at", moment(content.withdrawn_at)),
            ];
            let id = self.given.row("contents", &columns).await;
            self.contents.insert(content.id.clone(), id);
            for author in &content.authors {
                let author = self.person(author).await;
                let columns = [("content_id", id_of(id)), ("employee_id", id_of(author))];
                self.given.row("content_authors", &columns).await;
            }
        }
        for reuse in &vector.reuses {
            // A view of the same content does not count.
            for kind in ["download", "view"] {
                let columns = [
                    ("content_id", id_of(self.contents[&reuse.content])),
                    ("employee_id", id_of(self.person(&reuse.person).await)),
                    ("kind", literal(kind)),
                    ("occurred_at", moment(Some(reuse.at))),
                    ("source", literal("test")),
                    ("received_at", moment(Some(reuse.at))),
                ];
                self.given.row("reuse_events", &columns).await;
            }
        }
    }

    async fn cases(&mut self) {
        let vector = self.vector;
        let mut confirmed: BTreeMap<(&str, &str), (bool, chrono::NaiveDate)> = BTreeMap::new();
        for case in &vector.cases {
            let of_learner = confirmed.entry((&case.session, &case.person)).or_insert((false, case.applied_on));
            of_learner.0 |= case.confirmed;
        }
        for ((session, person), (confirmed, applied_on)) in confirmed {
            let decided = if confirmed { literal("2026-12-01T00:00:00Z") } else { "NULL".to_owned() };
            let columns = [
                ("session_id", id_of(self.sessions[session])),
                ("learner_id", id_of(self.person(person).await)),
                ("description", literal("A case")),
                ("applied_on", literal(&applied_on.to_string())),
                ("state", literal(if confirmed { "confirmed" } else { "submitted" })),
                ("submitted_at", literal("2026-11-01T00:00:00Z")),
                ("decided_at", decided),
            ];
            self.given.row("application_cases", &columns).await;
        }
    }

    /// Each after a first, other value that it replaces.
    async fn external_values(&mut self) {
        for (position, sent) in self.vector.external.iter().enumerate() {
            for (value, hour) in [("0.5".to_owned(), 1), (sent.value.to_string(), 2)] {
                let columns = [
                    ("programme_id", id_of(self.programme)),
                    ("employee_id", id_of(self.people[&sent.lecturer])),
                    ("period", literal(&sent.period.to_string())),
                    ("key", literal(&sent.metric)),
                    ("value", value),
                    ("received_at", literal(&format!("2026-10-{:02}T{hour:02}:00:00Z", position + 1))),
                    ("source", literal("test")),
                ];
                self.given.row("external_metric_values", &columns).await;
            }
        }
    }
}

fn id_of(id: Uuid) -> String {
    literal(&id.to_string())
}

fn moment(instant: Option<DateTime<FixedOffset>>) -> String {
    instant.map_or_else(|| "NULL".to_owned(), |instant| literal(&instant.to_rfc3339()))
}

/// A word of a closed list, as data has it.
fn word(value: &impl Serialize) -> String {
    literal(serde_json::to_value(value).unwrap().as_str().unwrap())
}
