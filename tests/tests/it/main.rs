//! Footing from outside: over HTTP, on both engines, and the rules the whole repository keeps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop where they find something broken"
)]

mod access;
mod adherence;
mod bad_input;
mod care;
mod care_loop;
mod checkins;
mod cli;
mod disk;
mod gateway;
mod insoles;
mod installed;
mod notices;
mod openapi;
mod own;
mod people;
mod planning;
mod poison;
mod process;
mod push;
mod routes;
mod sandbox;
mod simulator;
mod store;
mod tidy;
mod two_clocks;
mod two_servers;
mod uploads;
mod wire;
mod wording;
mod world;
