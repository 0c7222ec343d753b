//! Settings as a form has them: values by their place in the whole, read back and put in place.

use serde_json::{Map, Value};

use super::fields::{FIELDS, NIGHTS, QUIET};
use crate::http::typed::Typed;

/// What a setting can be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// The same, or nothing: then another rule holds.
    WholeOrNone(i64, i64),
    /// One of these, each with its words; `true` and `false` for a truth.
    Choice(&'static [(&'static str, &'static str)]),
    /// Whatever it was: a setting without words of its own.
    Same,
}

/// Values to be put in place: `None` takes away.
pub(super) type Changes = Vec<(String, Option<Value>)>;

/// The places of all values of a whole, as `pain/spike_from`.
pub(super) fn leaves(whole: &Value) -> Vec<String> {
    let mut all = Vec::new();
    collect(whole, String::new(), &mut all);
    all
}

fn collect(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let at = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}/{name}")
                };
                collect(value, at, all);
            }
        }
        _ => all.push(at),
    }
}

/// The value at a place.
pub(super) fn place<'a>(whole: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    whole.pointer_mut(&format!("/{name}"))
}

/// A value as it is typed and shown.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What one setting of a part can be; those without words of their own stay of their kind.
pub(super) fn kind(name: &str) -> Kind {
    let own = FIELDS.iter().find(|field| field.name == name);
    own.map_or(Kind::Same, |field| field.kind)
}

