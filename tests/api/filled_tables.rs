//! The migrations on filled tables: what the first schema stored is carried to the last one, down again, and up again. They run as
//! an owner whom row security binds, so that a migration that forgets to lift it finds no row.

use std::collections::BTreeMap;

use lectern::db::Migrations;
use tokio_postgres::Client;

use crate::support::TestDatabase;

/// The last migration of the first schema: `create_growth`.
const FIRST_SCHEMA: &str = "20261123111000";

/// An owner of the schema as an operator makes one: no superuser.
const OWNER: &str = "
DO $$
BEGIN
    BEGIN
        CREATE ROLE lectern_test_owner NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    GRANT lectern_service TO lectern_test_owner;
    EXECUTE format('ALTER DATABASE %I OWNER TO lectern_test_owner', current_database());
END
$$";

struct Filled {
    database: TestDatabase,
    sql: Client,
}

impl Filled {
    /// The rows of the first schema, in it.
    async fn new() -> Self {
        let database = TestDatabase::empty().await;
        let sql = database.owner().await;
        sql.batch_execute(OWNER).await.unwrap();
        let filled = Self { database, sql };
        filled.up().await;
        filled.down().await;
        filled.fill(include_str!("../fixtures/first_schema.sql")).await;
        filled
    }

    async fn fill(&self, rows: &str) {
        self.sql.batch_execute(rows).await.unwrap_or_else(|error| panic!("{error:?}"));
    }

    fn url(&self) -> String {
        format!("{}?options=-c%20role%3Dlectern_test_owner", self.database.url)
    }

    async fn up(&self) {
        Migrations::run(&self.url()).await.unwrap();
    }

    /// Down to the first schema.
    async fn down(&self) {
        let later = "SELECT count(*) FROM __diesel_schema_migrations WHERE version > $1";
        let later: i64 = self.sql.query_one(later, &[&FIRST_SCHEMA]).await.unwrap().get(0);
        Migrations::revert(&self.url(), usize::try_from(later).unwrap()).await.unwrap();
    }

    /// The rows of a query, each as a text with blanks between its columns; nothing is a dash.
    async fn rows(&self, query: &str) -> Vec<String> {
        let sql = format!(
            "SELECT (SELECT string_agg(coalesce(c.value, '-'), ' ' ORDER BY c.place)
                       FROM json_each_text(to_json(r)) WITH ORDINALITY AS c (name, value, place)) FROM ({query}) r"
        );
        self.sql.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    async fn expect(&self, what: &str, expected: &[(&str, &[&str])]) {
        for (query, rows) in expected {
            assert_eq!(self.rows(query).await, *rows, "{what}: {query}");
        }
    }

    /// How many rows each of these tables has.
    async fn counts(&self, tables: &[String]) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for table in tables {
            let count = self.sql.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap();
            counts.insert(table.clone(), count.get(0));
        }
        counts
    }

    async fn tables(&self) -> Vec<String> {
        self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'").await
    }
}

const PEOPLE: &str = "SELECT employee_number, email FROM employees WHERE name !~ '^x' ORDER BY name";
const MARKS: &str = "SELECT code FROM departments UNION SELECT value FROM employee_external_ids ORDER BY 1";
const DEPARTMENTS: &str = "SELECT e.name, m.valid_from, m.valid_to FROM department_memberships m
                             JOIN employees e ON e.id = m.employee_id ORDER BY 1, 2";
const APPOINTMENTS: &str = "SELECT replace(e.name, ' ', '-') AS name, l.appointed_on, l.ended_on, v.level, v.valid_to FROM lecturers l
                              JOIN employees e ON e.id = l.employee_id LEFT JOIN lecturer_levels v ON v.lecturer_id = l.id ORDER BY 1";
const PROGRAMMES: &str = "SELECT code, pays_from_on, periods_end_on, live_feedback_from_on, early_delivery_minutes
                            FROM programmes ORDER BY code";
const K: &str = "SELECT code, feedback_min_k FROM programmes ORDER BY code";
const RULE: &str =
    "SELECT document - 'groups' AS document FROM scoring_rules UNION ALL SELECT document FROM reward_policy_sets";
const SCORED: &str = "SELECT p.code, g.code AS group FROM scoring_rules r JOIN programmes p ON p.id = r.programme_id
                        JOIN lecturer_groups g ON r.document -> 'groups' @> to_jsonb(g.id::text) ORDER BY 1, 2";
const NAMES: &str = "SELECT (SELECT string_agg(g ->> 'code' || '=' || (g ->> 'name_zh'), ',') FROM jsonb_array_elements(grades) g) AS grades,
                            jsonb_path_query_array(levels, '$[*].code') AS levels, jsonb_path_query_array(policies, '$[*].code') AS policies
                       FROM display_names";
const PLANS: &str = "SELECT s.title, l.reserved_from IS NOT NULL, extract(epoch FROM l.reserved_until - l.reserved_from)::integer / 60
                       FROM session_lecturers l JOIN sessions s ON s.id = l.session_id WHERE s.state = 'planned' ORDER BY 1";
