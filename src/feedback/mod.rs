//! Feedback: what learners say of sessions.

pub mod history;
