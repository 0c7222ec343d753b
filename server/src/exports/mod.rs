//! What leaves as CSV: one writer that no spreadsheet takes for formulas, and the sheets of a clinic.

pub mod api;
pub mod csv;
pub mod sheets;
