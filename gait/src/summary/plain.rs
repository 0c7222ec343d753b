//! Numbers without digits that say nothing: whole ones without a decimal point.

use serde::Serializer;

/// Largest whole number that a double holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes a whole number as one.
pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let whole =
        value.fract() == 0.0 && value.abs() < EXACT && !(*value == 0.0 && value.is_sign_negative());
    if whole {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

/// The same where the number may be absent.
pub(super) fn option<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serialize(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// The value at so many decimals: what a reader of a report can use, and no more on the wire. Idempotent.
pub(super) fn to_decimals(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}
