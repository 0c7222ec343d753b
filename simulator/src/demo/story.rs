//! What happens to patients beside their days: what phones tell, and what clinicians do about it. Days count back
//! from the last one.

use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use serde_json::{Value, json};

use super::cast::{CAST, Fate};
use super::clinic::Clinic;
use super::phone::{Act, Acts, Phone};
use super::prescriptions::ORTHOTIC;

/// Days before the last one on which a story happens.
mod before_the_end {
    /// An operation, and with it a pause.
    pub(super) const PAUSED: u32 = 12;
    /// Its last date.
    pub(super) const PAUSED_THROUGH: u32 = 4;
    /// Orthotics are handed over.
    pub(super) const ORTHOTICS: u32 = 12;
    /// A clinician leaves.
    pub(super) const HANDED_OVER: u32 = 8;
    /// A patient flies.
    pub(super) const TRAVELS: u32 = 6;
    /// Consent is taken back.
    pub(super) const WITHDRAWS: u32 = 5;
    /// Pain jumps.
    pub(super) const PAIN_SPIKE: u32 = 3;
    /// A red flag.
    pub(super) const RED_FLAG: u32 = 2;
    /// A patient asks something.
    pub(super) const ASKS: u32 = 5;
    /// Pain after a flight, less and then more.
    pub(super) const HURTS: [(u32, u32); 2] = [(2, 2), (1, 5)];
    /// The clinic answers.
    pub(super) const ANSWERS: u32 = 4;
    /// The patient asks something else, which waits.
    pub(super) const ASKS_AGAIN: u32 = 1;
}

/// A day, seen from both ends.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    /// Its date by UTC.
    pub date: Date,
    /// From the beginning.
    pub day: u32,
    /// Until the last one.
    pub left: u32,
}

impl Today {
    /// An instant of the phone's local day.
    fn local(&self, phone: &Phone, hour: i8, minute: i8) -> anyhow::Result<Timestamp> {
        let zone = TimeZone::get(&phone.zone)?;
        Ok(self
            .date
            .to_datetime(time(hour, minute, 0, 0))
            .to_zoned(zone)?
            .timestamp())
    }
}

/// What a phone does on a day beside answering.
///
/// # Errors
/// When the server refuses.
pub async fn of_phone(phone: &mut Phone, today: Today) -> anyhow::Result<Acts> {
    let mut acts = Acts::new();
    match phone.role.fate {
        Fate::Quiet if today.day == 0 => acts.push((
            today.local(phone, 12, 0)?,
            Act::Put("/v1/me/settings", own_settings()),
        )),
        Fate::Offline if today.day % 3 == 2 || today.left == 0 => {
            let at = today.local(phone, 9, 10)?;
            acts.extend(phone.upload_kept(at)?.map(|act| (at, act)));
        }
        Fate::Travels(zone) if today.left == before_the_end::TRAVELS => {
            // The phone's system says it twice, half an hour apart.
            for minutes in [0, 40] {
                let at = today.local(phone, 21, 0)? + SignedDuration::from_mins(minutes);
                let body = json!({ "time_zone": zone });
                acts.push((at, Act::Put("/v1/me/time-zone", body)));
            }
        }
        Fate::Travels(_) => acts.extend(hurts(phone, today)?),
        Fate::Withdraws if today.left == before_the_end::WITHDRAWS => acts.push((
            today.local(phone, 14, 3)?,
            Act::Post("/v1/me/consent/withdraw", json!({})),
        )),
        Fate::Graded if today.day.is_multiple_of(3) => {
            let at = today.local(phone, 20, 0)?;
            let mut said = checkin(phone, at);
            said["back_pain"] = json!(phone.rng.random_range(1..3_u32));
            acts.push((at, tell(said)));
        }
        Fate::ChecksIn => {
            acts.extend(checks_in(phone, today)?);
            acts.extend(asks(phone, today)?);
        }
        Fate::PainSpike => acts.extend(feels_pain(phone, today).await?),
        Fate::RedFlag if today.left == before_the_end::RED_FLAG => {
            let at = today.local(phone, 19, 30)?;
            let mut said = checkin(phone, at);
            said["leg_pain"] = json!(6);
            said["red_flags"] = json!([{ "key": "leg_pain_numbness", "yes": true }]);
            acts.push((at, tell(said)));
        }
        _ => {}
    }
    Ok(acts)
}

/// Nothing between nine and seven, and one message for what is due at the same moment.
fn own_settings() -> Value {
    let nights: serde_json::Map<String, Value> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .into_iter()
        .map(|day| (day.to_owned(), json!({ "from": "21:00", "to": "07:00" })))
        .collect();
    json!({ "reminders": { "quiet_hours": nights, "digest": "same_time" } })
}

fn checkin(phone: &mut Phone, at: Timestamp) -> Value {
    json!({ "id": phone.id("chk"), "taken_at": at.to_string() })
}

fn tell(checkin: Value) -> Act {
    Act::Post("/v1/me/checkins", json!({ "checkins": [checkin] }))
}

/// A back that hurts more from one day to the next.
fn hurts(phone: &mut Phone, today: Today) -> anyhow::Result<Option<(Timestamp, Act)>> {
    let mut days = before_the_end::HURTS.into_iter();
    let Some((_, pain)) = days.find(|(left, _)| *left == today.left) else {
        return Ok(None);
    };
    let at = today.local(phone, 18, 40)?;
    let mut said = checkin(phone, at);
    said["back_pain"] = json!(pain);
    Ok(Some((at, tell(said))))
}

