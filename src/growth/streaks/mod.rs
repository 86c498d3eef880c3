//! Titles and precedence for opportunities for runs of good periods, and improvement notices for runs of poor ones (连续达标、改进提醒).
//!
//! A close runs the policies in force over all closed periods of the programme from the first, pilot and imported ones included; only
//! what falls in the period that is closed happens ([`rules`]). A title that is held is not granted twice, and one notice is open per
//! person and programme: a policy that fires for nothing counts anew all the same. All of it costs nothing: a pilot and an imported past have
//! it too.

mod fire;
mod queries;
pub mod rules;

pub use fire::{Cause, Close, Happenings, Regraded, fire, give, happenings, held, pass, put_grade, replayed};
pub use queries::{Earned, earned};
