//! Values of external metrics: what outside systems know about a lecturer in a period (a pass rate, a survey).
//!
//! The value received last is in force; earlier values are history. A value that is already in force is not stored again, so a
//! retry changes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{MetricValue, queries};
use crate::auth::rights::ExternalWrite;
use crate::call::{Answer, Call, answer};
use crate::db::{insert_set, set_row};
use crate::error::{Error, Result};
use crate::http::{IF_MATCH, Json, Path, Reply, operations};
use crate::journal::{Record, Tx};
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::Faults;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::kernel::text::{Code, Source};
use crate::people::{Existing, existing_employees};
use crate::programmes;
use crate::programmes::periods::interval_of;

/// A stored value has at most 14 digits before the point.
const MAX_VALUE: i64 = 99_999_999_999_999;

/// Values of external metrics of one programme and period.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"source": "lms", "values": [{"employee_id": "0195a1b2-0000-7000-8000-000000000001", "key": "exam-pass-rate", "value": "92.5"}]}))]
pub struct PutExternalValuesRequest {
    /// The system that sends them.
    pub source: Source,
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub values: Vec<ExternalValue>,
}

/// One value.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalValue {
    pub employee_id: Uuid,
    /// Key of the metric: `external:KEY` in rules.
    pub key: Code,
    /// Rounded half up to 6 decimals, like every metric.
    pub value: Decimal,
}

/// The result of sending values.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalValuesResponse {
    #[schema(minimum = 1, maximum = 500)]
    pub received: usize,
    /// Number of values that were not already in force.
    #[schema(minimum = 0, maximum = 500)]
    pub changed: usize,
}

set_row! {
    into external_metric_values;
    struct NewValue<'a> {
        tenant_id: Uuid,
        id: Uuid,
        programme_id: Uuid,
        employee_id: Uuid,
        period: &'a str,
        key: &'a str,
        value: Decimal,
        received_at: chrono::DateTime<chrono::Utc>,
        source: &'a str,
    }
}

operations! { put_external_values }

/// Send values of external metrics
///
/// Up to 500 values for one programme and period, all or none. The value received last is in force. In a closed period it
/// changes nothing until the period is restated: the answer names the snapshot in `period_closed`.
#[utoipa::path(
    put, path = "/v1/programmes/{programme_id}/periods/{period}/external-values",
    params(("period" = Period, Path, description = "The period, in the programme's cycle.")),
    responses((status = 200, description = "The values are in force.", body = ExternalValuesResponse)),
    extensions(("x-without" = json!([IF_MATCH])), ("x-tells-closed-periods" = json!(true)))
)]
async fn put_external_values(
    call: Call<ExternalWrite>,
    Path((programme, period)): Path<(Uuid, Period)>,
    body: Json<PutExternalValuesRequest>,
) -> Answer {
    answer!(call.write(body), |tx, request| Reply::ok(&receive(tx, programme, period, request).await?))
}

async fn receive(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    request: PutExternalValuesRequest,
) -> Result<ExternalValuesResponse> {
    // A close that started before this change starts again: either it has these values, or they come too late and the answer
    // says so.
    let found = programmes::find_for_update(tx, programme).await?;
    programmes::touch(tx, programme).await?;
    interval_of(&Thing::Programme.require(found)?, &period)?;
    let employees: Vec<Uuid> = request.values.iter().map(|value| value.employee_id).collect();
    tx.touch_period(programme, &period, &employees).await?;
    let known = existing_employees(tx, &employees).await?;
    check(&request, &known).check()?;
    let name = period.to_string();
    let present = queries::external_values(tx.asking(), programme, &name, &employees).await?;
    let present: BTreeMap<(Uuid, &str), Decimal> =
        present.iter().map(|row| ((row.employee_id, row.key.as_str()), row.value)).collect();
    let mut rows = Vec::new();
    for sent in &request.values {
        let value = MetricValue::round(&sent.value.to_ratio()).try_into().map_err(Error::internal)?;
        if present.get(&(sent.employee_id, sent.key.as_str())) != Some(&value) {
            rows.push(NewValue {
                tenant_id: tx.tenant,
                id: tx.id(),
                programme_id: programme,
                employee_id: sent.employee_id,
                period: &name,
                key: &sent.key,
                value,
                received_at: tx.now,
                source: &request.source,
            });
        }
    }
    let (received, changed) = (request.values.len(), rows.len());
    if changed > 0 {
        insert_set(tx.conn, &rows).await?;
        let details = json!({"period": name, "source": request.source, "received": received, "changed": changed});
        let record = Record::told("put_external_values", "external_values.received", "programme", programme);
        tx.record(record.details(details));
    }
    Ok(ExternalValuesResponse { received, changed })
}

fn check(request: &PutExternalValuesRequest, known: &Existing) -> Faults {
    let mut faults = Faults::default();
    faults.check_text("/source", request.source.faults());
    for (i, sent) in request.values.iter().enumerate() {
        faults.check_text(&format!("/values/{i}/key"), sent.key.faults());
        let (min, max) = (Decimal::try_from(-MAX_VALUE), Decimal::try_from(MAX_VALUE));
        if let (Ok(min), Ok(max)) = (min, max) {
            faults.check_range(&format!("/values/{i}/value"), sent.value, min, max);
        }
        let pointer = format!("/values/{i}/employee_id");
        known.require(&pointer, sent.employee_id).unwrap_or_else(|fault| faults.push(fault));
    }
    let keys: Vec<(Uuid, &str)> = request.values.iter().map(|sent| (sent.employee_id, sent.key.as_str())).collect();
    faults.check_distinct(&keys, |i| format!("/values/{i}"));
    faults
}
