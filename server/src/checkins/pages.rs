//! HTML: a patient's check-in, and what is to be done now.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::item::{CheckinBody, RedFlagAnswer, Signs, WORST};
use super::read::{self, Today};
use super::scale_service::{self, Answers, Filled};
use super::service::{self, Told, derived};
use super::views::{QUESTIONS, is_asked_apart};
use super::{red_flags, scales};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Query};
use crate::http::guard::Patient;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{CheckinId, ScaleResultId};
use crate::texts::Voice;

/// A form that was open no longer than this was filled in when it was opened: sent twice, it is the same.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// The most activities the PSFS has, and the fewest.
const MOST_ACTIVITIES: usize = 5;
const FEWEST_ACTIVITIES: usize = 3;
/// The longest name of an activity, characters.
const LONGEST: usize = 200;
/// The field of the questionnaire the patient names the items of.
const PSFS: &str = "psfs";

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/check-in")
            .get(Access::Patient, show)
            .post(Access::Patient, take),
    ]
}

/// One question, with its field.
struct Asked {
    field: &'static str,
    kind: &'static str,
    text: String,
}

/// An activity of the PSFS.
struct Activity {
    number: usize,
    label: String,
    ability: String,
}

/// One text the patient is to see at once.
struct Advice {
    /// `emergency`, `urgent` or `other`.
    look: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "check_in.html")]
struct CheckInPage {
    voice: Voice,
    id: CheckinId,
    shown_at: String,
    done: bool,
    /// Why the red-flag questions come first, as a key of the catalogue.
    flags_first: Option<&'static str>,
    flags: Vec<Asked>,
    ratings: Vec<Asked>,
    others: Vec<Asked>,
    psfs: Option<String>,
    activities: Vec<Activity>,
    scale: Vec<String>,
    /// What was typed, by field.
    typed: BTreeMap<String, String>,
    /// What is wrong, by field; the empty field is the form.
    errors: BTreeMap<&'static str, String>,
    sent: bool,
    advice: Vec<Advice>,
}

impl CheckInPage {
    fn of(app: &App, today: &Today) -> Self {
        let voice = Voice::of(&today.locale);
        let flags = red_flags::all().iter().filter(|flag| !is_asked_apart(flag));
        let asked = |rating: bool| {
            QUESTIONS
                .into_iter()
                .filter(move |(_, kind)| (*kind == "rating") == rating)
                .map(|(field, kind)| Asked {
                    field,
                    kind,
                    text: voice.say(&format!("question_{}", field.trim_start_matches("signs/"))),
                })
                .collect::<Vec<_>>()
        };
        let activity = |number: usize| {
            let text = number.to_string();
            Activity {
                number,
                label: voice.one("check_in_activity", "number", &text),
                ability: voice.one("check_in_ability", "number", &text),
            }
        };
        Self {
            id: CheckinId::from(app.ids.uuid()),
            shown_at: app.now().to_string(),
            done: today.done,
            flags_first: today.ask_red_flags.map(|why| match why {
                "first" => "check_in_flags_first",
                _ => "check_in_flags_rise",
            }),
            flags: flags
                .map(|flag| Asked {
                    field: &flag.key,
                    kind: "red_flag",
                    text: voice.say(&flag.text_key),
                })
                .collect(),
            ratings: asked(true),
            others: asked(false),
            psfs: today
                .scales_due
                .contains(&PSFS)
                .then(|| voice.say("question_psfs")),
            activities: (1..=MOST_ACTIVITIES).map(activity).collect(),
            scale: (0..=WORST).map(|value| value.to_string()).collect(),
            typed: BTreeMap::new(),
            errors: BTreeMap::new(),
            sent: false,
            advice: Vec::new(),
            voice,
        }
    }

    /// What was typed in a field.
    fn typed(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }

    /// Whether a choice of a field was made.
    fn chosen(&self, field: &str, value: &str) -> bool {
        self.typed(field) == value
    }

    fn typed_activity(&self, number: &usize) -> &str {
        self.typed(&format!("activity-{number}"))
    }

