//! Log lines as text for people or as JSON for machines.

use std::io::Write as _;

use env_logger::fmt::Formatter;
use log::Record;
use log::kv::{Error as KvError, Key, Value, VisitSource};
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
    if builder.try_init().is_err() {
        log::warn!("logging was started already");
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
