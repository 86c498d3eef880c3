//! A locked batch as one file, page by page: however large it is, a page of it is in memory.

use actix_web::web::Bytes;
use futures_util::FutureExt as _;
use futures_util::stream::{self, Stream};
use uuid::Uuid;

use super::dto::{FileFormat, PayrollLineResponse};
use super::model::Line;
use super::queries;
use crate::db::{Access, Db};
use crate::error::{Error, Result};

/// Lines of a page.
const PAGE: i64 = 500;

/// So that a spreadsheet reads the file as UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const COLUMNS: [&str; 29] = [
    "id",
    "batch_id",
    "number",
    "entry_id",
    "employee_id",
    "employee_number",
    "employee_name",
    "external_ids",
    "pay_item_code",
    "kind",
    "amount_minor",
    "amount",
    "currency",
    "earned_starts_on",
    "earned_ends_on",
    "pay_period",
    "issuance_way",
    "tax_mode",
    "tax_category",
    "cost_centre",
    "reason_code",
    "reason_zh",
    "reason_en",
    "sources",
    "corrects_line_id",
    "previous_line_id",
    "made_by_kind",
    "made_by_id",
    "approved_by_id",
];

/// Where a file is.
enum Place {
    Start,
    /// After the line with this number.
    After(i32),
    End,
}

/// The file in pieces. Lines never change, so that every page may have a transaction of its own.
pub fn file(db: Db, tenant: Uuid, batch: Uuid, format: FileFormat) -> impl Stream<Item = Result<Bytes>> {
    stream::unfold((db, Place::Start), move |(db, place)| async move {
        let (piece, next) = match place {
            Place::Start if format == FileFormat::Csv => (head(), Place::After(0)),
            Place::Start => page(&db, tenant, batch, format, 0).await,
            Place::After(number) => page(&db, tenant, batch, format, number).await,
            Place::End => return None,
        };
        Some((piece, (db, next)))
    })
}

async fn page(db: &Db, tenant: Uuid, batch: Uuid, format: FileFormat, after: i32) -> (Result<Bytes>, Place) {
    match read_page(db, tenant, batch, after).await {
        Ok(lines) => {
            let whole = i64::try_from(lines.len()).is_ok_and(|count| count == PAGE);
            let next = lines.last().filter(|_| whole).map_or(Place::End, |line| Place::After(line.number));
            (write_page(lines, format), next)
        }
        Err(error) => (Err(error), Place::End),
    }
}

async fn read_page(db: &Db, tenant: Uuid, batch: Uuid, after: i32) -> Result<Vec<Line>> {
    db.transaction(Access::Read, Some(tenant), move |conn| {
        async move { Ok(queries::list_page(conn, tenant, batch, after, PAGE).await?) }.boxed()
    })
    .await
}

fn write_page(lines: Vec<Line>, format: FileFormat) -> Result<Bytes> {
    match format {
        FileFormat::JsonLines => {
            let mut bytes = Vec::new();
            for line in lines {
                bytes.extend(PayrollLineResponse::try_from(line)?.canonical()?);
            }
            Ok(bytes.into())
        }
        FileFormat::Csv => {
            let records = lines.into_iter().map(record).collect::<Result<Vec<_>>>()?;
            write_records(&records)
        }
    }
}

fn head() -> Result<Bytes> {
    let columns = COLUMNS.map(str::to_owned).to_vec();
    Ok([BYTE_ORDER_MARK, &write_records(&[columns])?].concat().into())
}

fn write_records(records: &[Vec<String>]) -> Result<Bytes> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(Error::internal)?;
    }
    Ok(writer.into_inner().map_err(|error| Error::internal(error.to_string()))?.into())
}

/// The cells of a line, in the order of [`COLUMNS`]. Numbers are ours; whatever people wrote is kept from being computed.
fn record(line: Line) -> Result<Vec<String>> {
    let (external_ids, sources) = (line.external_ids.to_string(), line.sources.to_string());
    let line = PayrollLineResponse::try_from(line)?;
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let text = |text: Option<String>| text.as_deref().map(escaped).unwrap_or_default();
    let made_by = serde_json::to_value(line.made_by.kind).map_err(Error::internal)?;
    Ok(vec![
        line.id.to_string(),
        line.batch_id.to_string(),
        line.number.to_string(),
        line.entry_id.to_string(),
        line.employee.id.to_string(),
        escaped(&line.employee.employee_number),
        escaped(&line.employee.name),
        escaped(&external_ids),
        escaped(&line.pay_item_code),
        line.kind,
        line.amount_minor.to_string(),
        line.amount,
        line.currency.to_string(),
        line.earned_starts_on.to_string(),
        line.earned_ends_on.to_string(),
        line.pay_period.to_string(),
        line.issuance_way.slug().to_owned(),
        text(line.tax_mode),
        text(line.tax_category),
        text(line.cost_centre),
        escaped(&line.reason.code),
        escaped(&line.reason.zh),
        escaped(&line.reason.en),
        escaped(&sources),
        id(line.corrects_line_id),
        id(line.previous_line_id),
        made_by.as_str().unwrap_or_default().to_owned(),
        line.made_by.id.to_string(),
        line.approved_by_id.to_string(),
    ])
}

/// A text that a spreadsheet would take for a formula, led by an apostrophe.
fn escaped(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_people_wrote_is_computed() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=1"] {
            assert_eq!(escaped(text), format!("'{text}"));
        }
        assert_eq!(escaped("E-1"), "E-1");
    }

    #[test]
    fn the_head_is_a_byte_order_mark_and_the_names_of_the_columns() {
        let head = String::from_utf8(head().unwrap().to_vec()).unwrap();
        assert!(head.starts_with("\u{feff}id,batch_id,number,") && head.ends_with("approved_by_id\r\n"), "{head}");
    }
}
