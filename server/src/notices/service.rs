//! Use cases of notices; each is one transaction.

use jiff::Timestamp;
use serde_json::Value;

use super::NewNotice;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::guard::Patient;
use crate::store::notices::{self, Notice};
use crate::store::types::{NoticeId, PatientId};
use crate::store::{Tx, audit, patients};
use crate::texts;

/// Notices one request reads: older ones are history nobody scrolls to.
pub const NEWEST: i64 = 50;

/// A notice in words.
#[derive(Debug, Clone)]
pub struct Told {
    /// The notice.
    pub id: NoticeId,
    /// Key of the catalogue.
    pub key: String,
    /// The words.
    pub text: String,
    /// The language they are in.
    pub language: &'static str,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a device first showed it.
    pub seen_at: Option<Timestamp>,
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

/// The newest notices of a patient, newest first, in the language of `locale` or else in the patient's.
pub async fn newest(app: &App, caller: &Patient, locale: Option<String>) -> Result<Vec<Told>> {
    let patient = caller.id;
    app.store
        .read("notices", caller.scope, move |tx| {
            let locale = match &locale {
                Some(locale) => locale.clone(),
                None => patients::find(tx, patient)?.locale,
            };
            newest_in(tx, patient, &locale)
        })
        .await
}

/// The same within a transaction.
pub fn newest_in(tx: &mut Tx<'_>, patient: PatientId, locale: &str) -> Result<Vec<Told>> {
    let rows = notices::newest(tx, patient, NEWEST)?;
    rows.into_iter().map(|row| told(row, locale)).collect()
}

fn told(row: Notice, locale: &str) -> Result<Told> {
    let values: Value = serde_json::from_str(&row.text_values).map_err(Error::internal)?;
    Ok(Told {
        id: row.id,
        text: texts::render(&row.text_key, locale, &values),
        language: texts::language_of(&row.text_key, locale),
        key: row.text_key,
        created_at: row.created_at.timestamp(),
        seen_at: row.seen_at.map(|at| at.timestamp()),
    })
}

/// Notes that a device showed these notices; the first time counts, and ids of nobody's or others' notices change nothing.
pub async fn seen(app: &App, caller: &Patient, ids: Vec<NoticeId>) -> Result<()> {
    let now = app.now();
    let patient = caller.id;
    let entry = app.audit("notice.seen", "patient", Some(*patient.bytes()));
    app.store
        .write("notices_seen", caller.scope, move |tx| {
            notices::mark_seen(tx, patient, &ids, now)?;
            audit::append(tx, &[entry])
        })
        .await
}
