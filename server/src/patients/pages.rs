//! HTML.

use crate::http::router::Endpoint;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    Vec::new()
}
