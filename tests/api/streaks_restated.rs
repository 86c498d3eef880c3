//! A restatement and runs of periods: what is missing is given, what has lost its ground becomes a task for HR.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::streaks::{NOTICES, TITLES, Year, run};
use crate::support::{Client, TestServer};

const TASKS: &str = "/v1/hr-tasks";

/// A year in which a session counts if somebody came. One administrator orders restatements, another decides.
struct Restated<'s> {
    year: Year<'s>,
    checker: Client,
    hris: Client,
    learner: Uuid,
}

impl<'s> Restated<'s> {
    async fn new(server: &'s TestServer) -> Self {
        let year = Year::new(server).await;
        let counts = "UPDATE scoring_rules SET document = document || '{\"min_attendees\": 1}'";
        year.given.sql.batch_execute(counts).await.unwrap();
        let learner = year.given.employee("L1").await;
        let checker = server.person(year.given.employee("HR2").await, &[Role::Admin]).await;
        Self { year, checker, hris: server.client(&[Role::Hris]).await, learner }
    }

    /// Whether somebody came to the last `count` sessions of the lecturer in the month.
    async fn came(&self, lecturer: Uuid, month: u32, count: i64, state: &str) {
        let sql = "SELECT s.id::text FROM session_lecturers l JOIN sessions s ON s.id = l.session_id
                    WHERE l.employee_id = $1::text::uuid AND date_part('month', s.delivered_start)::integer = $2
                    ORDER BY s.delivered_start DESC LIMIT $3";
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&lecturer.to_string(), &i32::try_from(month).unwrap(), &count];
        for row in self.year.given.sql.query(sql, &parameters).await.unwrap() {
            let list = json!({"source": "door", "records": [{"employee_id": self.learner, "state": state}]});
            let path = format!("/v1/sessions/{}/attendance", row.get::<_, String>(0));
            self.hris.put(&path, "*", list).await.expect(200);
        }
    }

    /// A lecturer of the first `months` months, which are closed. To one session in each of `mended` nobody had come then, and somebody
    /// has after all.
    async fn mended(&self, months: u32, mended: &[u32]) -> Uuid {
        let lecturer = self.year.lecturer("E1").await;
        for month in 1..=months {
            self.year.teaches(lecturer, month, 3).await;
        }
        for month in mended {
            self.came(lecturer, *month, 1, "absent").await;
        }
        for month in 1..=months {
            self.year.close(month).await;
        }
        for month in mended {
            self.came(lecturer, *month, 1, "present").await;
        }
        lecturer
    }

    /// The result of the job.
    async fn restated(&self, month: u32) -> Value {
        let ordered = self.year.admin.post(&self.year.path(month, "restate"), json!({"reason": "核对签到"})).await;
        finished(&self.year.admin, &ordered).await
    }

    async fn proposed(&self, month: u32) -> String {
        let result = self.restated(month).await;
        format!("/v1/restatements/{}", result["restatement_id"].as_str().unwrap_or_else(|| panic!("{result}")))
    }

    /// Everything that a restatement proposes.
    async fn proposals(&self, restatement: &str) -> Vec<Value> {
        let lines = self.year.items(&format!("{restatement}/lines?limit=200")).await;
        lines.iter().flat_map(|line| line["proposals"].as_array().unwrap().clone()).collect()
    }

    async fn accepted(&self, restatement: &str, declined: Value) -> Value {
        let body = json!({ "declined": declined });
        self.checker.act(&format!("{restatement}/accept"), "*", Some(body)).await.expect(200)
    }

    /// It is refused because more follows for the lecturer than it lists. It is declined, and made anew.
    async fn made_anew(&self, restatement: &str, month: u32, lecturer: Uuid) -> String {
        let refused = self.checker.act(&format!("{restatement}/accept"), "*", Some(json!({}))).await;
        assert_eq!(refused.problem(409), "restatement_outdated");
        assert_eq!(refused.body["employee_ids"], json!([lecturer]));
        let why = json!({"reason": "此后另有周期变动"});
        self.checker.act(&format!("{restatement}/decline"), "*", Some(why)).await.expect(200);
        self.proposed(month).await
    }
}

