//! Footing's simulator: synthetic walkers with known truth, recorded replays, a fake push gateway, a
//! demonstration clinic and load. It meets the server only where the outside world would: over HTTP,
//! through `footing_server::app::start`, and as the gateway its prompts go to.

pub mod bout;
pub mod condition;
pub mod contact;
pub mod device;
pub mod effects;
pub mod expected;
pub mod export;
pub mod gateway;
pub mod grf;
pub mod laws;
pub mod link;
pub mod pattern;
pub mod person;
pub mod plan;
pub mod random;
pub mod scenario;
pub mod sensors;
pub mod sides;
pub mod standing;
pub mod steps;
pub mod tilt;
pub mod track;
pub mod truth;
pub mod walker;
pub mod witness;

pub mod analyze;
pub mod cli;
pub mod client;
pub mod demo;
pub mod files;
pub mod generate;
pub mod load;
pub mod replay;
