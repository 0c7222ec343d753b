//! HTML: what the clinic has set, part by part. Admins change it; everybody of the clinic can read it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fields::{FIELDS, NIGHTS, PARTS, QUIET};
use super::read::{self, Kind};
use super::{ClinicSettings, current};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Query};
use crate::http::format;
use crate::http::guard::{Admin, Clinician};
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::http::typed::Typed;
use crate::store::audit::{self, Actor};
use crate::store::clinics::{self, Role};
use crate::store::types::Digest;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/settings")
            .get(Access::Clinician, show)
            .post(Access::Admin, change),
    ]
}

/// Which part was just saved, so that the page says so once.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ShowQuery {
    saved: Option<String>,
}

/// A setting as shown.
struct FieldView {
    name: String,
    label: String,
    unit: &'static str,
    kind: Kind,
    /// What is in force, in words.
    value: String,
    /// Between which values it may lie, and what it is where nothing was set.
    hint: String,
    /// It is not what it is where nothing was set.
    is_own: bool,
}

/// A part as shown.
struct PartView {
    key: String,
    title: String,
    /// Within a sentence.
    short: String,
    about: &'static str,
    /// What the part was when the form was made.
    seen: String,
    fields: Vec<FieldView>,
    has_nights: bool,
    form: Typed,
    /// What somebody else changed meanwhile.
    meanwhile: Option<Meanwhile>,
}

/// What somebody else changed while a form was open.
struct Meanwhile {
    who: String,
    changes: Vec<String>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    identity: Identity,
    is_admin: bool,
    last: Option<String>,
    parts: Vec<PartView>,
    saved: Option<String>,
}

/// What the clinic has set, by whom last, and whether the caller may change it.
struct State {
    whole: Value,
    last: Option<(Actor, jiff::Timestamp)>,
    names: Vec<clinics::Clinician>,
    is_admin: bool,
}

async fn state(app: &App, clinician: &Clinician) -> Result<State> {
    let id = clinician.id;
    app.store
        .read("settings_page", clinician.scope, move |tx| {
            Ok(State {
                whole: serde_json::to_value(current(tx)?).map_err(Error::internal)?,
                last: audit::last_settings(tx)?,
                names: clinics::clinicians(tx)?,
                is_admin: clinics::clinician(tx, id)?.role == Role::Admin,
            })
        })
        .await
}

impl State {
    /// Who changed anything last, and when, in the clinic's zone.
    fn last(&self, identity: &Identity) -> Result<Option<String>> {
        let Some((actor, at)) = &self.last else {
            return Ok(None);
        };
        let zone = TimeZone::get(&identity.time_zone).map_err(Error::internal)?;
        let who = match actor {
            Actor::Clinician(id) => {
                let known = self.names.iter().find(|one| one.id == *id);
                known.map_or("a clinician", |one| one.name.as_str())
            }
            Actor::Other => "the operator",
        };
        Ok(Some(format!("{who}, {}", format::date_time(*at, &zone))))
    }
}

/// What a part was: a form is taken for the part as it showed it, and for no other.
fn seen(whole: &Value, part: &str) -> String {
    let text = whole.get(part).map(Value::to_string).unwrap_or_default();
    let Digest([a, b, c, d, e, f, g, h, ..]) = Digest::of(text.as_bytes());
    format!("{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}{g:02x}{h:02x}")
}

fn in_words(name: &str, value: &Value) -> String {
    let text = read::shown(value);
    match read::kind(name) {
        Kind::Choice(choices) => {
            let own = choices.iter().find(|(key, _)| *key == text);
            own.map_or(text.clone(), |(_, words)| (*words).to_owned())
        }
        Kind::Whole(..) | Kind::WholeOrNone(..) | Kind::Same => text,
    }
}

/// The name of a setting that has no words of its own.
fn plain(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.replace('_', " ")
}

fn field(name: String, whole: &Value, defaults: &Value) -> FieldView {
    let own = FIELDS.iter().find(|field| field.name == name);
    let of = |value: &Value| {
        value
            .pointer(&format!("/{name}"))
            .cloned()
            .unwrap_or_default()
    };
    let (value, default) = (of(whole), of(defaults));
    let kind = read::kind(&name);
    let default_words = in_words(&name, &default);
    FieldView {
        label: own.map_or_else(|| plain(&name), |field| field.label.to_owned()),
        unit: own.map_or("", |field| field.unit),
        hint: match kind {
            Kind::Whole(low, high) => format!("{low} to {high}; default {default_words}"),
            Kind::WholeOrNone(low, high) => {
                format!("{low} to {high}; empty: what the rules say, which is the default")
            }
            Kind::Choice(_) | Kind::Same => format!("Default: {default_words}"),
        },
        value: in_words(&name, &value),
        is_own: value != default,
        kind,
        name,
    }
}

/// The parts with words first, then any others.
fn keys(whole: &Value) -> Vec<String> {
    let mut all: Vec<String> = PARTS.iter().map(|(key, ..)| (*key).to_owned()).collect();
    for key in whole.as_object().into_iter().flat_map(|parts| parts.keys()) {
        if !all.contains(key) {
            all.push(key.clone());
        }
    }
    all
}

