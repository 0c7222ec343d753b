//! How a dose grows, as typed: a wear-in, or levels with the rule that goes up them.

use crate::http::extract::Form;
use crate::plans::spec::{
    AdvanceRule, Dose, PlanItemSpec, Progression, ProgressionMode, Ramp, StepBackRule,
};

/// What a rule asks for where nothing is typed: days at a level, percent done, pain.
pub(super) const USUAL: (u32, u32, u32) = (7, 80, 3);

/// The fields of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the fields of Ramp and AdvanceRule")]
pub struct GrowthForm {
    pub ramp_start: String,
    pub ramp_add: String,
    pub ramp_every: String,
    /// The doses after the first, separated by commas: `3x12, 3x15`.
    pub levels: String,
    pub min_days: String,
    pub min_adherence: String,
    pub max_pain: String,
    /// The dose changes by itself when the rule holds.
    pub by_itself: bool,
}

/// The fields with numbers, by the names of their errors.
const NUMBERS: [&str; 6] = [
    "ramp_start",
    "ramp_add",
    "ramp_every",
    "min_days",
    "min_adherence",
    "max_pain",
];

impl GrowthForm {
    /// The fields of a line; nothing of levels that cannot be written like this.
    pub(super) fn of(item: &PlanItemSpec) -> Self {
        let mut form = Self::default();
        if let Some(ramp) = item.ramp {
            form.ramp_start = ramp.start.to_string();
            form.ramp_add = ramp.add.to_string();
            form.ramp_every = ramp.every_due_days.to_string();
        }
        let levels = item.progression.as_ref().and_then(|rule| {
            let all = rule.levels.iter().map(|level| written(&item.dose, level));
            Some((rule, all.collect::<Option<Vec<String>>>()?))
        });
        if let Some((rule, levels)) = levels {
            form.levels = levels.join(", ");
            form.min_days = rule.advance.min_days.to_string();
            form.min_adherence = rule.advance.min_adherence_pct.to_string();
            form.max_pain = rule.advance.max_pain.to_string();
            form.by_itself = rule.mode == ProgressionMode::Apply;
        }
        form
    }

    pub(super) fn read(form: &Form, row: usize) -> Self {
        let text = |field: &str| form.text(&format!("r{row}-{field}")).trim().to_owned();
        Self {
            ramp_start: text("ramp_start"),
            ramp_add: text("ramp_add"),
            ramp_every: text("ramp_every"),
            levels: text("levels"),
            min_days: text("min_days"),
            min_adherence: text("min_adherence"),
            max_pain: text("max_pain"),
            by_itself: form.get(&format!("r{row}-by_itself")).is_some(),
        }
    }

    /// Whether anything is typed.
    pub fn is_used(&self) -> bool {
        !self.levels.is_empty() || NUMBERS.iter().any(|field| !self.number(field).is_empty())
    }

    /// What was typed into a field with a number.
    pub fn number(&self, field: &str) -> &str {
        match field {
            "ramp_start" => &self.ramp_start,
            "ramp_add" => &self.ramp_add,
            "ramp_every" => &self.ramp_every,
            "min_days" => &self.min_days,
            "min_adherence" => &self.min_adherence,
            _ => &self.max_pain,
        }
    }

    /// The number typed into a field; none where it is empty, an error where it is none.
    fn whole(&self, field: &'static str) -> Result<Option<u32>, &'static str> {
        match self.number(field) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| field),
        }
    }

    /// The wear-in; or the field that is wrong and how.
    pub(super) fn ramp(&self) -> Result<Option<Ramp>, (&'static str, &'static str)> {
        let whole = |field| {
            self.whole(field)
                .map_err(|field| (field, "must be a whole number"))
        };
        let (start, add, every) = (
            whole("ramp_start")?,
            whole("ramp_add")?,
            whole("ramp_every")?,
        );
        match (start, add, every) {
            (None, None, None) => Ok(None),
            (Some(start), Some(add), every) => Ok(Some(Ramp {
                start,
                add,
                every_due_days: every.unwrap_or(1),
            })),
            (None, _, _) => Err(("ramp_start", "must be given with a wear-in")),
            (_, None, _) => Err(("ramp_add", "must be given with a wear-in")),
        }
    }

    /// The levels on top of a dose, with what the form does not show of their rule; or the field that is wrong and how.
    pub(super) fn progression(
        &self,
        own: &Dose,
        unshown: Option<Progression>,
    ) -> Result<Option<Progression>, (&'static str, &'static str)> {
        let whole = |field, usual: u32| {
            self.whole(field)
                .map(|number| number.unwrap_or(usual))
                .map_err(|field| (field, "must be a whole number"))
        };
        let min_days = whole("min_days", USUAL.0)?;
        let min_adherence_pct = whole("min_adherence", USUAL.1)?;
        let max_pain = whole("max_pain", USUAL.2)?;
        if self.levels.is_empty() {
            let rule = [&self.min_days, &self.min_adherence, &self.max_pain];
            return if rule.iter().all(|text| text.is_empty()) {
                Ok(None)
            } else {
                Err(("levels", "must be given with a rule for going up"))
            };
        }
        let levels = self.levels.split(',').map(|text| read_level(own, text));
        let levels: Option<Vec<Dose>> = levels.collect();
        let levels = levels.ok_or((
            "levels",
            "must be doses written as 3x12 or 12, separated by commas",
        ))?;
        let unshown = unshown.unwrap_or(Progression {
            mode: ProgressionMode::Propose,
            levels: Vec::new(),
            advance: AdvanceRule {
                min_adherence_pct,
                min_days,
                max_pain,
                required_observations: Vec::new(),
                forbidden_observations: Vec::new(),
            },
            step_back: StepBackRule::default(),
        });
        Ok(Some(Progression {
            mode: if self.by_itself {
                ProgressionMode::Apply
            } else {
                ProgressionMode::Propose
            },
            levels,
            advance: AdvanceRule {
                min_adherence_pct,
                min_days,
                max_pain,
                ..unshown.advance
            },
            step_back: unshown.step_back,
        }))
    }
}

