//! The settings of a programme as a value that can be checked and compared.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

use super::model::{FeedbackMode, Programme};
use crate::kernel::fault::{Fault, Faults};
use crate::kernel::money::Currency;
use crate::kernel::period::Cycle;
use crate::kernel::phrases::Form;
use crate::kernel::text::{Code, Description, Name};

/// Outside the mode `named`, how many ratings are shown together at least, if a programme does not say.
pub const FEEDBACK_MIN_K: i32 = 3;
/// Outside the mode `named`, the fewest ratings that any programme shows together, and the most that it may ask for.
pub const MIN_K: u32 = 3;
pub const MAX_K: u32 = 50;
/// In the mode `anonymous`, the fewest ratings that are shown together, whatever a programme asks for.
pub const ANONYMOUS_MIN_K: u32 = 5;
/// The largest number of groups of one programme.
pub const MAX_GROUPS: usize = 200;

/// Everything about a programme except its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub code: Code,
    pub name: Name,
    pub description: Option<Description>,
    pub time_zone: Tz,
    pub currency: Currency,
    pub cycle: Cycle,
    pub board_size: i32,
    pub feedback_mode: FeedbackMode,
    pub feedback_min_k: i32,
    pub early_delivery_minutes: i32,
    pub live_feedback_from_on: Option<NaiveDate>,
    pub appeal_days: i32,
    pub group_ids: Vec<Uuid>,
}

impl Settings {
    /// The settings of an existing programme, with the groups for which its sessions may be planned.
    #[must_use]
    pub fn of(programme: Programme, group_ids: Vec<Uuid>) -> Self {
        Self {
            code: programme.code,
            name: programme.name,
            description: programme.description,
            time_zone: programme.time_zone,
            currency: programme.currency,
            cycle: programme.cycle,
            board_size: programme.board_size,
            feedback_mode: programme.feedback_mode,
            feedback_min_k: programme.feedback_min_k,
            early_delivery_minutes: programme.early_delivery_minutes,
            live_feedback_from_on: programme.live_feedback_from_on,
            appeal_days: programme.appeal_days,
            group_ids,
        }
    }

    /// Adds all faults of the settings themselves, without the tenant's other data.
    pub fn check(&self, faults: &mut Faults) {
        faults.check_text("/code", self.code.faults());
        faults.check_text("/name", self.name.faults());
        if let Some(description) = &self.description {
            faults.check_text("/description", description.faults());
        }
        if iso_currency::Currency::from_code(self.currency.as_str()).is_none() {
            faults.push(Fault::bad_format("/currency", Form::AssignedCurrency));
        }
        faults.check_range("/board_size", self.board_size, 1, 1_000);
        faults.check_range("/feedback_min_k", self.feedback_min_k, 3, 50);
        faults.check_range("/early_delivery_minutes", self.early_delivery_minutes, 0, 10_080);
        faults.check_range("/appeal_days", self.appeal_days, 1, 90);
        faults.check_length("/group_ids", self.group_ids.len(), 0, MAX_GROUPS);
        faults.check_distinct(&self.group_ids, |i| format!("/group_ids/{i}"));
    }

    /// Names of the settings that differ in `after`.
    #[must_use]
    pub fn changed_fields(&self, after: &Self) -> Vec<String> {
        let members = |settings: &Self| match serde_json::to_value(settings) {
            Ok(serde_json::Value::Object(members)) => members,
            _ => serde_json::Map::new(),
        };
        let before = members(self);
        members(after)
            .into_iter()
            .filter(|(name, value)| before.get(name) != Some(value))
            .map(|(name, _)| name)
            .collect()
    }
}
