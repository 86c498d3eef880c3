//! `lectern import`: imports the files of a folder, as over HTTP.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;
use futures_util::FutureExt as _;

use crate::auth::Actor;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::imports::{self, Content, Effect, FileKind, Order, Outcome, Preview};
use crate::journal::{Circumstances, read_tx};
use crate::kernel::clock::Clock;
use crate::kernel::language::Language;
use crate::kernel::message::{data, phrases};
use crate::kernel::phrases::counted;
use crate::people::time_zone;
use crate::scoring::live;
use crate::start::{self, Database};

/// Import the CSV files of a folder: all rows in one transaction, or none, with every fault listed
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder with departments.csv, employees.csv, sessions.csv, ratings.csv …
    folder: PathBuf,
    /// Code of the company
    #[arg(long)]
    tenant: String,
    /// Time zone of the local dates and times in the files; if absent, the company's
    #[arg(long)]
    time_zone: Option<Tz>,
    /// Leave out faulty rows instead of refusing the import, and list them; with more than 1000 faults it is refused all the same
    #[arg(long)]
    skip_faulty: bool,
    /// Store nothing: report the faults, what would be made, changed and left alone, and who would be new
    #[arg(long)]
    dry_run: bool,
    /// Language of the report: en or zh-CN
    #[arg(long, default_value = "en", value_parser = ["en", "zh-CN"])]
    language: String,
}

phrases! {
    /// What the report says.
    enum Said {
        Checked = "{done} rows are checked", "已检查 {done} 行";
        Closed = "{period} is closed: late-facts lists what its rows would change there",
            "{period} 已关账：late-facts 列出这些行会改变的内容";
        Ended = "the appointment of {number} as lecturer ends on {day}, with the employment",
            "{number} 的讲师聘任随离职于 {day} 结束";
        Foretold = "{made} to make, {changed} to change, {left_alone} left alone",
            "新增 {made}，更改 {changed}，不变 {left_alone}";
        LeftOut = "rows were left out because of {count} faults", "有误的行已跳过，共 {count} 处错误";
        OneLeftOut = "a row was left out because of a fault", "有误的行已跳过，共 1 处错误";
        OneWaiting = "1 change waits for a second person (GET /v1/access-changes)",
            "1 项变更待第二人确认（GET /v1/access-changes）";
        NewPerson = "new: {number} {name}", "新人员：{number} {name}";
        Repeated = " ({count} rows: lines {lines})", "（共 {count} 行：第 {lines} 行）";
        RepeatedMore = " ({count} rows: lines {lines} and {more} more)", "（共 {count} 行：第 {lines} 行，另有 {more} 行）";
        Stored = "{done} of {total}: rows are checked, then stored", "{done} / {total}：每行先检查，再保存";
        Waiting = "{count} changes wait for a second person (GET /v1/access-changes)",
            "{count} 项变更待第二人确认（GET /v1/access-changes）";
    }
}

pub(super) async fn run(args: Args, config: Config) -> Result<()> {
    let files = read_folder(&args.folder)?;
    let language = Language::negotiate(&args.language);
    let database = Database::attach(&config).await?;
    let outcome = import(args, &config, &database, files).await;
    database.close().await?;
    match outcome {
        Ok(outcome) => report(&outcome, language),
        Err(error) if matches!(error.code, Code::ImportRefused | Code::ImportTooFaulty) => {
            list(error.members.get("faults"), language);
            Err(Error::internal(error.detail(language)))
        }
        Err(error) => Err(error),
    }
}

async fn import(args: Args, config: &Config, database: &Database, files: Vec<(String, Content)>) -> Result<Outcome> {
    start::migrate_private(config, database).await?;
    let state = start::state(config, database, start::public_url(config, config.bind), Clock::system()).await?;
    let tenant = state.tenants.find(&state.db, &args.tenant).await?;
    let tenant = tenant.ok_or_else(|| Error::internal(format!("there is no tenant {:?}", args.tenant)))?;
    let zone = match args.time_zone {
        Some(zone) => zone,
        None => read_tx(&state, tenant, Actor::system(), |tx| async { Ok(time_zone(tx).await?) }.boxed()).await?,
    };
    let order = Order { skip_faulty: args.skip_faulty, dry_run: args.dry_run, ..Order::new(files, zone) };
    let progress = order.progress.clone();
    let work = imports::import(&state, tenant, Actor::system(), Circumstances::default(), order, None);
    let language = Language::negotiate(&args.language);
    let outcome = progress.told(work, TELL_EVERY, |steps| async move { tell(steps, language) }).await?;
    // The rows are stored: what is left here to do, the running service does as well.
    if let Err(error) = live::drain_tenant(&state, tenant).await {
        log::warn!("the live results were not brought up to date: {error}");
    }
    Ok(outcome)
}

/// How often a long import tells how far it has come.
const TELL_EVERY: Duration = Duration::from_secs(5);