    fn chosen_ability(&self, number: &usize, value: &str) -> bool {
        self.chosen(&format!("ability-{number}"), value)
    }

    fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }
}

/// The check-in that was just sent.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SentQuery {
    #[serde(default)]
    sent: Option<CheckinId>,
    /// Set where nothing was kept, because consent is withdrawn.
    #[serde(default)]
    discarded: Option<bool>,
}

async fn show(app: web::Data<App>, me: Patient, query: Query<SentQuery>) -> Result<HttpResponse> {
    let today = read::today(&app, me.scope, me.id).await?;
    let mut page = CheckInPage::of(&app, &today);
    if query.0.discarded == Some(true) {
        page.advice = vec![Advice {
            look: "other",
            text: page.voice.say("check_in_discarded"),
        }];
    }
    if let Some(sent) = query.0.sent {
        let told = service::told(&app, &me, sent).await?;
        page.sent = true;
        page.advice = advice(&told, &page.voice);
        if told.ask_red_flags && page.flags_first.is_none() {
            page.flags_first = Some("check_in_flags_rise");
        }
    }
    html(&page)
}

/// The texts to be seen at once, each once, the most pressing first.
fn advice(told: &Told, voice: &Voice) -> Vec<Advice> {
    let mut all: Vec<Advice> = Vec::new();
    for one in &told.advice {
        let exercise = one
            .exercise
            .as_deref()
            .map_or_else(String::new, |key| voice.title(key));
        let advice = Advice {
            look: match one.key {
                "advice_emergency" => "emergency",
                "advice_urgent" => "urgent",
                _ => "other",
            },
            text: voice.one(one.key, "exercise", &exercise),
        };
        if !all.iter().any(|known| known.text == advice.text) {
            all.push(advice);
        }
    }
    all
}

async fn take(app: web::Data<App>, me: Patient, form: Form) -> Result<HttpResponse> {
    let read = match Typed::read(&form, app.now()) {
        Ok(read) => read,
        Err(wrong) => return again(&app, &me, &form, wrong).await,
    };
    let id = read.body.id;
    let taken = match service::take(&app, &me, read.body.clone()).await {
        Ok(taken) => taken,
        Err(error) if error.code == Code::Invalid => {
            return again(&app, &me, &form, wrong(&error)).await;
        }
        Err(error) => return Err(error),
    };
    if taken.disposition == crate::http::batch::DISCARDED {
        return Ok(see_other("/check-in?discarded=true"));
    }
    read.psfs(&app, &me).await?;
    Ok(see_other(&format!("/check-in?sent={id}")))
}

/// Errors of the rules as the form names them.
fn wrong(error: &Error) -> Vec<Wrong> {
    let of = |pointer: &str| match pointer {
        "" => Wrong("", "check_in_empty"),
        "/hours_on_feet" => Wrong("hours_on_feet", "check_in_hours_mend"),
        _ => Wrong("", "check_in_mend"),
    };
    error
        .errors
        .iter()
        .map(|broken| of(&broken.pointer))
        .collect()
}

/// The form again, with what was typed and what is wrong.
async fn again(app: &App, me: &Patient, form: &Form, wrong: Vec<Wrong>) -> Result<HttpResponse> {
    let today = read::today(app, me.scope, me.id).await?;
    let mut page = CheckInPage::of(app, &today);
    let flags = page.flags.iter().map(|flag| flag.field.to_owned());
    let questions = QUESTIONS.iter().map(|(field, _)| (*field).to_owned());
    let activities = (1..=MOST_ACTIVITIES)
        .flat_map(|number| [format!("activity-{number}"), format!("ability-{number}")]);
    let none = std::iter::once("flags_none".to_owned());
    for field in flags.chain(questions).chain(activities).chain(none) {
        let typed: String = form.text(&field).trim().chars().take(LONGEST).collect();
        page.typed.insert(field, typed);
    }
    for Wrong(field, key) in wrong {
        page.errors.insert(field, page.voice.say(key));
    }
    html_as(REFUSED, &page)
}

