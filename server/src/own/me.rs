//! HTML: what a patient chooses, their pause, their data, their consent, and this device.

use std::collections::BTreeMap;

use actix_web::cookie::Cookie;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::access::devices;
use crate::app::App;
use crate::clinic_settings;
use crate::consent::service as consent;
use crate::error::{Error, FieldError, Result};
use crate::http::extract::{Form, Query, time_zone};
use crate::http::guard::{Patient, cookie_name};
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::patients::api::Locale;
use crate::patients::choices::{self, Choices};
use crate::patients::own_pause::{self, MOST_DAYS, OWN_REASONS};
use crate::patients::service::PauseReason;
use crate::plans::Weekday;
use crate::reminders::patient_day::{Place, day_start};
use crate::reminders::planner::zone_of;
use crate::reminders::quiet::{Quiet, QuietHours};
use crate::reminders::settings::{Digest, PatientSettings};
use crate::reminders::travel::{self, Says};
use crate::store::consents::Consent;
use crate::store::pauses::Pause;
use crate::store::types::PauseId;
use crate::texts::Voice;

/// The routes of this file.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/me").get(Access::Patient, show),
        at("/me/language").post(Access::Patient, language),
        at("/me/reminders").post(Access::Patient, reminders),
        at("/me/zone").post(Access::Patient, zone),
        at("/me/pause").post(Access::Patient, pause),
        at("/me/pause/end").post(Access::Patient, end_pause),
        at("/me/disconnect").post(Access::Patient, disconnect),
        at("/me/consent/withdraw").post(Access::Patient, withdraw),
    ]
}

/// The languages, each in its own words.
const LANGUAGES: [(Locale, &str); 3] = [
    (Locale::En, "English"),
    (Locale::De, "Deutsch"),
    (Locale::Es, "Español"),
];

/// Quiet hours that begin on a weekday, as typed.
struct Night {
    key: String,
    day: String,
    from: String,
    to: String,
}

/// A pause of the patient's own that has not ended.
struct OwnPause {
    id: PauseId,
    words: String,
}

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    voice: Voice,
    locale: &'static str,
    nights: Vec<Night>,
    one_message: bool,
    nudges: bool,
    zone_name: String,
    zone_typed: String,
    pause: Option<OwnPause>,
    /// First day, last day and reason, as typed.
    typed: [String; 3],
    reasons: Vec<(&'static str, String)>,
    most_days: String,
    /// Each time consent was given or taken back.
    consents: Vec<String>,
    in_care: bool,
    /// What is wrong, by form.
    errors: BTreeMap<&'static str, String>,
    saved: bool,
}

impl MePage {
    fn error(&self, form: &str) -> Option<&str> {
        self.errors.get(form).map(String::as_str)
    }
}

/// What was just done.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct DoneQuery {
    #[serde(default)]
    saved: Option<bool>,
}

/// Back to the page, which says that it is saved.
fn saved() -> HttpResponse {
    see_other("/me?saved=true")
}

async fn page(app: &App, me: &Patient) -> Result<MePage> {
    let (patient, chosen) = choices::read(app, me.scope, me.id).await?;
    let clinic = app
        .store
        .read("clinic_reminders", me.scope, |tx| {
            Ok(clinic_settings::current(tx)?.reminders)
        })
        .await?;
    let voice = Voice::of(&patient.locale);
    let zone = zone_of(&patient)?;
    let today = Place::of(&patient)?.date_at(app.now());
    let pause = own_pause::standing(app, me, today).await?;
    let history = consent::history(app, me.scope, me.id).await?;
    Ok(MePage {
        locale: voice.language(),
        nights: nights(&voice, chosen.quiet_hours.as_ref()),
        one_message: chosen.digest.unwrap_or(clinic.digest) == Digest::SameTime,
        nudges: chosen.nudges.unwrap_or(true),
        zone_name: patient.time_zone.clone(),
        zone_typed: patient.time_zone.clone(),
        pause: pause.map(|pause| own(&voice, &pause)).transpose()?,
        typed: [today.to_string(), String::new(), String::new()],
        reasons: OWN_REASONS
            .iter()
            .map(|reason| (reason.as_str(), reason_words(&voice, *reason)))
            .collect(),
        most_days: MOST_DAYS.to_string(),
        consents: consents(&voice, &zone, &history.episodes),
        in_care: patient.status == crate::store::patients::PatientStatus::Active,
        errors: BTreeMap::new(),
        saved: false,
        voice,
    })
}

fn reason_words(voice: &Voice, reason: PauseReason) -> String {
    voice.say(&format!("me_pause_{}", reason.as_str()))
}

