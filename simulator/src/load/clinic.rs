//! The clinic of a started server: its clinician adds patients, prescribes and hands out devices, over HTTP.

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::client::Client;

/// Requests under way at once while the clinic is prepared. Enrolling is slowed against guessing, and the client waits.
const AT_ONCE: usize = 4;

/// The clinician.
#[derive(Clone)]
pub(super) struct Staff {
    anonymous: Client,
    clinician: Client,
}

/// A patient with a phone.
#[derive(Debug, Clone)]
pub(super) struct Patient {
    /// The id.
    pub(super) id: String,
    /// The phone's token.
    pub(super) token: String,
    /// Where its prompts go.
    pub(super) push_token: String,
}

impl Staff {
    /// Sets the clinician's password with the one-time code.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn sign_in(base: &str, code: &str) -> anyhow::Result<Self> {
        let anonymous = Client::new(base)?;
        let body = json!({"code": code, "password": "a pass phrase for load"});
        let session = anonymous.post("/v1/clinicians/password", &body).await?;
        Ok(Self {
            clinician: anonymous.with_token(text(&session["token"])),
            anonymous,
        })
    }

    /// Adds so many patients of a time zone, each with a phone.
    ///
    /// # Errors
    /// When the server refuses one.
    pub(super) async fn admit(&self, count: u32, zone: &str) -> anyhow::Result<Vec<Patient>> {
        stream::iter(0..count)
            .map(|number| self.admit_one(number, zone))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn admit_one(&self, number: u32, zone: &str) -> anyhow::Result<Patient> {
        let new = json!({"name": format!("Test Patient {number:04}"), "time_zone": zone});
        let patient = self.clinician.post("/v1/patients", &new).await?;
        let id = text(&patient["id"]).to_owned();
        let path = format!("/v1/patients/{id}/enrolment-codes");
        let code = self.clinician.post(&path, &json!({})).await?;
        let push_token = format!("load-device-{number:04}");
        let body = json!({"code": code["code"], "platform": "android", "push_token": push_token});
        let enrolled = self.anonymous.post("/v1/enrolments", &body).await?;
        Ok(Patient {
            id,
            token: text(&enrolled["token"]).to_owned(),
            push_token,
        })
    }

    /// Prescribes each patient one stretch a day from a date on, at a time of day (`HH:MM`).
    ///
    /// # Errors
    /// When the server refuses one.
    pub(super) async fn prescribe(
        &self,
        patients: &[Patient],
        from: &str,
        at: &str,
    ) -> anyhow::Result<()> {
        let plan = json!({"base_version": 0, "note": "Load", "items": [{
            "exercise": "soleus-wall-stretch", "dose": {"sets": 3, "hold_s": 30, "each_side": true},
            "recurrence": {"kind": "daily"}, "windows": [{"at": at}], "starts_on": from,
        }]});
        let paths = patients
            .iter()
            .map(|patient| format!("/v1/patients/{}/plan", patient.id));
        stream::iter(paths)
            .map(|path| {
                let plan = &plan;
                async move { self.clinician.put(&path, plan).await.map(drop) }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        Ok(())
    }
}

/// A time zone in which the hour of an instant is this one: so that a run at any hour is one in the morning, outside
/// quiet hours and far from midnight.
pub(super) fn zone_where_it_is(hour: i8, now: Timestamp) -> String {
    let ahead = hour - now.to_zoned(TimeZone::UTC).hour();
    let ahead = if ahead < -12 { ahead + 24 } else { ahead };
    // The sign of these names is turned round: GMT-5 is five hours ahead.
    match ahead {
        0 => "Etc/GMT".to_owned(),
        1.. => format!("Etc/GMT-{ahead}"),
        _ => format!("Etc/GMT+{}", -ahead),
    }
}

/// A text of an answer.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    #[test]
    fn it_is_the_wanted_hour_there_at_every_hour() {
        for hour in 0..24 {
            let now: Timestamp = format!("2026-11-28T{hour:02}:59:59Z").parse().unwrap();
            let zone = TimeZone::get(&zone_where_it_is(10, now)).unwrap();
            assert_eq!(now.to_zoned(zone).hour(), 10, "at {hour} by UTC");
        }
    }
}
