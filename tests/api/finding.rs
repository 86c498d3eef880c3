//! People are found in lists by a part of their name and by their numbers.

use lectern::auth::Role;
use serde_json::{Value, json};

use crate::payroll::Company;
use crate::support::{Client, TestServer};

/// The numbers of the people in a list.
async fn found(client: &Client, path: &str) -> Vec<String> {
    let number = |item: &Value| {
        let person = if item["employee"].is_object() { &item["employee"] } else { item };
        person["employee_number"].as_str().unwrap().to_owned()
    };
    client.get(path).await.expect(200)["items"].as_array().unwrap().iter().map(number).collect()
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name() {
    let server = TestServer::start().await;
    let hr = server.client(&[Role::Admin]).await;
    for (number, name) in [("F1", "王芳"), ("F2", "王小芳"), ("F3", "Ann_Lee"), ("F4", "AnnXLee"), ("F5", "100%")]
    {
        let person = hr.post("/v1/employees", json!({"name": name, "employee_number": number})).await.id();
        hr.post("/v1/lecturers", json!({"employee_id": person, "appointed_on": "2026-03-01"})).await.expect(201);
    }
    for (asked, numbers) in [
        ("王", vec!["F1", "F2"]),
        ("王芳", vec!["F1"]),
        ("ann", vec!["F3", "F4"]),
        ("n_l", vec!["F3"]),
        ("%25", vec!["F5"]),
        ("%5C", vec![]),
    ] {
        for list in ["employees", "lecturers"] {
            assert_eq!(found(&hr, &format!("/v1/{list}?name={asked}")).await, numbers, "{list} {asked}");
        }
    }
    // Page by page.
    let first = hr.get("/v1/employees?name=王&limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(found(&hr, &format!("/v1/employees?name=王&limit=1&cursor={cursor}")).await, ["F2"]);
    assert_eq!(hr.get("/v1/employees?name=").await.problem(400), "invalid_query");
    // Only whom one may see.
    let other = server.client_of(server.tenant("other").await, &[Role::Admin]).await;
    assert_eq!(found(&other, "/v1/employees?name=王").await, [""; 0]);
}

#[tokio::test]
async fn lists_are_narrowed_by_the_number_of_a_person() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let (one, two) = (company.given.employee("E1").await, company.given.employee("E2").await);
    for person in [one, two] {
        company.approved(person, 100).await;
        let levelled = json!({"employee_id": person, "appointed_on": "2026-01-01", "level": "junior"});
        company.hr.post("/v1/lecturers", levelled).await.expect(201);
    }
    let batch = company.locked().await;
    company.hr.patch(&format!("/v1/employees/{one}"), "*", json!({"employee_number": "N1"})).await.expect(200);
    for list in ["employees", "lecturers", "access-changes"] {
        // By the number that the person has, and by the one that nobody has any more.
        for (asked, number) in [("N1", "N1"), ("E1", "N1"), ("E2", "E2")] {
            assert_eq!(
                found(&company.hr, &format!("/v1/{list}?employee_number={asked}")).await,
                [number],
                "{list} {asked}"
            );
        }
        assert_eq!(found(&company.hr, &format!("/v1/{list}?employee_number=E9")).await, [""; 0], "{list}");
    }
    // Lines keep the number that they were made with.
    let lines = format!("/v1/payroll-batches/{}/lines", batch["id"].as_str().unwrap());
    assert_eq!(found(&company.machine, &lines).await, ["E1", "E2"]);
    assert_eq!(found(&company.machine, &format!("{lines}?employee_number=E1")).await, ["E1"]);
    assert_eq!(found(&company.machine, &format!("{lines}?employee_number=N1")).await, [""; 0]);
}
