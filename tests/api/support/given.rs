//! Rows that a test starts from, made directly in the database: what another feature would have made.

use diesel_async::SimpleAsyncConnection as _;
use futures_util::FutureExt as _;
use lectern::auth::Actor;
use lectern::journal::{Circumstances, write_tx};
use serde_json::Value;
use tokio_postgres::Client as Sql;
use uuid::Uuid;

use super::server::TestServer;

/// Makes rows of the test's tenant, as the owner of the schema.
pub struct Given<'s> {
    pub server: &'s TestServer,
    pub sql: Sql,
}

impl TestServer {
    pub async fn given(&self) -> Given<'_> {
        Given { server: self, sql: self.database.owner().await }
    }
}

impl Given<'_> {
    /// Inserts one row of the test's tenant with a new id; `columns` are names and SQL expressions. Stamps are the clock's.
    pub async fn row(&self, table: &str, columns: &[(&str, String)]) -> Uuid {
        let id = self.server.state.ids.next();
        let stamps = self.stamps(table).await;
        let now = literal(&self.server.clock.now().to_rfc3339());
        let mut names = vec!["tenant_id", "id"];
        let mut values = vec![literal(&self.server.tenant.to_string()), literal(&id.to_string())];
        for (name, value) in columns {
            names.push(name);
            values.push(value.clone());
        }
        for stamp in stamps {
            if !names.contains(&stamp) {
                names.push(stamp);
                values.push(now.clone());
            }
        }
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        self.sql.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        self.changed().await;
        id
    }

    /// Facts were changed behind the back of the service: everybody's results of open periods are computed anew.
    pub async fn changed(&self) {
        let tenant = self.server.tenant.to_string();
        let mark = "INSERT INTO live_marks (tenant_id, id, marked_at)
                    SELECT $1::text::uuid, gen_random_uuid(), now()
                     WHERE NOT EXISTS (SELECT FROM live_marks
                                        WHERE tenant_id = $1::text::uuid
                                          AND num_nonnulls(employee_id, session_id, content_id, department_id) = 0)";
        self.sql.execute(mark, &[&tenant]).await.unwrap();
    }

    /// How many rows of all tables have been read so far, those of the only connection of the service included.
    pub async fn rows_read(&self) -> i64 {
        const FLUSH: &str = "SELECT pg_stat_force_next_flush()";
        let told = write_tx(&self.server.state, self.server.tenant, Actor::system(), Circumstances::default(), |tx| {
            async move { Ok(tx.conn.batch_execute(FLUSH).await?) }.boxed()
        });
        told.await.unwrap();
        self.sql.batch_execute(FLUSH).await.unwrap();
        let read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables";
        self.sql.query_one(read, &[]).await.unwrap().get(0)
    }

    /// A job in some state, which a worker looks at.
    pub async fn job(&self, columns: &[(&str, String)]) -> Uuid {
        let id = self.row("jobs", columns).await;
        // The sweep of the worker may have found it first.
        let waits = "INSERT INTO waiting_jobs (job_id, tenant_id, due_at)
                     SELECT id, tenant_id, run_after FROM jobs WHERE id = $1::text::uuid
                         ON CONFLICT (job_id) DO NOTHING";
        self.sql.execute(waits, &[&id.to_string()]).await.unwrap();
        id
    }

    async fn stamps(&self, table: &str) -> Vec<&'static str> {
        let sql = "SELECT column_name::text FROM information_schema.columns
                    WHERE table_name = $1 AND column_name IN ('created_at', 'updated_at', 'recorded_at')";
        let rows = self.sql.query(sql, &[&table]).await.unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        ["created_at", "updated_at", "recorded_at"]
            .into_iter()
            .filter(|stamp| names.iter().any(|name| name == stamp))
            .collect()
    }

    pub async fn employee(&self, number: &str) -> Uuid {
        let columns = [
            ("employee_number", literal(number)),
            ("name", literal(&format!("Person {number}"))),
            ("hired_on", literal("2020-01-01")),
        ];
        self.row("employees", &columns).await
    }

    /// A ranking unit.
    pub async fn department(&self, code: &str, parent: Option<Uuid>) -> Uuid {
        let parent = parent.map_or_else(|| "NULL".to_owned(), |id| literal(&id.to_string()));
        self.row(
            "departments",
            &[
                ("code", literal(code)),
                ("name", literal(code)),
                ("parent_id", parent),
                ("is_ranking_unit", "true".to_owned()),
            ],
        )
        .await
    }

    pub async fn membership(&self, employee: Uuid, department: Uuid, from: &str) -> Uuid {
        let columns = [
            ("employee_id", literal(&employee.to_string())),
            ("department_id", literal(&department.to_string())),
            ("valid_from", literal(from)),
        ];
        self.row("department_memberships", &columns).await
    }

    pub async fn group(&self, code: &str) -> Uuid {
        self.row("lecturer_groups", &[("code", literal(code)), ("name", literal(code))]).await
    }

    /// Appointed, and in the group if one is given.
    pub async fn lecturer(&self, employee: Uuid, group: Option<Uuid>, from: &str) -> Uuid {
        let id = self
            .row("lecturers", &[("employee_id", literal(&employee.to_string())), ("appointed_on", literal(from))])
            .await;
        if let Some(group) = group {
            let columns = [
                ("employee_id", literal(&employee.to_string())),
                ("group_id", literal(&group.to_string())),
                ("valid_from", literal(from)),
            ];
            self.row("lecturer_group_memberships", &columns).await;
        }
        id
    }

    /// An active monthly programme in Shanghai and CNY for the group. Its feedback is given under a name, so a rating shows at once.
    pub async fn programme(&self, code: &str, group: Uuid) -> Uuid {
        let text = |value: &str| literal(value);
        let columns = [
            ("code", text(code)),
            ("name", text(code)),
            ("state", text("active")),
            ("pays_from_on", text("2000-01-01")),
            ("time_zone", text("Asia/Shanghai")),
            ("currency", text("CNY")),
            ("cycle", text("month")),
            ("feedback_mode", text("named")),
        ];
        let id = self.row("programmes", &columns).await;
        self.row(
            "programme_groups",
            &[("programme_id", literal(&id.to_string())), ("group_id", literal(&group.to_string()))],
        )
        .await;
        id
    }

    /// A closed period of a programme, its first day and the day after its last: with a snapshot of nobody, whose id is returned.
    pub async fn closed_period(&self, programme: Uuid, rule: Uuid, [period, starts_on, ends_on]: [&str; 3]) -> Uuid {
        let of = [
            ("programme_id", literal(&programme.to_string())),
            ("period", literal(period)),
            ("starts_on", literal(starts_on)),
            ("ends_on", literal(ends_on)),
            ("starts_at", literal(starts_on)),
            ("ends_at", literal(ends_on)),
            ("state", literal("closed")),
            ("closed_at", literal(ends_on)),
        ];
        let period = self.row("periods", &of).await;
        let of = [
            ("period_id", literal(&period.to_string())),
            ("number", "1".to_owned()),
            ("rule_id", literal(&rule.to_string())),
            ("settings", literal("{}")),
            ("digest", literal(&"0".repeat(64))),
            ("lecturer_count", "1".to_owned()),
            ("rated_count", "1".to_owned()),
            ("reward_total_minor", "0".to_owned()),
            ("currency", literal("CNY")),
            ("closed_at", literal(ends_on)),
            ("closed_by_kind", literal("system")),
            ("closed_by_id", literal(&Uuid::nil().to_string())),
        ];
        let snapshot = self.row("snapshots", &of).await;
        self.counts(snapshot).await;
        snapshot
    }

    /// The snapshot is the one of its period that counts.
    pub async fn counts(&self, snapshot: Uuid) {
        let sql = "UPDATE periods p SET snapshot_id = s.id FROM snapshots s WHERE s.id = $1::text::uuid AND p.id = s.period_id";
        self.sql.execute(sql, &[&snapshot.to_string()]).await.unwrap();
    }

    /// A published version of a rule or policy document: `table` is `scoring_rules` or `reward_policy_sets`. A rule that names no
    /// groups scores those of the programme.
    pub async fn published(
        &self,
        table: &str,
        programme: Uuid,
        version: i32,
        starts_period: &str,
        document: &Value,
    ) -> Uuid {
        let maker = self.employee(&format!("maker-{}", self.server.state.ids.next())).await;
        let checker = self.employee(&format!("checker-{}", self.server.state.ids.next())).await;
        let groups = match table {
            "scoring_rules" => format!(
                "jsonb_build_object('groups', (SELECT coalesce(jsonb_agg(group_id ORDER BY group_id), '[]')
                                                 FROM programme_groups WHERE programme_id = '{programme}'))"
            ),
            _ => "'{}'::jsonb".to_owned(),
        };
        let columns = [
            ("programme_id", literal(&programme.to_string())),
            ("version", version.to_string()),
            ("starts_period", literal(starts_period)),
            ("starts_on", literal(&format!("{starts_period}-01"))),
            ("document", format!("{groups} || {}::jsonb", literal(&document.to_string()))),
            ("maker_id", literal(&maker.to_string())),
            ("checker_id", literal(&checker.to_string())),
            ("published_at", literal(&self.server.clock.now().to_rfc3339())),
        ];
        self.row(table, &columns).await
    }

    /// A delivered session of 60 minutes with this lecturer and head count.
    pub async fn delivered_session(&self, programme: Uuid, lecturer: Uuid, start: &str, head_count: i32) -> Uuid {
        let columns = [
            ("programme_id", literal(&programme.to_string())),
            ("title", literal("A session")),
            ("kind", literal("assigned")),
            ("mode", literal("on_site")),
            ("state", literal("delivered")),
            ("scheduled_start", literal(start)),
            ("scheduled_minutes", "60".to_owned()),
            ("delivered_start", literal(start)),
            ("delivered_minutes", "60".to_owned()),
            ("head_count", head_count.to_string()),
            ("delivery_confirmed_at", literal(start)),
        ];
        let id = self.row("sessions", &columns).await;
        self.row(
            "session_lecturers",
            &[("session_id", literal(&id.to_string())), ("employee_id", literal(&lecturer.to_string()))],
        )
        .await;
        id
    }
}

/// A text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
