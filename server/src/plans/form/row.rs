//! One row of the plan editor's form.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::http::extract::Form;
use crate::plans::library;
use crate::plans::spec::{
    self, Dose, EventKind, PlanItemSpec, Recurrence, RecurrenceKind, Weekday, Window,
};

use super::carried::Carried;
use super::extras::ExtrasForm;
use super::growth::GrowthForm;

/// Times of day a row offers at least.
const TIMES: usize = 4;

/// A time of day as typed, and how long around it an answer is on time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeForm {
    /// `HH:MM`, or empty.
    pub at: String,
    /// Minutes before, when not the usual ones.
    pub before: String,
    /// Minutes after, when not the usual ones.
    pub after: String,
}

/// One row as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the fields of PlanItemSpec")]
pub struct RowForm {
    pub exercise: String,
    pub sets: String,
    pub reps: String,
    pub hold_s: String,
    pub minutes: String,
    pub each_side: bool,
    pub kind: String,
    pub weekdays: Vec<Weekday>,
    pub n_days: String,
    pub n_weeks: String,
    pub times_a_week: String,
    pub event: String,
    pub offset_days: String,
    pub for_days: String,
    pub extras: ExtrasForm,
    pub growth: GrowthForm,
    pub times: Vec<TimeForm>,
    pub starts_on: String,
    pub ends_on: String,
    pub remove: bool,
    /// What the form does not show, as JSON: it comes back as it went out.
    pub carried: String,
    /// What is wrong, by field.
    pub errors: BTreeMap<&'static str, String>,
}

/// A field as its label names it.
pub(super) fn label(field: &str) -> &'static str {
    match field {
        "exercise" => "The exercise",
        "sets" => "Sets",
        "reps" => "Repetitions",
        "hold_s" => "Seconds held",
        "minutes" => "Minutes",
        "weekdays" => "The weekdays",
        "n_days" => "The number of days",
        "n_weeks" => "The number of weeks",
        "times_a_week" => "The number of times a week",
        "event" => "The event",
        "offset_days" => "The number of days after the event",
        "for_days" => "The number of days it goes on",
        "reminders" => "The reminders",
        "gap" => "The minutes between reminders",
        "sensor" => "What is worn",
        "tag" => "Which one is worn",
        "worn_by" => "The time by which it should be worn",
        "ramp_start" => "What the wear-in begins with",
        "ramp_add" => "What the wear-in adds",
        "ramp_every" => "The due days of a step",
        "levels" => "The levels",
        "min_days" => "The days at a level",
        "min_adherence" => "The percentage done",
        "max_pain" => "The pain",
        "times" => "The times of day",
        "open" => "The minutes before and after a time",
        "starts_on" => "The first day",
        "carried" => "What the form does not show",
        _ => "The last day",
    }
}

fn shown(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// The name of a kind of recurrence in the form.
pub fn kind_name(kind: RecurrenceKind) -> &'static str {
    match kind {
        RecurrenceKind::Daily => "daily",
        RecurrenceKind::Weekdays => "weekdays",
        RecurrenceKind::EveryNDays => "every_n_days",
        RecurrenceKind::EveryNWeeks => "every_n_weeks",
        RecurrenceKind::TimesPerWeek => "times_per_week",
        RecurrenceKind::AfterEvent => "after_event",
    }
}

impl RowForm {
    pub(super) fn empty(today: Date) -> Self {
        let times = vec![TimeForm::default(); TIMES];
        Self {
            kind: "daily".to_owned(),
            times,
            starts_on: today.to_string(),
            ..Self::default()
        }
    }

