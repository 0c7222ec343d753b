//! What a clinic sets: thresholds and rhythms, all of them with a default, all of them shown.

mod fields;
pub mod pages;
mod read;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::checkins::rules::PainRules;
use crate::checkins::scales::Rhythm;
use crate::error::{Error, Result};
use crate::http::extract::Json;
use crate::http::guard::{Admin, Clinician};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::reminders::settings::ReminderRules;
use crate::rtm::settings::RtmSettings;
use crate::store::{Tx, audit, clinics};
use crate::worklist::rules::WorklistRules;

/// Everything a clinic sets. To be sent whole: each part must be there, a field left out of a part has its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClinicSettings {
    /// Pain rules.
    pub pain: PainRules,
    /// How often questionnaires are asked for.
    pub scales: Rhythm,
    /// Reminders: quiet hours, what happens after an outage, the ladder of a long silence.
    pub reminders: ReminderRules,
    /// Thresholds of the worklist.
    pub worklist: WorklistRules,
    /// Remote therapeutic monitoring.
    pub rtm: RtmSettings,
}

impl ClinicSettings {
    /// The settings as stored; parts that were never set have their defaults.
    ///
    /// # Errors
    /// Internal when what is stored is no settings.
    pub fn from_stored(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let mut whole = serde_json::to_value(Self::default()).map_err(Error::internal)?;
        let stored: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(Error::internal)?;
        if let Some(parts) = whole.as_object_mut() {
            parts.extend(stored);
        }
        serde_json::from_value(whole).map_err(Error::internal)
    }

    /// Checks every part.
    ///
    /// # Errors
    /// Invalid with every broken rule.
    pub fn check(&self) -> Result<()> {
        let mut errors = self.pain.violations("/pain");
        errors.extend(self.scales.violations("/scales"));
        self.reminders.check("/reminders", &mut errors);
        errors.extend(self.worklist.violations("/worklist"));
        errors.extend(self.rtm.violations("/rtm"));
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(errors))
        }
    }
}

/// The settings of the transaction's clinic.
pub fn current(tx: &mut Tx<'_>) -> Result<ClinicSettings> {
    ClinicSettings::from_stored(clinics::settings(tx)?.as_deref())
}

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/clinic/settings")
            .get(Access::Clinician, settings)
            .put(Access::Admin, set_settings),
    ]
}

/// What the clinic has set, defaults included.
#[utoipa::path(get, path = "/v1/clinic/settings", tag = "clinician", security(("token" = [])),
    responses((status = 200, body = ClinicSettings), (status = "4XX", body = Problem)))]
pub async fn settings(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    let settings = app
        .store
        .read("clinic_settings", clinician.scope, current)
        .await?;
    Ok(HttpResponse::Ok().json(settings))
}

/// Replaces what the clinic has set. Answers with the whole as it stands now.
#[utoipa::path(put, path = "/v1/clinic/settings", tag = "people", security(("token" = [])),
    request_body = ClinicSettings, responses((status = 200, body = ClinicSettings), (status = "4XX", body = Problem)))]
pub async fn set_settings(
    app: web::Data<App>,
    admin: Admin,
    body: Json<ClinicSettings>,
) -> Result<HttpResponse> {
    body.0.check()?;
    let text = serde_json::to_string(&body.0).map_err(Error::internal)?;
    let entry = app.audit("clinic.settings", "clinic", None);
    app.store
        .write("set_clinic_settings", admin.scope, move |tx| {
            clinics::set_settings(tx, &text)?;
            audit::append(tx, &[entry])
        })
        .await?;
    Ok(HttpResponse::Ok().json(body.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_were_never_set_have_their_defaults() {
        assert_eq!(
            ClinicSettings::from_stored(None).unwrap(),
            ClinicSettings::default()
        );
        let stored = r#"{ "pain": { "spike_from": 8 } }"#;
        let settings = ClinicSettings::from_stored(Some(stored)).unwrap();
        assert_eq!(settings.pain.spike_from, 8);
        assert_eq!(settings.pain.stop_above, PainRules::default().stop_above);
        assert_eq!(settings.scales, Rhythm::default());
    }

    #[test]
    fn a_part_left_out_of_a_request_is_missed() {
        let whole = serde_json::json!({ "pain": {} });
        assert!(serde_json::from_value::<ClinicSettings>(whole).is_err());
    }
}
