//! Footing's simulator: synthetic and recorded walks replayed to a real server, a fake push gateway, a
//! demonstration clinic and load. It meets the server only where the outside world would: over HTTP,
//! through `footing_server::app::start`, and as the gateway its prompts go to.

pub mod gateway;

pub mod analyze;
pub mod care_bench;
pub mod cli;
pub mod client;
pub mod clinic;
pub mod demo;
pub mod folder;
pub mod generate;
pub mod load;
pub mod manual;
pub mod out;
pub mod progress;
pub mod push_bench;
pub mod replay;
pub mod validate;
