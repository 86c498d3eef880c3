//! Statements on programmes and their groups.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListProgrammesQuery;
use super::model::{Programme, ProgrammeState};
use super::settings::Settings;
use crate::db::{insert_set, row_queries, set_row, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::{
    anonymous_participants, feedback, lecturer_groups, periods, programme_groups, programmes, reward_policy_sets,
    scoring_rules, sessions,
};

/// The columns with a programme's settings.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = programmes, treat_none_as_null = true)]
struct SettingColumns<'a> {
    code: &'a str,
    name: &'a str,
    description: Option<&'a str>,
    time_zone: &'static str,
    currency: &'a str,
    cycle: &'static str,
    board_size: i32,
    feedback_mode: &'static str,
    feedback_min_k: i32,
    early_delivery_minutes: i32,
    live_feedback_from_on: Option<NaiveDate>,
    appeal_days: i32,
}

impl<'a> From<&'a Settings> for SettingColumns<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self {
            code: &settings.code,
            name: &settings.name,
            description: settings.description.as_deref(),
            time_zone: settings.time_zone.name(),
            currency: settings.currency.as_str(),
            cycle: settings.cycle.slug(),
            board_size: settings.board_size,
            feedback_mode: settings.feedback_mode.slug(),
            feedback_min_k: settings.feedback_min_k,
            early_delivery_minutes: settings.early_delivery_minutes,
            live_feedback_from_on: settings.live_feedback_from_on,
            appeal_days: settings.appeal_days,
        }
    }
}

/// Inserts a programme in the state `pilot`.
pub async fn insert(tx: &mut Tx<'_>, id: Uuid, settings: &Settings) -> QueryResult<Programme> {
    diesel::insert_into(programmes::table)
        .values((
            programmes::tenant_id.eq(tx.tenant),
            programmes::id.eq(id),
            programmes::state.eq(ProgrammeState::Pilot.slug()),
            programmes::created_at.eq(tx.now),
            programmes::updated_at.eq(tx.now),
            SettingColumns::from(settings),
        ))
        .returning(Programme::as_returning())
        .get_result(tx.conn)
        .await
}

row_queries!(
    Programme,
    programmes,
    find,
    /// The programme, locked against all other changes and against new rows that refer to it.
    find_for_update = find(for_update),
    /// The programme, locked against changes but not against other readers with this lock: a decision based on it stays valid until
    /// the commit.
    find_for_share = find(for_share),
    list_page = list(by id; query: &ListProgrammesQuery; state = query.state),
);

/// Writes the row unchanged. A waiting transaction with an older snapshot is then refused and starts again.
pub async fn touch(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    diesel::update(programmes::table.filter(programmes::tenant_id.eq(tx.tenant)).filter(programmes::id.eq(id)))
        .set(programmes::version.eq(programmes::version))
        .execute(tx.conn)
        .await
}

