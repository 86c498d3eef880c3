//! Closing a period: freezing its inputs, and the form in which inputs, rule and results are digested.

pub mod canonical;
