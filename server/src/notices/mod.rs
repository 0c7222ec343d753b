//! Notices: what Footing tells a patient inside the app, as a key of the catalogue and its values.

use jiff::Timestamp;
use serde_json::Value;

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::notices::{self, Notice};
use crate::store::types::{NoticeId, PatientId};

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

/// Tells a patient something.
pub fn tell(tx: &mut Tx<'_>, patient: PatientId, notice: &NewNotice, now: Timestamp) -> Result<()> {
    let row = Notice {
        tenant_id: tx.tenant(),
        id: notice.id,
        patient_id: patient,
        text_key: notice.key.to_owned(),
        text_values: serde_json::to_string(&notice.values).map_err(Error::internal)?,
        created_at: now.into(),
        seen_at: None,
    };
    notices::insert(tx, &row)
}
