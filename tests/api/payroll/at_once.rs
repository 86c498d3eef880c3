//! Two at the same moment have the effect of one.

use super::{Company, complete, key, lock};
use crate::support::TestServer;

#[tokio::test]
async fn two_batch_creations_make_one_draft() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    for round in 0..8_usize {
        let person = company.given.employee(&format!("E{round}")).await;
        let entry = company.approved(person, 100).await;
        let (keys, body) = ([key(), key(), key()], company.draft_of("CNY"));
        let [a, b, c] = keys.each_ref().map(|key| company.machine.post_keyed("/v1/payroll-batches", key, body.clone()));
        let answers: [_; 3] = tokio::join!(a, b, c).into();
        let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(made.len(), 1, "{answers:?}");
        assert_eq!(made[0].body["totals"]["line_count"], 1);
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(refused.problem(409), "draft_batch_exists");
            assert_eq!(refused.body["batch_id"], made[0].body["id"]);
        }
        assert_eq!(company.history(entry).await, ["granted", "approved", "batched"]);
        lock(&company.machine, &made[0].id(), made[0].etag()).await.expect(200);
    }
}

#[tokio::test]
async fn two_locks_make_the_lines_once() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    for round in 0..8_usize {
        company.approved(company.given.employee(&format!("E{round}")).await, 100).await;
        let draft = company.draft().await;
        let id = draft.id();
        let answers: [_; 2] =
            tokio::join!(lock(&company.machine, &id, draft.etag()), lock(&company.hr, &id, draft.etag())).into();
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
        let refused = answers.iter().find(|answer| answer.status != 200).unwrap();
        assert_eq!(refused.problem(412), "precondition_failed");
        assert_eq!(company.lines(&id).await.len(), 1);
    }
}

#[tokio::test]
async fn two_acknowledgements_of_a_run_are_one() {
    let server = TestServer::start().await;
    let company = Company::new(&server).await;
    for round in 0..8_usize {
        let entry = company.approved(company.given.employee(&format!("E{round}")).await, 100).await;
        let batch = company.locked().await;
        let id = batch["id"].as_str().unwrap();
        let lines = company.lines(id).await;
        let body = complete("R1", &batch, &[(&lines[0], "paid")]);
        let answers: [_; 2] =
            tokio::join!(company.acknowledge(id, body.clone()), company.acknowledge(id, body.clone())).into();
        let mut statuses = answers.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "{answers:?}");
        assert_eq!(answers[0].body, answers[1].body);
        assert_eq!(company.history(entry).await, ["granted", "approved", "batched", "paid"]);
    }
}
