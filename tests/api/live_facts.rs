//! Thousands of random facts, in random order, while the projector is killed again and again: what is stored then is what the pure
//! computation gives, to the byte.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use lectern::auth::{Actor, Role};
use lectern::journal::read_tx;
use lectern::kernel::period::Period;
use lectern::programmes::{self, min_ratings, rule_in_force};
use lectern::scoring::live::{self, Projector};
use lectern::scoring::rank::{Contender, rank};
use lectern::scoring::rules::score;
use lectern::scoring::scorecard::Scorecard;
use lectern::scoring::{Moment, load_inputs};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::feedback_batches::Course;
use crate::support::{Client, Random, TestServer, at, shared_runtime};

/// How many random commands there are. Each brings one fact, or some.
const STEPS: u64 = 600;
const LECTURERS: usize = 8;
const LEARNERS: usize = 9;
const SESSIONS: i64 = 40;

struct World<'s> {
    course: Course<'s>,
    random: Random,
    lecturers: Vec<Uuid>,
    departments: Vec<Uuid>,
    sessions: Vec<Uuid>,
    contents: Vec<Uuid>,
    /// Paths of what was added and may be taken back.
    added: Vec<String>,
    facts: usize,
}

impl<'s> World<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let course = Course::new(server, LEARNERS).await;
        let (mut lecturers, mut departments) = (Vec::new(), Vec::new());
        for code in ["A", "B", "C"] {
            departments.push(course.given.department(code, departments.last().copied()).await);
        }
        for number in 0..LECTURERS {
            let id = course.lecturer(&format!("L{number}")).await;
            course.given.membership(id, departments[number % 3], "2026-01-01").await;
            lecturers.push(id);
        }
        let world = Self {
            course,
            random: Random(20_260_301),
            lecturers,
            departments,
            sessions: Vec::new(),
            contents: Vec::new(),
            added: Vec::new(),
            facts: 0,
        };
        world.planned().await
    }

    /// A session every four hours from 2 March on, in the evening of the month before the first fact.
    async fn planned(mut self) -> Self {
        let hr = self.course.hr().await;
        for number in 0..SESSIONS {
            let starts_at = at("2026-03-02T05:00:00Z") + TimeDelta::hours(4 * number);
            let lecturer = self.random.of(&self.lecturers);
            let plan = json!({
                "programme_id": self.course.programme, "title": format!("Session {number}"), "kind": "assigned",
                "mode": "on_site", "starts_at": starts_at, "scheduled_minutes": 60, "audience": self.course.learners,
                "lecturers": [{"employee_id": lecturer}],
            });
            let session = hr.post("/v1/sessions", plan).await.id();
            self.sessions.push(session.parse().unwrap());
        }
        self
    }

    fn now(&self) -> DateTime<Utc> {
        self.course.server.clock.now()
    }

    /// Counts the facts of a command, if it is taken: some are refused, as they come.
    fn took(&mut self, status: u16, facts: usize) -> bool {
        assert!(status < 500, "{status}");
        let is_taken = status < 300;
        self.facts += if is_taken { facts } else { 0 };
        is_taken
    }

    /// One random command, a quarter of an hour or so after the one before.
    async fn step(&mut self) {
        let later = self.now() + TimeDelta::minutes(i64::try_from(10 + self.random.below(20)).unwrap());
        self.course.server.clock.set(later);
        let hr = self.course.hr().await;
        match self.random.below(14) {
            0..=3 => self.rating().await,
            4 | 5 => self.outcome(&hr).await,
            6 => self.attendance(&hr).await,
            7 => self.other_lecturers(&hr).await,
            8 => self.days(&hr).await,
            9 => self.department(&hr).await,
            10 => self.outside_values(&hr).await,
            11 | 12 => self.reuse(&hr).await,
            _ => self.case(&hr).await,
        }
    }

    /// The session that began last, or one of those shortly before.
    fn recent(&mut self) -> Uuid {
        let begun = (self.now() - at("2026-03-02T05:00:00Z")).num_hours() / 4;
        let last = usize::try_from(begun.clamp(0, SESSIONS - 1)).unwrap();
        let back = self.random.below(6);
        self.sessions[last.saturating_sub(back)]
    }

    async fn rating(&mut self) {
        for _ in 0..4 {
            let (learner, session) = (self.random.below(LEARNERS), self.recent());
            let feedback = json!({"rating": 1 + self.random.below(10), "text": "So so."});
            let answer = self.course.tries_to_rate(learner, session, &feedback).await;
            self.took(answer.status, 1);
        }
    }

    async fn outcome(&mut self, hr: &Client) {
        let (session, started_at) = (self.recent(), self.now() - TimeDelta::minutes(61));
        let (what, body) = match self.random.below(5) {
            0 => ("miss", json!({"reason": "It did not take place"})),
            1 => ("cancel", json!({"reason": "It was called off"})),
            _ => ("deliver", json!({"started_at": started_at, "delivered_minutes": 60, "reason": "It took place"})),
        };
        let answer = hr.act(&format!("/v1/sessions/{session}/{what}"), "*", Some(body)).await;
        self.took(answer.status, 1);
    }

    async fn attendance(&mut self, hr: &Client) {
        let session = self.recent();
        let learners = self.course.learners.clone();
        let record = |learner: Uuid| {
            let state = self.random.of(&["present", "present", "absent"]);
            json!({"employee_id": learner, "state": state, "minutes": if state == "present" { json!(60) } else { Value::Null }})
        };
        let records: Vec<Value> = learners.into_iter().map(record).collect();
        let list = json!({"source": "door", "records": records});
        let answer = hr.put(&format!("/v1/sessions/{session}/attendance"), "*", list).await;
        self.took(answer.status, LEARNERS);
    }

    async fn other_lecturers(&mut self, hr: &Client) {
        let (session, first) = (self.recent(), self.random.below(LECTURERS));
        let second = (first + 1 + self.random.below(LECTURERS - 1)) % LECTURERS;
        let people = if self.random.below(2) == 0 { vec![first] } else { vec![first, second] };
        let credit = if people.len() == 1 { "1" } else { "0.5" };
        let shares: Vec<Value> =
            people.into_iter().map(|own| json!({"employee_id": self.lecturers[own], "credit": credit})).collect();
        let body = json!({"lecturers": shares});
        let answer = hr.put(&format!("/v1/sessions/{session}/lecturers"), "*", body).await;
        self.took(answer.status, 1);
    }

    /// An absence more or less, or another last day.
    async fn days(&mut self, hr: &Client) {
        let lecturer = self.random.of(&self.lecturers);
        let answer = match self.random.below(4) {
            0 if !self.added.is_empty() => {
                let at = self.random.below(self.added.len());
                hr.delete(&self.added.swap_remove(at), "*").await
            }
            1 => {
                let last = self.random.of(&[None, Some("2026-03-20"), Some("2026-03-05")]);
                hr.patch(&format!("/v1/employees/{lecturer}"), "*", json!({"left_on": last})).await
            }
            _ => {
                let (one, other) = (self.random.day(), self.random.day());
                let (first, last) = if one < other { (one, other) } else { (other, one) };
                let leave = json!({"employee_id": lecturer, "kind": "leave", "starts_on": first, "ends_on": last,
                                   "source": "hris", "source_ref": format!("A{}", self.facts)});
                let answer = hr.post("/v1/absences", leave).await;
                if answer.status == 201 {
                    self.added.push(format!("/v1/absences/{}", answer.id()));
                }
                answer
            }
        };
        self.took(answer.status, 1);
    }

    /// Somebody moves, or a department ranks for itself, or no longer.
    async fn department(&mut self, hr: &Client) {
        let department = self.random.of(&self.departments);
        let answer = if self.random.below(3) == 0 {
            let is_ranking_unit = self.random.below(2) == 0;
            let path = format!("/v1/departments/{department}");
            hr.patch(&path, "*", json!({"is_ranking_unit": is_ranking_unit})).await
        } else {
            let lecturer = self.random.of(&self.lecturers);
            let moves = json!({"department_id": department, "starts_on": self.random.day()});
            hr.post(&format!("/v1/employees/{lecturer}/memberships"), moves).await
        };
        self.took(answer.status, 1);
    }

    async fn outside_values(&mut self, hr: &Client) {
        let mut values = Vec::new();
        for lecturer in &self.lecturers {
            for key in ["exam", "survey"] {
                let value = self.random.below(100).to_string();
                values.push(json!({"employee_id": lecturer, "key": key, "value": value}));
            }
        }
        let body = json!({"source": "lms", "values": values});
        let request = hr.request(Method::PUT, &self.course.period("external-values")).json(&body);
        let status = hr.send(request).await.status;
        self.took(status, 2 * LECTURERS);
    }

    /// A content more, or some reuse of those that are there.
    async fn reuse(&mut self, hr: &Client) {
        if self.contents.is_empty() || self.random.below(4) == 0 {
            let session = self.recent();
            let content = json!({"title": "A content", "outline": "1. 2. 3."});
            let answer = hr.post(&format!("/v1/sessions/{session}/submit-content"), content).await;
            if self.took(answer.status, 1) {
                self.contents.push(answer.id().parse().unwrap());
            }
            return;
        }
        let (now, before) = (self.now(), self.facts);
        let items: Vec<Value> = (0..5)
            .map(|number| {
                let occurred_at = now - TimeDelta::hours(i64::try_from(self.random.below(200)).unwrap());
                let is_lecturer = self.random.below(4) == 0;
                let person = self.random.of(if is_lecturer { &self.lecturers } else { &self.course.learners });
                json!({"content_id": self.random.of(&self.contents), "employee_id": person, "kind": "download",
                       "occurred_at": occurred_at, "source": "wiki", "source_ref": format!("R{before}-{number}")})
            })
            .collect();
        let answer = hr.post("/v1/reuse-events/batch", json!({"mode": "per_item", "items": items})).await;
        self.took(answer.status, 5);
    }

    /// A case, confirmed at once.
    async fn case(&mut self, hr: &Client) {
        let (session, learner) = (self.recent(), self.random.of(&self.course.learners));
        let case = json!({"session_id": session, "learner_id": learner, "description": "It worked."});
        let answer = hr.post("/v1/application-cases", case).await;
        if self.took(answer.status, 1) {
            let server = self.course.server;
            let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
            let confirmed = admin.post(&format!("/v1/application-cases/{}/confirm", answer.id()), json!({})).await;
            self.took(confirmed.status, 1);
        }
    }

    /// What is stored of March, by lecturer: facts and card.
    async fn stored(&self) -> BTreeMap<Uuid, [String; 2]> {
        let sql = "SELECT r.employee_id::text, r.inputs::text, r.card::text
                     FROM live_results r JOIN live_periods p ON p.tenant_id = r.tenant_id AND p.id = r.live_period_id
                    WHERE p.period = '2026-03'";
        let rows = self.course.given.sql.query(sql, &[]).await.unwrap();
        let text = |text: String| serde_json::from_str::<Value>(&text).unwrap().to_string();
        rows.iter().map(|row| (row.get::<_, &str>(0).parse().unwrap(), [text(row.get(1)), text(row.get(2))])).collect()
    }

    /// Fails unless what is stored and what is shown is what the pure computation gives.
    async fn is_as_computed(&self) {
        let server = self.course.server;
        live::drain(&server.state).await.unwrap();
        let (programme, period) = (self.course.programme, "2026-03".parse::<Period>().unwrap());
        let computed = read_tx(&server.state, server.tenant, Actor::system(), move |tx| {
            async move {
                let programme = programmes::find(tx, programme).await?.unwrap();
                let rule = rule_in_force(tx, programme.id, &period).await?.unwrap().document;
                let moment = Moment::Provisional(tx.now);
                let inputs = load_inputs(tx, &programme, &rule, &period, moment, None).await?;
                let k = min_ratings(tx, &programme, &period).await?;
                let rule = rule.needing_ratings(k);
                let cards: Vec<Scorecard> = inputs.iter().map(|own| score(&rule, own)).collect();
                let contenders = inputs.iter().zip(&cards);
                let contenders: Vec<Contender> = contenders
                    .map(|(own, card)| Contender { department_id: own.department_id(), score: card.score })
                    .collect();
                let results = cards.into_iter().zip(rank(&contenders, rule.rank_scope, rule.rank_style));
                Ok(inputs.into_iter().zip(results).collect::<Vec<_>>())
            }
            .boxed()
        });
        let computed = computed.await.unwrap();
        let text = |value: Result<Value, serde_json::Error>| value.unwrap().to_string();
        let expected: BTreeMap<Uuid, [String; 2]> = computed
            .iter()
            .map(|(own, (card, _))| {
                (own.employee_id, [text(serde_json::to_value(own)), text(serde_json::to_value(card))])
            })
            .collect();
        assert_eq!(self.stored().await, expected);
        let page = self.course.hr().await.get(&self.course.period("scorecards")).await.expect(200);
        let shown: BTreeMap<Uuid, [Value; 2]> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|own| {
                let id = own["employee"]["id"].as_str().unwrap().parse().unwrap();
                (id, [own["rank"].clone(), own["ranked_of"].clone()])
            })
            .collect();
        let ranks = computed.iter().map(|(own, (_, standing))| {
            (own.employee_id, [json!(standing.map(|own| own.rank)), json!(standing.map(|own| own.ranked_of))])
        });
        assert_eq!(shown, ranks.collect::<BTreeMap<_, _>>());
        let checked =
            read_tx(&server.state, server.tenant, Actor::system(), |tx| live::check(tx).boxed()).await.unwrap();
        assert_eq!((checked.differences, checked.set_aside), (Vec::new(), Vec::new()));
    }
}

