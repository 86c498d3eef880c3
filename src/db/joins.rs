//! Which tables occur together in one statement of the query builder, be it by a join or by a subquery. A statement with two tables
//! that no line here names does not compile (`TableNotEqual`): add the pair.
//!
//! All pairs of all tables would cost the compiler more than the statements do.

use diesel::allow_tables_to_appear_in_same_query as allow_together;

use crate::schema::*;

allow_together!(employees, access_changes);
allow_together!(employees, department_memberships);
allow_together!(employees, former_employee_numbers);
allow_together!(employees, lecturers);
allow_together!(employees, role_grants);
allow_together!(lecturers, lecturer_group_memberships);

allow_together!(programmes, periods, snapshots);
allow_together!(programmes, scoring_rules);
allow_together!(programmes, sessions);
allow_together!(periods, live_periods);
allow_together!(periods, what_if_periods);

allow_together!(sessions, anonymous_participants);
allow_together!(sessions, attendance_records);
allow_together!(sessions, feedback);
allow_together!(sessions, session_audience);
allow_together!(sessions, session_change_requests);
allow_together!(sessions, session_lecturers);
allow_together!(session_lecturers, application_cases);
allow_together!(contents, content_authors);

allow_together!(payroll_acknowledgements, payroll_acknowledgement_lines);