fn own(voice: &Voice, pause: &Pause) -> Result<OwnPause> {
    let date = |text: &crate::store::types::DateText| -> Result<String> {
        Ok(voice.day_and_month(text.date().map_err(Error::internal)?))
    };
    let (from, through) = (date(&pause.from_date)?, date(&pause.through_date)?);
    Ok(OwnPause {
        id: pause.id,
        words: voice.two("me_paused", "from", &from, "through", &through),
    })
}

fn nights(voice: &Voice, chosen: Option<&QuietHours>) -> Vec<Night> {
    let of = |(place, day): (usize, Weekday)| {
        let quiet = chosen.and_then(|hours| hours.0.get(&day));
        Night {
            key: day.words().to_lowercase(),
            day: voice.say(&format!("weekday_{}", place + 1)),
            from: quiet.map_or_else(String::new, |quiet| quiet.from.clone()),
            to: quiet.map_or_else(String::new, |quiet| quiet.to.clone()),
        }
    };
    Weekday::ALL.into_iter().enumerate().map(of).collect()
}

fn consents(voice: &Voice, zone: &TimeZone, episodes: &[Consent]) -> Vec<String> {
    let mut all = Vec::new();
    for one in episodes {
        all.push(match one.given_at {
            Some(at) => {
                let when = voice.date_time(at.timestamp(), zone);
                let version = &one.text_version;
                voice.two("me_consent_given", "when", &when, "version", version)
            }
            None => voice.say("me_consent_before"),
        });
        all.extend(one.withdrawn_at.map(|at| {
            let when = voice.date_time(at.timestamp(), zone);
            voice.one("me_consent_withdrawn", "when", &when)
        }));
    }
    if all.is_empty() {
        all.push(voice.say("me_consent_none"));
    }
    all
}

async fn show(app: web::Data<App>, me: Patient, query: Query<DoneQuery>) -> Result<HttpResponse> {
    let mut page = page(&app, &me).await?;
    page.saved = query.0.saved == Some(true);
    html(&page)
}

/// The page again, with what is wrong in one of its forms.
fn wrong(mut page: MePage, form: &'static str, words: String) -> Result<HttpResponse> {
    page.errors.insert(form, words);
    html_as(REFUSED, &page)
}

/// Writes choices anew, with a change.
async fn change(app: &App, me: &Patient, alter: impl FnOnce(&mut Choices)) -> Result<()> {
    let (patient, reminders) = choices::read(app, me.scope, me.id).await?;
    let mut new = Choices {
        locale: None,
        day_starts_at: Some(day_start(&patient).to_string()),
        reminders,
    };
    alter(&mut new);
    choices::write(app, me.scope, me.id, new).await
}

async fn language(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let typed = form.text("locale");
    let known = LANGUAGES.iter().find(|(locale, _)| locale.tag() == typed);
    let (locale, _) = known.ok_or_else(|| Error::field("/locale", "must be en, de or es"))?;
    change(&app, &me, |new| new.locale = Some(locale.tag())).await?;
    Ok(saved())
}

async fn reminders(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let mut shown = page(&app, &me).await?;
    for night in &mut shown.nights {
        let typed = |end: &str| form.text(&format!("{}-{end}", night.key)).trim().to_owned();
        (night.from, night.to) = (typed("from"), typed("to"));
    }
    shown.one_message = form.get("digest").is_some();
    shown.nudges = form.get("nudges").is_some();
    let quiet_hours = match quiet_hours(&shown.nights) {
        Ok(hours) => hours,
        Err((day, key)) => {
            let words = shown.voice.one(key, "day", &day);
            return wrong(shown, "reminders", words);
        }
    };
    let digest = if shown.one_message {
        Digest::SameTime
    } else {
        Digest::Off
    };
    let reminders = PatientSettings {
        quiet_hours,
        digest: Some(digest),
        nudges: Some(shown.nudges),
    };
    change(&app, &me, |new| new.reminders = reminders).await?;
    Ok(saved())
}

/// The quiet hours of a form; none at all where no row says any. What is wrong is told of its day.
fn quiet_hours(nights: &[Night]) -> Result<Option<QuietHours>, (String, &'static str)> {
    let mut hours = QuietHours::default();
    for (night, weekday) in nights.iter().zip(Weekday::ALL) {
        match (night.from.is_empty(), night.to.is_empty()) {
            (true, true) => continue,
            (false, false) => {}
            _ => return Err((night.day.clone(), "me_quiet_mend")),
        }
        let quiet = Quiet {
            from: night.from.clone(),
            to: night.to.clone(),
        };
        hours.0.insert(weekday, quiet);
        let mut errors: Vec<FieldError> = Vec::new();
        hours.check("", &mut errors);
        if !errors.is_empty() {
            return Err((night.day.clone(), "me_quiet_time"));
        }
    }
    Ok((!hours.0.is_empty()).then_some(hours))
}

