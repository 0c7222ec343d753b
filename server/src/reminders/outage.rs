//! After an outage: what was missed because nobody could ask is excused, for every clinic at once (care design, S11).

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::changes::{apply, reason};
use super::state::Event;
use crate::app::App;
use crate::error::Result;
use crate::store::audit::{self, Entry};
use crate::store::occurrences::{self, Occurrence};
use crate::store::sweeps::{self, Outage};
use crate::store::types::{OutageId, PatientId, TenantId};
use crate::store::{Scope, System, Tx, patients};

/// Outages a list shows.
const NEWEST: i64 = 50;

/// What was excused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Excused {
    /// How many occurrences.
    pub occurrences: usize,
    /// Of how many patients.
    pub patients: usize,
    /// In how many clinics.
    pub clinics: usize,
}

/// The newest outages.
pub async fn list(app: &App) -> Result<Vec<Outage>> {
    app.store
        .read("outages", System, |tx| sweeps::outages(tx, NEWEST))
        .await
}

/// Excuses every occurrence that was missed because its reminder fell into an outage. Each clinic's trail gets one
/// line. A repeat finds nothing more.
///
/// # Errors
/// Not found when there is no such outage.
pub async fn excuse(app: &App, id: OutageId) -> Result<Excused> {
    let now = app.now();
    let entry = app.audit("outage.excuse", "outage", Some(*id.bytes()));
    let excused = app
        .store
        .write("excuse_outage", System, move |tx| {
            let outage = sweeps::outage(tx, id)?;
            let missed = occurrences::missed_in_outage(
                tx,
                outage.from_at.timestamp(),
                outage.until_at.timestamp(),
            )?;
            let excused = excuse_all(tx, missed, entry, now)?;
            sweeps::set_excused(tx, id, now)?;
            Ok(excused)
        })
        .await?;
    app.signals.wake();
    Ok(excused)
}

fn excuse_all(
    tx: &mut Tx<'_, System>,
    missed: Vec<Occurrence>,
    entry: Entry,
    now: Timestamp,
) -> Result<Excused> {
    let mut clinics: BTreeMap<TenantId, BTreeMap<PatientId, Vec<Occurrence>>> = BTreeMap::new();
    for row in missed {
        let patients = clinics.entry(row.tenant_id).or_default();
        patients.entry(row.patient_id).or_default().push(row);
    }
    let mut excused = Excused {
        clinics: clinics.len(),
        ..Excused::default()
    };
    for (tenant, patients) in clinics {
        let mut tx = tx.within(Scope::operator(tenant));
        for (patient, rows) in patients {
            let changed = apply(&mut tx, patient, &rows, Event::Excused, reason::OUTAGE, now)?;
            excused.occurrences += changed.len();
            excused.patients += 1;
            // What was said about the days they are of may not hold any more.
            patients::watch(&mut tx, patient, now)?;
        }
        audit::append(&mut tx, std::slice::from_ref(&entry))?;
    }
    Ok(excused)
}
