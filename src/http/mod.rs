//! Only the part of `http` that the rule documents need in the contract.

pub mod tagged_unions;
