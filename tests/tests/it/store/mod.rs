//! What the database itself holds to, whatever the code above it does: both engines alike.

mod cells;
mod claim;
mod lost;
mod migrations;
mod plans;
mod refusals;
pub(crate) mod rows;
mod rows_care;
mod rows_rtm;
