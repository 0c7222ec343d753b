//! HTML: deciding on what is suggested, from the plan page.

use actix_web::{HttpResponse, web};

use super::service;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Form, Path2, Text};
use crate::http::guard::Clinician;
use crate::http::page::see_other;
use crate::http::router::{Access, Endpoint, at};
use crate::plans::decide::Wrong;
use crate::plans::levels;
use crate::plans::pages::with_wrong;
use crate::store::types::PatientId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/suggestions/{observation}").post(Access::Clinician, reject),
        at("/patients/{patient}/levels/{exercise}").post(Access::Clinician, decide),
    ]
}

/// The reason as typed, or what is wrong with it.
fn reason(form: &Form, about: &str) -> std::result::Result<String, Wrong> {
    let typed = form.text("reason");
    Text::<200>::new(typed)
        .map(Text::into_string)
        .map_err(|rule| Wrong {
            about: about.to_owned(),
            typed: typed.to_owned(),
            words: format!("The reason {rule}."),
        })
}

async fn reject(
    app: web::Data<App>,
    clinician: Clinician,
    Path2(patient, observation): Path2<PatientId, String>,
    form: Form,
) -> Result<HttpResponse> {
    let reason = match reason(&form, &observation) {
        Ok(reason) => reason,
        Err(wrong) => return with_wrong(&app, &clinician, patient, wrong).await,
    };
    let (scope, by) = (clinician.scope, clinician.id);
    service::reject(&app, scope, by, patient, observation, reason).await?;
    Ok(see_other(&format!("/patients/{patient}/plan#suggested")))
}

async fn decide(
    app: web::Data<App>,
    clinician: Clinician,
    Path2(patient, exercise): Path2<PatientId, String>,
    form: Form,
) -> Result<HttpResponse> {
    let (scope, by) = (clinician.scope, clinician.id);
    let asked = levels::proposals(&app, scope, patient).await?;
    let asked = asked.into_iter().find(|one| one.exercise == exercise);
    let asked = asked.ok_or_else(Error::not_found)?;
    if form.text("action") == "accept" {
        if form.text("level") != asked.proposed_level.to_string() {
            return Err(Error::conflict(
                "another dose is asked about by now: look at the plan again",
                serde_json::json!({ "proposed_level": asked.proposed_level }),
            ));
        }
        levels::sign(&app, scope, patient, exercise, asked.proposed_level).await?;
    } else {
        let reason = match reason(&form, &exercise) {
            Ok(reason) => reason,
            Err(wrong) => return with_wrong(&app, &clinician, patient, wrong).await,
        };
        levels::reject(&app, scope, by, patient, exercise, reason).await?;
    }
    Ok(see_other(&format!("/patients/{patient}/plan#decide")))
}
