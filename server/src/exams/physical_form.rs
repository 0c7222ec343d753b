//! The form of a physical examination: typed values into parts, and broken rules back to their fields.

use super::joints::Movement;
use super::rules::{Arch, BodySide, FPI_ITEMS, FootPosture, LegLength, Motion, PhysicalExam};
use super::words::{self, LEG_METHODS, SIDES};
use crate::error::FieldError;
use crate::http::typed::Typed;

/// Who moves the joint, each with its key.
pub(super) const MOVED_BY: [(bool, &str, &str); 2] =
    [(false, "passive", "Passive"), (true, "active", "Active")];

/// The examination a form describes, and which field each entry of its lists came from.
#[derive(Debug)]
pub(super) struct ReadExam {
    pub(super) exam: PhysicalExam,
    feet: Vec<&'static str>,
    arches: Vec<&'static str>,
    motions: Vec<String>,
}

/// Reads a form; the form remembers what is wrong with it. What was left empty was not examined.
pub(super) fn read(form: &mut Typed) -> ReadExam {
    let mut read = ReadExam {
        exam: PhysicalExam {
            foot_posture: Vec::new(),
            leg_length: legs(form),
            arches: Vec::new(),
            motions: Vec::new(),
            note: form.text("note", "The note"),
        },
        feet: Vec::new(),
        arches: Vec::new(),
        motions: Vec::new(),
    };
    for (side, key, _) in SIDES {
        if let Some(items) = items(form, key) {
            read.exam.foot_posture.push(FootPosture { side, items });
            read.feet.push(key);
        }
        if let Some(arch) = arch(form, side, key) {
            read.exam.arches.push(arch);
            read.arches.push(key);
        }
    }
    for (active, by, _) in MOVED_BY {
        for (movement, key, _) in Movement::ALL {
            for (side, side_key, _) in SIDES {
                let name = format!("rom-{by}-{key}-{side_key}");
                if let Some(degrees) = form.number(&name) {
                    read.exam.motions.push(Motion {
                        movement,
                        side,
                        degrees,
                        active,
                    });
                    read.motions.push(name);
                }
            }
        }
    }
    read
}

/// The six items of a foot; a foot is rated whole or not at all.
fn items(form: &mut Typed, side: &str) -> Option<Vec<i8>> {
    let names: Vec<String> = (0..FPI_ITEMS)
        .map(|item| format!("fpi-{side}-{item}"))
        .collect();
    let rated: Vec<&str> = names
        .iter()
        .map(|name| form.value(name))
        .filter(|value| !value.is_empty())
        .collect();
    let items: Vec<i8> = rated
        .iter()
        .filter_map(|value| value.parse().ok())
        .collect();
    if rated.is_empty() {
        return None;
    }
    if items.len() < FPI_ITEMS {
        form.blame(
            format!("fpi-{side}"),
            "Rate all six items of this foot, or none.",
        );
        return None;
    }
    Some(items)
}

fn legs(form: &mut Typed) -> Option<LegLength> {
    let chosen = LEG_METHODS
        .iter()
        .find(|(_, key, _)| form.is("leg-method", key));
    let (left, right) = (form.number("leg-left"), form.number("leg-right"));
    let error_mm = form.number("leg-error");
    let typed = |name| !form.value(name).is_empty();
    if chosen.is_none() && !typed("leg-left") && !typed("leg-right") && !typed("leg-error") {
        return None;
    }
    if chosen.is_none() {
        form.blame(
            "leg-method",
            "Choose how it was measured: methods do not compare.",
        );
    }
    for (name, value) in [("leg-left", left), ("leg-right", right)] {
        if value.is_none() {
            form.blame(name, "Give both lengths.");
        }
    }
    let (method, ..) = chosen?;
    Some(LegLength {
        method: *method,
        left_mm: left?,
        right_mm: right?,
        error_mm,
    })
}

fn arch(form: &mut Typed, side: BodySide, key: &str) -> Option<Arch> {
    let navicular_drop_mm = form.number(&format!("arch-{key}-drop"));
    let arch_height_index = form.number(&format!("arch-{key}-index"));
    (navicular_drop_mm.is_some() || arch_height_index.is_some()).then_some(Arch {
        side,
        navicular_drop_mm,
        arch_height_index,
    })
}

impl ReadExam {
    /// Puts a broken rule beside the field it stands in.
    pub(super) fn blame(&self, form: &mut Typed, broken: &FieldError) {
        let (name, subject) = self.field_of(&broken.pointer);
        form.blame(name, format!("{subject} {}.", broken.rule));
    }

