//! Notices: what Footing tells a patient inside the app, as a key of the catalogue and its values.

pub mod api;
pub mod service;

use serde_json::Value;

pub use service::tell;

use crate::app::App;
use crate::store::types::NoticeId;

/// A notice before it is stored; made before the transaction, so that it can be run again.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// Fresh.
    pub id: NoticeId,
    /// Key of the catalogue.
    pub key: &'static str,
    /// Its values, a JSON object.
    pub values: Value,
}

impl NewNotice {
    /// A notice with a fresh id.
    pub fn new(app: &App, key: &'static str, values: Value) -> Self {
        Self {
            id: NoticeId::from(app.ids.uuid()),
            key,
            values,
        }
    }
}
