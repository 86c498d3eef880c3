//! (placeholder head)

pub mod history;
