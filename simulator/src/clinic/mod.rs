//! `footing-sim clinic`: a whole clinic lives through its days in virtual time, before the real server: in this process, in
//! one of its own, or somewhere else. One seed decides everything; what can break breaks as the scenario has it; a ledger
//! kept by those outside is held against what the server says in the end.

mod agenda;
pub mod args;
mod chance;
mod checker;
mod compare;
mod deeds;
mod desk;
mod engine;
mod failure;
mod gateway;
mod house;
mod ledger;
mod log;
mod node;
mod nodes;
mod observe;
mod opening;
mod parcel;
mod phone;
mod place;
mod remote;
mod run;
mod scenario;
mod shrink;
mod site;
mod staff;
mod stories;
mod time;
mod walks;
mod watch;
mod weather;

pub use checker::Finding;
pub use compare::{Difference, compare};
pub use engine::{Order, Outcome, in_process};
pub use failure::Failure;
pub use scenario::Scenario;
pub use shrink::shrink;