/// A field, and the text that says what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
struct Wrong(&'static str, &'static str);

/// A check-in as it was typed.
#[derive(Debug)]
struct Typed {
    body: CheckinBody,
    psfs: Option<Answers>,
}

impl Typed {
    fn read(form: &Form, now: Timestamp) -> Result<Self, Vec<Wrong>> {
        let mut errors = Vec::new();
        let Ok(id) = form.text("id").parse() else {
            return Err(vec![Wrong("", "check_in_mend")]);
        };
        let hours = match form.text("hours_on_feet").trim() {
            "" => None,
            text => match text.replace(',', ".").parse::<f64>() {
                Ok(hours) if (0.0..=24.0).contains(&hours) => Some(hours),
                _ => {
                    errors.push(Wrong("hours_on_feet", "check_in_hours_mend"));
                    None
                }
            },
        };
        let psfs = activities(form).unwrap_or_else(|wrong| {
            errors.push(wrong);
            None
        });
        let signs = Signs {
            uneven_shoe_wear: yes_no(form, "signs/uneven_shoe_wear"),
            feet_tire_soon: yes_no(form, "signs/feet_tire_soon"),
            ankles_unsteady: yes_no(form, "signs/ankles_unsteady"),
            pain_travels_down: yes_no(form, "signs/pain_travels_down"),
            standing_makes_worse: yes_no(form, "signs/standing_makes_worse"),
        };
        // One word for all that were left open; a yes stays a yes.
        let none = form.get("flags_none").map(|_| false);
        let flags = red_flags::all().iter().filter_map(|flag| {
            let said = yes_no(form, &flag.key).or(none);
            let yes = said.filter(|_| !is_asked_apart(flag))?;
            Some(RedFlagAnswer {
                key: flag.key.clone(),
                yes,
            })
        });
        let shown_at = form.text("shown_at").parse::<Timestamp>().ok();
        let body = CheckinBody {
            id,
            taken_at: shown_at.filter(|at| is_fresh(*at, now)).unwrap_or(now),
            replaces: None,
            back_pain: rating(form, "back_pain"),
            leg_pain: rating(form, "leg_pain"),
            foot_pain: rating(form, "foot_pain"),
            tired_feet: rating(form, "tired_feet"),
            signs: (signs != Signs::default()).then_some(signs),
            ankle_rolled: yes_no(form, "ankle_rolled"),
            hours_on_feet: hours,
            new_shoes: yes_no(form, "new_shoes"),
            standing_walking_changed: yes_no(form, "standing_walking_changed"),
            fall: yes_no(form, "fall"),
            red_flags: flags.collect(),
            after: None,
        };
        if errors.is_empty() {
            Ok(Self { body, psfs })
        } else {
            Err(errors)
        }
    }

    /// Records the questionnaire of the same form. Its id comes from the check-in's, so that a repeat changes nothing.
    async fn psfs(&self, app: &App, me: &Patient) -> Result<()> {
        let (Some(answers), Some(scale)) = (&self.psfs, scales::find(PSFS)) else {
            return Ok(());
        };
        let filled = Filled {
            id: ScaleResultId::from(derived(self.body.id.bytes(), PSFS)),
            scale,
            taken_at: self.body.taken_at,
            answers: answers.clone(),
        };
        scale_service::record(app, me.scope, me.id, filled)
            .await
            .map(drop)
    }
}

fn is_fresh(shown_at: Timestamp, now: Timestamp) -> bool {
    let open = now.duration_since(shown_at);
    !open.is_negative() && open <= FRESH
}

fn rating(form: &Form, field: &str) -> Option<u8> {
    form.text(field).parse().ok()
}

