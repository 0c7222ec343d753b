//! A patient's own pages beside the day and the check-in: how it goes, why, and what they choose.

mod export;
mod me;
mod progress;
mod why;

use crate::http::router::Endpoint;

/// The routes of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = progress::endpoints();
    all.extend(why::endpoints());
    all.extend(me::endpoints());
    all.extend(export::endpoints());
    all
}
