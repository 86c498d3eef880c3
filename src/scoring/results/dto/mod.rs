//! Results on the wire.

mod boards;
mod scorecards;
mod statements;

pub use boards::*;
pub use scorecards::*;
pub use statements::*;
