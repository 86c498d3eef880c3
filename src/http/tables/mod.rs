//! Tables of named columns as files for spreadsheets: CSV, or a workbook (XLSX).
//!
//! A list becomes a file part after part: each part is read by itself, and rendered beside the thread that serves requests. CSV is sent
//! while it is made; a failure can then only be logged, and the file ends early. A workbook is an archive whose directory comes last: it
//! grows in a temporary file, which is sent once it is whole. In neither case does a slow reader hold a connection of the database, or
//! memory grow with the rows.

mod book;
mod columns;
mod form;

use std::fs::File;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::{BodyStream, BoxBody, MessageBody as _};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE};
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tokio::io::AsyncReadExt as _;
use tokio::task::spawn_blocking;

use self::book::Book;
use crate::error::{Error, Result};
use crate::kernel::language::Language;
use crate::kernel::sheet::{self, BYTE_ORDER_MARK};

pub use columns::{Cell, Column, cells, headings};
pub use form::{TableForm, TableFormat, TableHeadings, TableWorkbook, Tabled, WORKBOOK};

/// Number of parts that are rendered ahead of the reader, and kept in memory for it.
const AHEAD: usize = 2;

/// Number of bytes of a file that are sent at once.
const PIECE: usize = 64 * 1024;

/// The cells of a row, in the order of the headings.
type Cells<T> = Arc<dyn Fn(&T) -> Result<Vec<Cell>> + Send + Sync>;

/// A table of rows `T`.
pub struct Table<T> {
    /// The name of the file, without what follows from its format.
    name: String,
    headings: Vec<String>,
    cells: Cells<T>,
    language: Language,
}

impl<T: Send + 'static> Table<T> {
    /// A table with these columns.
    pub fn of(name: impl Into<String>, columns: &'static [Column<T>], form: &TableForm, language: Language) -> Self {
        Self::new(name, headings(columns, form, language), language, |row| Ok(cells(columns, row)))
    }

    /// A table whose columns are known only now.
    pub fn new(
        name: impl Into<String>,
        headings: Vec<String>,
        language: Language,
        cells: impl Fn(&T) -> Result<Vec<Cell>> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), headings, cells: Arc::new(cells), language }
    }

    /// The answer with the whole table.
    pub async fn answer(
        self,
        format: TableFormat,
        parts: impl Stream<Item = Result<Vec<T>>> + 'static,
    ) -> Result<HttpResponse> {
        let (name, language) = (format!("{}.{}", self.name, format.slug()), self.language);
        let body = self.body(format, parts).await?;
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, format.media_type()))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .insert_header((CONTENT_LANGUAGE, language.tag()))
            .body(body))
    }

    /// The body of such an answer. A workbook is whole before it is returned.
    pub async fn body(
        self,
        format: TableFormat,
        parts: impl Stream<Item = Result<Vec<T>>> + 'static,
    ) -> Result<BoxBody> {
        let name = self.name.clone();
        match format {
            TableFormat::Csv => Ok(sent(name, self.csv(parts))),
            TableFormat::Xlsx => Ok(sent(name, pieces(self.workbook(parts).await?))),
        }
    }

    fn csv(self, parts: impl Stream<Item = Result<Vec<T>>> + 'static) -> impl Stream<Item = Result<Bytes>> + 'static {
        let Self { headings, cells, .. } = self;
        let rows = parts.map(move |part| {
            let cells = Arc::clone(&cells);
            async move {
                let part = part?;
                beside(move || render(&part, &cells)).await
            }
        });
        stream::once(ready(head(&headings))).chain(rows.buffered(AHEAD))
    }

    async fn workbook(self, parts: impl Stream<Item = Result<Vec<T>>>) -> Result<File> {
        let Self { headings, cells, .. } = self;
        let mut parts = pin!(parts);
        let mut book = beside(move || Book::begin(headings)).await?;
        while let Some(part) = parts.try_next().await? {
            let cells = Arc::clone(&cells);
            book = beside(move || {
                for row in &part {
                    book.add(cells(row)?)?;
                }
                Ok(book)
            })
            .await?;
        }
        beside(move || book.finish()).await
    }
}

/// A list part after part: `read` gets the key of the last row of the part before, and returns the rows that follow with the key of
/// their last one, or no key at the end.
pub fn in_parts<K, T, R, F>(read: R) -> impl Stream<Item = Result<Vec<T>>> + 'static
where
    K: 'static,
    T: 'static,
    R: Fn(Option<K>) -> F + 'static,
    F: Future<Output = Result<(Vec<T>, Option<K>)>> + 'static,
{
    stream::try_unfold(Some((read, None)), |next| async move {
        let Some((read, after)) = next else { return Ok(None) };
        let (rows, last) = read(after).await?;
        let next = last.map(|last| (read, Some(last)));
        Ok::<_, Error>(Some((rows, next)))
    })
}

/// Text lines as a file, for a format that is no table.
pub fn sent(name: String, bytes: impl Stream<Item = Result<Bytes>> + 'static) -> BoxBody {
    let log = move |part: &Result<_>| {
        if let Err(error) = part {
            log::error!("the file {name} was interrupted: {}", error.chain());
        }
    };
    BodyStream::new(Box::pin(bytes.inspect(log))).boxed()
}

/// Does work beside the thread that serves requests.
pub async fn beside<R: Send + 'static>(work: impl FnOnce() -> Result<R> + Send + 'static) -> Result<R> {
    spawn_blocking(work).await.map_err(Error::internal)?
}

fn head(headings: &[String]) -> Result<Bytes> {
    let mut writer = sheet::writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(headings.iter().cloned().map(sheet::text)).map_err(Error::internal)?;
    written(writer)
}

fn render<T>(rows: &[T], cells: &Cells<T>) -> Result<Bytes> {
    let mut writer = sheet::writer(Vec::new());
    for row in rows {
        writer.write_record(cells(row)?.into_iter().map(Cell::into_csv)).map_err(Error::internal)?;
    }
    written(writer)
}

fn written(writer: csv::Writer<Vec<u8>>) -> Result<Bytes> {
    writer.into_inner().map(Bytes::from).map_err(|error| Error::internal(error.to_string()))
}

fn pieces(file: File) -> impl Stream<Item = Result<Bytes>> + 'static {
    stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece).await.map_err(Error::internal)?;
        piece.truncate(length);
        Ok::<_, Error>((length > 0).then(|| (Bytes::from(piece), file)))
    })
}