const STARTS: &str =
    "SELECT DISTINCT l.starts_at IS NOT DISTINCT FROM coalesce(s.delivered_start, s.scheduled_start) AS dated
                        FROM session_lecturers l JOIN sessions s ON s.id = l.session_id";
const RATINGS: &str = "SELECT replace(s.title, ' ', '-') AS title, e.name, f.counts,
                              CASE WHEN b.is_rest THEN 'rest' WHEN b.session_id IS NOT NULL THEN 'apart' END AS shown
                         FROM feedback f JOIN sessions s ON s.id = f.session_id JOIN employees e ON e.id = f.learner_id
                         LEFT JOIN feedback_batches b ON b.id = f.batch_id ORDER BY 1, 2";
const FAULTS: &str = "SELECT state, coalesce(problem, result) -> 'faults' AS faults FROM jobs ORDER BY 1";
const LOG: &str = "SELECT command, actor_kind, actor_id = '00000000-0000-0000-0000-000000000000' AS nobody FROM audit_entries ORDER BY 1";

const STANDINGS: &str =
    "SELECT coalesce(d.code, p.code, 'none') AS board, s.shortfall, s.lecturers, s.better, s.better_scores
                           FROM snapshot_standings s LEFT JOIN departments d ON d.id = s.board_id
                           LEFT JOIN programmes p ON p.id = s.board_id ORDER BY 1, 2";

const COUNTING: &str =
    "SELECT p.period, s.number, to_char(p.appeals_until_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI') AS until
                          FROM periods p JOIN snapshots s ON s.id = p.snapshot_id";

/// What the rows of the first schema are in the last one.
const CARRIED: &[(&str, &[&str])] = &[
    // Comparable forms, but where two people would have one number. (In the order of names: colleague, early leaver, ….)
    (PEOPLE, &["E2 -", "E4 -", "E3 -", "E-1 li.lei@example.com", "Ｅ２ han@example.com"]),
    (MARKS, &["EAST", "HQ", "ou_1"]),
    // What ends with an employment has ended; what would begin after it is gone.
    (DEPARTMENTS, &["leaver 2020-01-01 2026-02-16", "lecturer 2020-01-01 -"]),
    (
        APPOINTMENTS,
        &[
            "colleague 2024-01-01 - - -",
            "early-leaver 2026-02-01 - - -",
            "leaver 2024-01-01 2026-02-16 junior 2026-02-16",
            "lecturer 2024-01-01 - - -",
        ],
    ),
    // What paid goes on paying; the year of the last change has ended; the first rating with somebody's own hand, or the day on
    // which the programme was made.
    (
        PROGRAMMES,
        &[
            "over 1900-01-01 2026-01-01 2025-07-01 120",
            "paying 1900-01-01 - 2026-01-10 120",
            "tried - - 2026-02-01 120",
        ],
    ),
    // The plans that overlapped stay as they are.
    (PLANS, &["alone true 60", "one false -", "other false -"]),
    // A lecturer's sessions are found by their start, the actual one of those that took place.
    (STARTS, &["true"]),
    (LOG, &["put_my_feedback system true", "submit_content person false"]),
    // Ranks of what was closed follow from how many have a score: two of 90.50 in one department, one of 70.25 without any.
    (STANDINGS, &["EAST 950 2 0 0", "none 2975 1 0 0", "paying 950 2 0 0", "paying 2975 1 2 1"]),
    // The snapshot of a closed period counts.
    (COUNTING, &["2026-01 1 2026-02-13T16:00"]),
    // A file says it as the API does.
    (
        FAULTS,
        &[
            r#"failed [{"code": "missing_value"}, {"code": "ends_before_start", "line": 3}]"#,
            r#"succeeded [{"code": "ends_before_start"}]"#,
        ],
    ),
    // Every certificate has a bit of its own that says whether it is revoked.
    ("SELECT status_index FROM certificates ORDER BY status_index", &["0", "1"]),
];

/// Learners could answer to any key: the form asks what the rule is about.
const RULE_CARRIED: &[&str] = &[
    r#"{"feedback": {"form": {"items": [{"key": "pace", "scale": 10, "name_en": "pace", "name_zh": "pace", "required": false}], "scale": 10}, "min_responses": 2, "window_minutes": 60}, "components": [{"metric": "feedback_item:pace"}], "rank_scope": "department", "reuse_kinds": ["download"], "settle_days": 3, "case_max_age_days": 14, "appraisal_weight_bp": 1500}"#,
    r#"{"policies": [{"code": "bonus"}], "take_back": "adjust", "over_budget": "hold", "budget_minor": 500000, "person_cap_minor": 100000}"#,
];

