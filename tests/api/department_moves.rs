//! A department that moves below another one comes within the reach of whoever manages that one: such a move takes two.

use lectern::auth::Role;
use lectern::keys::EmployeeKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sign_in::{Scene, confirm, waiting};
use crate::support::{Answer, Client, Given, TestServer};

/// A manager of A heads it; B is beside it, with C below, and somebody works in C.
struct Tree<'s> {
    given: Given<'s>,
    hris: Client,
    manager: Uuid,
    second: Client,
    a: Uuid,
    b: Uuid,
    c: Uuid,
    clerk: Uuid,
}

impl<'s> Tree<'s> {
    async fn new(scene: &'s Scene) -> Self {
        let given = scene.server.given().await;
        let manager = scene.employee(&given, "M-1", &[Role::Manager]).await;
        let second = scene.employee(&given, "A-2", &[Role::Admin]).await;
        let clerk = scene.employee(&given, "E-1", &[]).await;
        let a = given.department("A", None).await;
        let b = given.department("B", None).await;
        let c = given.department("C", Some(b)).await;
        given.membership(clerk, c, "2020-01-01").await;
        let head = format!("UPDATE departments SET manager_id = '{manager}' WHERE code = 'A'");
        given.sql.batch_execute(&head).await.unwrap();
        let (hris, second) = (scene.server.client(&[Role::Hris]).await, scene.person(second));
        Self { given, hris, manager, second, a, b, c, clerk }
    }

    async fn moves(&self, department: Uuid, parent: Option<Uuid>) -> Answer {
        self.hris.patch(&path(department), "*", json!({"parent_id": parent, "cost_centre": "CC-1"})).await
    }

    async fn parent(&self, department: Uuid) -> Value {
        self.hris.get(&path(department)).await.expect(200)["parent_id"].clone()
    }

    async fn sees_the_clerk(&self, server: &TestServer) -> bool {
        let manager = server.person_token(server.tenant, self.manager);
        manager.get(&format!("/v1/employees/{}", self.clerk)).await.status == 200
    }

    async fn import(&self, rows: &str) -> Value {
        let content = format!("code,name,parent_code\n{rows}");
        let files = json!({"time_zone": "Asia/Shanghai", "files": [{"name": "departments.csv", "content": content}]});
        let job = self.hris.ended(&self.hris.post("/v1/imports", files).await).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        job["result"].clone()
    }
}

fn path(department: Uuid) -> String {
    format!("/v1/departments/{department}")
}

#[tokio::test]
async fn a_move_by_which_a_manager_gains_a_department_waits_for_a_second_person() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let tree = Tree::new(&scene).await;
    let answer = tree.moves(tree.b, Some(tree.a)).await.expect(200);
    assert_eq!((&answer["parent_id"], &answer["cost_centre"]), (&Value::Null, &json!("CC-1")), "the rest is applied");
    assert_eq!(answer["waiting_changes"][0]["field"], "department_parent");
    assert!(!tree.sees_the_clerk(&scene.server).await);
    tree.moves(tree.b, Some(tree.a)).await.expect(200);
    let changes = waiting(&tree.second).await;
    assert_eq!(changes.len(), 1, "the same proposal again is one");
    assert_eq!(changes[0]["department"]["code"], "B");
    assert_eq!((&changes[0]["employee"]["id"], &changes[0]["present"]), (&json!(tree.manager), &json!([])));
    assert_eq!(changes[0]["proposed"], json!([tree.a]));

    let back = tree.moves(tree.b, None).await.expect(200);
    assert_eq!(
        (&back["waiting_changes"], waiting(&tree.second).await.len()),
        (&json!([]), 0),
        "the old value withdraws it"
    );
    tree.moves(tree.b, Some(tree.a)).await.expect(200);
    let change = waiting(&tree.second).await.remove(0);
    confirm(&tree.second, &change).await.expect(200);
    assert_eq!(tree.parent(tree.b).await, json!(tree.a));
    assert!(tree.sees_the_clerk(&scene.server).await);

    // Within what the manager has, and out of it, a department moves at once.
    let within = tree.moves(tree.c, Some(tree.a)).await.expect(200);
    assert_eq!((&within["parent_id"], &within["waiting_changes"]), (&json!(tree.a), &json!([])));
    let out = tree.moves(tree.c, None).await.expect(200);
    assert_eq!(out["parent_id"], Value::Null);
    assert!(!tree.sees_the_clerk(&scene.server).await);
}

#[tokio::test]
async fn nobody_who_gains_a_department_confirms_its_move() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let tree = Tree::new(&scene).await;
    let other = scene.employee(&tree.given, "M-2", &[Role::Admin]).await;
    let limited = [
        ("employee_id", format!("'{other}'")),
        ("role", "'manager'".to_owned()),
        ("department_id", format!("'{}'", tree.a)),
    ];
    tree.given.row("role_grants", &limited).await;
    tree.moves(tree.b, Some(tree.a)).await.expect(200);
    let change = waiting(&tree.second).await.remove(0);
    assert_eq!(confirm(&scene.person(other), &change).await.problem(403), "self_approval", "one of two who gain");
    confirm(&tree.second, &change).await.expect(200);
    assert_eq!(tree.parent(tree.b).await, json!(tree.a));
}

#[tokio::test]
async fn a_file_moves_no_department_below_a_manager_and_new_ones_are_where_it_says() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let tree = Tree::new(&scene).await;
    let result = tree.import("B,B,A\nC,C,B\nNEW,New,A\n").await;
    let fields: Vec<&Value> = result["waiting_changes"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert_eq!(fields, ["department_parent"]);
    assert_eq!(tree.parent(tree.b).await, Value::Null);
    let made = tree.hris.get("/v1/departments?code=NEW").await.expect(200);
    assert_eq!(made["items"][0]["parent_id"], json!(tree.a));
    // B below C is possible only once C has moved away, which waits: B stays too, and what waited for it is withdrawn.
    let result = tree.import("C,C,A\nB,B,C\n").await;
    assert_eq!(result["waiting_changes"].as_array().unwrap().len(), 1, "{result}");
    assert_eq!((tree.parent(tree.b).await, tree.parent(tree.c).await), (Value::Null, json!(tree.b)));
    let back = tree.import("B,B,\nC,C,B\n").await;
    assert_eq!(back["waiting_changes"], json!([]), "the old places withdraw what waits");
}

#[tokio::test]
async fn a_new_department_on_the_way_hides_no_gain() {
    let scene = Scene::new(EmployeeKey::EmployeeNumber).await;
    let tree = Tree::new(&scene).await;
    let result = tree.import("NEW,New,A\nNEWER,Newer,NEW\nB,B,NEWER\n").await;
    let waiting = result["waiting_changes"].as_array().unwrap();
    assert_eq!((waiting.len(), &waiting[0]["field"]), (1, &json!("department_parent")), "{result}");
    assert_eq!(tree.parent(tree.b).await, Value::Null);
    assert!(!tree.sees_the_clerk(&scene.server).await);
}
