//! HTML: who looks after a patient, changed from the patient's page.

use actix_web::{HttpResponse, web};

use super::pages::{Shown, again};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Form, Path};
use crate::http::guard::Clinician;
use crate::http::page::see_other;
use crate::http::typed::Typed;
use crate::people::team::{self, Team};
use crate::store::types::{ClinicianId, PatientId};

/// Sets owner and deputy.
pub(super) async fn set(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let owner: Option<ClinicianId> = typed.value("owner").parse().ok();
    let deputy: Option<ClinicianId> = typed.value("deputy").parse().ok();
    if owner.is_none() {
        typed.blame("owner", "Choose who looks after the patient.");
    }
    if deputy.is_none() && !typed.value("deputy").is_empty() {
        typed.blame("deputy", "Choose a clinician, or nobody.");
    }
    if let (Some(owner), false) = (owner, typed.is_wrong()) {
        let team = Team { owner, deputy };
        match team::set(&app, clinician.scope, patient.0, team).await {
            Ok(()) => return Ok(see_other(&format!("/patients/{}?done=team", patient.0))),
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => blame(&mut typed, &error),
        }
    }
    again(&app, &clinician, patient.0, Shown::team(typed)).await
}

fn blame(typed: &mut Typed, error: &crate::error::Error) {
    for broken in &error.errors {
        let (name, subject) = match broken.pointer.as_str() {
            "/deputy" => ("deputy", "The deputy"),
            _ => ("owner", "The owner"),
        };
        typed.blame(name, format!("{subject} {}.", broken.rule));
    }
}
