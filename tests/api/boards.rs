//! Boards: pages of them, places on them, and that a closed period answers as the open one did, by statements whose number does not
//! depend on how many lecturers there are.

use lectern::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::closing::finished;
use crate::support::{Client, Given, TestServer, at, literal};

/// The scores of the lecturers: the first four, the sixth and the seventh are of the first department, the last two of none, the
/// others of the second. The one before the last has no score.
pub const SCORES: [Option<&str>; 10] = [
    Some("100"),
    Some("90"),
    Some("90"),
    Some("90"),
    Some("80.55"),
    Some("70"),
    Some("70"),
    Some("60"),
    None,
    Some("0"),
];

/// A programme whose scores are what an outside system sends.
pub struct Boards<'s> {
    pub given: Given<'s>,
    server: &'s TestServer,
    programme: Uuid,
    group: Uuid,
    pub departments: [Uuid; 2],
    pub lecturers: Vec<Uuid>,
}

impl<'s> Boards<'s> {
    pub async fn new(server: &'s TestServer, style: &str) -> Self {
        server.clock.set(at("2026-03-20T01:00:00Z"));
        let given = server.given().await;
        let group = given.group("knowledge").await;
        let programme = given.programme("programme", group).await;
        let rule = json!({
            "components": [{"metric": "external:points", "weight_bp": 10000, "curve": {"kind": "linear", "to": 100}}],
            "grades": [{"code": "excellent", "at_least": 90}, {"code": "pass", "at_least": 60}, {"code": "fail", "at_least": 0}],
            "rank_style": style,
        });
        given.published("scoring_rules", programme, 1, "2026-03", &rule).await;
        let departments = [given.department("sales", None).await, given.department("plant", None).await];
        let mut boards = Self { given, server, programme, group, departments, lecturers: Vec::new() };
        for place in 0..SCORES.len() {
            let department = match place {
                0..=3 | 5 | 6 => Some(departments[0]),
                4 | 7 => Some(departments[1]),
                _ => None,
            };
            boards.lecturer(&format!("L{place:02}"), department).await;
        }
        let scores = SCORES.iter().zip(&boards.lecturers).filter_map(|(score, lecturer)| Some((*lecturer, (*score)?)));
        boards.send(&scores.collect::<Vec<_>>()).await;
        boards
    }

    async fn lecturer(&mut self, number: &str, department: Option<Uuid>) {
        let id = self.given.employee(number).await;
        self.given.lecturer(id, Some(self.group), "2025-01-01").await;
        if let Some(department) = department {
            self.given.membership(id, department, "2025-01-01").await;
        }
        self.lecturers.push(id);
    }

    pub async fn send(&self, scores: &[(Uuid, &str)]) {
        let hris = self.server.client(&[Role::Hris]).await;
        let value = |(id, score): &(Uuid, &str)| json!({"employee_id": id, "key": "points", "value": score});
        let values: Vec<Value> = scores.iter().map(value).collect();
        let request = hris.request(Method::PUT, &self.path("external-values"));
        hris.send(request.json(&json!({"source": "lms", "values": values}))).await.expect(200);
    }

    pub async fn close(&self) {
        self.server.clock.set(at("2026-04-07T01:00:00Z"));
        let admin = self.server.person_of(self.server.tenant, &[Role::Admin]).await;
        finished(&admin, &admin.post(&self.path("close"), json!({})).await).await;
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/programmes/{}/periods/2026-03/{rest}", self.programme)
    }

    pub fn place_path(&self, place: usize, query: &str) -> String {
        self.path(&format!("scorecards/{}/place{query}", self.lecturers[place]))
    }

    pub fn as_lecturer(&self, place: usize) -> Client {
        self.server.person_token(self.server.tenant, self.lecturers[place])
    }

    pub async fn hr(&self) -> Client {
        self.server.client(&[Role::Admin]).await
    }

    /// Somebody who manages the second department.
    pub async fn manager(&self) -> Client {
        let id = self.server.state.ids.next();
        self.server.person(id, &[]).await;
        let columns = [
            ("employee_id", literal(&id.to_string())),
            ("role", literal("manager")),
            ("department_id", literal(&self.departments[1].to_string())),
        ];
        self.given.row("role_grants", &columns).await;
        self.server.person_token(self.server.tenant, id)
    }

