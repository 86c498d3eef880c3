//! Content, its reuse, and application cases.

pub mod history;