/// The projector of a process, which is killed as processes are.
struct Victim<'s> {
    server: &'s TestServer,
    projector: Option<Projector>,
}

impl<'s> Victim<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let mut victim = Self { server, projector: None };
        victim.start().await;
        victim
    }

    /// Another one in the place of the one before, which stops without anybody waiting for it.
    async fn start(&mut self) {
        let (state, metrics) = (self.server.state.clone(), self.server.metrics.clone());
        self.projector = Some(shared_runtime().spawn(async move { Projector::start(&state, metrics) }).await.unwrap());
    }

    /// Cuts the connections of transactions that are going on. This test asks nothing meanwhile, so they are those of the projector and of
    /// what was aborted. By the time it is cut, a transaction may have ended and its connection lie in the pool.
    async fn cut(&self) {
        self.server.cut("xact_start IS NOT NULL").await;
    }

    /// Another process projects as well, and is killed at once or a little later.
    async fn abort(&self, pauses: usize) {
        let state = self.server.state.clone();
        let other = tokio::spawn(async move { live::drain(&state).await });
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
        other.abort();
    }
}

#[tokio::test]
async fn stored_results_are_what_the_pure_computation_gives_whatever_happens_to_the_projector() {
    let server = TestServer::start().await;
    let mut world = World::new(&server).await;
    world.is_as_computed().await;
    let mut victim = Victim::new(&server).await;
    for number in 1..=STEPS {
        world.step().await;
        match world.random.below(12) {
            0 | 1 => victim.cut().await,
            2 => victim.start().await,
            3 => {
                let pauses = world.random.below(40);
                victim.abort(pauses).await;
            }
            _ => {}
        }
        if number % 150 == 0 {
            world.is_as_computed().await;
        }
    }
    assert!(world.facts > 1_500, "{} facts were taken", world.facts);
    let rated = world.stored().await.values().filter(|[_, card]| card.contains("\"rated\"")).count();
    assert!(rated > 2, "{rated} lecturers have a score");
}
