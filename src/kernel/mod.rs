//! Value types without I/O: exact numbers, money, periods, and the faults of a rule document.

pub mod decimal;
pub mod fault;
pub mod fixed;
pub mod limits;
pub mod money;
pub mod period;
pub mod ratio;
pub mod scope;
