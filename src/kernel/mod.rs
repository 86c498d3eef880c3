//! Value types without I/O: exact numbers, money, periods, time and ids, languages, and the faults of an input.

pub mod canonical;
pub mod clock;
pub mod code_list;
pub mod decimal;
pub mod fault;
pub mod fixed;
pub mod hex;
pub mod html;
pub mod ids;
pub mod language;
pub mod last_day;
pub mod limits;
pub mod message;
pub mod money;
pub mod network;
pub mod patch;
pub mod period;
pub mod phrases;
pub mod ratio;
pub mod scope;
pub mod sheet;
pub mod tagged;
pub mod text;
pub mod utf8;
pub mod wire;
pub mod words;
