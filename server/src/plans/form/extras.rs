//! What else a line can say, as typed: its own reminders and their gap, and wearing that is read from insoles.

use crate::http::extract::Form;
use crate::plans::spec::{PlanItemSpec, Rung, RungKind, WearSensor, Wearable};

/// The fields of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtrasForm {
    /// Its reminders, separated by commas: `15 before, at, 30 after, 20 before the end`; `none`; empty for the usual one.
    pub reminders: String,
    /// Minutes between two of them at least.
    pub gap: String,
    /// `orthotic` or `shoe`, or empty.
    pub sensor: String,
    /// Which one, as sessions name it.
    pub tag: String,
    /// Local time by which it should be worn.
    pub worn_by: String,
}

/// A field and what is wrong with it.
type Wrong = (&'static str, &'static str);

/// What stands for no reminder at all.
const NO_REMINDER: &str = "none";
const RULE: &str = "must be such as 15 before, at, 30 after, 20 before the end, or none";

impl ExtrasForm {
    pub(super) fn of(item: &PlanItemSpec) -> Self {
        let sensor = item.sensor.clone();
        Self {
            reminders: item.ladder.as_deref().map_or_else(String::new, written),
            gap: item
                .min_gap_min
                .map_or_else(String::new, |gap| gap.to_string()),
            sensor: sensor.as_ref().map_or("", |it| name(it.tracks)).to_owned(),
            tag: sensor
                .as_ref()
                .and_then(|it| it.tag_id.clone())
                .unwrap_or_default(),
            worn_by: sensor
                .and_then(|it| it.remind_if_not_worn_by)
                .unwrap_or_default(),
        }
    }

    pub(super) fn read(form: &Form, row: usize) -> Self {
        let text = |field: &str| form.text(&format!("r{row}-{field}")).trim().to_owned();
        Self {
            reminders: text("reminders"),
            gap: text("gap"),
            sensor: text("sensor"),
            tag: text("tag"),
            worn_by: text("worn_by"),
        }
    }

    /// Whether anything is typed.
    pub fn is_used(&self) -> bool {
        *self != Self::default()
    }

    /// What was typed into a field.
    pub fn typed(&self, field: &str) -> &str {
        match field {
            "reminders" => &self.reminders,
            "gap" => &self.gap,
            "tag" => &self.tag,
            _ => &self.worn_by,
        }
    }

    /// The reminders; the usual one where none are typed.
    pub(super) fn ladder(&self) -> Result<Option<Vec<Rung>>, Wrong> {
        match self.reminders.as_str() {
            "" => Ok(None),
            NO_REMINDER => Ok(Some(Vec::new())),
            text => {
                let rungs: Option<Vec<Rung>> = text.split(',').map(rung).collect();
                rungs.map(Some).ok_or(("reminders", RULE))
            }
        }
    }

    /// Minutes between two reminders.
    pub(super) fn gap(&self) -> Result<Option<u32>, Wrong> {
        if self.gap.is_empty() {
            return Ok(None);
        }
        let gap = self.gap.parse().map(Some);
        gap.map_err(|_| ("gap", "must be a whole number"))
    }

    /// Wearing that is read from insoles.
    pub(super) fn sensor(&self) -> Result<Option<WearSensor>, Wrong> {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        if self.sensor.is_empty() {
            return match (some(&self.tag), some(&self.worn_by)) {
                (None, None) => Ok(None),
                (Some(_), _) => Err(("tag", "is given: choose what is worn, or clear it")),
                (None, Some(_)) => Err(("worn_by", "is given: choose what is worn, or clear it")),
            };
        }
        let wearables = [Wearable::Orthotic, Wearable::Shoe];
        let tracks = wearables.into_iter().find(|one| name(*one) == self.sensor);
        Ok(Some(WearSensor {
            tracks: tracks.ok_or(("sensor", "must be one of the list"))?,
            tag_id: some(&self.tag),
            remind_if_not_worn_by: some(&self.worn_by),
        }))
    }
}

fn name(wearable: Wearable) -> &'static str {
    match wearable {
        Wearable::Orthotic => "orthotic",
        Wearable::Shoe => "shoe",
    }
}

fn written(ladder: &[Rung]) -> String {
    if ladder.is_empty() {
        return NO_REMINDER.to_owned();
    }
    let one = |rung: &Rung| match rung.when {
        RungKind::At => "at".to_owned(),
        RungKind::Before => format!("{} before", rung.minutes),
        RungKind::After => format!("{} after", rung.minutes),
        RungKind::LastChance => format!("{} before the end", rung.minutes),
    };
    ladder.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn rung(text: &str) -> Option<Rung> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (minutes, when) = match words.as_slice() {
        ["at"] => return Some(Rung::AT),
        [minutes, "before"] => (minutes, RungKind::Before),
        [minutes, "after"] => (minutes, RungKind::After),
        [minutes, "before", "the", "end"] => (minutes, RungKind::LastChance),
        _ => return None,
    };
    let minutes = minutes.parse().ok()?;
    Some(Rung { when, minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Vec<Rung>>, Wrong> {
        let form = ExtrasForm {
            reminders: text.to_owned(),
            ..ExtrasForm::default()
        };
        form.ladder()
    }

    #[test]
    fn reminders_are_written_as_they_are_read() {
        for text in ["at", "15 before, at, 30 after, 20 before the end", "none"] {
            assert_eq!(written(&read(text).unwrap().unwrap()), text);
        }
        assert_eq!(read(" 15  before ,at"), read("15 before, at"));
        assert_eq!(read(""), Ok(None), "the usual one");
        for wrong in [
            "15",
            "before",
            "x before",
            "at,",
            "-1 after",
            "5 before the end of it",
        ] {
            assert_eq!(read(wrong), Err(("reminders", RULE)), "{wrong}");
        }
    }
}
