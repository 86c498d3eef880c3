//! The service over HTTP, against a real Postgres: a database of its own for every test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

mod access;
mod adjustments;
mod advice;
mod all_at_once;
mod appeals;
mod appraisal_shares;
mod audit;
mod authorization;
mod boards;
mod bodies;
mod certificates;
mod chinese_texts;
mod chronicle;
mod close_preview;
mod closing;
mod closing_guards;
mod closing_streams;
mod command_line;
mod complete_statements;
mod content;
mod department_moves;
mod display_names;
mod employments;
mod events;
mod events_many;
mod facts;
mod feedback;
mod feedback_anonymous;
mod feedback_batches;
mod feedback_counting;
mod feedback_dump;
mod feedback_form;
mod feedback_k;
mod feedback_paper;
mod feedback_secrecy;
mod feedback_secrecy_anonymous;
mod feedback_secrecy_elsewhere;
mod filled_tables;
mod finding;
mod frame;
mod fulfilment;
mod grants;
mod growth;
mod growth_career;
mod history;
mod import_streams;
mod imports;
mod imports_rights;
mod jobs;
mod late_facts;
mod lecturer_levels;
mod lecturers;
mod levels;
mod live_facts;
mod live_faults;
mod live_races;
mod live_results;
mod lived;
mod marks;
mod mended_month;
mod mends;
mod month;
mod numbers;
mod outage;
mod outside_issuers;
mod payroll;
mod people;
mod people_merge;
mod period_closed;
mod pool_shares;
mod programmes;
mod rate_limits;
mod restatements;
mod rewards;
mod rule_life;
mod schema;
mod scored_groups;
mod scores;
mod session_changes;
mod session_evidence;
mod session_fees;
mod session_plans;
mod session_shares;
mod sessions;
mod shared_commits;
mod sign_in;
mod signing_keys;
mod statement_files;
mod statements;
mod stored_runs;
mod stored_vectors;
mod streaks;
mod streaks_restated;
mod streaks_told;
mod text_columns;
mod texts;
mod tokens;
mod transactions;
mod tried;
mod twins;
mod versions;
mod waiting_marks;
mod warm_paths;
mod ways_back;
mod what_if_closes;
mod what_ifs;