    /// All places of a board, read page by page.
    async fn all(&self, client: &Client, query: &str) -> Vec<Value> {
        let mut places = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = client.get(&self.path(&format!("leaderboard/places?limit=3{query}{cursor}"))).await.expect(200);
            places.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return places,
            }
        }
    }

    /// What this caller is shown of the boards, without what tells an open period from a closed one.
    async fn seen_by(&self, client: &Client) -> Vec<Value> {
        let plant = self.departments[1];
        let mut seen = Vec::new();
        for scope in ["", "scope=department", "scope=department&without_department=true"] {
            seen.push(client.get(&self.path(&format!("leaderboard?{scope}"))).await.body);
            seen.push(client.get(&self.path(&format!("leaderboard/places?{scope}"))).await.body);
        }
        let of_plant = format!("scope=department&department_id={plant}");
        seen.push(client.get(&self.path(&format!("leaderboard?{of_plant}"))).await.body);
        for rank in [1, 2, 3, 5, 9, 10] {
            let from = format!("leaderboard/places?from_rank={rank}&limit=4");
            seen.push(client.get(&self.path(&from)).await.body);
        }
        for place in 0..SCORES.len() {
            for query in ["", "?above=0&below=1", "?scope=department&above=50"] {
                seen.push(client.get(&self.place_path(place, query)).await.body);
            }
        }
        for answer in &mut seen {
            for member in ["provisional", "snapshot", "instance", "request_id", "next_cursor", "as_of"] {
                answer.as_object_mut().unwrap().remove(member);
            }
        }
        seen
    }
}

fn ranks(items: &Value) -> Vec<(u64, &str)> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| (item["rank"].as_u64().unwrap(), item["score"].as_str().unwrap())).collect()
}

fn numbers(items: &[Value]) -> Vec<Option<&str>> {
    items.iter().map(|item| item["employee"]["employee_number"].as_str()).collect()
}

#[tokio::test]
async fn a_closed_period_answers_as_the_open_one_did() {
    for style in ["competition", "dense"] {
        let server = TestServer::start().await;
        let boards = Boards::new(&server, style).await;
        let manager = boards.manager().await;
        let open = [
            boards.seen_by(&boards.hr().await).await,
            boards.seen_by(&manager).await,
            boards.seen_by(&boards.as_lecturer(2)).await,
        ];
        boards.close().await;
        let closed = [
            boards.seen_by(&boards.hr().await).await,
            boards.seen_by(&boards.manager().await).await,
            boards.seen_by(&boards.as_lecturer(2)).await,
        ];
        assert_eq!(open, closed, "{style}");
    }
}

#[tokio::test]
async fn hr_reads_any_page_of_a_board_by_rank() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    for closed in [false, true] {
        if closed {
            boards.close().await;
        }
        let hr = boards.hr().await;
        let all = boards.all(&hr, "").await;
        let expected = [
            (1, "100.00"),
            (2, "90.00"),
            (2, "90.00"),
            (2, "90.00"),
            (5, "80.55"),
            (6, "70.00"),
            (6, "70.00"),
            (8, "60.00"),
            (9, "0.00"),
        ];
        assert_eq!(ranks(&json!(all)), expected, "closed: {closed}");
        assert_eq!(all[0]["department"]["code"], "sales");
        assert_eq!((&all[8]["department"], &all[8]["grade"]), (&Value::Null, &json!("fail")));
        let from = async |rank: u32| {
            hr.get(&boards.path(&format!("leaderboard/places?from_rank={rank}&limit=2"))).await.expect(200)
        };
        // Nobody has rank 3: the next is 5. A page goes on from where it began.
        let page = from(3).await;
        assert_eq!(ranks(&page["items"]), [(5, "80.55"), (6, "70.00")]);
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = boards.path(&format!("leaderboard/places?from_rank=3&limit=2&cursor={cursor}"));
        assert_eq!(ranks(&hr.get(&next).await.expect(200)["items"]), [(6, "70.00"), (8, "60.00")]);
        assert_eq!(from(10).await, json!({"items": [], "next_cursor": null}));
        let of_sales = format!("&scope=department&department_id={}", boards.departments[0]);
        let sales = boards.all(&hr, &of_sales).await;
        assert_eq!(ranks(&json!(sales)).last(), Some(&(5, "70.00")));
        assert_eq!(sales.len(), 6);
        let without = boards.all(&hr, "&scope=department&without_department=true").await;
        assert_eq!(ranks(&json!(without)), [(1, "0.00")]);
        let zero = hr.get(&boards.path("leaderboard/places?from_rank=0")).await;
        assert_eq!(zero.problem(400), "invalid_query");
    }
}

