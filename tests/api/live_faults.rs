//! What becomes of live results that cannot be computed: they are set aside with the error, told, and hold nobody else up.

use std::time::Duration;

use lectern::db::{Db, Waits};
use lectern::scoring::live;
use serde_json::json;

use crate::live_results::{Scene, lectern, said};
use crate::support::{MOMENT, PATIENT, TestServer, at, literal, shared_runtime, until};

const ASIDE: &str = "SELECT count(*) FROM live_marks WHERE set_aside_at IS NOT NULL AND error <> ''";
const WAITING: &str = "SELECT count(*) FROM live_marks WHERE set_aside_at IS NULL";

#[tokio::test]
async fn what_cannot_be_computed_is_set_aside_and_holds_nobody_else_up() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.drained().await;
    // An answer beyond every range, which no operation takes.
    let session = scene.given.delivered_session(scene.programme, scene.lecturers[0], "2026-03-09T02:00:00Z", 4).await;
    let learner = scene.given.employee("X1").await;
    let columns = [
        ("session_id", literal(&session.to_string())),
        ("learner_id", literal(&learner.to_string())),
        ("rating", "9".to_owned()),
        ("scale", "10".to_owned()),
        ("items", literal("[{\"key\": \"a\", \"value\": 99999999999, \"scale\": 10}]")),
        ("received_at", literal("2026-03-09T04:00:00Z")),
        ("source", literal("import")),
    ];
    let rating = scene.given.row("feedback", &columns).await;
    scene.examined(0, "100").await;
    scene.examined(1, "50").await;
    let hr = scene.hr().await;
    assert_eq!(scene.card(&hr, 1, "2026-03").await["card"]["score"], "40.00", "the others follow");
    assert_eq!(scene.card(&hr, 0, "2026-03").await["card"]["score"], "0.00", "what could be computed last");
    assert_eq!((scene.count(ASIDE).await, scene.count(WAITING).await), (1, 0));
    scene.examined(0, "95").await;
    scene.examined(1, "60").await;
    assert_eq!(scene.card(&hr, 1, "2026-03").await["card"]["score"], "48.00", "they go on following");
    assert_eq!((scene.count(ASIDE).await, scene.count(WAITING).await), (1, 0), "one, however often it fails");
    let projector = server.projector().await;
    until("the metrics tell", MOMENT, async || {
        let text = String::from_utf8(server.metrics.render(&server.state.db).unwrap()).unwrap();
        if text.contains("lectern_projection_set_aside 0") { Err(text) } else { Ok(()) }
    })
    .await;
    shared_runtime().spawn(projector.stop()).await.unwrap();
    let told = lectern(&server, &["project", "--tenant", "demo", "--check"]);
    assert!(!told.status.success());
    assert!(said(&told.stdout).contains("set aside: E1: "), "{}", said(&told.stdout));

    let mend = format!("UPDATE feedback SET items = '[]' WHERE id = '{rating}'");
    scene.given.sql.batch_execute(&mend).await.unwrap();
    scene.examined(0, "90").await;
    // 72 for the exam, and one of two sessions.
    assert_eq!(scene.card(&hr, 0, "2026-03").await["card"]["score"], "82.00");
    assert_eq!(scene.count(ASIDE).await, 0, "the next result of the same lecturer makes up for it");
    assert_eq!(scene.checked().await.different, 0);
}

#[tokio::test]
async fn what_takes_too_long_is_set_aside_too() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    scene.drained().await;
    let reader = scene.hr().await.as_stored();
    let scores = async || {
        let (held, other) = (scene.card(&reader, 0, "2026-03").await, scene.card(&reader, 1, "2026-03").await);
        [held["card"]["score"].clone(), other["card"]["score"].clone()]
    };
    // Somebody has the result of one lecturer in hand for longer than a statement may take.
    let owner = server.database.owner().await;
    let hold = format!("BEGIN; SELECT FROM live_results WHERE employee_id = '{}' FOR UPDATE", scene.lecturers[0]);
    owner.batch_execute(&hold).await.unwrap();
    let mut impatient = server.state.clone();
    let waits = Waits { statement: Duration::from_secs(1), ..PATIENT };
    impatient.db = Db::new(&server.database.url, 2, waits).unwrap();
    scene.examined(0, "100").await;
    scene.examined(1, "50").await;
    live::drain(&impatient).await.unwrap();
    assert_eq!(scores().await, ["0.00", "40.00"], "the others follow");
    assert_eq!((scene.count(ASIDE).await, scene.count(WAITING).await), (1, 0));
    let why = "SELECT count(*) FROM live_marks WHERE error ~ 'statement timeout'";
    assert_eq!(scene.count(why).await, 1);
    scene.examined(0, "90").await;
    scene.examined(1, "60").await;
    live::drain(&impatient).await.unwrap();
    assert_eq!(scores().await, ["0.00", "48.00"]);
    assert_eq!((scene.count(ASIDE).await, scene.count(WAITING).await), (1, 0));

    owner.batch_execute("COMMIT").await.unwrap();
    server.clock.set(at("2026-03-10T16:00:00Z"));
    scene.drained().await;
    let reader = scene.hr().await;
    assert_eq!(scene.card(&reader, 0, "2026-03").await["card"]["score"], "72.00", "it is tried again every day");
    assert_eq!(scene.count(ASIDE).await, 0);
    assert_eq!(scene.checked().await.different, 0);
}

#[tokio::test]
async fn a_programme_whose_days_cannot_begin_holds_no_other_up() {
    let server = TestServer::start().await;
    let scene = Scene::new(&server).await;
    let group = scene.given.group("other").await;
    let broken = scene.given.programme("broken", group).await;
    let rule = json!({
        "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 2}}],
        "grades": [{"code": "excellent", "at_least": 90}, {"code": "fail", "at_least": 0}]
    });
    scene.given.published("scoring_rules", broken, 1, "2026-03", &rule).await;
    scene.drained().await;
    let zone = async |zone: &str| {
        let set = format!("UPDATE programmes SET time_zone = {} WHERE id = '{broken}'", literal(zone));
        scene.given.sql.batch_execute(&set).await.unwrap();
    };
    // No operation takes it.
    zone("Nowhere/At_all").await;
    server.clock.set(at("2026-03-10T16:00:00Z"));
    scene.examined(0, "100").await;
    assert_eq!(scene.card(&scene.hr().await, 0, "2026-03").await["card"]["score"], "80.00");
    assert_eq!((scene.count(ASIDE).await, scene.count(WAITING).await), (1, 0));
    let innocent = "SELECT count(*) FROM live_marks WHERE employee_id IS NOT NULL";
    assert_eq!(scene.count(innocent).await, 0, "nobody's mark is set aside for it");
    zone("Asia/Shanghai").await;
    server.clock.set(at("2026-03-11T16:00:00Z"));
    scene.drained().await;
    assert_eq!(scene.count(ASIDE).await, 0, "it is tried again every day");
    assert_eq!(scene.checked().await.different, 0);
}
