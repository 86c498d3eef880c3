//! Awards and corrections that people enter by hand, and what each person has of each policy.

use lectern::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::adjustments_restated::{missed, proposed};
use crate::closing::March;
use crate::payroll::{Company, key, lock, part};
use crate::support::{Answer, Client, TestServer};

/// March, closed, with three people who may enter and approve.
pub struct Desk<'s> {
    pub march: March<'s>,
    pub closer: Client,
    pub maker: Client,
    pub checker: Client,
}

impl<'s> Desk<'s> {
    pub async fn new(server: &'s TestServer) -> Self {
        let march = March::taught(server).await;
        let [closer, maker, checker] = [admin(server).await, admin(server).await, admin(server).await];
        march.closed_by(&closer).await;
        let item =
            json!({"code": "LR", "name_zh": "讲师奖励", "name_en": "Lecturer reward", "issuance_way": "with_salary"});
        maker.post("/v1/pay-items", item).await.expect(201);
        Self { march, closer, maker, checker }
    }

    /// The award of the grade to the first lecturer: 80000.
    async fn bonus(&self) -> Value {
        let query = format!("/v1/rewards?policy=bonus&employee_id={}", self.march.lecturers[0]);
        self.checker.get(&query).await.expect(200)["items"][0].clone()
    }

    fn award(&self) -> Value {
        json!({"employee_id": self.march.lecturers[2], "programme_id": self.march.programme, "period": "2026-03",
               "pay_item_code": "LR", "amount": yuan(500), "reason": "临时代课"})
    }
}

pub async fn admin(server: &TestServer) -> Client {
    server.person(server.state.ids.next(), &[Role::Admin]).await
}

pub fn yuan(yuan: i64) -> Value {
    json!({"amount_minor": yuan * 100, "currency": "CNY"})
}

pub async fn adjust(client: &Client, reward: &Value, minor: i64) -> Answer {
    let body = json!({"amount": {"amount_minor": minor, "currency": "CNY"}, "reason": "课时重复计算"});
    client.post_keyed(&format!("/v1/rewards/{}/adjustments", id(reward)), &key(), body).await
}

pub async fn act(client: &Client, reward: &Value, verb: &str, body: Option<Value>) -> Answer {
    client.act(&format!("/v1/rewards/{}/{verb}", id(reward)), reward["etag"].as_str().unwrap(), body).await
}

pub fn no() -> Value {
    json!({"reason": "No"})
}

pub fn id(reward: &Value) -> &str {
    reward["id"].as_str().unwrap()
}