#[tokio::test]
async fn managers_see_the_names_of_their_own_people_and_lecturers_page_through_nothing() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    let manager = boards.manager().await;
    let mut expected = vec![None; 9];
    (expected[4], expected[7]) = (Some("L04"), Some("L07"));
    assert_eq!(numbers(&boards.all(&manager, "").await), expected);
    let of = |department: Uuid| boards.path(&format!("leaderboard/places?scope=department&department_id={department}"));
    let own = manager.get(&of(boards.departments[1])).await.expect(200);
    assert_eq!(numbers(own["items"].as_array().unwrap()), [Some("L04"), Some("L07")]);
    assert_eq!(manager.get(&of(boards.departments[0])).await.problem(404), "not_found");
    let lecturer = boards.as_lecturer(0);
    for query in ["", "?scope=department"] {
        let path = boards.path(&format!("leaderboard/places{query}"));
        assert_eq!(lecturer.get(&path).await.problem(404), "not_found");
        assert_eq!(server.client(&[Role::Payroll]).await.get(&path).await.problem(403), "forbidden");
    }
}

#[tokio::test]
async fn a_lecturer_sees_the_scores_around_the_own_one_without_names() {
    let server = TestServer::start().await;
    let boards = Boards::new(&server, "competition").await;
    for closed in [false, true] {
        if closed {
            boards.close().await;
        }
        let own = boards.as_lecturer(5);
        let place = own.get(&boards.place_path(5, "?above=2&below=2")).await.expect(200);
        assert_eq!((&place["provisional"], &place["scope"]), (&json!(!closed), &json!("programme")));
        assert_eq!(place["place"], json!({"rank": 6, "ranked_of": 9, "score": "70.00", "grade": "pass"}));
        assert_eq!(place["shared_by"], 2);
        assert_eq!(place["employee"]["employee_number"], "L05");
        assert_eq!(ranks(&place["above"]), [(2, "90.00"), (5, "80.55")]);
        assert_eq!(ranks(&place["below"]), [(8, "60.00"), (9, "0.00")]);
        let around = |place: &Value| {
            [place["above"].clone(), place["below"].clone()].map(|side| side.as_array().unwrap().clone())
        };
        assert!(around(&place).concat().iter().all(|other| other["employee"].is_null()), "{place}");

        let named = boards.hr().await.get(&boards.place_path(5, "?above=2&below=2")).await.expect(200);
        assert_eq!(numbers(&around(&named)[1]), [Some("L07"), Some("L09")]);
        let managed = boards.manager().await.get(&boards.place_path(7, "")).await.expect(200);
        let [above, below] = around(&managed);
        assert_eq!(numbers(&above), [None, None, Some("L04"), None, None], "{managed}");
        assert_eq!(numbers(&below), [None]);

        let first = boards.as_lecturer(0).get(&boards.place_path(0, "?scope=department")).await.expect(200);
        assert_eq!((&first["department"]["code"], &first["above"]), (&json!("sales"), &json!([])));
        assert_eq!(ranks(&first["below"]), [(2, "90.00"), (2, "90.00"), (2, "90.00"), (5, "70.00"), (5, "70.00")]);
        let unrated = boards.as_lecturer(8).get(&boards.place_path(8, "")).await.expect(200);
        assert_eq!((&unrated["place"], &unrated["shared_by"]), (&Value::Null, &Value::Null));
        assert_eq!((&unrated["above"], &unrated["below"]), (&json!([]), &json!([])));
        assert_eq!(own.get(&boards.place_path(0, "")).await.problem(404), "not_found");
        assert_eq!(own.get(&boards.place_path(5, "?above=51")).await.problem(400), "invalid_query");
    }
}

