//! Patients a benchmark brings, each with a plan and a phone.

use jiff::civil::Date;

use crate::access::service::OpenedClinic;
use crate::app::App;
use crate::error::{Error, Result};
use crate::plans::PlanItemSpec;
use crate::plans::spec::{Dose, Recurrence, Window};
use crate::store::bulk::Arrivals;
use crate::store::devices::{Device, Platform, PushState};
use crate::store::patients::{Patient, PatientStatus};
use crate::store::plans::{PlanItemRow, PlanVersion};
use crate::store::types::{DeviceId, PatientId, PlanItemId, UtcMicros};

const EXERCISE: &str = "calf-wall-stretch";

/// One patient.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// An obviously synthetic name.
    pub name: String,
    /// Time zone, of the IANA database.
    pub time_zone: String,
    /// Token of the phone; no two may be equal.
    pub push_token: String,
    /// Local times, one for each line of the plan, which is due once a day.
    pub times: Vec<String>,
}

/// What those of a benchmark share.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// The last date that is planned already.
    pub planned_through: Date,
    /// The first date something is due on.
    pub begins: Date,
}

impl Newcomer {
    /// Adds the rows of this one.
    pub(super) fn add(
        &self,
        app: &App,
        clinic: &OpenedClinic,
        term: &Term,
        into: &mut Arrivals,
    ) -> Result<()> {
        let id = PatientId::from(app.ids.uuid());
        let now = app.now().into();
        into.patients.push(self.patient(id, clinic, term, now));
        into.devices.push(Device {
            tenant_id: clinic.tenant,
            id: DeviceId::from(app.ids.uuid()),
            patient_id: id,
            platform: Platform::Android,
            push_token: Some(self.push_token.clone()),
            push_state: PushState::Live,
            created_at: now,
        });
        into.versions.push(PlanVersion {
            tenant_id: clinic.tenant,
            patient_id: id,
            version: 1,
            note: String::new(),
            published_by: clinic.clinician,
            published_at: now,
        });
        for (position, time) in (0..).zip(&self.times) {
            into.items.push(PlanItemRow {
                tenant_id: clinic.tenant,
                id: PlanItemId::from(app.ids.uuid()),
                patient_id: id,
                plan_version: 1,
                position,
                exercise_key: EXERCISE.to_owned(),
                body: line(time, term)?,
            });
        }
        Ok(())
    }

    fn patient(
        &self,
        id: PatientId,
        clinic: &OpenedClinic,
        term: &Term,
        now: UtcMicros,
    ) -> Patient {
        Patient {
            tenant_id: clinic.tenant,
            id,
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            locale: "en".to_owned(),
            owner_id: clinic.clinician,
            planned_through: Some(term.planned_through.into()),
            created_at: now,
            day_starts_min: 0,
            status: PatientStatus::Active,
            settings: None,
            reminders_stopped_at: None,
            watch_at: Some(now),
        }
    }
}

fn line(time: &str, term: &Term) -> Result<String> {
    let dose = Dose {
        sets: 3,
        reps: Some(10),
        hold_s: Some(20),
        minutes: None,
        each_side: true,
    };
    let window = vec![Window::at(time)];
    let spec = PlanItemSpec::plain(EXERCISE, dose, Recurrence::default(), window, term.begins);
    serde_json::to_string(&spec).map_err(Error::internal)
}