    fn field_of(&self, pointer: &str) -> (String, &'static str) {
        let parts: Vec<&str> = pointer.trim_start_matches('/').split('/').collect();
        let index = |at: usize| parts.get(at).and_then(|text| text.parse::<usize>().ok());
        let of = |list: &[&'static str]| index(2).and_then(|n| list.get(n).copied());
        match parts.as_slice() {
            ["exam_date"] => ("date".to_owned(), "The date"),
            ["physical", "leg_length", "left_mm"] => ("leg-left".to_owned(), "The length"),
            ["physical", "leg_length", "right_mm"] => ("leg-right".to_owned(), "The length"),
            ["physical", "leg_length", "error_mm"] => ("leg-error".to_owned(), "The error"),
            ["physical", "foot_posture", ..] => (
                format!("fpi-{}", of(&self.feet).unwrap_or("left")),
                "The foot",
            ),
            ["physical", "arches", _, "navicular_drop_mm"] => (
                format!("arch-{}-drop", of(&self.arches).unwrap_or("left")),
                "The drop",
            ),
            ["physical", "arches", ..] => (
                format!("arch-{}-index", of(&self.arches).unwrap_or("left")),
                "The index",
            ),
            ["physical", "motions", _, ..] => {
                let name = index(2).and_then(|n| self.motions.get(n).cloned());
                (name.unwrap_or_else(|| "rom".to_owned()), "The angle")
            }
            ["physical", "motions"] => ("rom".to_owned(), "The ranges of motion"),
            ["physical", "note"] => ("note".to_owned(), "The note"),
            _ => ("whole".to_owned(), "The examination"),
        }
    }
}

/// The form for correcting a record: filled with what it says.
pub(super) fn filled(exam: &PhysicalExam, form: &mut Typed) {
    let key = |side: BodySide| words::side(side).to_lowercase();
    for foot in &exam.foot_posture {
        for (item, value) in foot.items.iter().enumerate() {
            form.put(format!("fpi-{}-{item}", key(foot.side)), value);
        }
    }
    if let Some(legs) = &exam.leg_length {
        let method = LEG_METHODS.iter().find(|(one, ..)| *one == legs.method);
        form.put("leg-method", method.map_or("", |(_, key, _)| key));
        form.put("leg-left", legs.left_mm);
        form.put("leg-right", legs.right_mm);
        if let Some(error) = legs.error_mm {
            form.put("leg-error", error);
        }
    }
    for arch in &exam.arches {
        if let Some(drop) = arch.navicular_drop_mm {
            form.put(format!("arch-{}-drop", key(arch.side)), drop);
        }
        if let Some(index) = arch.arch_height_index {
            form.put(format!("arch-{}-index", key(arch.side)), index);
        }
    }
    for motion in &exam.motions {
        let movement = Movement::ALL
            .iter()
            .find(|(one, ..)| *one == motion.movement);
        let (_, by, _) = MOVED_BY[usize::from(motion.active)];
        let name = movement.map_or("", |(_, key, _)| key);
        form.put(
            format!("rom-{by}-{name}-{}", key(motion.side)),
            motion.degrees,
        );
    }
    if let Some(note) = &exam.note {
        form.put("note", note);
    }
}

/// Sum and band of each foot as far as it is rated, for the page that is shown again.
pub(super) fn totals(form: &Typed) -> [String; 2] {
    SIDES.map(|(side, key, _)| {
        let items: Vec<i8> = (0..FPI_ITEMS)
            .filter_map(|item| form.value(&format!("fpi-{key}-{item}")).parse().ok())
            .filter(|item| (-2..=2).contains(item))
            .collect();
        match items.len() {
            0 => "not rated".to_owned(),
            FPI_ITEMS => words::posture(side, &items),
            rated => format!("{rated} of {FPI_ITEMS} items rated"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::rules::Findings;
    use super::*;

    fn typed(values: &[(&str, &str)]) -> Typed {
        let mut form = Typed::default();
        for (name, value) in values {
            form.put(*name, value);
        }
        form
    }

    #[test]
    fn a_record_fills_the_form_that_reads_it_back() {
        let exam: PhysicalExam = serde_json::from_value(serde_json::json!({
            "foot_posture": [{ "side": "right", "items": [2, 1, 0, -1, -2, 2] }],
            "leg_length": { "method": "imaging_ct", "left_mm": 880.5, "right_mm": 874.0, "error_mm": 1.5 },
            "arches": [{ "side": "left", "navicular_drop_mm": 9.5 }, { "side": "right", "arch_height_index": 0.31 }],
            "motions": [
                { "movement": "hip_flexion", "side": "left", "degrees": 110.0, "active": false },
                { "movement": "knee_extension", "side": "right", "degrees": -5.0, "active": true },
                { "movement": "hip_flexion", "side": "left", "degrees": 100.0, "active": true },
            ],
            "note": "Stiff in the morning",
        }))
        .unwrap();
        let mut form = Typed::default();
        filled(&exam, &mut form);
        assert_eq!(read(&mut form).exam, exam);
        assert!(!form.is_wrong());
        assert_eq!(
            totals(&form),
            ["not rated".to_owned(), "+2, neutral".to_owned()]
        );
    }

    #[test]
    fn a_foot_is_rated_whole_and_a_length_has_its_method() {
        let mut form = typed(&[("fpi-left-0", "1"), ("leg-left", "880")]);
        read(&mut form);
        assert!(form.error("fpi-left").is_some() && form.error("leg-method").is_some());
        assert!(form.error("leg-right").is_some() && form.error("leg-left").is_none());
        assert_eq!(totals(&form)[0], "1 of 6 items rated");
    }

    #[test]
    fn a_broken_rule_stands_beside_its_field() {
        let mut form = typed(&[
            ("arch-right-drop", "55"),
            ("rom-passive-knee_flexion-left", "200"),
            ("rom-active-hip_flexion-right", "100"),
            ("leg-method", "blocks"),
            ("leg-left", "88"),
            ("leg-right", "880"),
        ]);
        let read = read(&mut form);
        for broken in Findings::Physical(read.exam.clone()).violations() {
            read.blame(&mut form, &broken);
        }
        for name in [
            "arch-right-drop",
            "rom-passive-knee_flexion-left",
            "leg-left",
        ] {
            assert!(
                form.error(name)
                    .is_some_and(|words| words.contains("must be between")),
                "{name}"
            );
        }
        assert_eq!(form.wrong(), 3);
    }
}