#[tokio::test]
async fn an_award_by_hand_is_entered_by_one_and_approved_by_another() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let unkeyed = desk.maker.post("/v1/rewards", desk.award()).await;
    assert_eq!(unkeyed.problem(400), "idempotency_key_required");
    let entered = desk.maker.post_keyed("/v1/rewards", "a", desk.award()).await;
    let reward = entered.body.clone();
    assert_eq!((entered.status, entered.header("location")), (201, format!("/v1/rewards/{}", id(&reward)).as_str()));
    assert_eq!(
        (&reward["state"], &reward["kind"], &reward["amount"]),
        (&json!("granted"), &json!("award"), &yuan(500))
    );
    assert_eq!(
        (&reward["policy"], &reward["corrects_id"], &reward["snapshot_id"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!((&reward["reason"]["zh"], &reward["maker"]["kind"]), (&json!("临时代课"), &json!("person")));
    assert_eq!(act(&desk.maker, &reward, "approve", None).await.problem(403), "self_approval");
    let again = desk.maker.post_keyed("/v1/rewards", "a", desk.award()).await;
    assert_eq!((again.header("idempotent-replayed"), again.id()), ("true", entered.id()));
    let approved = act(&desk.checker, &reward, "approve", None).await.expect(200);
    assert_eq!((&approved["state"], &approved["history"][1]["self_approved"]), (&json!("approved"), &json!(false)));

    // A machine's entry is approved by somebody other than who answers for it; for oneself nobody enters anything.
    let machine = server.client(&[Role::Admin]).await;
    let by_machine = machine.post_keyed("/v1/rewards", "m", desk.award()).await.expect(201);
    assert_eq!(by_machine["maker"]["kind"], "client");
    let paid = server.person(desk.march.lecturers[2], &[Role::Admin]).await;
    assert_eq!(paid.post_keyed("/v1/rewards", "o", desk.award()).await.problem(403), "self_approval");
    assert_eq!(act(&paid, &by_machine, "approve", None).await.problem(403), "self_approval");
    let payroll = server.client(&[Role::Payroll]).await;
    assert_eq!(payroll.post_keyed("/v1/rewards", "p", desk.award()).await.problem(403), "forbidden");
}

#[tokio::test]
async fn whoever_entered_by_hand_may_approve_the_rest_of_the_period() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    desk.maker.post_keyed("/v1/rewards", "a", desk.award()).await.expect(201);
    let whole = json!({"programme_id": desk.march.programme, "period": "2026-03"});
    let most = desk.maker.post_keyed("/v1/rewards/approve-batch", "b", whole.clone()).await.expect(200);
    assert_eq!((&most["approved_count"], &most["own_count"]), (&json!(4), &json!(1)));
    let rest = desk.checker.post_keyed("/v1/rewards/approve-batch", "c", whole).await.expect(200);
    assert_eq!((&rest["approved_count"], &rest["totals"]), (&json!(1), &json!([yuan(500)])));
}

#[tokio::test]
async fn an_award_that_cannot_be_is_refused_with_every_fault() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let wrong = json!({"employee_id": Uuid::nil(), "programme_id": desk.march.programme, "period": "2026-Q1",
                       "pay_item_code": "unknown", "amount": {"amount_minor": -1, "currency": "EUR"}, "reason": ""});
    let refused = desk.maker.post_keyed("/v1/rewards", "w", wrong).await;
    assert_eq!(refused.problem(422), "invalid_values");
    let mut faults = refused.faults();
    faults.sort_unstable();
    let expected = [
        ("/amount/amount_minor", "out_of_range"),
        ("/amount/currency", "not_allowed"),
        ("/employee_id", "not_found"),
        ("/pay_item_code", "unknown_pay_item"),
        ("/period", "bad_format"),
        ("/reason", "empty"),
    ];
    assert_eq!(faults, expected);
    let mut later = desk.award();
    later["period"] = json!("2026-05");
    let refused = desk.maker.post_keyed("/v1/rewards", "l", later).await;
    assert_eq!((refused.faults(), refused.text.contains("has not begun")), (vec![("/period", "not_eligible")], true));
    desk.march.given.sql.batch_execute("UPDATE programmes SET pays_from_on = '2026-04-01'").await.unwrap();
    let refused = desk.maker.post_keyed("/v1/rewards", "n", desk.award()).await;
    assert_eq!((refused.faults(), refused.text.contains("never pay")), (vec![("/period", "not_eligible")], true));
    let none = desk.maker.get("/v1/rewards?kind=award").await.expect(200);
    assert_eq!(none["items"].as_array().unwrap().len(), 4, "nothing was entered");
}

#[tokio::test]
async fn a_correction_takes_back_at_most_what_is_left() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let bonus = desk.bonus().await;
    let beyond = adjust(&desk.maker, &bonus, -80_001).await;
    assert_eq!(
        (beyond.problem(422), beyond.faults()),
        ("invalid_values", vec![("/amount/amount_minor", "beyond_granted")])
    );
    assert!(beyond.text.contains("800.00 CNY"), "{}", beyond.text);
    assert_eq!(adjust(&desk.maker, &bonus, 0).await.faults(), [("/amount/amount_minor", "zero")]);
    let down = adjust(&desk.maker, &bonus, -30_000).await.expect(201);
    assert_eq!(
        (&down["kind"], &down["corrects_id"], &down["pay_item_code"]),
        (&json!("adjustment"), &bonus["id"], &json!("LR"))
    );
    assert_eq!(adjust(&desk.maker, &bonus, -50_001).await.faults(), [("/amount/amount_minor", "beyond_granted")]);
    let up = adjust(&desk.maker, &bonus, 5_000).await.expect(201);
    let rest = adjust(&desk.maker, &bonus, -55_000).await.expect(201);
    assert_eq!(adjust(&desk.maker, &bonus, -1).await.faults(), [("/amount/amount_minor", "beyond_granted")]);
    let of_one = desk.maker.get(&format!("/v1/rewards?corrects_id={}", id(&bonus))).await.expect(200);
    assert_eq!(of_one["items"].as_array().unwrap().len(), 3);
    assert_eq!(adjust(&desk.maker, &rest, 1).await.problem(409), "state_conflict", "a correction is not corrected");

    // What holds the others up cannot be rejected before them, nor be taken up again after.
    let refused = act(&desk.checker, &up, "reject", Some(no())).await;
    assert_eq!(
        (refused.problem(409), &refused.body["reward_ids"]),
        ("corrections_stand", &json!([down["id"], rest["id"]]))
    );
    assert_eq!(act(&desk.checker, &bonus, "reject", Some(no())).await.problem(409), "corrections_stand");
    let rejected = act(&desk.checker, &rest, "reject", Some(no())).await.expect(200);
    act(&desk.checker, &up, "reject", Some(no())).await.expect(200);
    let reason = Some(json!({"reason": "经核对无误"}));
    assert_eq!(act(&desk.checker, &rejected, "reconsider", reason).await.problem(409), "corrections_stand");
    act(&desk.checker, &down, "reject", Some(no())).await.expect(200);
    let gone = act(&desk.checker, &bonus, "reject", Some(no())).await.expect(200);
    assert_eq!(adjust(&desk.maker, &gone, 1).await.problem(409), "state_conflict", "it is reconsidered instead");
    assert_eq!(adjust(&desk.closer, &json!({"id": Uuid::nil()}), 1).await.problem(404), "not_found");
}