    pub(super) fn of(item: &PlanItemSpec) -> Self {
        let mut times: Vec<TimeForm> = item.windows.iter().map(TimeForm::of).collect();
        times.resize_with(times.len().max(TIMES), TimeForm::default);
        let recurrence = &item.recurrence;
        Self {
            exercise: item.exercise.clone(),
            sets: item.dose.sets.to_string(),
            reps: shown(item.dose.reps),
            hold_s: shown(item.dose.hold_s),
            minutes: shown(item.dose.minutes),
            each_side: item.dose.each_side,
            kind: kind_name(item.recurrence.kind).to_owned(),
            weekdays: recurrence.weekdays.clone(),
            n_days: shown(recurrence.n_days),
            n_weeks: shown(recurrence.n_weeks),
            times_a_week: shown(recurrence.times),
            event: recurrence
                .event
                .map_or_else(String::new, |event| event.as_str().to_owned()),
            offset_days: shown(recurrence.offset_days),
            for_days: shown(recurrence.for_days),
            extras: ExtrasForm::of(item),
            growth: GrowthForm::of(item),
            times,
            starts_on: item.starts_on.to_string(),
            ends_on: item
                .ends_on
                .map(|date| date.to_string())
                .unwrap_or_default(),
            carried: Carried::of(item).text(),
            ..Self::default()
        }
    }

    pub(super) fn read(form: &Form, row: usize) -> Self {
        let text = |field: &str| form.text(&format!("r{row}-{field}")).trim().to_owned();
        let ticked = |field: &str| form.get(&format!("r{row}-{field}")).is_some();
        let days = format!("r{row}-weekday");
        let weekdays = Weekday::ALL
            .into_iter()
            .filter(|day| form.all(&days).any(|name| name == day.words()))
            .collect();
        let count = (0..spec::MAX_WINDOWS)
            .take_while(|time| ticked(&format!("t{time}-at")))
            .count();
        Self {
            exercise: text("exercise"),
            sets: text("sets"),
            reps: text("reps"),
            hold_s: text("hold_s"),
            minutes: text("minutes"),
            each_side: ticked("each_side"),
            kind: text("kind"),
            weekdays,
            n_days: text("n_days"),
            n_weeks: text("n_weeks"),
            times_a_week: text("times_a_week"),
            event: text("event"),
            offset_days: text("offset_days"),
            for_days: text("for_days"),
            extras: ExtrasForm::read(form, row),
            growth: GrowthForm::read(form, row),
            times: (0..count)
                .map(|time| TimeForm {
                    at: text(&format!("t{time}-at")),
                    before: text(&format!("t{time}-before")),
                    after: text(&format!("t{time}-after")),
                })
                .collect(),
            starts_on: text("starts_on"),
            ends_on: text("ends_on"),
            remove: ticked("remove"),
            carried: text("carried"),
            errors: BTreeMap::new(),
        }
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }

    /// What was typed into a field of the dose or of the days.
    pub fn number(&self, field: &str) -> &str {
        match field {
            "sets" => &self.sets,
            "reps" => &self.reps,
            "hold_s" => &self.hold_s,
            "n_days" => &self.n_days,
            "n_weeks" => &self.n_weeks,
            "times_a_week" => &self.times_a_week,
            "offset_days" => &self.offset_days,
            "for_days" => &self.for_days,
            _ => &self.minutes,
        }
    }

    /// Whether something is wrong with how the dose grows.
    pub fn is_growth_wrong(&self) -> bool {
        let fields = [
            "ramp_start",
            "ramp_add",
            "ramp_every",
            "levels",
            "min_days",
            "min_adherence",
            "max_pain",
        ];
        fields.iter().any(|field| self.errors.contains_key(field))
    }

    /// Whether something is wrong with its reminders, with wearing, or with how long it can be answered.
    pub fn is_more_wrong(&self) -> bool {
        let fields = ["reminders", "gap", "sensor", "tag", "worn_by", "open"];
        fields.iter().any(|field| self.errors.contains_key(field))
    }

    /// Whether it is open to answers for another time than the usual one.
    pub fn is_open_unusually(&self) -> bool {
        self.times.iter().any(TimeForm::is_unusual)
    }