fn part(key: String, whole: &Value, form: Option<Typed>) -> PartView {
    let defaults = json!(ClinicSettings::default());
    let own = PARTS.iter().find(|(known, ..)| *known == key);
    let title = own.map_or_else(|| plain(&key), |(_, title, _)| (*title).to_owned());
    PartView {
        short: title.to_lowercase(),
        title,
        about: own.map_or("", |(_, _, about)| about),
        seen: seen(whole, &key),
        fields: read::names(whole, &key)
            .into_iter()
            .map(|name| field(name, whole, &defaults))
            .collect(),
        has_nights: QUIET.starts_with(&key),
        form: form.unwrap_or_else(|| read::filled(whole, &key)),
        meanwhile: None,
        key,
    }
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<ShowQuery>,
) -> Result<HttpResponse> {
    let state = state(&app, &clinician).await?;
    let parts: Vec<PartView> = keys(&state.whole)
        .into_iter()
        .map(|key| part(key, &state.whole, None))
        .collect();
    let identity = identity(&app, &clinician).await?;
    let own = |part: &&PartView| query.0.saved.as_deref() == Some(part.key.as_str());
    html(&SettingsPage {
        last: state.last(&identity)?,
        saved: parts.iter().find(own).map(|part| part.title.clone()),
        is_admin: state.is_admin,
        identity,
        parts,
    })
}

async fn change(
    app: web::Data<App>,
    clinician: Clinician,
    _: Admin,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let key = typed.value("part").to_owned();
    let before = state(&app, &clinician).await?;
    if !keys(&before.whole).contains(&key) {
        return Err(Error::field("/part", "must be a part of the settings"));
    }
    let changes = read::changes(&mut typed, &before.whole, &key);
    if typed.is_wrong() {
        return again(&app, &clinician, before, &key, typed, REFUSED).await;
    }
    let seen_by_form = typed.value("seen").to_owned();
    match save(&app, &clinician, key.clone(), seen_by_form, changes).await {
        Ok(()) => Ok(see_other(&format!("/settings?saved={key}#{key}"))),
        Err(error) if error.code == Code::Conflict => {
            let now = state(&app, &clinician).await?;
            again(&app, &clinician, now, &key, typed, error.status_code()).await
        }
        Err(error) if error.errors.is_empty() => Err(error),
        Err(error) => {
            for broken in &error.errors {
                let name = read::field_of(&broken.pointer, &typed);
                typed.blame(name, format!("This {}.", named(&broken.rule)));
            }
            again(&app, &clinician, before, &key, typed, REFUSED).await
        }
    }
}

/// A rule that names another setting, with that one's words.
fn named(rule: &str) -> String {
    let last = rule.rsplit(' ').next().unwrap_or_default();
    let own = FIELDS
        .iter()
        .find(|field| field.name.rsplit('/').next() == Some(last));
    own.map_or_else(
        || rule.to_owned(),
        |field| rule.replace(last, &format!("“{}”", field.label)),
    )
}

/// Changes one part of what is in force now; the others stay as they are.
async fn save(
    app: &App,
    clinician: &Clinician,
    key: String,
    seen_by_form: String,
    changes: read::Changes,
) -> Result<()> {
    let entry = app.audit("clinic.settings", "clinic", None);
    app.store
        .write("change_settings", clinician.scope, move |tx| {
            clinics::lock(tx)?;
            let mut whole = serde_json::to_value(current(tx)?).map_err(Error::internal)?;
            if seen(&whole, &key) != seen_by_form {
                return Err(Error::detailed(
                    Code::Conflict,
                    "this part was changed meanwhile",
                ));
            }
            read::put(&mut whole, &changes);
            let settings: ClinicSettings = serde_json::from_value(whole)
                .map_err(|_| Error::field(format!("/{key}"), "has a value of another kind"))?;
            settings.check()?;
            let text = serde_json::to_string(&settings).map_err(Error::internal)?;
            clinics::set_settings(tx, &text)?;
            audit::append(tx, &[entry])
        })
        .await
}

/// The page again, with one part as typed.
async fn again(
    app: &App,
    clinician: &Clinician,
    state: State,
    key: &str,
    typed: Typed,
    status: StatusCode,
) -> Result<HttpResponse> {
    let identity = identity(app, clinician).await?;
    let last = state.last(&identity)?;
    let mut parts: Vec<PartView> = keys(&state.whole)
        .into_iter()
        .map(|one| {
            let form = (one == key).then(|| typed.clone());
            part(one, &state.whole, form)
        })
        .collect();
    if status == StatusCode::CONFLICT {
        for part in parts.iter_mut().filter(|part| part.key == key) {
            part.meanwhile = Some(Meanwhile {
                who: last.clone().unwrap_or_default(),
                changes: differing(part),
            });
        }
    } else {
        // The form is still for the part as it showed it.
        for part in parts.iter_mut().filter(|part| part.key == key) {
            part.seen = typed.value("seen").to_owned();
        }
    }
    let page = SettingsPage {
        identity,
        is_admin: state.is_admin,
        last,
        parts,
        saved: None,
    };
    html_as(status, &page)
}

/// What is in force now and is not what was typed.
fn differing(part: &PartView) -> Vec<String> {
    let typed = |field: &&FieldView| {
        let text = Value::from(part.form.value(&field.name));
        in_words(&field.name, &text) != field.value
    };
    part.fields
        .iter()
        .filter(typed)
        .map(|field| format!("{}: now {} {}", field.label, field.value, field.unit))
        .collect()
}
