//! The schema keeps the rules that let it be distributed (every query below lists what breaks one), it separates the tenants,
//! and its migrations go both ways.

use lectern::db::Migrations;

use crate::support::TestDatabase;

/// Tables without a tenant: few, small, rarely written.
const GLOBAL: &str = "('tenants', 'signing_keys', 'waiting_jobs', 'live_turns', '__diesel_schema_migrations')";

/// Rule and the query that lists what breaks it; `{global}` stands for the global tables.
const RULES: &[(&str, &str)] = &[
    (
        "every tenant table has tenant_id uuid not null",
        "SELECT c.relname::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN {global}
            AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
                               AND a.atttypid = 'uuid'::regtype AND a.attnotnull)",
    ),
    (
        "every key of a tenant table (primary, unique, exclusion, unique index) contains tenant_id",
        "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT IN {global} AND (i.indisunique OR i.indisexclusion)
            AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum = ANY (i.indkey))",
    ),
    (
        "every foreign key of a tenant table carries tenant_id on both sides, except towards tenants",
        "SELECT k.conname::text FROM pg_constraint k
          WHERE k.contype = 'f' AND k.confrelid <> 'tenants'::regclass
            AND NOT EXISTS (SELECT FROM unnest(k.conkey, k.confkey) AS pair (own, other)
                              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own AND a.attname = 'tenant_id'
                              JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other AND b.attname = 'tenant_id')",
    ),
    (
        "no foreign key sets null or a default",
        "SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND (confdeltype IN ('n', 'd') OR confupdtype IN ('n', 'd'))",
    ),
    (
        // Where the key carries a further column only to hold it equal, tenant and id find the rows.
        "every foreign key has an index that begins with its tenant and id",
        "SELECT k.conname::text FROM pg_constraint k
          WHERE k.contype = 'f'
            AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
                               AND (i.indkey::int2[])[0:least(cardinality(k.conkey), 2) - 1] <@ k.conkey)",
    ),
    (
        "every table and every column has a comment",
        "SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class c
           LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> '__diesel_schema_migrations'
            AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)",
    ),
    (
        "row security is enabled and forced on every tenant table, with the one policy",
        "SELECT c.relname::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN {global}
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                     AND (SELECT count(*) = 1 AND bool_and(pg_get_expr(p.polqual, p.polrelid) = expected.text
                                                             AND pg_get_expr(p.polwithcheck, p.polrelid) = expected.text AND p.polcmd = '*')
                            FROM pg_policy p, (VALUES ('(tenant_id = (NULLIF(current_setting(''app.tenant_id''::text, true), ''''::text))::uuid)')) AS expected (text)
                           WHERE p.polrelid = c.oid))",
    ),
    (
        "there is no float, no money type, no timestamp without zone, no serial",
        "SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
           LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relname <> '__diesel_schema_migrations'
            AND (a.atttypid IN ('real'::regtype, 'double precision'::regtype, 'money'::regtype, 'timestamp'::regtype)
                 OR a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval%')",
    ),
    (
        "money is bigint minor units",
        "SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname LIKE '%\\_minor' AND a.atttypid <> 'bigint'::regtype",
    ),
    (
        "every constraint and index is named after its table",
        "SELECT k.conname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
          WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> '__diesel_schema_migrations' AND NOT starts_with(k.conname, c.relname)
         UNION ALL
         SELECT i.relname::text FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
          WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> '__diesel_schema_migrations' AND NOT starts_with(i.relname, c.relname)",
    ),
    (
        "global tables reference no tenant table",
        "SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND confrelid <> 'tenants'::regclass
            AND conrelid IN ('tenants'::regclass, 'signing_keys'::regclass, 'waiting_jobs'::regclass, 'live_turns'::regclass)",
    ),
    (
        "the service may neither truncate nor own anything, and may only read and add to what is append-only",
        "SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants
          WHERE grantee = 'lectern_service' AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
         UNION ALL
         SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants g
          WHERE grantee = 'lectern_service' AND privilege_type IN ('UPDATE', 'DELETE')
            AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = g.table_name::regclass AND t.tgname = g.table_name || '_append_only')",
    ),
];

async fn broken(sql: &tokio_postgres::Client, rule: &str) -> Vec<String> {
    let rows = sql.query(&rule.replace("{global}", GLOBAL), &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn the_schema_keeps_its_rules() {
    let database = TestDatabase::new().await;
    let owner = database.owner().await;
    for (rule, query) in RULES {
        assert_eq!(broken(&owner, query).await, Vec::<String>::new(), "{rule}");
    }
}

#[tokio::test]
async fn every_rule_finds_what_breaks_it() {
    let database = TestDatabase::new().await;
    let owner = database.owner().await;
    // One bad table breaks nearly every rule; the rest is broken by hand.
    let bad = "CREATE TABLE bad (id serial CONSTRAINT odd_name PRIMARY KEY, employee_id uuid, tenant_id uuid, amount_minor integer, rate real,
                   CONSTRAINT bad_employee_fkey FOREIGN KEY (tenant_id, employee_id) REFERENCES employees (tenant_id, id) ON DELETE SET NULL);
               CREATE TABLE worse (tenant_id uuid, id uuid UNIQUE);
               ALTER TABLE worse ADD CONSTRAINT worse_id_fkey FOREIGN KEY (id) REFERENCES worse (id);
               ALTER TABLE tenants ADD COLUMN worse_id uuid CONSTRAINT tenants_worse_fkey REFERENCES worse (id);
               GRANT TRUNCATE ON bad TO lectern_service";
    owner.batch_execute(bad).await.unwrap();
    for (rule, query) in RULES {
        assert!(!broken(&owner, query).await.is_empty(), "{rule}");
    }
}

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

/// Everything that makes the schema, a line each: what two schemas must have in common to be the same.
const PICTURE: &str = "
SELECT line FROM (
    SELECT 'table ' || c.relname || ' security ' || c.relrowsecurity || c.relforcerowsecurity || ' ' || coalesce(obj_description(c.oid, 'pg_class'), '')
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    UNION ALL
    SELECT 'column ' || c.relname || ' ' || a.attnum || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
           || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce(col_description(c.oid, a.attnum), '') || ' ' || coalesce(a.attacl::text, '')
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'policy ' || polrelid::regclass || ' ' || polname || ' ' || pg_get_expr(polqual, polrelid) || ' ' || pg_get_expr(polwithcheck, polrelid) FROM pg_policy
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function ' || p.proname || ' ' || p.prosrc FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.objid = p.oid AND x.deptype = 'e')
    UNION ALL
    SELECT 'grant ' || table_name || ' ' || privilege_type FROM information_schema.role_table_grants WHERE grantee = 'lectern_service'
    UNION ALL
    SELECT 'extension ' || extname FROM pg_extension
) AS picture (line) ORDER BY line COLLATE \"C\"";

async fn picture(sql: &tokio_postgres::Client) -> Vec<String> {
    sql.query(PICTURE, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_goes_up_and_down_and_up_to_the_same_schema() {
    let database = TestDatabase::empty().await;
    let owner = database.owner().await;
    Migrations::run(&database.url).await.unwrap();
    let mut pictures = vec![picture(&owner).await];
    assert!(pictures[0].len() > 500, "the picture shows the schema");
    for _ in 0..Migrations::count() {
        Migrations::revert(&database.url, 1).await.unwrap();
        pictures.push(picture(&owner).await);
    }
    let bare = pictures.last().unwrap();
    assert!(!bare.iter().any(|line| line.starts_with("table ") && !line.contains("__diesel")), "{bare:#?}");
    Migrations::run(&database.url).await.unwrap();
    assert_eq!(picture(&owner).await, pictures[0]);
    // Each step down has undone exactly its own step up.
    for (steps, expected) in pictures.iter().enumerate() {
        assert_eq!(&picture(&owner).await, expected, "after taking {steps} back");
        if steps < Migrations::count() {
            Migrations::revert(&database.url, 1).await.unwrap();
        }
    }
}

#[tokio::test]
async fn rows_of_a_test_can_be_made() {
    let server = crate::support::TestServer::start().await;
    let given = server.given().await;
    let employee = given.employee("E1").await;
    let (department, group) = (given.department("D1", None).await, given.group("G1").await);
    given.membership(employee, department, "2026-01-01").await;
    given.lecturer(employee, Some(group), "2026-01-01").await;
    let programme = given.programme("P1", group).await;
    given.delivered_session(programme, employee, "2026-02-03T02:00:00Z", 12).await;
    given.published("scoring_rules", programme, 1, "2026-01", &serde_json::json!({})).await;
    let count: i64 = given.sql.query_one("SELECT count(*) FROM session_lecturers", &[]).await.unwrap().get(0);
    assert_eq!(count, 1);
}
