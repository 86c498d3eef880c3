//! The schema keeps the rules that let it be distributed, and its migrations go both ways.

use crate::support::TestDatabase;

#[tokio::test]
async fn a_row_is_seen_by_its_own_tenant_only() {
    let database = TestDatabase::new().await;
    let owner = database.owner().await;
    let insert = "INSERT INTO tenants (id, code, name, created_at, updated_at) VALUES
                  ('00000000-0000-7000-8000-000000000001', 'a', 'A', now(), now()),
                  ('00000000-0000-7000-8000-000000000002', 'b', 'B', now(), now());
                  INSERT INTO employees (tenant_id, id, name, created_at, updated_at) VALUES
                  ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-00000000000a', 'Ann', now(), now())";
    owner.batch_execute(insert).await.unwrap();
    let service = database.service().await;
    for (tenant, expected) in
        [("", 0_i64), ("00000000-0000-7000-8000-000000000001", 1), ("00000000-0000-7000-8000-000000000002", 0)]
    {
        service.batch_execute(&format!("SET app.tenant_id = '{tenant}'")).await.unwrap();
        let seen: i64 = service.query_one("SELECT count(*) FROM employees", &[]).await.unwrap().get(0);
        assert_eq!(seen, expected, "{tenant}");
    }
}