/// Each takes all that is left; each round two of them at once, and one rejects what they correct.
#[tokio::test]
async fn of_two_corrections_at_once_one_finds_nothing_left() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    for round in 0..6 {
        let mut award = desk.award();
        award["amount"] = yuan(100 + round);
        let award = desk.maker.post_keyed("/v1/rewards", &key(), award).await.expect(201);
        let minor = award["amount"]["amount_minor"].as_i64().unwrap();
        let (one, two, gone) = tokio::join!(
            adjust(&desk.maker, &award, -minor),
            adjust(&desk.closer, &award, -minor),
            act(&desk.checker, &award, "reject", Some(no())),
        );
        let sql = "SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM reward_entries e
                    WHERE $1 IN (e.id::text, e.corrects_id::text)
                      AND NOT EXISTS (SELECT FROM reward_entry_events v WHERE v.entry_id = e.id AND v.event = 'rejected')";
        let left: i64 = desk.march.given.sql.query_one(sql, &[&id(&award)]).await.unwrap().get(0);
        assert_eq!(left, 0, "{} {} {}", one.text, two.text, gone.text);
        let done = [one.status, two.status, gone.status].iter().filter(|status| [200, 201].contains(status)).count();
        assert_eq!(done, 1, "{} {} {}", one.text, two.text, gone.text);
        let reversal = [&one, &two].into_iter().find(|answer| answer.status == 201);
        assert!(reversal.is_none_or(|reversal| reversal.body["kind"] == "reversal"));
    }
}

/// After the money has left, the difference is a line of the next batch that names the line that it corrects.
#[tokio::test]
async fn a_paid_reward_is_corrected_by_a_line_of_the_next_batch() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    let person = company.given.employee("E1").await;
    let maker = admin(&server).await;
    let entry = json!({"id": company.approved(person, 80_000).await});
    let first = company.locked().await;
    let line = company.lines(id(&first)).await.remove(0);
    company.acknowledge(id(&first), part("R1", &[(&line, "paid")])).await.expect(201);

    let back = adjust(&maker, &entry, -80_000).await.expect(201);
    assert_eq!(back["kind"], "reversal");
    act(&company.hr, &back, "approve", None).await.expect(200);
    let award = json!({"employee_id": person, "programme_id": company.programme, "period": "2026-02",
                       "pay_item_code": "lecturer-reward", "amount": yuan(1000), "reason": "更正后的奖金"});
    let carried = company.draft().await;
    let out = company.machine.get(&format!("/v1/payroll-batches/{}/exclusions", carried.id())).await.expect(200);
    assert_eq!(out["items"][0]["reason_code"], "negative_total");
    let balance = balances(&company.hr).await;
    assert_eq!(places(&balance[0]), [0, 0, -80_000, 0, 80_000, 0]);
    crate::payroll::void(&company.hr, &carried.id(), "*").await.expect(200);

    let award = maker.post_keyed("/v1/rewards", &key(), award).await.expect(201);
    act(&company.hr, &award, "approve", None).await.expect(200);
    let draft = company.draft().await;
    lock(&company.machine, &draft.id(), draft.etag()).await.expect(200);
    let lines = company.lines(&draft.id()).await;
    let found: Vec<(&Value, i64, &Value)> = lines
        .iter()
        .map(|line| (&line["kind"], line["amount_minor"].as_i64().unwrap(), &line["corrects_line_id"]))
        .collect();
    assert_eq!(found.len(), 2, "{lines:?}");
    assert!(found.contains(&(&json!("reversal"), -80_000, &line["id"])), "{lines:?}");
    assert!(found.contains(&(&json!("award"), 100_000, &json!(null))), "{lines:?}");
    let balance = balances(&company.hr).await;
    assert_eq!(places(&balance[0]), [100_000, 0, 0, 20_000, 80_000, 0]);
}

pub async fn balances(client: &Client) -> Vec<Value> {
    client.get("/v1/reward-balances").await.expect(200)["items"].as_array().unwrap().clone()
}

/// Everything that a person was granted, then its parts: not in a batch, carried forward, in a batch, paid, given up.
pub fn places(of: &Value) -> [i64; 6] {
    let sum = |place: &str| {
        let balances = of["balances"].as_array().unwrap().iter();
        balances.map(|one| one[place]["amount_minor"].as_i64().unwrap()).sum()
    };
    ["granted", "unbatched", "carried_forward", "in_batch", "paid", "voided"].map(sum)
}