/// Each evening, with a questionnaire once a week: the back gets better, slowly.
fn checks_in(phone: &mut Phone, today: Today) -> anyhow::Result<Acts> {
    let at = today.local(phone, 20, 15)?;
    let mut said = checkin(phone, at);
    let better = today.day / 8;
    let back = 6_u32.saturating_sub(better) - u32::from(phone.rng.random_bool(0.4));
    said["back_pain"] = json!(back);
    said["foot_pain"] = json!(phone.rng.random_range(1..4_u32));
    said["hours_on_feet"] = json!(phone.rng.random_range(4..9_u32));
    said["signs"] = json!({ "feet_tire_soon": better < 2, "standing_makes_worse": true, "uneven_shoe_wear": false });
    let mut acts = vec![(at, tell(said))];
    if today.day % 7 == 1 {
        let at = at + SignedDuration::from_mins(5);
        let can = 2 + better;
        let body = json!({
            "id": phone.id("scr"), "scale": "psfs", "taken_at": at.to_string(), "answers": [can, can + 1, can + 2],
            "activities": ["Walking to the shop", "Standing at work", "Stairs"],
        });
        acts.push((at, Act::Post("/v1/me/scales", body)));
    }
    Ok(acts)
}

/// What is asked, and when; the ids are the phone's.
fn asks(phone: &Phone, today: Today) -> anyhow::Result<Option<(Timestamp, Act)>> {
    let (number, text) = match today.left {
        before_the_end::ASKS => (
            1,
            "My shoes are worn down on the outside. Should I bring them to the next visit?",
        ),
        before_the_end::ASKS_AGAIN => (
            2,
            "Thank you. The stretch goes well in the morning.\nMay I do it on the stairs instead of at the wall?",
        ),
        _ => return Ok(None),
    };
    let at = today.local(phone, 10, 20)?;
    let body = json!({ "id": message_id(number), "text": text });
    Ok(Some((at, Act::Post("/v1/me/messages", body))))
}

fn message_id(number: u64) -> String {
    format!("msg_{number:032x}")
}

/// Now and then pain after the calf stretch is told; once it jumps.
async fn feels_pain(phone: &mut Phone, today: Today) -> anyhow::Result<Acts> {
    let jumps = today.left == before_the_end::PAIN_SPIKE;
    if !jumps && !today.day.is_multiple_of(4) {
        return Ok(Acts::new());
    }
    let path = format!(
        "/v1/me/occurrences?from={date}&through={date}",
        date = today.date
    );
    let listed = phone.client.get(&path).await?;
    let stretch = listed["occurrences"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["exercise"] == json!("calf-wall-stretch"))
        .map(|one| one["id"].clone());
    let Some(stretch) = stretch else {
        return Ok(Acts::new());
    };
    let at = today.local(phone, 8, 30)?;
    let mut said = checkin(phone, at);
    let pain = if jumps { 8 } else { 3 };
    said["foot_pain"] = json!(pain);
    said["after"] = json!({ "occurrence_id": stretch, "pain_before": 3, "pain": pain });
    Ok(vec![(at, tell(said))])
}

/// What the clinic does on a day.
///
/// # Errors
/// When the server refuses.
pub async fn of_clinic(clinic: &Clinic, phones: &mut [Phone], today: Today) -> anyhow::Result<()> {
    for (index, role) in CAST.iter().enumerate() {
        let act = |what| (what, clinic.patient(index));
        match (role.fate, today.left) {
            (Fate::Paused, before_the_end::PAUSED) => {
                let through = today.date
                    + jiff::Span::new().days(i64::from(
                        before_the_end::PAUSED - before_the_end::PAUSED_THROUGH,
                    ));
                let body = json!({ "from": today.date, "through": through, "reason": "surgery" });
                clinic.say(&act("pauses"), &body).await?;
            }
            (Fate::Orthotics, before_the_end::ORTHOTICS) => {
                let body = json!({ "kind": "orthotic_issued", "date": today.date, "orthotic_id": ORTHOTIC });
                clinic.say(&act("events"), &body).await?;
                for phone in phones
                    .iter_mut()
                    .filter(|phone| phone.role.name == role.name)
                {
                    phone.orthotics_from = Some(today.day);
                }
            }
            (Fate::HandedOver, before_the_end::HANDED_OVER) => clinic.hand_over().await?,
            (Fate::ChecksIn, before_the_end::ANSWERS) => {
                let text = "Yes, please bring them: the soles show how you walk.";
                let body = json!({ "id": message_id(3), "text": text });
                clinic.say(&act("messages"), &body).await?;
            }
            _ => {}
        }
        if role.fate == Fate::HandedOver && (today.day == 1 || today.left == 7) {
            let items = if today.day == 1 {
                [1, 1, 1, 0, 1, 1]
            } else {
                [1, 1, 1, 0, 1, 2]
            };
            let body = json!({ "exam_date": today.date.yesterday()?, "physical": {
                "foot_posture": [{ "side": "left", "items": items }],
                "leg_length": { "method": "tape_asis_medial_malleolus", "left_mm": 880.0, "right_mm": 868.0,
                    "error_mm": 4.0 },
            } });
            clinic.say(&act("exams"), &body).await?;
            if today.left == 7 {
                let body = json!({ "exam_date": today.date.yesterday()?, "imaging": {
                    "modality": "xray", "region": "pelvis, standing", "reference_id": "SYNTHETIC-0016",
                    "text": "Right femoral head 9 mm lower than the left, as measured on the film",
                } });
                clinic.say(&act("exams"), &body).await?;
            }
        }
    }
    Ok(())
}
