//! The order in which heel and forefoot meet and leave the ground within one stance.

use super::StancePhases;

/// A part of the foot bears load above this share of body weight (docs/GAIT.md, pressure).
pub(super) const BEARING_BW: f64 = 0.03;
/// States shorter than this are passages or flicker about the level, s. Standing A: two samples at 100 Hz.
const LEAST_PHASE_S: f64 = 0.02;

/// Which parts bear load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contact {
    HeelOnly,
    Flat,
    ForefootOnly,
}

/// The order of one stance from the forces under heel, midfoot, and forefoot with toes (one value per sample; any unit,
/// `level` in the same).
pub(super) fn order(
    heel: &[f32],
    midfoot: &[f32],
    forefoot: &[f32],
    level: f32,
    sampling_hz: f64,
) -> StancePhases {
    let least = (LEAST_PHASE_S * sampling_hz).round().max(1.0) as usize;
    let mut settled: Vec<Contact> = Vec::new();
    let mut current: Option<(Contact, usize)> = None;
    for ((&heel, &midfoot), &forefoot) in heel.iter().zip(midfoot).zip(forefoot) {
        let Some(contact) = contact(heel > level, midfoot > level, forefoot > level) else {
            continue;
        };
        let run = match current {
            Some((same, run)) if same == contact => run + 1,
            _ => 1,
        };
        current = Some((contact, run));
        if run == least && settled.last() != Some(&contact) {
            settled.push(contact);
        }
    }
    match settled.as_slice() {
        [] => StancePhases::Unknown,
        [Contact::HeelOnly, Contact::Flat, Contact::ForefootOnly] => StancePhases::Typical,
        _ => StancePhases::Atypical,
    }
}

/// `None` while no part bears load. A midfoot that bears alone is flat contact: neither end of the foot leads.
fn contact(heel: bool, midfoot: bool, forefoot: bool) -> Option<Contact> {
    match (heel, forefoot) {
        (true, false) => Some(Contact::HeelOnly),
        (true, true) => Some(Contact::Flat),
        (false, true) => Some(Contact::ForefootOnly),
        (false, false) => midfoot.then_some(Contact::Flat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heel, midfoot and forefoot from one letter per 10 ms: h, f(lat), p(ush-off), m(idfoot alone), `.` nothing.
    fn told(letters: &str) -> StancePhases {
        let on = |which: &str| -> Vec<f32> {
            let bears = |c| if which.contains(c) { 1.0 } else { 0.0 };
            letters.chars().map(bears).collect()
        };
        order(&on("hf"), &on("m"), &on("fp"), 0.5, 100.0)
    }

    #[test]
    fn heel_flat_push_off_is_typical() {
        assert_eq!(told(".hhhffffppp."), StancePhases::Typical);
        assert_eq!(told("hhmffffppp"), StancePhases::Typical, "a passage");
        assert_eq!(told("hhfhhfffpp"), StancePhases::Typical, "flicker");
    }

    #[test]
    fn any_other_order_is_atypical() {
        assert_eq!(told("ffffpppp"), StancePhases::Atypical, "flat landing");
        assert_eq!(
            told("pppffffppp"),
            StancePhases::Atypical,
            "forefoot landing"
        );
        assert_eq!(told("hhhffffhhhffpp"), StancePhases::Atypical, "heel twice");
        assert_eq!(told("hhhffffhh"), StancePhases::Atypical, "no push-off");
    }

    #[test]
    fn no_load_tells_nothing() {
        assert_eq!(told("...."), StancePhases::Unknown);
        assert_eq!(told(""), StancePhases::Unknown);
    }
}