async fn zone(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let typed = form.text("time_zone").trim();
    if time_zone("/time_zone", typed).is_err() {
        let mut shown = page(&app, &me).await?;
        shown.zone_typed = typed.chars().take(100).collect();
        let words = shown.voice.say("me_zone_mend");
        return wrong(shown, "zone", words);
    }
    // Asked and said so: believed at once.
    let says = Says::Patient(me.device);
    travel::report(&app, me.scope, me.id, says, typed.to_owned()).await?;
    Ok(saved())
}

async fn pause(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let typed = ["from", "through", "reason"].map(|field| form.text(field).trim().to_owned());
    let key = match read_pause(&typed) {
        Ok((from, through, reason)) => {
            match own_pause::enter(&app, &me, from, through, reason).await? {
                Ok(_) => return Ok(saved()),
                Err(refusal) => refusal.text_key(),
            }
        }
        Err(key) => key,
    };
    let mut shown = page(&app, &me).await?;
    let words = shown.voice.one(key, "days", &shown.most_days);
    shown.typed = typed.map(|text| text.chars().take(20).collect());
    wrong(shown, "pause", words)
}

fn read_pause(typed: &[String; 3]) -> Result<(Date, Date, PauseReason), &'static str> {
    let [from, through, reason] = typed;
    let dates = from.parse().ok().zip(through.parse().ok());
    let (from, through) = dates.ok_or("me_pause_dates")?;
    let reason = PauseReason::from_name(reason).filter(|reason| OWN_REASONS.contains(reason));
    Ok((from, through, reason.ok_or("me_pause_mend_reason")?))
}

async fn end_pause(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let id = form
        .text("pause")
        .parse()
        .map_err(|_| Error::field("/pause", "must be of this page"))?;
    own_pause::end(&app, &me, id).await?;
    Ok(saved())
}

async fn withdraw(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    if form.get("sure").is_none() {
        let shown = page(&app, &me).await?;
        let words = shown.voice.say("me_withdraw_tick");
        return wrong(shown, "withdraw", words);
    }
    consent::withdraw(&app, me.scope, me.id).await?;
    Ok(saved())
}

/// Ends this device; the browser forgets what it kept.
async fn disconnect(app: web::Data<App>, me: Patient, _form: Form) -> Result<HttpResponse> {
    devices::end(&app, me.scope, me.id, me.device).await?;
    let mut gone = Cookie::build(cookie_name(app.settings.secure_cookies()), "")
        .path("/")
        .http_only(true)
        .secure(app.settings.secure_cookies())
        .finish();
    gone.make_removal();
    Ok(HttpResponse::SeeOther()
        .cookie(gone)
        .insert_header(("clear-site-data", "\"cache\", \"cookies\", \"storage\""))
        .insert_header((header::LOCATION, "/enrol"))
        .finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(key: &str, from: &str, to: &str) -> Night {
        Night {
            key: key.to_owned(),
            day: key.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    #[test]
    fn quiet_hours_need_both_ends_and_times() {
        let week = |monday: (&str, &str)| {
            let mut all = vec![night("mon", monday.0, monday.1)];
            let rest = Weekday::ALL.iter().skip(1);
            all.extend(rest.map(|day| night(day.words(), "", "")));
            quiet_hours(&all)
        };
        assert_eq!(week(("", "")).unwrap(), None, "the clinic's hold");
        let hours = week(("22:00", "07:00")).unwrap().unwrap();
        assert_eq!(hours.0.len(), 1);
        let refused = |monday| week(monday).unwrap_err().1;
        assert_eq!(refused(("22:00", "")), "me_quiet_mend");
        assert_eq!(refused(("22:00", "25:00")), "me_quiet_time");
    }

    #[test]
    fn a_pause_needs_dates_and_a_reason_of_ones_own() {
        let read = |from: &str, through: &str, reason: &str| {
            read_pause(&[from, through, reason].map(str::to_owned))
        };
        assert!(read("2026-03-02", "2026-03-05", "holiday").is_ok());
        assert_eq!(read("", "2026-03-05", "holiday"), Err("me_pause_dates"));
        assert_eq!(
            read("2026-03-02", "2026-03-05", "surgery"),
            Err("me_pause_mend_reason")
        );
    }

    #[test]
    fn every_reason_and_language_has_its_words() {
        for reason in OWN_REASONS {
            assert!(crate::texts::has(&format!("me_pause_{}", reason.as_str())));
        }
        for (locale, words) in LANGUAGES {
            assert!(!words.is_empty() && Voice::of(locale.tag()).language() == locale.tag());
        }
    }
}
