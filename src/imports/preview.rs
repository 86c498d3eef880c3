//! What an import would do. A dry run stores everything, compares the company before and after, and takes it back: so it tells
//! exactly what the import would do.

use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::RunQueryDsl as _;
use serde::Serialize;
use uuid::Uuid;

use super::MAX_NAMED_FAULTS;
use super::layout::FileKind;
use super::order::Counts;
use crate::db::statement;
use crate::journal::Tx;

/// The maximum number of new people that are named.
const MAX_NAMED_PEOPLE: usize = MAX_NAMED_FAULTS;

/// What the import would do, by file, and who would be new.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Preview {
    pub effects: BTreeMap<String, Effect>,
    /// By employee number; only the first thousand.
    pub new_people: Vec<NewPerson>,
}

/// What the rows of a file would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Effect {
    pub made: usize,
    pub changed: usize,
    /// What the company already has as the file says it.
    pub left_alone: usize,
}

/// Somebody whom the company does not have yet.
#[derive(Debug, Clone, Serialize, QueryableByName)]
pub struct NewPerson {
    #[diesel(sql_type = Text)]
    pub employee_number: String,
    #[diesel(sql_type = Text)]
    pub name: String,
}

/// A digest of everything that belongs to a department, a person and so on.
#[derive(QueryableByName)]
struct Print {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    digest: String,
}

type Prints = BTreeMap<Uuid, String>;

/// The statement for the prints of what these facts belong to. A fact is `SELECT owner, row`.
macro_rules! prints {
    ($first:literal $(, $more:literal)*) => {
        concat!(
            "SELECT f.id, md5(string_agg(f.fact, ',' ORDER BY f.fact)) AS digest FROM (
               SELECT owner AS id, (fact - '{created_at,updated_at,version}'::text[])::text AS fact FROM (",
            $first, $(" UNION ALL ", $more,)*
            ") AS facts (owner, fact)) AS f GROUP BY f.id"
        )
    };
}

/// How what a file changes is told apart: by its stored facts, without the times and the count of changes.
const CHANGING: &[(FileKind, &str)] = &[
    (FileKind::Departments, prints!("SELECT t.id, to_jsonb(t) FROM departments t WHERE t.tenant_id = :tenant")),
    (
        FileKind::Employees,
        prints!(
            "SELECT t.id, to_jsonb(t) FROM employees t WHERE t.tenant_id = :tenant",
            "SELECT t.employee_id, to_jsonb(t) FROM earlier_employments t WHERE t.tenant_id = :tenant",
            "SELECT t.employee_id, to_jsonb(t) FROM former_employee_numbers t WHERE t.tenant_id = :tenant",
            "SELECT t.employee_id, to_jsonb(t) FROM department_memberships t WHERE t.tenant_id = :tenant",
            "SELECT t.employee_id, to_jsonb(t) FROM employee_external_ids t WHERE t.tenant_id = :tenant",
            "SELECT t.employee_id, to_jsonb(t) FROM role_grants t WHERE t.tenant_id = :tenant"
        ),
    ),
    (FileKind::LecturerGroups, prints!("SELECT t.id, to_jsonb(t) FROM lecturer_groups t WHERE t.tenant_id = :tenant")),
    (
        FileKind::Lecturers,
        prints!(
            "SELECT t.id, to_jsonb(t) FROM lecturers t WHERE t.tenant_id = :tenant",
            "SELECT t.lecturer_id, to_jsonb(t) FROM lecturer_levels t WHERE t.tenant_id = :tenant",
            "SELECT l.id, to_jsonb(t) FROM lecturer_group_memberships t
               JOIN lecturers l ON l.tenant_id = t.tenant_id AND l.employee_id = t.employee_id
                AND daterange(l.appointed_on, l.ended_on) && daterange(t.valid_from, t.valid_to)
              WHERE t.tenant_id = :tenant"
        ),
    ),
    (FileKind::Absences, prints!("SELECT t.id, to_jsonb(t) FROM absences t WHERE t.tenant_id = :tenant")),
    // A day that is listed otherwise gets another row.
    (
        FileKind::Calendar,
        prints!("SELECT md5(t.day::text)::uuid, to_jsonb(t) - 'id' FROM calendar_days t WHERE t.tenant_id = :tenant"),
    ),
];

/// The company before the import, as far as these files may change it.
pub struct Before(Vec<(FileKind, Prints)>);

impl Before {
    pub async fn load(tx: &mut Tx<'_>, kinds: &BTreeSet<FileKind>) -> QueryResult<Self> {
        let mut before = Vec::new();
        for (kind, text) in CHANGING.iter().filter(|(kind, _)| kinds.contains(kind)) {
            before.push((*kind, prints(tx, text).await?));
        }
        Ok(Self(before))
    }

    /// What has become of it. `read` are the rows of the files, `stored` those that were stored: the facts of the other files
    /// are only ever added.
    pub async fn compare(self, tx: &mut Tx<'_>, read: &Counts, stored: &Counts) -> QueryResult<Preview> {
        let mut preview = Preview::default();
        for (file, rows) in read {
            let made = stored.get(file).copied().unwrap_or_default();
            let effect = Effect { made, changed: 0, left_alone: rows.saturating_sub(made) };
            preview.effects.insert(file.clone(), effect);
        }
        for (kind, before) in self.0 {
            let Some((_, text)) = CHANGING.iter().find(|(other, _)| *other == kind) else { continue };
            let after = prints(tx, text).await?;
            let new: Vec<Uuid> = after.keys().filter(|id| !before.contains_key(id)).copied().collect();
            let changed = after.iter().filter(|(id, digest)| before.get(id).is_some_and(|old| old != *digest)).count();
            let rows = read.get(kind.stem()).copied().unwrap_or_default();
            let effect = Effect { made: new.len(), changed, left_alone: rows.saturating_sub(new.len() + changed) };
            preview.effects.insert(kind.stem().to_owned(), effect);
            if kind == FileKind::Employees {
                preview.new_people = people(tx, &new).await?;
            }
        }
        Ok(preview)
    }
}

async fn prints(tx: &mut Tx<'_>, text: &'static str) -> QueryResult<Prints> {
    let prints: Vec<Print> = statement(text).bind("tenant", tx.tenant).load(tx.conn).await?;
    Ok(prints.into_iter().map(|print| (print.id, print.digest)).collect())
}

async fn people(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<NewPerson>> {
    let named = "SELECT employee_number, name FROM employees
                  WHERE tenant_id = :tenant AND id = ANY (:ids) AND employee_number IS NOT NULL
                  ORDER BY employee_number";
    let mut people: Vec<NewPerson> = statement(named).bind("tenant", tx.tenant).bind("ids", ids).load(tx.conn).await?;
    people.truncate(MAX_NAMED_PEOPLE);
    Ok(people)
}
