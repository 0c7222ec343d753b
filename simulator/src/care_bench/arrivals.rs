//! The patients of a bench: synthetic, in several zones, each with a plan and a phone.

use footing_server::app::App;
use footing_server::plans::PlanItemSpec;
use footing_server::plans::spec::{Dose, Recurrence, Window};
use footing_server::store::bulk::Arrivals;
use footing_server::store::devices::{Device, Platform, PushState};
use footing_server::store::patients::{Patient, PatientStatus};
use footing_server::store::plans::{PlanItemRow, PlanVersion};
use footing_server::store::types::{
    ClinicianId, DeviceId, PatientId, PlanItemId, TenantId, UtcMicros,
};
use jiff::civil::Date;

/// Where they live; the herd lives in the first.
pub(super) const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Europe/London",
    "America/Sao_Paulo",
    "Australia/Adelaide",
];
/// When one prompt of each of the herd is due, in the first zone.
pub(super) const HERD_TIME: &str = "16:05";
const EXERCISE: &str = "calf-wall-stretch";

/// What every patient of a bench shares.
pub(super) struct Cast {
    pub(super) tenant: TenantId,
    pub(super) clinician: ClinicianId,
    pub(super) now: UtcMicros,
    /// The last date that is planned already.
    pub(super) planned_through: Date,
    /// The date everything is due on.
    pub(super) day: Date,
    pub(super) schedules: u8,
    pub(super) herd: u32,
}

impl Cast {
    /// Adds one patient.
    pub(super) fn add(&self, app: &App, number: u32, into: &mut Arrivals) -> anyhow::Result<()> {
        let id = PatientId::from(app.ids.uuid());
        let herded = number < self.herd;
        let zone = if herded {
            0
        } else {
            usize::try_from(number)? % ZONES.len()
        };
        let zone = ZONES.get(zone).copied().unwrap_or("Etc/UTC");
        into.patients.push(self.patient(id, number, zone));
        into.devices.push(Device {
            tenant_id: self.tenant,
            id: DeviceId::from(app.ids.uuid()),
            patient_id: id,
            platform: Platform::Android,
            // As long as those of FCM.
            push_token: Some(format!("bench-{number:0>158}")),
            push_state: PushState::Live,
            created_at: self.now,
        });
        into.versions.push(PlanVersion {
            tenant_id: self.tenant,
            patient_id: id,
            version: 1,
            note: String::new(),
            published_by: self.clinician,
            published_at: self.now,
        });
        for line in 0..self.schedules {
            let time = match (herded, line) {
                (true, 0) => HERD_TIME.to_owned(),
                _ => time_of(number, line),
            };
            into.items.push(PlanItemRow {
                tenant_id: self.tenant,
                id: PlanItemId::from(app.ids.uuid()),
                patient_id: id,
                plan_version: 1,
                position: i64::from(line),
                exercise_key: EXERCISE.to_owned(),
                body: self.body(&time)?,
            });
        }
        Ok(())
    }

    fn patient(&self, id: PatientId, number: u32, zone: &str) -> Patient {
        Patient {
            tenant_id: self.tenant,
            id,
            name: format!("Test Patient {number:07}"),
            time_zone: zone.to_owned(),
            locale: "en".to_owned(),
            owner_id: self.clinician,
            planned_through: Some(self.planned_through.into()),
            created_at: self.now,
            day_starts_min: 0,
            status: PatientStatus::Active,
            settings: None,
            reminders_stopped_at: None,
            watch_at: Some(self.now),
        }
    }

    fn body(&self, time: &str) -> anyhow::Result<String> {
        let dose = Dose {
            sets: 3,
            reps: Some(10),
            hold_s: Some(20),
            minutes: None,
            each_side: true,
        };
        let window = vec![Window::at(time)];
        let spec = PlanItemSpec::plain(EXERCISE, dose, Recurrence::default(), window, self.day);
        Ok(serde_json::to_string(&spec)?)
    }
}

/// Between 07:00 and 22:00, the lines of a patient evenly apart.
fn time_of(number: u32, line: u8) -> String {
    let minute = 420 + (number.wrapping_mul(7919) % 112) + u32::from(line) * 112;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