pub async fn update(tx: &mut Tx<'_>, id: Uuid, settings: &Settings) -> QueryResult<Programme> {
    diesel::update(programmes::table.filter(programmes::tenant_id.eq(tx.tenant)).filter(programmes::id.eq(id)))
        .set((
            SettingColumns::from(settings),
            programmes::updated_at.eq(tx.now),
            programmes::version.eq(programmes::version + 1),
        ))
        .returning(Programme::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn set_state(
    tx: &mut Tx<'_>,
    id: Uuid,
    state: ProgrammeState,
    pays_from_on: Option<NaiveDate>,
    periods_end_on: Option<NaiveDate>,
) -> QueryResult<Programme> {
    diesel::update(programmes::table.filter(programmes::tenant_id.eq(tx.tenant)).filter(programmes::id.eq(id)))
        .set((
            programmes::state.eq(state.slug()),
            programmes::pays_from_on.eq(pays_from_on),
            programmes::periods_end_on.eq(periods_end_on),
            programmes::updated_at.eq(tx.now),
            programmes::version.eq(programmes::version + 1),
        ))
        .returning(Programme::as_returning())
        .get_result(tx.conn)
        .await
}

/// The groups of each of these programmes, ordered by id.
pub async fn groups_of(tx: &mut Tx<'_>, of: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<Uuid>>> {
    let rows: Vec<(Uuid, Uuid)> = programme_groups::table
        .filter(programme_groups::tenant_id.eq(tx.tenant))
        .filter(programme_groups::programme_id.eq_any(of))
        .order(programme_groups::group_id)
        .select((programme_groups::programme_id, programme_groups::group_id))
        .load(tx.conn)
        .await?;
    let mut groups: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (programme, group) in rows {
        groups.entry(programme).or_default().push(group);
    }
    Ok(groups)
}

/// Those of these groups that exist.
pub async fn existing_groups(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    lecturer_groups::table
        .filter(lecturer_groups::tenant_id.eq(tx.tenant))
        .filter(lecturer_groups::id.eq_any(ids))
        .select(lecturer_groups::id)
        .load(tx.conn)
        .await
}

/// Locks these groups, so that nobody deletes them or scores them in another programme in the meantime.
pub async fn lock_groups(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<usize> {
    const LOCK: &str = "
SELECT g.id FROM lecturer_groups g WHERE g.tenant_id = :tenant AND g.id = ANY (:groups) ORDER BY g.id FOR NO KEY UPDATE";
    statement(LOCK).bind("tenant", tx.tenant).bind("groups", ids).execute(tx.conn).await
}

/// A group that another programme scores.
#[derive(Debug, QueryableByName)]
pub struct ScoredElsewhere {
    #[diesel(sql_type = SqlUuid)]
    pub group_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub programme_id: Uuid,
    #[diesel(sql_type = Text)]
    pub programme_code: String,
    /// The first day on which it no longer does. None: it goes on.
    #[diesel(sql_type = Nullable<Date>)]
    pub until: Option<NaiveDate>,
}

/// Those of these groups that another programme scores in periods of a version of the programme `own` that starts on this day. A
/// version serves until the next one starts, or until the periods of its programme end.
pub async fn scored_elsewhere(
    tx: &mut Tx<'_>,
    own: Uuid,
    groups: &[Uuid],
    from: NaiveDate,
) -> QueryResult<Vec<ScoredElsewhere>> {
    const ELSEWHERE: &str = "
WITH served AS (
  SELECT r.programme_id, p.code AS programme_code, r.document -> 'groups' AS groups, r.starts_on,
         least(lead(r.starts_on) OVER (PARTITION BY r.programme_id ORDER BY r.starts_on), p.periods_end_on) AS ends_on
    FROM scoring_rules r
    JOIN programmes p ON p.tenant_id = :tenant AND p.id = r.programme_id
   WHERE r.tenant_id = :tenant AND r.published_at IS NOT NULL),
own AS (
  SELECT least(p.periods_end_on, (SELECT min(r.starts_on) FROM scoring_rules r
                                   WHERE r.tenant_id = :tenant AND r.programme_id = p.id
                                     AND r.published_at IS NOT NULL AND r.starts_on > :from)) AS ends_on
    FROM programmes p WHERE p.tenant_id = :tenant AND p.id = :own)
SELECT g.id AS group_id, s.programme_id, s.programme_code, s.ends_on AS until
  FROM unnest(:groups) WITH ORDINALITY g (id, place)
  JOIN served s ON s.programme_id <> :own AND s.groups @> to_jsonb(g.id::text)
  JOIN own ON true
 WHERE s.starts_on < coalesce(s.ends_on, 'infinity')
   AND s.starts_on < coalesce(own.ends_on, 'infinity') AND :from < coalesce(s.ends_on, 'infinity')
 ORDER BY g.place, s.starts_on";
    statement(ELSEWHERE)
        .bind("tenant", tx.tenant)
        .bind("own", own)
        .bind("groups", groups)
        .bind("from", from)
        .load(tx.conn)
        .await
}

/// The start of the programme's last session that was not cancelled.
pub async fn last_session_start(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        starts_at: Option<DateTime<Utc>>,
    }
    const LAST: &str = "
SELECT max(coalesce(s.delivered_start, s.scheduled_start)) AS starts_at
  FROM sessions s WHERE s.tenant_id = :tenant AND s.programme_id = :programme AND s.state <> 'cancelled'";
    let last = statement(LAST).bind("tenant", tx.tenant).bind("programme", programme);
    let row: Row = last.get_result(tx.conn).await?;
    Ok(row.starts_at)
}

set_row! {
    into programme_groups;
    struct NewGroup {
        tenant_id: Uuid,
        id: Uuid,
        programme_id: Uuid,
        group_id: Uuid,
        created_at: DateTime<Utc>,
    }
}

pub async fn insert_groups(tx: &mut Tx<'_>, programme_id: Uuid, groups: &[Uuid]) -> QueryResult<usize> {
    let row = |group_id: &Uuid| NewGroup {
        tenant_id: tx.tenant,
        id: tx.id(),
        programme_id,
        group_id: *group_id,
        created_at: tx.now,
    };
    let rows: Vec<NewGroup> = groups.iter().map(row).collect();
    insert_set(tx.conn, &rows).await
}

pub async fn delete_groups(tx: &mut Tx<'_>, programme: Uuid, groups: &[Uuid]) -> QueryResult<usize> {
    let own = programme_groups::table
        .filter(programme_groups::tenant_id.eq(tx.tenant))
        .filter(programme_groups::programme_id.eq(programme))
        .filter(programme_groups::group_id.eq_any(groups));
    diesel::delete(own).execute(tx.conn).await
}

/// Whether the programme has periods, which depend on its calendar.
pub async fn has_periods(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<bool> {
    let own = periods::table.filter(periods::tenant_id.eq(tx.tenant)).filter(periods::programme_id.eq(programme));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

/// Whether there is a scoring rule or reward policies, drafts included, which depend on the cycle and currency.
pub async fn has_versions(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<bool> {
    let rules = scoring_rules::table
        .filter(scoring_rules::tenant_id.eq(tx.tenant))
        .filter(scoring_rules::programme_id.eq(programme));
    let policies = reward_policy_sets::table
        .filter(reward_policy_sets::tenant_id.eq(tx.tenant))
        .filter(reward_policy_sets::programme_id.eq(programme));
    let either = diesel::dsl::exists(rules).or(diesel::dsl::exists(policies));
    diesel::select(either).get_result(tx.conn).await
}

/// Whether any session of the programme has feedback.
pub async fn has_feedback(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<bool> {
    let own = feedback::table
        .inner_join(
            sessions::table.on(sessions::tenant_id.eq(feedback::tenant_id).and(sessions::id.eq(feedback::session_id))),
        )
        .filter(feedback::tenant_id.eq(tx.tenant))
        .filter(sessions::programme_id.eq(programme));
    let anonymous = anonymous_participants::table
        .inner_join(
            sessions::table.on(sessions::tenant_id
                .eq(anonymous_participants::tenant_id)
                .and(sessions::id.eq(anonymous_participants::session_id))),
        )
        .filter(anonymous_participants::tenant_id.eq(tx.tenant))
        .filter(sessions::programme_id.eq(programme));
    diesel::select(diesel::dsl::exists(own).or(diesel::dsl::exists(anonymous))).get_result(tx.conn).await
}

/// Live feedback of the programme begins on this day, or has begun before. For the mode `named`: where a rating is held back, the
/// version would show it.
pub async fn begin_live_feedback(tx: &mut Tx<'_>, programme: Uuid, day: NaiveDate) -> QueryResult<usize> {
    let own = programmes::table
        .filter(programmes::tenant_id.eq(tx.tenant))
        .filter(programmes::id.eq(programme))
        .filter(programmes::live_feedback_from_on.is_null().or(programmes::live_feedback_from_on.gt(day)));
    diesel::update(own)
        .set((
            programmes::live_feedback_from_on.eq(day),
            programmes::updated_at.eq(tx.now),
            programmes::version.eq(programmes::version + 1),
        ))
        .execute(tx.conn)
        .await
}
