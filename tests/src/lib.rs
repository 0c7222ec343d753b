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
pub mod crowd;
pub mod database;
pub mod engines;
pub mod example;
pub mod postgres;
pub mod push;
pub mod raw;
pub mod require;
pub mod server;

pub use caller::{Caller, Reply};
pub use clinic::Clinic;
pub use database::Database;
pub use push::PushDouble;
pub use raw::Raw;
pub use server::TestServer;

/// The root of the repository.
pub fn repository() -> &'static std::path::Path {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the package lies in the repository")
}