/// A hundred and ten lecturers share the second place of a board of two.
#[tokio::test]
async fn of_those_who_share_the_last_place_a_bounded_number_is_shown() {
    let server = TestServer::start().await;
    let mut boards = Boards::new(&server, "competition").await;
    for number in 0..107 {
        boards.lecturer(&format!("S{number:03}"), None).await;
    }
    let sharing: Vec<(Uuid, &str)> = boards.lecturers[SCORES.len()..].iter().map(|id| (*id, "90")).collect();
    boards.send(&sharing).await;
    boards.given.sql.batch_execute("UPDATE programmes SET board_size = 2").await.unwrap();
    for closed in [false, true] {
        if closed {
            boards.close().await;
        }
        let board = boards.hr().await.get(&boards.path("leaderboard")).await.expect(200);
        assert_eq!(board["items"].as_array().unwrap().len(), 102);
        assert_eq!((&board["items"][101]["rank"], &board["items"][101]["score"]), (&json!(2), &json!("90.00")));
        assert_eq!((&board["more_sharing_last_place"], &board["ranked_of"]), (&json!(9), &json!(116)));
        let own = boards.as_lecturer(116).get(&boards.path("leaderboard")).await.expect(200);
        assert_eq!(own["own"]["rank"], 2);
        let place = boards.as_lecturer(116).get(&boards.place_path(116, "?below=1")).await.expect(200);
        assert_eq!((&place["shared_by"], ranks(&place["below"])), (&json!(110), vec![(112, "80.55")]));
    }
    boards.given.sql.batch_execute("UPDATE programmes SET board_size = 200").await.unwrap();
    let whole = boards.hr().await.get(&boards.path("leaderboard")).await.expect(200);
    assert_eq!((whole["items"].as_array().unwrap().len(), &whole["more_sharing_last_place"]), (116, &json!(0)));
}

/// What a read costs: few statements, as many for seventy lecturers as for ten, open and closed.
#[tokio::test]
async fn a_read_takes_few_statements_however_many_lecturers_there_are() {
    let server = TestServer::start().await;
    let mut boards = Boards::new(&server, "competition").await;
    let few = boards.costs().await;
    for number in 0..60 {
        boards.lecturer(&format!("S{number:03}"), Some(boards.departments[0])).await;
    }
    let scores: Vec<(Uuid, &str)> = boards.lecturers[SCORES.len()..].iter().map(|id| (*id, "85.5")).collect();
    boards.send(&scores).await;
    assert_eq!(boards.costs().await, few, "open");
    boards.close().await;
    let closed = boards.costs().await;
    for (path, needed) in few.iter().chain(&closed) {
        assert!(*needed <= 13, "{path}: {needed} statements");
    }
}

impl Boards<'_> {
    /// How many statements reads take, beginning and end of the transaction included.
    async fn costs(&self) -> Vec<(String, u64)> {
        let (hr, own) = (self.hr().await, self.as_lecturer(2));
        hr.get(&self.path("leaderboard")).await.expect(200);
        let mut costs = Vec::new();
        for (client, path) in [
            (&hr, self.path("leaderboard")),
            (&own, self.path("leaderboard?scope=department")),
            (&hr, self.path("leaderboard/places?limit=3")),
            (&own, self.place_path(2, "")),
            (&own, self.path(&format!("scorecards/{}", self.lecturers[2]))),
            (&hr, self.path("scorecards?limit=5")),
        ] {
            let client = client.as_stored();
            let mut least = u64::MAX;
            // What else the service does at the time counts too, so the least of several is taken.
            for _ in 0..4 {
                let before = self.server.state.db.statements();
                client.get(&path).await.expect(200);
                least = least.min(self.server.state.db.statements() - before);
            }
            costs.push((path, least));
        }
        costs
    }
}
