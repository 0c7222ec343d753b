//! SQLite on the disk that forgets, fails and fills: what it promises is kept, and what it does not promise is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop where they find something broken"
)]

mod ledger;

mod death;
mod faults;
mod power;
mod sharing;
