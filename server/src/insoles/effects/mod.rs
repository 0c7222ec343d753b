//! Before and after new footwear: what changed by more than measurement error (care scenario S17).

pub mod api;
pub mod rules;
pub mod service;