#[tokio::test]
async fn a_title_that_loses_its_ground_becomes_a_task_and_stays() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let lecturer = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(lecturer, month, 3).await;
        year.close(month).await;
    }
    let title = year.items(TITLES).await[0].clone();
    restated.came(lecturer, 2, 1, "absent").await;
    let restatement = restated.proposed(2).await;
    let totals = &year.admin.get(&restatement).await.expect(200)["totals"];
    assert_eq!((&totals["task_count"], &totals["title_count"]), (&json!(1), &json!(0)));
    let proposals = restated.proposals(&restatement).await;
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    let own = &proposals[0];
    assert_eq!((&own["kind"], &own["policy"], &own["title_id"]), (&json!("task"), &json!("senior"), &title["id"]));
    assert_eq!((&own["firing"]["number"], &own["firing"]["period"]), (&json!(1), &json!("2026-03")));
    assert_eq!(year.items(TASKS).await.len(), 0, "nothing before somebody else accepts it");
    restated.accepted(&restatement, json!([])).await;
    assert_eq!(
        year.items(&format!("{TITLES}?held=true")).await,
        std::slice::from_ref(&title),
        "it never goes by itself"
    );
    assert!(restated.restated(2).await["restatement_id"].is_null(), "nothing is proposed again");

    let tasks = year.items(&format!("{TASKS}?state=open")).await;
    assert_eq!((tasks.len(), &tasks[0]["kind"], &tasks[0]["title_id"]), (1, &json!("title"), &title["id"]));
    assert_eq!((&tasks[0]["title_code"], &tasks[0]["period"]), (&json!("senior-lecturer"), &json!("2026-02")));
    let path = format!("{TASKS}/{}", tasks[0]["id"].as_str().unwrap());
    let own = server.person(lecturer, &[]).await;
    assert_eq!(own.get(&path).await.problem(403), "forbidden");
    let body = json!({"reason": "已撤销称号"});
    let machine = server.client(&[Role::Admin]).await;
    assert_eq!(machine.act(&format!("{path}/complete"), "*", Some(body.clone())).await.problem(403), "person_required");
    let withdraw = format!("{TITLES}/{}/withdraw", title["id"].as_str().unwrap());
    year.admin.act(&withdraw, "*", Some(json!({"reason": "二月签到更正"}))).await.expect(200);
    let etag = tasks[0]["etag"].as_str().unwrap();
    let done = year.admin.act(&format!("{path}/complete"), etag, Some(body.clone())).await.expect(200);
    assert_eq!((&done["state"], &done["reason"]), (&json!("done"), &body["reason"]));
    assert_eq!(done["decided_by"]["employee_number"], "HR1");
    assert_eq!(year.admin.act(&format!("{path}/dismiss"), "*", Some(body)).await.problem(409), "state_conflict");
    assert_eq!(year.items(&format!("{TASKS}?state=open")).await.len(), 0);
}

#[tokio::test]
async fn a_month_in_the_middle_completes_a_run_and_the_title_is_granted() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    restated.mended(3, &[2]).await;
    assert_eq!(year.items(TITLES).await.len(), 0);
    let restatement = restated.proposed(2).await;
    let proposals = restated.proposals(&restatement).await;
    assert_eq!((proposals.len(), &proposals[0]["kind"]), (1, &json!("title")), "{proposals:?}");
    assert_eq!(proposals[0]["firing"]["period"], "2026-03", "the later month completes it");
    restated.accepted(&restatement, json!([])).await;
    let titles = year.items(TITLES).await;
    let months = ["2026-01", "2026-02", "2026-03"].map(|month| (month, "excellent"));
    assert_eq!((titles.len(), &titles[0]["run"]), (1, &run(&months)));
    assert!(restated.restated(2).await["restatement_id"].is_null(), "nothing is proposed again");
    let logged = "SELECT count(*) FROM audit_entries WHERE command = 'accept_restatement' AND subject_type = 'title'";
    assert_eq!(year.given.sql.query_one(logged, &[]).await.unwrap().get::<_, i64>(0), 1);
}