/// Whether each rating counted when it was last looked at: nobody on the list and not there, too late, of their own session. One was
/// let in by a window that was extended. Five stand apart; the rest of the closed month is shown together, of the open one not yet.
const RATINGS_CARRIED: &[&str] = &[
    "february x1 true -",
    "february x2 true -",
    "few x1 true rest",
    "many lecturer false -",
    "many x1 true apart",
    "many x2 true apart",
    "many x3 false -",
    "many x4 false -",
    "many x5 false -",
    "many x6 true apart",
    "many x7 true apart",
    "tried-out x1 true -",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_schema_stored_is_carried_to_the_last_one_and_back() {
    let filled = Filled::new().await;
    let tables = filled.tables().await;
    let before = filled.counts(&tables).await;
    filled.up().await;
    filled.expect("up", CARRIED).await;
    filled.expect("up", &[(RATINGS, RATINGS_CARRIED), (RULE, RULE_CARRIED)]).await;
    filled.expect("up", &[(K, &["over 50", "paying 3", "tried 3"]), (SCORED, &["paying paying"])]).await;
    let usual = r#"excellent=优秀,good=良好,pass=合格,fail=不合格 ["junior"] ["bonus"]"#;
    filled.expect("up", &[(NAMES, &[usual])]).await;
    let mut after = filled.counts(&tables).await;
    // Nothing else is gone than what began after a leaving, and the window that was extended for one learner.
    for gone in ["department_memberships", "lecturer_levels", "feedback_extensions"] {
        *after.get_mut(gone).unwrap() += 1;
    }
    assert_eq!(after, before);

    filled.fill(include_str!("../fixtures/last_schema.sql")).await;
    filled.down().await;
    goes_down_as_the_first_schema_can_hold_it(&filled).await;

    filled.up().await;
    filled.expect("up again", CARRIED).await;
    filled.expect("up again", &[(RULE, RULE_CARRIED), (K, &["over 50", "paying 5", "tried 3"])]).await;
    filled.expect("up again", &[(SCORED, &["paying paying"])]).await;
    filled.expect("up again", &[(NAMES, &[r#"top=top,rest=rest ["junior"] ["bonus"]"#])]).await;
    // Without the window that let it in, the late rating counts no more; with five asked for, fewer stand nowhere apart.
    let changed = |row: &&str| row.replace("x6 true apart", "x6 false -").replace("apart", "rest");
    let mut ratings: Vec<String> = RATINGS_CARRIED.iter().map(changed).collect();
    ratings.insert(2, "february x3 true -".to_owned());
    assert_eq!(filled.rows(RATINGS).await, ratings);
}

async fn goes_down_as_the_first_schema_can_hold_it(filled: &Filled) {
    filled
        .expect(
            "down",
            &[
                (PEOPLE, CARRIED[0].1),
                (
                    RULE,
                    &[
                        r#"{"feedback": {"min_responses": 2}, "components": [{"metric": "feedback_item:pace"}]}"#,
                        r#"{"policies": [{"code": "bonus"}]}"#,
                    ],
                ),
                (SCORED, &[]),
                ("SELECT grade_codes FROM tenants", &[r#"["top","rest"]"#]),
                // The settings never left the programme.
                (
                    "SELECT DISTINCT rank_scope, feedback_window_minutes, feedback_scale, budget_minor, over_budget, person_cap_minor,
                            take_back, appraisal_weight_bp, settle_days, reuse_kinds, case_max_age_days FROM programmes",
                    &[r#"department 60 10 500000 hold 100000 adjust 1500 3 ["download"] 14"#],
                ),
                ("SELECT source, count(*) FROM feedback GROUP BY 1 ORDER BY 1", &["import 4", "live 9"]),
                (
                    FAULTS,
                    &[
                        r#"failed [{"code": "missing_value"}, {"code": "end_before_start", "line": 3}]"#,
                        r#"succeeded [{"code": "end_before_start"}]"#,
                    ],
                ),
                ("SELECT event FROM reward_entry_events ORDER BY seq", &["granted", "rejected", "released"]),
                ("SELECT reason_code FROM payroll_exclusions", &["not_payable"]),
                // What was voided counted no more, and the first schema knows no such thing.
                ("SELECT id = md5('second case')::uuid AS second FROM application_cases", &["true"]),
                ("SELECT id FROM reuse_events", &[]),
                // A group belongs to one programme: to the one whose published rule scores it. k never falls.
                (K, &["over 50", "paying 5", "tried 3"]),
                (
                    "SELECT g.code, p.code AS programme FROM programme_groups m JOIN programmes p ON p.id = m.programme_id
                       JOIN lecturer_groups g ON g.id = m.group_id ORDER BY 1",
                    &["over over", "paying paying"],
                ),
                // What is not closed is open.
                ("SELECT state FROM improvement_notices", &["open"]),
                // What has no end lasts until that of the calendar.
                ("SELECT kind, ends_on FROM absences", &["suspension 9999-12-31"]),
                // Every table is closed again to those who are not its tenant.
                ("SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity", &[]),
            ],
        )
        .await;
}
