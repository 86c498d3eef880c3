//! The calendar of the demonstration company.

use futures_util::FutureExt as _;
use uuid::Uuid;

use crate::auth::Actor;
use crate::calendar::{self, PutCalendarRequest};
use crate::demo::DemoCompany;
use crate::error::{Error, Result};
use crate::journal::{Circumstances, write_tx};
use crate::kernel::fault::Faults;
use crate::state::State;

/// Lists the days that are not as usual, year by year.
pub(super) async fn keep_calendar(state: &State, tenant: Uuid, admin: &Actor, company: &DemoCompany) -> Result<()> {
    let years = company.calendar.clone();
    let keeping = write_tx(state, tenant, admin.clone(), Circumstances::default(), move |tx| {
        async move {
            for (year, days) in years {
                let request: PutCalendarRequest = serde_json::from_value(days).map_err(Error::internal)?;
                calendar::replace(tx, year, request, Faults::default()).await?;
            }
            Ok(())
        }
        .boxed()
    });
    keeping.await
}
