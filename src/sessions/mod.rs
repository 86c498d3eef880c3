//! Sessions (分享): planned, delivered, missed or cancelled.

pub mod history;