/// The numbers of a dose, sets first; which of them there are.
fn numbers(dose: &Dose) -> Vec<u32> {
    let all = [Some(dose.sets), dose.reps, dose.hold_s, dose.minutes];
    all.into_iter().flatten().collect()
}

fn has_the_same(own: &Dose, level: &Dose) -> bool {
    let which = |dose: &Dose| {
        (
            dose.reps.is_some(),
            dose.hold_s.is_some(),
            dose.minutes.is_some(),
        )
    };
    own.each_side == level.each_side && which(own) == which(level)
}

/// A level as it is typed; none where it has other parts than the line's own dose.
fn written(own: &Dose, level: &Dose) -> Option<String> {
    let numbers: Vec<String> = numbers(level).iter().map(u32::to_string).collect();
    has_the_same(own, level).then(|| numbers.join("x"))
}

/// A level as typed: every number of the dose, or all but the sets.
fn read_level(own: &Dose, text: &str) -> Option<Dose> {
    let parts: Option<Vec<u32>> = text
        .trim()
        .split(['x', 'X', '×'])
        .map(|part| part.trim().parse().ok())
        .collect();
    let mut parts = parts?;
    let wanted = numbers(own).len();
    if parts.len() + 1 == wanted {
        parts.insert(0, own.sets);
    }
    if parts.len() != wanted {
        return None;
    }
    let mut rest = parts.into_iter();
    let mut level = own.clone();
    level.sets = rest.next()?;
    for part in [&mut level.reps, &mut level.hold_s, &mut level.minutes] {
        if part.is_some() {
            *part = rest.next();
        }
    }
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dose(sets: u32, reps: Option<u32>, hold_s: Option<u32>, minutes: Option<u32>) -> Dose {
        Dose {
            sets,
            reps,
            hold_s,
            minutes,
            each_side: false,
        }
    }

    #[test]
    fn a_level_is_written_and_read_alike() {
        for own in [
            dose(3, Some(10), None, None),
            dose(3, None, Some(30), None),
            dose(2, Some(8), Some(5), None),
            dose(1, None, None, Some(20)),
            dose(1, None, None, None),
        ] {
            let level = Dose {
                sets: own.sets + 1,
                ..own.clone()
            };
            let text = written(&own, &level).unwrap();
            assert_eq!(read_level(&own, &text), Some(level), "{text}");
        }
        let own = dose(3, Some(10), None, None);
        assert_eq!(
            read_level(&own, " 12 "),
            Some(dose(3, Some(12), None, None))
        );
        assert_eq!(
            read_level(&own, "4 × 12"),
            Some(dose(4, Some(12), None, None))
        );
        for wrong in ["", "a", "3x", "3x12x5", "-3"] {
            assert_eq!(read_level(&own, wrong), None, "{wrong}");
        }
        assert_eq!(written(&own, &dose(3, Some(10), Some(5), None)), None);
    }

    #[test]
    fn a_rule_without_levels_and_half_a_wear_in_are_told() {
        let own = dose(3, Some(10), None, None);
        let form = GrowthForm {
            min_days: "14".to_owned(),
            ramp_add: "5".to_owned(),
            ..GrowthForm::default()
        };
        let wrong = form.progression(&own, None).unwrap_err();
        assert_eq!(wrong.0, "levels");
        assert_eq!(form.ramp().unwrap_err().0, "ramp_start");
        let form = GrowthForm {
            levels: "12, 15".to_owned(),
            ..GrowthForm::default()
        };
        let rule = form.progression(&own, None).unwrap().unwrap();
        let asked = &rule.advance;
        assert_eq!(
            (asked.min_days, asked.min_adherence_pct, asked.max_pain),
            USUAL
        );
        assert_eq!(rule.mode, ProgressionMode::Propose, "a clinician signs");
    }
}
