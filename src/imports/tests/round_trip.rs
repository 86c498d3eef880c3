use proptest::prelude::*;

use super::rows::*;
use super::*;
use crate::kernel::text::{Line, Text};
use crate::sessions::{SessionKind, SessionMode, SessionRole, SessionState};

/// Texts with everything that quoting must preserve. No white space at the ends, because reading removes it.
fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[a-z,\"\r\n;张三 ]{0,20}".prop_map(|text| Text::parse(format!("x{text}x")).unwrap())
}

/// The same on one line.
fn line<const MAX: usize>() -> impl Strategy<Value = Line<MAX>> {
    "[a-z,\";张三 ]{0,20}".prop_map(|text| Line::parse(format!("x{text}x")).unwrap())
}

fn moment() -> impl Strategy<Value = chrono::DateTime<chrono::Utc>> {
    (0..4_000_000_000_i64, 0..1_000_000_u32)
        .prop_map(|(seconds, micros)| chrono::DateTime::from_timestamp(seconds, micros * 1000).unwrap())
}

fn rating() -> impl Strategy<Value = RatingRow> {
    let item = |key: &'static str| {
        proptest::option::of((0..=5_i32).prop_map(move |value| ItemAnswer {
            key: key.parse().unwrap(),
            value,
            scale: 5,
        }))
    };
    let items = (item("clarity"), item("practicality")).prop_map(|(a, b)| a.into_iter().chain(b).collect::<Vec<_>>());
    (any::<u32>(), 0..=10_i32, items, proptest::option::of(text()), moment()).prop_map(
        |(number, rating, items, comment, received_at)| RatingRow {
            session_code: "S".parse().unwrap(),
            employee_number: format!("E{number}").parse().unwrap(),
            rating,
            scale: 10,
            items,
            comment,
            received_at,
        },
    )
}

fn session() -> impl Strategy<Value = SessionRow> {
    let delivery = proptest::option::of((moment(), 0..=1440_i32, proptest::option::of(0..=100_000_i32)));
    (line(), proptest::option::of(line()), moment(), delivery, any::<bool>(), 1..=7_usize).prop_map(
        |(title, place, scheduled_start, delivery, flag, lecturers)| SessionRow {
            kind: if flag { SessionKind::Assigned } else { SessionKind::Voluntary },
            mode: if flag { SessionMode::Online } else { SessionMode::OnSite },
            place,
            state: if delivery.is_some() { SessionState::Delivered } else { SessionState::Missed },
            due_at: flag.then_some(scheduled_start),
            delivered_start: delivery.map(|(start, ..)| start),
            delivered_minutes: delivery.map(|(_, minutes, _)| minutes),
            head_count: delivery.and_then(|(.., head_count)| head_count),
            lecturers: (0..lecturers)
                .map(|i| Share {
                    employee_number: format!("E{i}").parse().unwrap(),
                    role: [SessionRole::Lead, SessionRole::Co, SessionRole::Assistant][i % 3],
                    credit: if i == 0 { credit(100 - 10 * (lecturers - 1)) } else { credit(10) },
                })
                .collect(),
            is_first_run: flag,
            ..SessionRow::planned("S".parse().unwrap(), "P".parse().unwrap(), title, scheduled_start)
        },
    )
}

fn credit(hundredths: usize) -> crate::kernel::decimal::Decimal {
    if hundredths == 100 { 1.into() } else { format!("0.{hundredths:02}").parse().unwrap() }
}

struct Anything;

impl Known for Anything {
    fn holds(&self, _reference: Reference, _key: &str) -> bool {
        true
    }
}

proptest! {
    #[test]
    fn ratings_read_back_as_they_were_written(rows in proptest::collection::vec(rating(), 0..20), zone in proptest::sample::select(&chrono_tz::TZ_VARIANTS[..])) {
        let mut rows = rows;
        rows.sort_by(|a, b| a.employee_number.cmp(&b.employee_number));
        rows.dedup_by(|a, b| a.employee_number == b.employee_number);
        let reading = Reading::new(zone);
        let file = write_file(&rows, zone);
        let import = read(&[ImportFile::of_bytes("ratings.csv", &file)], &reading, &Anything);
        let mut back = Vec::new();
        for row in import.ratings() {
            let mut row = row.map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?.row;
            // The items come back in the order of their columns, which has no meaning.
            row.items.sort_by(|a, b| a.key.cmp(&b.key));
            back.push(row);
        }
        prop_assert_eq!(back, rows);
    }

    #[test]
    fn a_session_reads_back_as_it_was_written(row in session()) {
        let reading = Reading::new(zone());
        let file = write_file(std::slice::from_ref(&row), zone());
        let import = read(&[ImportFile::of_bytes("sessions.csv", &file)], &reading, &Anything);
        prop_assert_eq!(import.faults.faults(), &[]);
        prop_assert_eq!(&import.tables.sessions[0].row, &row);
    }

    /// Whatever the bytes: no panic, and every row is read or has a fault.
    #[test]
    fn no_bytes_are_taken_amiss(bytes in proptest::collection::vec(proptest::sample::select(&b"a,b\"\r\n1\xff\0;:\xef\xbb\xbf"[..]), 0..200)) {
        let reading = Reading::new(zone());
        for header in ["", "session_code,employee_number,rating,received_at\n"] {
            let text = [header.as_bytes(), &bytes].concat();
            let import = read(&[ImportFile::of_bytes("ratings.csv", &text)], &reading, &Anything);
            for row in import.ratings() {
                match row {
                    Ok(row) => prop_assert!(row.line > 1),
                    Err(faults) => prop_assert!(!faults.is_empty()),
                }
            }
        }
    }
}
