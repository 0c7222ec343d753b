//! The harness of Footing's cross-crate tests: databases on both engines, a server under a virtual
//! clock with a push double, callers and valid examples. A test that finds something broken panics.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness stops the test that cannot go on"
)]

pub mod caller;
pub mod clinic;
pub mod database;
pub mod engines;
pub mod example;
pub mod postgres;
pub mod push;
pub mod require;
pub mod server;

pub use caller::{Caller, Reply};
pub use clinic::Clinic;
pub use database::Database;
pub use push::PushDouble;
pub use server::TestServer;
