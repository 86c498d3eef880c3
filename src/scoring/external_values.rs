//! Values of external metrics: what outside systems know of a lecturer and period (an exam's pass rate, a survey).
//!
//! The value received last is in force, the earlier ones are history. A value that is in force already is not stored again, so
//! that a retry changes nothing.

use std::collections::BTreeMap;

use actix_web::put;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;
use validator::Validate;

use super::{MetricValue, queries};
use crate::auth::rights::ExternalWrite;
use crate::call::{Answer, Call, answer};
use crate::db::{insert_set, set_row};
use crate::error::Code::StateConflict;
use crate::error::{Error, Result};
use crate::http::{IF_MATCH, Json, Path, Reply};
use crate::journal::{Audit, Event, Tx};
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::people::existing_employees;
use crate::programmes::periods::interval_of;
use crate::programmes::{self, PeriodState};

/// A stored value has so many digits before the point at most.
const MAX_VALUE: i64 = 99_999_999_999_999;

/// Values of external metrics of one programme and period.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"source": "lms", "values": [{"employee_id": "0195a1b2-0000-7000-8000-000000000001", "key": "exam-pass-rate", "value": "92.5"}]}))]
pub struct PutExternalValuesRequest {
    /// Which system sends them.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64)]
    pub source: String,
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
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    pub key: String,
    /// Rounded half up to 6 decimals, like every metric.
    pub value: Decimal,
}

/// What became of the values.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalValuesResponse {
    #[schema(minimum = 1, maximum = 500)]
    pub received: usize,
    /// Those that were not in force already.
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

pub fn routes(config: &mut ServiceConfig) {
    config.service(put_external_values);
}

/// Send values of external metrics
///
/// Up to 500 for one programme and period, all or none. The value received last is in force. A closed period, whose values are
/// frozen, takes none (409 `state_conflict`).
#[utoipa::path(
    tag = "scores",
    params(("period" = Period, Path, description = "The period, of the programme's cycle.")),
    responses((status = 200, description = "They are in force.", body = ExternalValuesResponse)),
    security(("oauth2" = ["external-values:write"])),
    extensions(("x-refuses" = json!([StateConflict])), ("x-without" = json!([IF_MATCH])))
)]
#[put("/v1/programmes/{programme_id}/periods/{period}/external-values")]
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
    // A close whose cut is older begins again: either it has these values, or they come too late.
    let found = programmes::find_for_update(tx, programme).await?;
    programmes::touch(tx, programme).await?;
    interval_of(&found.ok_or_else(|| Error::not_found(Thing::Programme))?, &period)?;
    let row = programmes::find_period(tx, programme, &period).await?;
    if row.is_some_and(|row| row.state == PeriodState::Closed) {
        return Err(Error::state(Thing::Period, Condition::Closed, Condition::Open));
    }
    let employees: Vec<Uuid> = request.values.iter().map(|value| value.employee_id).collect();
    let known = existing_employees(tx, &employees).await?;
    check(&request, |employee| known.contains(&employee)).check()?;
    let name = period.to_string();
    let present = queries::external_values(tx, programme, &name, Some(&employees)).await?;
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
        tx.audit(Audit::new("put_external_values", "programme", programme).details(details));
        let payload = json!({"period": name, "changed": changed});
        tx.emit(Event::new("external_values.received", "programme", programme, payload));
    }
    Ok(ExternalValuesResponse { received, changed })
}

fn check(request: &PutExternalValuesRequest, is_employee: impl Fn(Uuid) -> bool) -> Faults {
    let mut faults = Faults::default();
    faults.check_label("/source", &request.source);
    for (i, sent) in request.values.iter().enumerate() {
        faults.check_code(&format!("/values/{i}/key"), &sent.key);
        let (min, max) = (Decimal::try_from(-MAX_VALUE), Decimal::try_from(MAX_VALUE));
        if let (Ok(min), Ok(max)) = (min, max) {
            faults.check_range(&format!("/values/{i}/value"), sent.value, min, max);
        }
        if !is_employee(sent.employee_id) {
            faults.push(Fault::new(format!("/values/{i}/employee_id"), FaultCode::NotFound));
        }
    }
    let keys: Vec<(Uuid, &str)> = request.values.iter().map(|sent| (sent.employee_id, sent.key.as_str())).collect();
    faults.check_distinct(&keys, |i| format!("/values/{i}"));
    faults
}
