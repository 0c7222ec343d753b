//! HTML: pain during or after an exercise, told by one tap on the day's page.

use actix_web::{HttpResponse, web};

use super::item::{AfterExercise, CheckinBody};
use super::service;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::batch::DISCARDED;
use crate::http::extract::Form;
use crate::http::guard::Patient;
use crate::http::page::see_other;
use crate::http::router::{Access, Endpoint, at};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/today/after").post(Access::Patient, after)]
}

/// Takes it as a check-in of its own. What its stop rule does is told on the page by the notices it makes.
async fn after(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let of_page = |field| Error::field(field, "must be of this page");
    let checkin = form.text("checkin").parse();
    let occurrence = form.text("occurrence").parse();
    let pain = form.text("pain").parse();
    let after = AfterExercise {
        occurrence_id: occurrence.map_err(|_| of_page("/occurrence"))?,
        pain_before: None,
        pain: pain.map_err(|_| Error::field("/pain", "must be a whole number from 0 to 10"))?,
    };
    let checkin = checkin.map_err(|_| of_page("/checkin"))?;
    let body = CheckinBody::after(checkin, app.now(), after);
    let taken = service::take(&app, &me, body).await?;
    let note = match taken.disposition {
        DISCARDED => "discarded",
        _ => "pain_noted",
    };
    Ok(see_other(&format!("/today?note={note}")))
}
