//! The clinic in figures, for its admins.

use crate::app::App;
use crate::error::Result;
use crate::store::alerts::Severity;
use crate::store::patients::PatientStatus;
use crate::store::{Scope, alert_turns, clinics, erasures, patients};

/// What an admin keeps an eye on.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Patients in care whose owner is not active any more: must be 0.
    pub unowned_active_patients: i64,
    /// How many patients stand where.
    pub patients: Vec<(PatientStatus, i64)>,
    /// How many clinicians are active.
    pub active_clinicians: usize,
    /// Live alerts by severity.
    pub live_alerts: Vec<(Severity, i64)>,
    /// Open alerts whose time to act has passed.
    pub overdue_alerts: i64,
    /// Requests to erase a patient's data that count down.
    pub erasures_pending: i64,
}

/// The clinic in figures.
pub async fn figures(app: &App, scope: Scope) -> Result<Figures> {
    let now = app.now();
    app.store
        .read("figures", scope, move |tx| {
            let clinicians = clinics::clinicians(tx)?;
            Ok(Figures {
                unowned_active_patients: patients::unowned_active(tx)?,
                patients: patients::by_status(tx)?,
                active_clinicians: clinicians.iter().filter(|one| one.active == 1).count(),
                live_alerts: alert_turns::live_by_severity(tx)?,
                overdue_alerts: alert_turns::count_overdue(tx, now)?,
                erasures_pending: erasures::count_open(tx)?,
            })
        })
        .await
}
