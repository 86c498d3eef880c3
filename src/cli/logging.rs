//! Log lines, as text for people or as JSON for machines.

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
    if format == LogFormat::Json {
        builder.format(write_json);
    }
    if builder.try_init().is_err() {
        log::warn!("logging was started already");
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
