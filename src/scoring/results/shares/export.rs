//! All shares of a period as a table, part by part. Each part is read as the caller in a transaction of its own, so a slow reader holds
//! no connection, and whoever loses the right gets no more. A snapshot never changes, so the parts fit together.

use actix_web::web::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{FutureExt as _, Stream, stream};
use uuid::Uuid;

use super::Closed;
use super::dto::AppraisalShareResponse;
use super::queries::Asked;
use crate::call::Stay;
use crate::error::{Error, Result};
use crate::kernel::period::Period;
use crate::kernel::sheet::{self, BYTE_ORDER_MARK, text};

/// Number of rows of a part.
const PART: i64 = 1_000;

const COLUMNS: [&str; 12] = [
    "period",
    "employee_id",
    "employee_number",
    "name",
    "status",
    "reason",
    "score",
    "grade",
    "appraisal_weight_bp",
    "share",
    "snapshot_number",
    "updated_at",
];

/// What is exported, and how far it is.
pub struct Export {
    pub stay: Stay,
    pub period: Period,
    /// None: the period is open, and the table has no rows.
    pub closed: Option<Closed>,
    pub updated_since: Option<DateTime<Utc>>,
}

impl Export {
    /// The table: the head, then a part after the other.
    pub fn file(self) -> impl Stream<Item = Result<Bytes>> + 'static {
        stream::try_unfold((self, Progress::Head), |(export, progress)| async move {
            let (bytes, progress) = match progress {
                Progress::Head => (head()?, Progress::After(None)),
                Progress::After(last) => match export.part(last).await? {
                    Some((bytes, last)) => (bytes, Progress::After(Some(last))),
                    None => return Ok(None),
                },
            };
            Ok::<_, Error>(Some((Bytes::from(bytes), (export, progress))))
        })
    }

    /// The rows that follow a lecturer, and the last of these.
    async fn part(&self, after: Option<Uuid>) -> Result<Option<(Vec<u8>, Uuid)>> {
        let Some(closed) = self.closed else { return Ok(None) };
        let asked = Asked { updated_since: self.updated_since, after, fetch: PART };
        let shares = self.stay.read(move |tx| async move { closed.shares(tx, asked).await }.boxed()).await?;
        let Some((last, _)) = shares.last() else { return Ok(None) };
        let last = *last;
        let period = self.period;
        // Beside the thread that serves requests.
        let rendered = tokio::task::spawn_blocking(move || render(period, &shares)).await;
        Ok(Some((rendered.map_err(Error::internal)??, last)))
    }
}

enum Progress {
    Head,
    After(Option<Uuid>),
}

fn head() -> Result<Vec<u8>> {
    let mut writer = sheet::writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(COLUMNS).map_err(Error::internal)?;
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn render(period: Period, shares: &[(Uuid, AppraisalShareResponse)]) -> Result<Vec<u8>> {
    let mut writer = sheet::writer(Vec::new());
    for (_, share) in shares {
        writer.write_record(cells(period, share)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn cells(period: Period, share: &AppraisalShareResponse) -> [String; 12] {
    let number = share.employee.employee_number.as_ref().map(ToString::to_string).unwrap_or_default();
    [
        period.to_string(),
        share.employee.id.to_string(),
        text(number),
        text(share.employee.name.to_string()),
        share.status.slug().to_owned(),
        share.reason.map(|reason| reason.slug().to_owned()).unwrap_or_default(),
        share.score.map(|score| score.to_string()).unwrap_or_default(),
        text(share.grade.clone().unwrap_or_default()),
        share.appraisal_weight_bp.to_string(),
        share.share.map(|share| share.to_string()).unwrap_or_default(),
        share.snapshot_number.to_string(),
        share.updated_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    ]
}
