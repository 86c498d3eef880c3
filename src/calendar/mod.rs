//! The company's calendar (工作日历): which days are workdays, rest days and holidays.
//!
//! A company lists the days that are not as usual: holidays, and days that are worked or off instead of others (调休). On all other
//! days, Saturday and Sunday are rest days. A period of the calendar, such as a year, is replaced as a whole; a file lists single days
//! ([`import_store`]).

mod dto;
pub mod import_store;
mod model;
mod queries;
pub mod routes;
mod service;

pub use model::DayKind;
