//! What the sessions and contents of a lecturer's facts are called: a statement names them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::inputs::LecturerInputs;
use crate::db::statement;
use crate::journal::Asking;

/// What a statement shows of a session or a content besides what counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Titled {
    pub title: String,
    /// The actual start of a session, or else the scheduled one.
    pub starts_at: Option<DateTime<Utc>>,
    /// Whether ratings of a session came on paper forms.
    pub has_papers: bool,
}

/// By the id of the session or content.
pub type Titles = BTreeMap<Uuid, Titled>;

#[derive(QueryableByName)]
struct TitledRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    starts_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    has_papers: bool,
}

/// Whether these are all that the facts name.
#[must_use]
pub fn are_complete(titles: &Titles, inputs: &LecturerInputs) -> bool {
    named(inputs).all(|id| titles.contains_key(&id))
}

/// What these facts name.
fn named(inputs: &LecturerInputs) -> impl Iterator<Item = Uuid> {
    let sessions = inputs.sessions.iter().map(|session| session.session_id);
    sessions.chain(inputs.contents.iter().map(|content| content.content_id))
}

/// Of all that these facts name, those of them that one lecturer's name.
#[must_use]
pub fn of_lecturer(all: &Titles, inputs: &LecturerInputs) -> Titles {
    named(inputs).filter_map(|id| Some((id, all.get(&id)?.clone()))).collect()
}

/// What all of these lecturers' facts name. Each is looked up by its key (`OFFSET 0`), whatever the planner knows of the company.
pub async fn find(mut asking: Asking<'_>, of: &[&LecturerInputs]) -> QueryResult<Titles> {
    const TITLES: &str = "
SELECT s.id, s.title, coalesce(s.delivered_start, s.scheduled_start) AS starts_at,
       EXISTS (SELECT FROM feedback_papers p
                WHERE p.tenant_id = :tenant AND p.session_id = s.id AND p.confirmed_at IS NOT NULL OFFSET 0) AS has_papers
  FROM unnest(:sessions) AS asked (id)
 CROSS JOIN LATERAL (SELECT * FROM sessions s WHERE s.tenant_id = :tenant AND s.id = asked.id OFFSET 0) s
 UNION ALL
SELECT c.id, c.title, NULL, false
  FROM unnest(:contents) AS asked (id)
 CROSS JOIN LATERAL (SELECT * FROM contents c WHERE c.tenant_id = :tenant AND c.id = asked.id OFFSET 0) c";
    let (mut sessions, mut contents) = (Vec::new(), Vec::new());
    for inputs in of {
        sessions.extend(inputs.sessions.iter().map(|session| session.session_id));
        contents.extend(inputs.contents.iter().map(|content| content.content_id));
    }
    for ids in [&mut sessions, &mut contents] {
        ids.sort_unstable();
        ids.dedup();
    }
    if sessions.is_empty() && contents.is_empty() {
        return Ok(Titles::new());
    }
    let titles = statement(TITLES).bind("sessions", sessions).bind("contents", contents);
    let rows: Vec<TitledRow> = asking.complete(titles).load(&mut asking.conn).await?;
    let titled = |TitledRow { id, title, starts_at, has_papers }| (id, Titled { title, starts_at, has_papers });
    Ok(rows.into_iter().map(titled).collect())
}

/// How many ratings of the lecturer's delivered sessions came on paper forms until then, shown or not. Nothing is asked where none did.
pub async fn paper_ratings(
    mut asking: Asking<'_>,
    titles: &Titles,
    inputs: &LecturerInputs,
    until: DateTime<Utc>,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    const PAPERS: &str = "
SELECT count(*) AS count FROM feedback f
 WHERE f.tenant_id = :tenant AND f.session_id = ANY (:sessions) AND f.source = 'paper' AND f.counts AND f.received_at <= :until";
    let has_papers = |id: &Uuid| titles.get(id).is_some_and(|titled| titled.has_papers);
    let sessions: Vec<Uuid> = inputs.delivered().map(|session| session.session_id).filter(has_papers).collect();
    if sessions.is_empty() {
        return Ok(0);
    }
    let papers = statement(PAPERS).bind("sessions", sessions).bind("until", until);
    let row: Count = asking.complete(papers).get_result(&mut asking.conn).await?;
    Ok(row.count)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::scoring::inputs::ContentInputs;

    fn inputs(content: Uuid) -> LecturerInputs {
        LecturerInputs {
            employee_id: Uuid::nil(),
            employee_number: String::new(),
            department: None,
            days: NonZeroU32::MIN,
            exempt_days: 0,
            sessions: Vec::new(),
            contents: vec![ContentInputs { content_id: content, months_old: 0, reused_by: 0, reused_before: false }],
            external: BTreeMap::new(),
        }
    }

    #[test]
    fn titles_of_everybody_are_divided_among_lecturers_and_one_that_is_missing_is_noticed() {
        let titled = |title: &str| Titled { title: title.to_owned(), starts_at: None, has_papers: false };
        let [own, foreign, missing] = [1, 2, 3].map(Uuid::from_u128);
        let all = Titles::from([(own, titled("own")), (foreign, titled("foreign"))]);
        assert_eq!(of_lecturer(&all, &inputs(own)), Titles::from([(own, titled("own"))]));
        assert_eq!(of_lecturer(&all, &inputs(missing)), Titles::new());
        assert!(are_complete(&all, &inputs(own)));
        assert!(!are_complete(&all, &inputs(missing)));
    }
}
