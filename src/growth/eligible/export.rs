//! All who may be promoted as a file, part by part. Each part is read as the caller in a transaction of its own, so a slow reader holds no
//! connection, and whoever loses the right gets no more. While one part is sent the next ones are checked.

use std::future::ready;

use actix_web::web::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use serde::Serialize;
use uuid::Uuid;

use super::Question;
use super::dto::{EligibleFormat, EligibleHead, EligibleLecturer};
use super::queries::Part;
use crate::call::Stay;
use crate::error::{Error, Result};
use crate::kernel::sheet::{self, BYTE_ORDER_MARK, text};

/// Number of parts that are checked ahead of the reader, and kept in memory for it.
const AHEAD: usize = 2;

const COLUMNS: [&str; 10] = [
    "target_code",
    "policy_id",
    "policy_version",
    "asked_on",
    "employee_id",
    "employee_number",
    "name",
    "appointed_on",
    "verdict",
    "waiver_ids",
];

/// What is exported, and for whom.
#[derive(Clone)]
pub struct Export {
    pub stay: Stay,
    pub question: Question,
    pub format: EligibleFormat,
}

impl Export {
    /// The head, then a part after the other. Between two borders there is one part.
    pub fn file(self, borders: Vec<Uuid>) -> impl Stream<Item = Result<Bytes>> + 'static {
        let ends = borders.iter().copied().map(Some).chain([None]);
        let begins = [None].into_iter().chain(borders.iter().copied().map(Some));
        let parts: Vec<Part> = begins.zip(ends).map(|(after, upto)| Part { after, upto, limit: i64::MAX }).collect();
        let head = stream::once(ready(head(self.format)));
        let parts = stream::iter(parts).map(move |part| self.clone().part(part)).buffered(AHEAD);
        head.chain(parts).filter(|part| ready(!part.as_ref().is_ok_and(Bytes::is_empty)))
    }

    async fn part(self, part: Part) -> Result<Bytes> {
        let Self { stay, question, format } = self;
        let head = question.head();
        let answered = stay.read(move |tx| async move { question.answer(tx, part).await }.boxed()).await?;
        let rendered = match format {
            EligibleFormat::Jsonl => lines(&head, &answered.found),
            EligibleFormat::Csv => table(&head, &answered.found),
        };
        Ok(Bytes::from(rendered?))
    }
}

fn head(format: EligibleFormat) -> Result<Bytes> {
    match format {
        EligibleFormat::Jsonl => Ok(Bytes::new()),
        EligibleFormat::Csv => {
            let mut writer = sheet::writer(BYTE_ORDER_MARK.to_vec());
            writer.write_record(COLUMNS).map_err(Error::internal)?;
            Ok(Bytes::from(writer.into_inner().map_err(|error| Error::internal(error.to_string()))?))
        }
    }
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'l> {
    #[serde(flatten)]
    head: &'l EligibleHead,
    #[serde(flatten)]
    lecturer: &'l EligibleLecturer,
}

fn lines(head: &EligibleHead, lecturers: &[EligibleLecturer]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for lecturer in lecturers {
        serde_json::to_writer(&mut bytes, &Line { head, lecturer }).map_err(Error::internal)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn table(head: &EligibleHead, lecturers: &[EligibleLecturer]) -> Result<Vec<u8>> {
    let mut writer = sheet::writer(Vec::new());
    for lecturer in lecturers {
        writer.write_record(cells(head, lecturer)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn cells(head: &EligibleHead, lecturer: &EligibleLecturer) -> [String; 10] {
    let number = lecturer.employee.employee_number.as_ref().map(ToString::to_string).unwrap_or_default();
    let waivers: Vec<String> = lecturer.waiver_ids.iter().map(Uuid::to_string).collect();
    [
        text(head.target_code.to_string()),
        head.policy_id.to_string(),
        head.policy_version.to_string(),
        head.asked_on.to_string(),
        lecturer.employee.id.to_string(),
        text(number),
        text(lecturer.employee.name.to_string()),
        lecturer.appointed_on.to_string(),
        lecturer.verdict.slug().to_owned(),
        waivers.join(" "),
    ]
}