fn yes_no(form: &Form, field: &str) -> Option<bool> {
    match form.text(field) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The activities of the PSFS; nothing where none is named.
fn activities(form: &Form) -> Result<Option<Answers>, Wrong> {
    const WRONG: Wrong = Wrong(PSFS, "check_in_activities_mend");
    let mut answers = Answers {
        items: Vec::new(),
        activities: Vec::new(),
    };
    for number in 1..=MOST_ACTIVITIES {
        let name = form.text(&format!("activity-{number}")).trim();
        let ability = rating(form, &format!("ability-{number}"));
        match (name.is_empty(), ability) {
            (true, None) => {}
            (false, Some(value)) if value <= WORST && name.chars().count() <= LONGEST => {
                answers.activities.push(name.to_owned());
                answers.items.push(Some(value));
            }
            _ => return Err(WRONG),
        }
    }
    match answers.items.len() {
        0 => Ok(None),
        few if few < FEWEST_ACTIVITIES => Err(WRONG),
        _ => Ok(Some(answers)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T08:00:00Z".parse().unwrap()
    }

    fn read(fields: &[(&str, &str)]) -> Result<Typed, Vec<Wrong>> {
        let id = format!("chk_{:032x}", 1);
        let mut all = vec![("id", id.as_str())];
        all.extend(fields);
        Typed::read(&Form::of(&all), now())
    }

    #[test]
    fn what_is_left_out_stays_unsaid() {
        let body = read(&[("back_pain", "4"), ("fall", "no")]).unwrap().body;
        assert_eq!((body.back_pain, body.leg_pain), (Some(4), None));
        assert_eq!((body.fall, body.new_shoes), (Some(false), None));
        assert!(body.signs.is_none() && body.red_flags.is_empty());
    }

    #[test]
    fn one_word_answers_the_questions_left_open_and_no_yes() {
        let none = read(&[("flags_none", "yes"), ("night_pain", "yes")]);
        let answers = none.unwrap().body.red_flags;
        assert_eq!(
            answers.len(),
            red_flags::all().len() - 1,
            "a fall is asked apart"
        );
        let raised: Vec<&str> = answers
            .iter()
            .filter(|answer| answer.yes)
            .map(|answer| answer.key.as_str())
            .collect();
        assert_eq!(raised, ["night_pain"]);
        assert!(read(&[]).unwrap().body.red_flags.is_empty());
    }

    #[test]
    fn a_form_sent_twice_is_the_same_and_one_left_open_is_of_now() {
        let at = |shown| read(&[("shown_at", shown)]).unwrap().body.taken_at;
        assert_eq!(
            at("2026-03-02T07:50:00Z").to_string(),
            "2026-03-02T07:50:00Z"
        );
        assert_eq!(at("2026-03-02T07:44:59Z"), now(), "left open");
        assert_eq!(at("2026-03-02T08:00:01Z"), now(), "from the future");
        assert_eq!(at("x"), now());
    }

    #[test]
    fn three_to_five_activities_each_with_a_number() {
        let three = [
            ("activity-1", "Climb stairs"),
            ("ability-1", "3"),
            ("activity-2", "Walk the dog"),
            ("ability-2", "5"),
            ("activity-4", "Stand at work"),
            ("ability-4", "0"),
        ];
        let psfs = read(&three).unwrap().psfs.unwrap();
        assert_eq!(psfs.items, [Some(3), Some(5), Some(0)]);
        assert_eq!(psfs.activities[2], "Stand at work");
        assert!(read(&[]).unwrap().psfs.is_none());
        for wrong in [&three[..4], &three[..5], &[("ability-1", "11")][..]] {
            let errors = read(wrong).unwrap_err();
            assert_eq!(errors, [Wrong(PSFS, "check_in_activities_mend")]);
        }
    }

    #[test]
    fn hours_may_have_a_comma_and_end_with_the_day() {
        let hours = |text| read(&[("hours_on_feet", text)]).map(|read| read.body.hours_on_feet);
        assert_eq!(hours("7,5").unwrap(), Some(7.5));
        for wrong in ["25", "-1", "NaN", "many"] {
            assert_eq!(
                hours(wrong).unwrap_err(),
                [Wrong("hours_on_feet", "check_in_hours_mend")],
                "{wrong}"
            );
        }
    }
}