/// As a title, but that it is given once for each firing.
#[tokio::test]
async fn precedence_that_is_due_is_given_and_one_without_ground_becomes_a_task() {
    const PRECEDENCES: &str = "/v1/opportunity-precedences";
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let instead = "UPDATE reward_policy_sets SET document = jsonb_set(document, '{policies,0}',
                      (document #> '{policies,0}') - 'title' || '{\"opportunity\": \"summit\"}')";
    year.given.sql.batch_execute(instead).await.unwrap();
    let lecturer = restated.mended(3, &[2]).await;
    assert_eq!(year.items(PRECEDENCES).await.len(), 0);
    let restatement = restated.proposed(2).await;
    let proposals = restated.proposals(&restatement).await;
    let own = &proposals[0];
    assert_eq!((proposals.len(), &own["kind"], &own["opportunity_code"]), (1, &json!("precedence"), &json!("summit")));
    assert_eq!(year.admin.get(&restatement).await.expect(200)["totals"]["precedence_count"], 1);
    restated.accepted(&restatement, json!([])).await;
    let given = year.items(PRECEDENCES).await;
    assert_eq!((given.len(), &given[0]["earned_period"]), (1, &json!("2026-03")));
    assert!(restated.restated(2).await["restatement_id"].is_null(), "nothing is proposed again");

    restated.came(lecturer, 2, 1, "absent").await;
    let restatement = restated.proposed(2).await;
    let proposals = restated.proposals(&restatement).await;
    let own = &proposals[0];
    assert_eq!((&own["kind"], &own["precedence_id"]), (&json!("task"), &given[0]["id"]));
    restated.accepted(&restatement, json!([])).await;
    let tasks = year.items(TASKS).await;
    assert_eq!(
        (tasks.len(), &tasks[0]["kind"], &tasks[0]["precedence_id"]),
        (1, &json!("precedence"), &given[0]["id"])
    );
    assert_eq!(year.items(&format!("{PRECEDENCES}?withdrawn=false")).await.len(), 1, "it stays");
    // It is due again, and there still.
    restated.came(lecturer, 2, 1, "present").await;
    let restatement = restated.proposed(2).await;
    assert_eq!(restated.proposals(&restatement).await.len(), 0);
}

#[tokio::test]
async fn what_is_declined_counts_as_decided() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let lecturer = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(lecturer, month, 3).await;
        year.close(month).await;
    }
    restated.came(lecturer, 3, 1, "absent").await;
    let restatement = restated.proposed(3).await;
    let task = restated.proposals(&restatement).await[0]["id"].clone();
    let holder = server.person(lecturer, &[Role::Admin]).await;
    let declined = json!([{"proposal_id": task, "reason": "称号予以保留"}]);
    let spared = json!({ "declined": declined });
    let spares_own = holder.act(&format!("{restatement}/accept"), "*", Some(spared)).await;
    assert_eq!(spares_own.problem(403), "self_approval");
    let why = json!({"reason": "称号予以保留"});
    let spares_own = holder.act(&format!("{restatement}/decline"), "*", Some(why)).await;
    assert_eq!(spares_own.problem(403), "self_approval", "nor the whole");
    restated.accepted(&restatement, declined).await;
    assert_eq!(year.items(TASKS).await.len(), 0);
    assert!(restated.restated(3).await["restatement_id"].is_null());
    assert_eq!(year.items(&format!("{TITLES}?held=true")).await.len(), 1);
}

#[tokio::test]
async fn notices_are_opened_late_and_one_without_ground_is_left_to_hr() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let (late, groundless) = (year.lecturer("E1").await, year.lecturer("E2").await);
    year.teaches(late, 2, 2).await;
    year.teaches(late, 3, 2).await;
    year.teaches(groundless, 2, 2).await;
    restated.came(groundless, 2, 2, "absent").await;
    for month in 1..=3 {
        year.close(month).await;
    }
    let notices = year.items(NOTICES).await;
    assert_eq!((notices.len(), &notices[0]["employee"]["id"]), (1, &json!(groundless)));
    restated.came(groundless, 2, 2, "present").await;
    restated.came(late, 2, 2, "absent").await;
    let restatement = restated.proposed(2).await;
    let mut kinds: Vec<Value> = Vec::new();
    for own in restated.proposals(&restatement).await {
        kinds.push(json!([own["kind"], own["notice_id"]]));
    }
    kinds.sort_by_key(Value::to_string);
    assert_eq!(kinds, [json!(["notice", null]), json!(["task", notices[0]["id"]])]);
    restated.accepted(&restatement, json!([])).await;
    // It comes late: the pass of the month after has closed it already.
    let own = year.items(&format!("{NOTICES}?employee_id={late}")).await;
    assert_eq!((own.len(), &own[0]["state"], &own[0]["passed_period"]), (1, &json!("closed"), &json!("2026-03")));
    let task = year.items(TASKS).await[0].clone();
    assert_eq!((&task["kind"], &task["notice_id"]), (&json!("notice"), &notices[0]["id"]));
    let reason = json!({"reason": "仍需改进，提醒保留"});
    let path = format!("{TASKS}/{}/dismiss", task["id"].as_str().unwrap());
    let dismissed = year.admin.act(&path, "*", Some(reason)).await.expect(200);
    assert_eq!(dismissed["state"], "dismissed");
    let kept = year.items(&format!("{NOTICES}?employee_id={groundless}")).await;
    assert_eq!(kept[0]["state"], "open");
}

