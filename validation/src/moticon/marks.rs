//! Events of the engine against the step marks an export carries.

use gait::{Analysis, Recording, Side, StepMark, StepMarkKind};

use crate::errors::Errors;
use crate::matching::Matching;

/// Farthest distance of an event from its mark, s.
const TOLERANCE_S: f64 = 0.1;
/// A closing contact has settled this long after it, s.
const SETTLED_S: f64 = 0.1;
/// A foot that never carries less than this stands, N.
const STANDING_N: f64 = 100.0;

/// How the events of a walk compare with its marks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    /// Marks of the vendor.
    pub(crate) wanted: usize,
    /// Marks with an event of the engine.
    pub(crate) matched: usize,
    /// Events of the engine without a mark, but for closing contacts.
    pub(crate) extra: usize,
    /// Last contacts of a foot that stands on it to the end of the file: never marked.
    pub(crate) closing: usize,
    /// Engine minus vendor, ms, initial contacts.
    pub(crate) contact_ms: Errors,
    /// Engine minus vendor, ms, toe-offs.
    pub(crate) toe_off_ms: Errors,
    /// Time of the mark, s, and error, ms, initial contacts.
    pub(crate) contacts: Vec<(f64, f64)>,
}

impl Marks {
    pub(crate) fn compare(recording: &Recording, analysis: &Analysis) -> Self {
        let mut all = Self::default();
        for side in Side::BOTH {
            for kind in [StepMarkKind::InitialContact, StepMarkKind::ToeOff] {
                all.add(recording, analysis, side, kind);
            }
        }
        all
    }

    fn add(&mut self, recording: &Recording, analysis: &Analysis, side: Side, kind: StepMarkKind) {
        let wanted = times(&recording.step_marks, side, kind);
        let mut matching = Matching::of(&wanted, &times(&analysis.events, side, kind), TOLERANCE_S);
        if kind == StepMarkKind::InitialContact
            && matching
                .extra
                .pop_if(|contact| is_closing(*contact, recording, side))
                .is_some()
        {
            self.closing += 1;
        }
        self.wanted += wanted.len();
        self.matched += matching.pairs.len();
        self.extra += matching.extra.len();
        let errors_ms: Errors = matching.errors().map(|e| 1000.0 * e).collect();
        match kind {
            StepMarkKind::InitialContact => {
                let of = |(mark, event): &(f64, f64)| (*mark, 1000.0 * (event - mark));
                self.contacts.extend(matching.pairs.iter().map(of));
                self.contact_ms.merge(&errors_ms);
            }
            StepMarkKind::ToeOff => self.toe_off_ms.merge(&errors_ms),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.wanted += other.wanted;
        self.matched += other.matched;
        self.extra += other.extra;
        self.closing += other.closing;
        self.contact_ms.merge(&other.contact_ms);
        self.toe_off_ms.merge(&other.toe_off_ms);
        self.contacts.extend_from_slice(&other.contacts);
    }
}

fn times(marks: &[StepMark], side: Side, kind: StepMarkKind) -> Vec<f64> {
    let of = marks.iter().filter(|m| m.side == side && m.kind == kind);
    of.map(|m| m.time_s).collect()
}

/// The vendor marks a contact once the foot has left the ground again. A contact after its last toe-off, from which the
/// foot bears weight to the end of the file, is therefore real and cannot be marked.
fn is_closing(contact_s: f64, recording: &Recording, side: Side) -> bool {
    let last_toe_off = times(&recording.step_marks, side, StepMarkKind::ToeOff)
        .last()
        .copied();
    let foot = recording.foot(side);
    let settled = ((contact_s + SETTLED_S) * recording.sampling_hz) as usize;
    let seen = |k: &usize| !foot.missing.iter().any(|gap| gap.contains(k));
    let mut standing = (settled..foot.force.len()).filter(seen).peekable();
    let loaded = |k: usize| foot.force.get(k).is_some_and(|force| *force > STANDING_N);
    last_toe_off.is_some_and(|toe_off| contact_s > toe_off)
        && standing.peek().is_some()
        && standing.all(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gait::{FootSignal, ForceUnit, Format};

    /// Marks of a left toe-off at 1 s; the left foot lands at 1.5 s and carries `force` to the end at 3 s.
    fn ending(force_n: f64) -> Recording {
        let force = (0..300).map(|k| if k < 150 { 0.0 } else { force_n });
        let left = FootSignal {
            force: force.collect(),
            ..FootSignal::default()
        };
        Recording {
            name: "x".to_owned(),
            format: Format::MoticonText,
            sampling_hz: 100.0,
            force_unit: ForceUnit::Newton,
            layout_id: None,
            right: left.clone(),
            left,
            step_marks: vec![StepMark {
                side: Side::Left,
                kind: StepMarkKind::ToeOff,
                time_s: 1.0,
            }],
            issues: Vec::new(),
        }
    }

    #[test]
    fn only_a_contact_that_ends_in_standing_is_set_aside() {
        assert!(is_closing(1.5, &ending(400.0), Side::Left));
        assert!(
            !is_closing(1.5, &ending(80.0), Side::Left),
            "it may lift off again"
        );
        assert!(
            !is_closing(0.9, &ending(400.0), Side::Left),
            "before the last toe-off"
        );
        assert!(
            !is_closing(1.5, &ending(400.0), Side::Right),
            "no mark of that foot"
        );
        assert!(
            !is_closing(2.95, &ending(400.0), Side::Left),
            "nothing left to prove it"
        );
    }
}