fn tell((done, total): (i64, Option<i64>), language: Language) {
    let told = match total {
        Some(total) => Said::Stored.with("done", data(done)).with("total", data(total)),
        None => Said::Checked.with("done", data(done)),
    };
    eprintln!("{}", told.text(language));
}

/// The CSV files of the folder, by name. A file that is not part of an import is a fault and is not skipped.
fn read_folder(folder: &Path) -> Result<Vec<(String, Content)>> {
    let failed =
        |path: &Path, error: std::io::Error| Error::internal(format!("{} cannot be read: {error}", path.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if name.to_lowercase().ends_with(".csv") {
            let content = Content::of_disk(path.clone()).map_err(|error| failed(&path, error))?;
            files.push((name.to_owned(), content));
        }
    }
    if files.is_empty() {
        return Err(Error::internal(format!("{} contains no CSV file", folder.display())));
    }
    files.sort_by(|(name, _), (other, _)| name.cmp(other));
    Ok(files)
}

fn report(outcome: &Outcome, language: Language) -> Result<()> {
    for (file, rows) in &outcome.stored {
        println!("{:<16} {rows:>8}", called(file, language));
    }
    if let Some(preview) = &outcome.preview {
        foretell(preview, language);
    }
    list(Some(&serde_json::to_value(&outcome.faults).map_err(Error::internal)?), language);
    if outcome.fault_count > 0 {
        println!("{}", counted(number(outcome.fault_count), [Said::OneLeftOut, Said::LeftOut]).text(language));
    }
    for ended in &outcome.ended_appointments {
        let number = ended.employee_number.as_deref().unwrap_or_default();
        let told = Said::Ended.with("number", data(number)).with("day", data(ended.ended_on));
        println!("{}", told.text(language));
    }
    for closed in &outcome.period_closed {
        println!("{}", Said::Closed.with("period", data(&closed.period)).text(language));
    }
    let waiting = outcome.waiting_changes.len();
    if waiting > 0 {
        println!("{}", counted(number(waiting), [Said::OneWaiting, Said::Waiting]).text(language));
    }
    Ok(())
}

/// A number as texts count.
fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// The name of a file in this language.
fn called(stem: &str, language: Language) -> &str {
    FileKind::ALL.into_iter().find(|kind| kind.stem() == stem).map_or(stem, |kind| kind.called(language))
}

/// Prints what the import would do.
fn foretell(preview: &Preview, language: Language) {
    for (file, Effect { made, changed, left_alone }) in &preview.effects {
        let told = Said::Foretold.with("made", *made).with("changed", *changed).with("left_alone", *left_alone);
        println!("{:<16} {}", called(file, language), told.text(language));
    }
    for person in &preview.new_people {
        let told = Said::NewPerson.with("number", data(&person.employee_number)).with("name", data(&person.name));
        println!("{}", told.text(language));
    }
}

/// Prints the faults, one per line: file, line, column, reason; and of a fault that many rows have how many, and the first lines.
fn list(faults: Option<&serde_json::Value>, language: Language) {
    let detail = match language {
        Language::En => "detail",
        Language::ZhCn => "detail_zh",
    };
    for fault in faults.and_then(serde_json::Value::as_array).into_iter().flatten() {
        let text = |name: &str| fault.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let number = |name: &str| fault.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
        let repeated = match (number("count"), fault.get("lines").and_then(serde_json::Value::as_array)) {
            (count @ 2.., Some(lines)) => repeated(count, lines, language),
            _ => String::new(),
        };
        eprintln!("{}:{}: {} {}{repeated}", text("file"), number("line"), text("column"), text(detail));
    }
}

/// So many lines are named of a fault that many rows have.
const NAMED_LINES: usize = 5;

/// How many rows have a fault, and the first lines.
fn repeated(count: u64, lines: &[serde_json::Value], language: Language) -> String {
    let named: Vec<String> = lines.iter().take(NAMED_LINES).map(ToString::to_string).collect();
    let more = count.saturating_sub(u64::try_from(named.len()).unwrap_or(count));
    let told = if more == 0 { Said::Repeated.into() } else { Said::RepeatedMore.with("more", more) };
    told.with("count", count).with("lines", data(named.join(", "))).text(language)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_fault_in_many_rows_the_first_lines_are_named() {
        let lines: Vec<serde_json::Value> = (2..300).map(|line| json!(line)).collect();
        let few = lines.get(..5).unwrap();
        assert_eq!(repeated(5, few, Language::En), " (5 rows: lines 2, 3, 4, 5, 6)");
        assert_eq!(repeated(900, &lines, Language::En), " (900 rows: lines 2, 3, 4, 5, 6 and 895 more)");
        assert_eq!(repeated(900, &lines, Language::ZhCn), "（共 900 行：第 2, 3, 4, 5, 6 行，另有 895 行）");
    }
}
