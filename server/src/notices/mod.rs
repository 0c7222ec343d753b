//! Notices: what Footing tells a patient inside the app, as a key of the catalogue and its values.

pub mod api;
pub mod service;

use jiff::Timestamp;
use serde_json::Value;

pub use service::tell;

use crate::app::App;
use crate::reminders::sweep::blank;
use crate::store::deliveries::{Delivery, DeliveryKind};
use crate::store::types::{DeliveryId, NoticeId, PatientId, TenantId};

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

/// The push that says there is something to read.
pub fn delivery(tenant: TenantId, patient: PatientId, id: DeliveryId, now: Timestamp) -> Delivery {
    let expires = now.checked_add(KEPT).unwrap_or(now);
    Delivery {
        id,
        kind: DeliveryKind::Notice,
        due_at: now.into(),
        expires_at: expires.into(),
        next_attempt_at: Some(now.into()),
        ..blank(tenant, patient)
    }
}

/// A push that could not be delivered for this long is not worth one any more.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);
