//! What the database itself holds to, whatever the code above it does: both engines alike.

mod claim;
mod migrations;
mod refusals;
mod rows;
mod rows_checkins;