#[tokio::test]
async fn two_restatements_at_once_grant_a_title_once() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    restated.mended(6, &[2, 5]).await;
    let (first, second) = (restated.proposed(2).await, restated.proposed(5).await);
    let accept = async |restatement: &str| {
        restated.checker.act(&format!("{restatement}/accept"), "*", Some(json!({"declined": []}))).await
    };
    let (first, second) = tokio::join!(accept(&first), accept(&second));
    let refused: Vec<_> = [first, second].into_iter().filter(|answer| answer.status != 200).collect();
    assert!(refused.len() <= 1 && refused.iter().all(|answer| answer.problem(409) == "busy"), "one of them at least");
    assert_eq!(year.items(TITLES).await.len(), 1);
}

#[tokio::test]
async fn a_month_that_is_closed_while_a_restatement_waits_completes_the_run() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let lecturer = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(lecturer, month, 3).await;
    }
    restated.came(lecturer, 2, 1, "absent").await;
    year.close(1).await;
    year.close(2).await;
    restated.came(lecturer, 2, 1, "present").await;
    let waiting = restated.proposed(2).await;
    assert_eq!(restated.proposals(&waiting).await.len(), 0, "three months are not closed yet");
    year.close(3).await;
    assert_eq!(year.items(TITLES).await.len(), 0, "the old February counts");
    let anew = restated.made_anew(&waiting, 2, lecturer).await;
    assert_eq!(year.items(TITLES).await.len(), 0);
    assert_eq!(restated.proposals(&anew).await[0]["kind"], "title");
    restated.accepted(&anew, json!([])).await;
    let months = ["2026-01", "2026-02", "2026-03"].map(|month| (month, "excellent"));
    assert_eq!(year.items(TITLES).await[0]["run"], run(&months));
}

#[tokio::test]
async fn a_title_of_a_month_that_is_closed_while_a_restatement_waits_becomes_a_task() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let lecturer = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(lecturer, month, 3).await;
    }
    year.close(1).await;
    year.close(2).await;
    restated.came(lecturer, 2, 1, "absent").await;
    let waiting = restated.proposed(2).await;
    assert_eq!(restated.proposals(&waiting).await.len(), 0);
    year.close(3).await;
    let title = year.items(TITLES).await[0].clone();
    let anew = restated.made_anew(&waiting, 2, lecturer).await;
    restated.accepted(&anew, json!([])).await;
    let tasks = year.items(TASKS).await;
    assert_eq!((tasks.len(), &tasks[0]["title_id"]), (1, &title["id"]));
}

#[tokio::test]
async fn of_two_restatements_that_wait_the_second_lists_what_both_bring() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let lecturer = restated.mended(3, &[2, 3]).await;
    let (february, march) = (restated.proposed(2).await, restated.proposed(3).await);
    restated.accepted(&february, json!([])).await;
    assert_eq!(year.items(TITLES).await.len(), 0);
    let anew = restated.made_anew(&march, 3, lecturer).await;
    restated.accepted(&anew, json!([])).await;
    let titles = year.items(TITLES).await;
    assert_eq!((titles.len(), &titles[0]["earned_period"]), (1, &json!("2026-03")));
}

#[tokio::test]
async fn a_close_beside_an_acceptance_sees_it_or_is_seen() {
    let server = TestServer::start().await;
    let restated = Restated::new(&server).await;
    let year = &restated.year;
    let lecturer = year.lecturer("E1").await;
    for month in 1..=3 {
        year.teaches(lecturer, month, 3).await;
    }
    restated.came(lecturer, 2, 1, "absent").await;
    year.close(1).await;
    year.close(2).await;
    restated.came(lecturer, 2, 1, "present").await;
    let waiting = restated.proposed(2).await;
    let accept = format!("{waiting}/accept");
    let ((), accepted) = tokio::join!(year.close(3), restated.checker.act(&accept, "*", Some(json!({}))));
    if accepted.status == 200 {
        assert_eq!(year.items(TITLES).await.len(), 1, "the close sees the new February");
    } else {
        let anew = restated.made_anew(&waiting, 2, lecturer).await;
        assert_eq!(accepted.problem(409), "restatement_outdated");
        restated.accepted(&anew, json!([])).await;
        assert_eq!(year.items(TITLES).await.len(), 1);
    }
}
