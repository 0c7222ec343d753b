//! Attention: what a clinic should look at, found by rules and kept as one live row each.

mod service;

pub use service::{Finding, raise, settle, settle_where};
