//! A whole clinic in virtual time, seed by seed, through the command line: every promise holds while everything breaks, the
//! same seed comes to the same, and what is planted on purpose is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop where they find something broken"
)]

mod command;
mod corpus;
mod failures;
mod matrix;
mod same;
mod scenarios;
