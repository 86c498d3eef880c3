//! Log lines as text for people or as JSON for machines.

use std::io::Write as _;

use env_logger::fmt::Formatter;
use log::kv::{Error as KvError, Key, Value, VisitSource};
use log::{Level, Log, Metadata, Record};
use serde_json::json;

use crate::config::LogFormat;

/// Starts logging to standard error.
pub fn start(filter: &str, format: LogFormat) {
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(filter);
    match format {
        LogFormat::Text => builder.format(|out, record| {
            let line = text_line(&out.timestamp_millis(), record);
            writeln!(out, "{line}")
        }),
        LogFormat::Json => builder.format(write_json),
    };
    let logger = builder.build();
    log::set_max_level(logger.filter());
    if log::set_boxed_logger(Box::new(Edge(logger))).is_err() {
        log::warn!("logging was started already");
    }
}

/// Anybody can send what is not HTTP, or hang up. The library calls that an error; here it is a debug line, so that nobody without a
/// token fills the log.
struct Edge<L>(L);

const HTTP_LIBRARY: &str = "actix_http";

fn level_of(metadata: &Metadata<'_>) -> Level {
    let is_library = metadata.target().starts_with(HTTP_LIBRARY);
    if is_library { metadata.level().max(Level::Debug) } else { metadata.level() }
}

impl<L: Log> Log for Edge<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(&Metadata::builder().level(level_of(metadata)).target(metadata.target()).build())
    }

    fn log(&self, record: &Record<'_>) {
        self.0.log(&record.to_builder().level(level_of(record.metadata())).build());
    }

    fn flush(&self) {
        self.0.flush();
    }
}

/// Time, level, place and message, followed by what the message does not contain, above all the id of the request.
fn text_line(time: &impl std::fmt::Display, record: &Record<'_>) -> String {
    let message = record.args().to_string();
    let mut pairs = Pairs { message: &message, text: String::new() };
    // A visitor that never fails cannot make the visit fail.
    let _ = record.key_values().visit(&mut pairs);
    format!("{time} {:<5} {}: {message}{}", record.level(), record.target(), pairs.text)
}

struct Pairs<'m> {
    message: &'m str,
    text: String,
}

impl<'kvs> VisitSource<'kvs> for Pairs<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), KvError> {
        let value = value.to_string();
        // Every message contains the empty text.
        if !self.message.contains(&value) {
            self.text.push_str(&format!(" {key}={value}"));
        }
        Ok(())
    }
}

fn write_json(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    let mut line = json!({
        "time": out.timestamp_micros().to_string(),
        "level": record.level().as_str(),
        "target": record.target(),
        "message": record.args().to_string(),
    });
    if let Some(members) = line.as_object_mut() {
        // A visitor that never fails cannot make the visit fail.
        let _ = record.key_values().visit(&mut Members(members));
    }
    writeln!(out, "{line}")
}

struct Members<'m>(&'m mut serde_json::Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Members<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), KvError> {
        let json = value.to_u64().map_or_else(|| json!(value.to_string()), |number| json!(number));
        self.0.insert(key.to_string(), json);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remembers what was logged at which level.
    #[derive(Default)]
    struct Seen(std::sync::Mutex<Vec<(Level, String)>>);

    impl Log for Seen {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.level() <= Level::Info
        }

        fn log(&self, record: &Record<'_>) {
            self.0.lock().unwrap().push((record.level(), record.args().to_string()));
        }

        fn flush(&self) {}
    }

    #[test]
    fn what_is_not_http_is_a_debug_line() {
        let edge = Edge(Seen::default());
        for target in ["actix_http::h1::dispatcher", "lectern::http"] {
            edge.log(&Record::builder().level(Level::Error).target(target).args(format_args!("stream error")).build());
        }
        let seen = edge.0.0.lock().unwrap();
        let levels: Vec<Level> = seen.iter().map(|(level, _)| *level).collect();
        assert_eq!(levels, [Level::Debug, Level::Error]);
        let asked = Metadata::builder().level(Level::Error).target("actix_http").build();
        assert!(!edge.enabled(&asked));
    }

    #[test]
    fn a_line_of_text_names_the_request_and_its_trace() {
        let members: [(&str, &str); 4] =
            [("request_id", "r-1"), ("path", "/v1/jobs"), ("traceparent", "00-0af7-b7ad-01"), ("empty", "")];
        let line = text_line(
            &"2026-03-01T01:00:00.000Z",
            &Record::builder()
                .level(log::Level::Info)
                .target("lectern::access")
                .args(format_args!("GET /v1/jobs 200"))
                .key_values(&members)
                .build(),
        );
        let expected = "2026-03-01T01:00:00.000Z INFO  lectern::access: GET /v1/jobs 200 request_id=r-1 traceparent=00-0af7-b7ad-01";
        assert_eq!(line, expected);
    }
}
