//! Every worked case, through the pure rules: each scorecard, rank and reward, compared exactly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "support/vector_facts.rs"]
mod vector_facts;
#[path = "support/vector_results.rs"]
mod vector_results;
#[path = "support/vector_runs.rs"]
mod vector_runs;

use std::path::Path;

use lectern::closing::canonical::digest;
use lectern::scoring::inputs::LecturerInputs;
use lectern::scoring::rules::score;
use lectern::scoring::scorecard::Scorecard;
use serde_json::Value;
use vector_results::{cases, check, compute, folders, rule, vectors};
use vector_runs::run_cases;

/// The cases that the repository has.
const CASES: usize = 37;

#[test]
fn every_case_gives_its_result() {
    let vectors = vectors();
    for vector in &vectors {
        check(vector, vector.inputs(0));
    }
}

/// A case that is lost, or lies there under a name that nobody reads, would pass unnoticed: the original is not everywhere.
#[test]
fn every_case_is_there_and_read() {
    let (copy, _) = folders();
    let files = cases(&copy);
    assert!(files.keys().all(|name| Path::new(name).extension().is_some_and(|extension| extension == "json")));
    assert_eq!(files.len(), CASES);
    assert_eq!(vectors().len() + run_cases().len(), CASES);
}

#[test]
fn every_run_of_periods_fires_when_it_should() {
    for case in run_cases() {
        assert_eq!(case.happened(), case.expect, "{}", case.name);
    }
}

#[test]
fn the_copy_equals_the_original() {
    let (copy, shared) = folders();
    if let Some(shared) = shared {
        let (copy, shared) = (cases(&copy), cases(&shared));
        assert_eq!(copy.keys().collect::<Vec<_>>(), shared.keys().collect::<Vec<_>>());
        for (name, text) in shared {
            assert!(copy[&name] == text, "{name} differs from the original");
        }
    }
}

/// The digest covers what was, not in which order it was read nor which ids it was given.
#[test]
fn the_canonical_form_rests_on_content_alone() {
    for vector in vectors() {
        let computed = compute(&vector, vector.inputs(0));
        let bytes = computed.canonical(&vector);
        let mut shuffled = vector.inputs(u128::MAX);
        shuffled.reverse();
        for inputs in &mut shuffled {
            inputs.sessions.reverse();
            inputs.contents.reverse();
        }
        let again = compute(&vector, shuffled).canonical(&vector);
        assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&bytes), "{}", vector.name);
        let parsed: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(serde_json_canonicalizer::to_vec(&parsed).unwrap(), bytes, "{}: RFC 8785", vector.name);
        assert_eq!(parsed["lecturers"].as_array().unwrap().len(), vector.lecturers.len());
        let sha = digest(&bytes);
        assert!(sha.len() == 64 && sha.bytes().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()), "{sha}");
    }
}

/// The frozen inputs are stored as JSON and read again before anything is computed from them.
#[test]
fn frozen_inputs_survive_storing() {
    for vector in vectors() {
        for inputs in vector.inputs(0) {
            let stored = serde_json::to_value(&inputs).unwrap();
            assert_eq!(serde_json::from_value::<LecturerInputs>(stored).unwrap(), inputs, "{}", vector.name);
            let card = score(&rule(&vector), &inputs);
            let stored = serde_json::to_value(&card).unwrap();
            assert_eq!(serde_json::from_value::<Scorecard>(stored).unwrap(), card, "{}", vector.name);
        }
    }
}