    /// What else the line has that the form cannot show, in words.
    pub fn kept_words(&self) -> Vec<&'static str> {
        Carried::read(&self.carried)
            .map(|carried| carried.words())
            .unwrap_or_default()
    }

    /// Whether a weekday is ticked.
    pub fn has(&self, day: &Weekday) -> bool {
        self.weekdays.contains(day)
    }

    /// The first complaint about a field is the one that is shown.
    pub(super) fn blame(&mut self, field: &'static str, words: String) {
        self.errors.entry(field).or_insert(words);
    }

    pub(super) fn is_blank(&self) -> bool {
        let dose = [&self.sets, &self.reps, &self.hold_s, &self.minutes];
        self.exercise.is_empty()
            && dose.iter().all(|text| text.is_empty())
            && self.times.iter().all(|time| time.at.is_empty())
    }

    /// The line the row describes as far as it can be read, so that the rules see it too; nothing for a
    /// blank or removed row.
    pub(super) fn check(&mut self) -> Option<PlanItemSpec> {
        if self.remove || self.is_blank() {
            return None;
        }
        if library::find(&self.exercise).is_none() {
            self.blame(
                "exercise",
                "Choose an exercise or habit, or clear the row.".to_owned(),
            );
        }
        let carried = Carried::read(&self.carried);
        if carried.is_none() {
            self.blame(
                "carried",
                "What the form does not show came back changed: load the page again.".to_owned(),
            );
        }
        let dose = self.dose();
        let recurrence = self.recurrence();
        let windows = self.windows();
        let starts_on = self.date("starts_on", &self.starts_on.clone());
        let ends_on = if self.ends_on.is_empty() {
            None
        } else {
            self.date("ends_on", &self.ends_on.clone())
        };
        let (ladder, gap, sensor) = (
            self.extras.ladder(),
            self.extras.gap(),
            self.extras.sensor(),
        );
        let ladder = self.or_blame(ladder);
        let gap = self.or_blame(gap);
        let sensor = self.or_blame(sensor);
        let ramp = self.growth.ramp();
        let ramp = self.or_blame(ramp);
        let grows = dose
            .as_ref()
            .zip(carried.as_ref())
            .map(|(dose, carried)| self.growth.progression(dose, carried.graded.clone()));
        let progression = grows.and_then(|read| self.or_blame(read));
        let mut carried = carried?;
        let kept = carried.progression.take();
        let item = PlanItemSpec::plain(&self.exercise, dose?, recurrence?, windows, starts_on?);
        Some(PlanItemSpec {
            ends_on,
            ramp: ramp?,
            progression: progression?.or(kept),
            ladder: ladder?,
            min_gap_min: gap?,
            sensor: sensor?,
            ..item
        })
    }

    /// What was read, or nothing and a complaint beside the field.
    fn or_blame<T>(&mut self, read: Result<T, (&'static str, &'static str)>) -> Option<T> {
        read.map_err(|(field, rule)| self.blame(field, format!("{} {rule}.", label(field))))
            .ok()
    }

    /// The dose as typed, or the library's where none is.
    fn dose(&mut self) -> Option<Dose> {
        let nothing_typed = [&self.sets, &self.reps, &self.hold_s, &self.minutes]
            .iter()
            .all(|text| text.is_empty());
        if nothing_typed {
            return library::find(&self.exercise).map(|exercise| exercise.dose.clone());
        }
        let sets = if self.sets.is_empty() {
            Some(1)
        } else {
            self.whole("sets", &self.sets.clone())
        };
        let reps = self.whole("reps", &self.reps.clone());
        let hold_s = self.whole("hold_s", &self.hold_s.clone());
        let minutes = self.whole("minutes", &self.minutes.clone());
        if minutes.is_some() && (reps.is_some() || hold_s.is_some()) {
            self.blame(
                "minutes",
                "Minutes cannot stand beside repetitions or seconds held.".to_owned(),
            );
        }
        Some(Dose {
            sets: sets?,
            reps,
            hold_s,
            minutes,
            each_side: self.each_side,
        })
    }

    fn whole(&mut self, field: &'static str, text: &str) -> Option<u32> {
        let number = text.parse().ok();
        if number.is_none() && !text.is_empty() {
            self.blame(field, format!("{} must be a whole number.", label(field)));
        }
        number
    }

    fn date(&mut self, field: &'static str, text: &str) -> Option<Date> {
        let date = text.parse().ok();
        if date.is_none() {
            self.blame(field, format!("{} must be a date.", label(field)));
        }
        date
    }

    fn recurrence(&mut self) -> Option<Recurrence> {
        use RecurrenceKind::{AfterEvent, EveryNDays, EveryNWeeks, TimesPerWeek, Weekdays};
        let kind = RecurrenceKind::ALL
            .into_iter()
            .find(|kind| kind_name(*kind) == self.kind);
        let after_event = kind == Some(AfterEvent);
        let on_weekdays = matches!(kind, Some(Weekdays | EveryNWeeks));
        if !on_weekdays && !self.weekdays.is_empty() {
            self.blame(
                "weekdays",
                "Weekdays are ticked: choose a kind with weekdays, or untick them.".to_owned(),
            );
        }
        if on_weekdays && self.weekdays.is_empty() {
            self.blame("weekdays", "Tick at least one weekday.".to_owned());
        }
        let by_days = matches!(kind, Some(EveryNDays | AfterEvent));
        let n_days = self.of_kind("n_days", &self.n_days.clone(), by_days);
        let n_weeks = self.of_kind("n_weeks", &self.n_weeks.clone(), kind == Some(EveryNWeeks));
        let typed = self.times_a_week.clone();
        let times = self.of_kind("times_a_week", &typed, kind == Some(TimesPerWeek));
        let offset_days = self.of_kind("offset_days", &self.offset_days.clone(), after_event);
        let for_days = self.of_kind("for_days", &self.for_days.clone(), after_event);
        let event = EventKind::from_name(&self.event);
        if after_event && event.is_none() {
            self.blame("event", "Choose after what.".to_owned());
        }
        if !after_event && !self.event.is_empty() {
            let rule = "is chosen: choose the kind of days it belongs to, or clear it.";
            self.blame("event", format!("{} {rule}", label("event")));
        }
        if kind.is_none() {
            self.blame("kind", "Choose on which days.".to_owned());
        }
        Some(Recurrence {
            kind: kind?,
            weekdays: self.weekdays.clone(),
            n_days,
            n_weeks,
            times,
            event,
            offset_days,
            for_days,
        })
    }

    /// A number that belongs to one way of saying on which days.
    fn of_kind(&mut self, field: &'static str, text: &str, is_asked: bool) -> Option<u32> {
        let number = self.whole(field, text);
        if number.is_some() && !is_asked {
            let rule = "is given: choose the kind of days it belongs to, or clear it";
            self.blame(field, format!("{} {rule}.", label(field)));
        }
        number
    }

    fn windows(&mut self) -> Vec<Window> {
        let (mut windows, mut unread) = (Vec::new(), false);
        for time in self.times.iter().filter(|time| !time.at.is_empty()) {
            let window = time.window();
            unread |= window.is_none();
            windows.push(window.unwrap_or_else(|| Window::at(&time.at)));
        }
        if unread {
            self.blame("open", format!("{} must be whole numbers.", label("open")));
        }
        if windows.is_empty() {
            self.blame("times", "Give at least one time of day.".to_owned());
        }
        windows
    }
}

impl TimeForm {
    fn of(window: &Window) -> Self {
        Self {
            at: window.at.clone(),
            before: window.opens_before_min.to_string(),
            after: window.closes_after_min.to_string(),
        }
    }

    /// The window, with the usual lead and grace where none is typed.
    fn window(&self) -> Option<Window> {
        let usual = Window::at(&self.at);
        let minutes = |typed: &str, usual: u32| match typed {
            "" => Some(usual),
            text => text.parse().ok(),
        };
        Some(Window {
            opens_before_min: minutes(&self.before, usual.opens_before_min)?,
            closes_after_min: minutes(&self.after, usual.closes_after_min)?,
            ..usual
        })
    }

    fn is_unusual(&self) -> bool {
        self.window() != Some(Window::at(&self.at))
    }
}