/// The settings of a part: those with words first, in their order, then any others, and without the quiet hours.
pub(super) fn names(whole: &Value, part: &str) -> Vec<String> {
    let own = |name: &str| {
        name.strip_prefix(part)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let mut all: Vec<String> = FIELDS
        .iter()
        .map(|field| field.name.to_owned())
        .filter(|name| own(name))
        .collect();
    for leaf in leaves(whole) {
        if own(&leaf) && !leaf.starts_with(QUIET) && !all.contains(&leaf) {
            all.push(leaf);
        }
    }
    all
}

/// The form of a part, filled with what is in force.
pub(super) fn filled(whole: &Value, part: &str) -> Typed {
    let mut form = Typed::default();
    for name in names(whole, part) {
        let value = whole.pointer(&format!("/{name}"));
        form.put(&name, value.map(shown).unwrap_or_default());
    }
    if QUIET.starts_with(part) {
        for (day, _) in NIGHTS {
            for end in ["from", "to"] {
                let name = format!("{QUIET}/{day}/{end}");
                let value = whole.pointer(&format!("/{name}"));
                form.put(name, value.map(shown).unwrap_or_default());
            }
        }
    }
    form
}

/// What a form changes in a part; the form remembers what is wrong with it.
pub(super) fn changes(form: &mut Typed, whole: &Value, part: &str) -> Changes {
    let mut all = Changes::new();
    for name in names(whole, part) {
        let before = whole.pointer(&format!("/{name}")).unwrap_or(&Value::Null);
        match value(form.value(&name), kind(&name), before) {
            Ok(value) => all.push((name, Some(value))),
            Err(words) => form.blame(name, words),
        }
    }
    if QUIET.starts_with(part) {
        for (day, _) in NIGHTS {
            all.extend(night(form, day));
        }
    }
    all
}

fn value(typed: &str, kind: Kind, before: &Value) -> Result<Value, String> {
    match kind {
        Kind::Whole(low, high) => {
            let number: Option<i64> = typed.parse().ok();
            let number = number.ok_or_else(|| format!("Give a whole number, {low} to {high}."))?;
            if (low..=high).contains(&number) {
                Ok(Value::from(number))
            } else {
                Err(format!("This must be between {low} and {high}."))
            }
        }
        Kind::WholeOrNone(..) if typed.trim().is_empty() => Ok(Value::Null),
        Kind::WholeOrNone(low, high) => value(typed, Kind::Whole(low, high), before),
        Kind::Choice(choices) => {
            let known = choices.iter().any(|(key, _)| *key == typed);
            let chosen = || match before {
                Value::Bool(_) => Value::from(typed == "true"),
                _ => Value::from(typed),
            };
            known
                .then(chosen)
                .ok_or_else(|| "Choose one of these.".to_owned())
        }
        Kind::Same if before.is_string() => Ok(Value::from(typed)),
        // A number, a truth or a list, written as in JSON.
        Kind::Same => serde_json::from_str(typed)
            .map_err(|_| "Write this as it was: a number, or true or false.".to_owned()),
    }
}

/// The quiet hours that begin on a weekday; none where both ends are empty.
fn night(form: &mut Typed, day: &str) -> Option<(String, Option<Value>)> {
    let [from, to] = ["from", "to"].map(|end| format!("{QUIET}/{day}/{end}"));
    let place = format!("{QUIET}/{day}");
    match (form.value(&from).to_owned(), form.value(&to).to_owned()) {
        (begin, end) if begin.is_empty() && end.is_empty() => Some((place, None)),
        (begin, end) if !begin.is_empty() && !end.is_empty() => {
            Some((place, Some(serde_json::json!({ "from": begin, "to": end }))))
        }
        (begin, _) => {
            let missing = if begin.is_empty() { from } else { to };
            form.blame(missing, "Give both times, or none.");
            None
        }
    }
}

/// Puts changes in place.
pub(super) fn put(whole: &mut Value, changes: &Changes) {
    for (name, value) in changes {
        let Some((within, last)) = name.rsplit_once('/') else {
            continue;
        };
        let Some(fields) = place(whole, within).and_then(Value::as_object_mut) else {
            continue;
        };
        set(fields, last, value.as_ref());
    }
}

fn set(fields: &mut Map<String, Value>, name: &str, value: Option<&Value>) {
    match value {
        Some(value) => drop(fields.insert(name.to_owned(), value.clone())),
        None => drop(fields.remove(name)),
    }
}

/// The field of a broken rule: its own, or the first of the group the rule is about.
pub(super) fn field_of(pointer: &str, form: &Typed) -> String {
    let name = pointer.trim_start_matches('/');
    let group = format!("{name}/");
    let first = FIELDS.iter().find(|field| field.name.starts_with(&group));
    match first {
        Some(field) if !form.has(name) => field.name.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ClinicSettings;
    use super::*;

    #[test]
    fn a_form_that_was_not_touched_changes_nothing() {
        let whole = json!(ClinicSettings::default());
        for (part, ..) in super::super::fields::PARTS {
            let mut form = filled(&whole, part);
            let mut after = whole.clone();
            put(&mut after, &changes(&mut form, &whole, part));
            assert!(!form.is_wrong(), "{part}");
            assert_eq!(after, whole, "{part}");
        }
    }

    #[test]
    fn a_setting_without_words_is_kept_and_can_be_changed() {
        let mut whole = json!(ClinicSettings::default());
        whole["worklist"]["new_one"] = json!(2.5);
        let mut form = filled(&whole, "worklist");
        assert_eq!(form.value("worklist/new_one"), "2.5");
        form.put("worklist/new_one", "3");
        form.put("worklist/good_days", "29");
        let read = changes(&mut form, &whole, "worklist");
        put(&mut whole, &read);
        assert_eq!(whole["worklist"]["new_one"], json!(3));
        assert_eq!(
            whole["worklist"]["good_days"],
            json!(14),
            "what is wrong is not put"
        );
    }

    #[test]
    fn a_night_has_both_ends_or_none() {
        let whole = json!(ClinicSettings::default());
        let mut form = filled(&whole, "reminders");
        form.put("reminders/quiet_hours/mon/from", "");
        changes(&mut form, &whole, "reminders");
        assert!(form.error("reminders/quiet_hours/mon/from").is_some());
        form = filled(&whole, "reminders");
        form.put("reminders/quiet_hours/mon/from", "");
        form.put("reminders/quiet_hours/mon/to", "");
        let mut after = whole.clone();
        put(&mut after, &changes(&mut form, &whole, "reminders"));
        assert!(after["reminders"]["quiet_hours"].get("mon").is_none());
        assert!(after["reminders"]["quiet_hours"].get("tue").is_some());
        assert_eq!(
            field_of("/reminders/silence", &form),
            "reminders/silence/gentle_days"
        );
    }
}
