//! Facts that are committed beside a change of whose they are: whichever comes first, and whatever was projected in between, results are
//! those of both.

use futures_util::future::join;
use lectern::auth::Role;
use serde_json::json;
use uuid::Uuid;

use crate::live_results::Scene;
use crate::support::{Answer, TestServer, literal};

impl Scene<'_> {
    /// Sends a command of which the commit waits until `meanwhile` is committed by another connection, and followed. Then it is followed
    /// itself.
    async fn beside(&self, command: impl Future<Output = Answer>, meanwhile: impl AsyncFnOnce()) -> Answer {
        let database = &self.given.server.database;
        let (gate, watcher) = (database.owner().await, database.owner().await);
        // What a command writes last.
        gate.batch_execute("BEGIN; LOCK TABLE audit_entries IN EXCLUSIVE MODE").await.unwrap();
        let others = async {
            database.until_blocked(&watcher, 1).await;
            meanwhile().await;
            self.drained().await;
            gate.batch_execute("COMMIT").await.unwrap();
        };
        let (answer, ()) = join(command, others).await;
        self.drained().await;
        answer
    }

    /// What a stored result of March is based on.
    async fn input(&self, lecturer: Uuid, path: &str) -> String {
        let sql = format!(
            "SELECT r.inputs #>> '{path}' FROM live_results r JOIN live_periods p ON p.id = r.live_period_id
              WHERE p.programme_id = '{}' AND p.period = '2026-03' AND r.employee_id = '{lecturer}'",
            self.programme
        );
        self.given.sql.query_one(&sql, &[]).await.unwrap().get(0)
    }

    async fn changed(&self, sql: &str) {
        self.given.sql.batch_execute(sql).await.unwrap();
        self.given.changed().await;
    }
}

#[tokio::test]
async fn whoever_comes_to_a_department_while_its_place_changes_is_on_the_right_board() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let whole = scene.given.department("W", None).await;
    let part = scene.given.department("P", Some(whole)).await;
    scene.changed("UPDATE departments SET is_ranking_unit = false WHERE code IN ('W', 'P')").await;
    scene.drained().await;
    let (hr, path) = (scene.hr().await, format!("/v1/departments/{whole}"));
    let person = scene.lecturers[0];
    let comes = async || {
        let leaves =
            format!("UPDATE department_memberships SET valid_to = '2026-03-05' WHERE employee_id = '{person}'");
        scene.changed(&leaves).await;
        scene.given.membership(person, part, "2026-03-05").await;
    };
    scene.beside(hr.patch(&path, "*", json!({"is_ranking_unit": true})), comes).await.expect(200);
    assert_eq!(scene.input(person, "{department,code}").await, "W");
    assert_eq!(scene.checked().await.different, 0);
}

#[tokio::test]
async fn a_reuse_counts_for_whoever_becomes_an_author_meanwhile() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let session = scene.given.delivered_session(scene.programme, scene.lecturers[0], "2026-03-09T02:00:00Z", 4).await;
    let hr = scene.hr().await;
    let content = json!({"title": "A content", "outline": "1. 2. 3."});
    let content = hr.post(&format!("/v1/sessions/{session}/submit-content"), content).await.id();
    let reader = scene.given.employee("X1").await;
    scene.drained().await;
    let reuse = json!({"content_id": content, "employee_id": reader, "kind": "download", "source": "wiki",
                       "source_ref": "R1", "occurred_at": "2026-03-10T04:00:00Z"});
    let author = scene.lecturers[1];
    let joins = async || {
        let columns = [("content_id", literal(&content)), ("employee_id", literal(&author.to_string()))];
        scene.given.row("content_authors", &columns).await;
    };
    scene.beside(hr.post("/v1/reuse-events", reuse), joins).await.expect(201);
    for person in [scene.lecturers[0], author] {
        assert_eq!(scene.input(person, "{contents,0,reused_by}").await, "1");
    }
    assert_eq!(scene.checked().await.different, 0);
}

#[tokio::test]
async fn a_case_counts_for_whoever_gets_its_session_meanwhile() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let session = scene.given.delivered_session(scene.programme, scene.lecturers[0], "2026-03-09T02:00:00Z", 4).await;
    let learner = scene.given.employee("X1").await;
    let registered = [("session_id", literal(&session.to_string())), ("employee_id", literal(&learner.to_string()))];
    scene.given.row("session_audience", &registered).await;
    let case = json!({"session_id": session, "learner_id": learner, "description": "It worked."});
    let case = scene.hr().await.post("/v1/application-cases", case).await.id();
    scene.drained().await;
    let admin = server.person(server.state.ids.next(), &[Role::Admin]).await;
    let other = scene.lecturers[1];
    let gets = async || scene.changed(&format!("UPDATE session_lecturers SET employee_id = '{other}'")).await;
    let path = format!("/v1/application-cases/{case}/confirm");
    scene.beside(admin.post(&path, json!({})), gets).await.expect(200);
    assert_eq!(scene.input(other, "{sessions,0,confirmed_cases}").await, "1");
    assert_eq!(scene.checked().await.different, 0);
}

#[tokio::test]
async fn an_absence_counts_for_whoever_becomes_a_lecturer_meanwhile() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let person = scene.given.employee("N1").await;
    let group = scene.given.sql.query_one("SELECT id::text FROM lecturer_groups", &[]).await.unwrap();
    let group: Uuid = group.get::<_, &str>(0).parse().unwrap();
    scene.drained().await;
    let hr = scene.hr().await;
    let leave = json!({"employee_id": person, "kind": "leave", "starts_on": "2026-03-02", "ends_on": "2026-03-06",
                       "source": "hris", "source_ref": "A1"});
    let appointed = async || {
        scene.given.lecturer(person, Some(group), "2026-03-01").await;
    };
    scene.beside(hr.post("/v1/absences", leave), appointed).await.expect(201);
    assert_eq!(scene.input(person, "{exempt_days}").await, "5");
    assert_eq!(scene.checked().await.different, 0);
}