#[tokio::test]
async fn balances_are_by_person_and_policy_and_a_correction_belongs_to_what_it_corrects() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let bonus = desk.bonus().await;
    adjust(&desk.maker, &bonus, -30_000).await.expect(201);
    let rejected = adjust(&desk.maker, &bonus, 7_000).await.expect(201);
    act(&desk.checker, &rejected, "reject", Some(no())).await.expect(200);
    desk.maker.post_keyed("/v1/rewards", &key(), desk.award()).await.expect(201);
    let all = balances(&desk.checker).await;
    assert_eq!(all.len(), 3);
    let first = all.iter().find(|of| of["employee"]["id"] == json!(desk.march.lecturers[0])).unwrap();
    let policies: Vec<&Value> = first["balances"].as_array().unwrap().iter().map(|one| &one["policy"]).collect();
    assert_eq!(policies, ["bonus", "minutes"]);
    let bonus = &first["balances"][0];
    assert_eq!((&bonus["granted"], &bonus["unbatched"], &bonus["voided"]), (&yuan(570), &yuan(500), &yuan(70)));
    let third = all.iter().find(|of| of["employee"]["id"] == json!(desk.march.lecturers[2])).unwrap();
    assert_eq!((&third["balances"][0]["policy"], places(third)), (&json!(null), [50_000, 50_000, 0, 0, 0, 0]));

    let lecturer = server.person_token(server.tenant, desk.march.lecturers[1]);
    let own = balances(&lecturer).await;
    assert_eq!((own.len(), places(&own[0])), (1, [35_000, 35_000, 0, 0, 0, 0]));
    let page = desk.checker.get("/v1/reward-balances?limit=2&period=2026-03").await.expect(200);
    let next = format!("/v1/reward-balances?limit=2&period=2026-03&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = desk.checker.get(&next).await.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (2, 1));
    let none = desk.checker.get("/v1/reward-balances?period=2026-04").await.expect(200);
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn nobody_spares_themselves_what_is_taken_back() {
    let server = TestServer::start().await;
    let desk = Desk::new(&server).await;
    let back = adjust(&desk.maker, &desk.bonus().await, -30_000).await.expect(201);
    let own = server.person(desk.march.lecturers[0], &[Role::Admin]).await;
    assert_eq!(act(&own, &back, "reject", Some(no())).await.problem(403), "self_approval");
    act(&desk.checker, &back, "reject", Some(no())).await.expect(200);

    let adjusts = "UPDATE reward_policy_sets SET document = document || '{\"take_back\": \"adjust\"}'";
    desk.march.given.sql.batch_execute(adjusts).await.unwrap();
    let second = desk.march.lecturers[1];
    missed(&desk.maker, &desk.march, second).await;
    let restatement = proposed(&desk.maker, &desk.march).await;
    let lines = desk.checker.get(&format!("{restatement}/lines?proposal=take_back")).await.expect(200);
    let part = &lines["items"][0]["proposals"][0];
    assert_eq!((&part["kind"], &lines["items"][0]["employee"]["id"]), (&json!("take_back"), &json!(second)), "{lines}");
    let declining = json!({"declined": [{"proposal_id": part["id"], "reason": "不同意"}]});
    let own = server.person(second, &[Role::Admin]).await;
    let accept = format!("{restatement}/accept");
    assert_eq!(own.act(&accept, "*", Some(declining)).await.problem(403), "self_approval");
    assert_eq!(own.act(&accept, "*", Some(json!({}))).await.expect(200)["state"], "accepted");
}

/// A period that nobody has closed: the award is there, and no close takes it for its own.
#[tokio::test]
async fn an_award_of_an_open_period_stands_beside_what_the_close_grants() {
    let server = TestServer::start().await;
    let march = March::taught(&server).await;
    let [maker, closer] = [admin(&server).await, admin(&server).await];
    let item = json!({"code": "LR", "name_zh": "奖励", "name_en": "Reward", "issuance_way": "with_salary"});
    maker.post("/v1/pay-items", item).await.expect(201);
    let award = json!({"employee_id": march.lecturers[0], "programme_id": march.programme, "period": "2026-03",
                       "pay_item_code": "LR", "amount": yuan(500), "reason": "救场"});
    let award = maker.post_keyed("/v1/rewards", "a", award).await.expect(201);
    let result = march.closed_by(&closer).await;
    assert_eq!(result["reward_total_minor"], 125_000);
    let one = closer.get(&format!("/v1/rewards/{}", id(&award))).await.expect(200);
    assert_eq!((&one["state"], &one["snapshot_id"]), (&json!("granted"), &json!(null)));
    let replayed = maker.get(&march.path("snapshots/1")).await.expect(200);
    assert_eq!(replayed["reward_total"]["amount_minor"], 125_000);
}
