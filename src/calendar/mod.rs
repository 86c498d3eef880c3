//! The company's calendar (工作日历): which days are workdays, rest days and holidays.
//!
//! A company lists the days that are not as usual: holidays, and days that are worked or off instead of others (调休). On all other
//! days, Saturday and Sunday are rest days. A period of the calendar, such as a year, is replaced as a whole.

mod dto;
mod model;
mod queries;
pub mod routes;
mod service;

pub use dto::PutCalendarRequest;
pub use model::DayKind;
pub use service::replace;
