//! How the impulse of a stance is divided between parts and columns of the foot.

use super::anatomy::{Anatomy, Column, Part, Place};

/// Ratios of impulses, 0 to 1; absent where the layout lacks a part, nothing was loaded, or the arch was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ratios {
    pub(super) mid_load: Option<f64>,
    pub(super) malr: Option<f64>,
    pub(super) mlr: Option<f64>,
    pub(super) fmlr: Option<f64>,
    pub(super) forefoot_share: Option<f64>,
}

/// Ratios from the impulse under each sensor (any unit). `failed` names sensors that were filled in: an arch filled in
/// from its neighbours would read as a low arch, so the arch ratios are then absent.
pub(super) fn ratios(anatomy: &Anatomy, impulse: &[f64], failed: &[usize]) -> Ratios {
    let sum = |wanted: &dyn Fn(&Place) -> bool| -> Option<f64> {
        let mut found = None;
        for (sensor, value) in anatomy.sensors.iter().zip(impulse) {
            if wanted(sensor) {
                *found.get_or_insert(0.0) += value;
            }
        }
        found
    };
    let part = |part: Part| sum(&|s| s.part == Some(part));
    let column = |column: Column| sum(&|s| s.column == Some(column));
    let fore =
        |column: Column| sum(&|s| s.part == Some(Part::Forefoot) && s.column == Some(column));
    let sensors = anatomy.sensors.iter().enumerate();
    let arch_measured = sensors
        .filter(|(_, s)| s.arch || s.opposite)
        .all(|(k, _)| !failed.contains(&k));
    let (heel, mid, forefoot) = (part(Part::Heel), part(Part::Midfoot), part(Part::Forefoot));
    let toes = part(Part::Toes).unwrap_or(0.0);
    let all: f64 = impulse.iter().sum();
    Ratios {
        mid_load: share(mid, heel.zip(forefoot).map(|(h, f)| h + f)).filter(|_| arch_measured),
        malr: share(sum(&|s| s.arch), sum(&|s| s.opposite)).filter(|_| arch_measured),
        mlr: share(column(Column::Medial), column(Column::Lateral)),
        fmlr: share(fore(Column::Medial), fore(Column::Lateral)),
        forefoot_share: forefoot.filter(|_| all > 0.0).map(|f| (f + toes) / all),
    }
}

/// `a / (a + b)`.
fn share(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let (a, b) = a.zip(b)?;
    (a + b > 0.0).then(|| a / (a + b))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::layout;
    use approx::assert_abs_diff_eq;

    #[test]
    fn sixteen_sensors_by_hand() {
        let anatomy = Anatomy::of(layout::by_id("moticon-16").unwrap());
        let impulse: Vec<f64> = (1..=16).map(f64::from).collect();
        let found = ratios(&anatomy, &impulse, &[]);
        // Heel 1+2+3+4 = 10, midfoot 5+6+7+8 = 26, forefoot 9+..+13 = 55, toes 14+15+16 = 45.
        assert_abs_diff_eq!(found.mid_load.unwrap(), 26.0 / 91.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.malr.unwrap(), 7.0 / 15.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.mlr.unwrap(), 35.0 / 91.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.fmlr.unwrap(), 19.0 / 55.0, epsilon = 1e-12);
        assert_abs_diff_eq!(
            found.forefoot_share.unwrap(),
            100.0 / 136.0,
            epsilon = 1e-12
        );
    }

    #[test]
    fn eight_sensors_by_hand() {
        let anatomy = Anatomy::of(layout::by_id("gaitpdb-8").unwrap());
        let impulse: Vec<f64> = (1..=8).map(f64::from).collect();
        let found = ratios(&anatomy, &impulse, &[]);
        assert_abs_diff_eq!(found.mid_load.unwrap(), 9.0 / 28.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.malr.unwrap(), 5.0 / 9.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.mlr.unwrap(), 15.0 / 27.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.fmlr.unwrap(), 7.0 / 13.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.forefoot_share.unwrap(), 21.0 / 36.0, epsilon = 1e-12);
    }

    #[test]
    fn a_failed_arch_sensor_tells_nothing_of_the_arch() {
        let anatomy = Anatomy::of(layout::by_id("moticon-16").unwrap());
        let found = ratios(&anatomy, &[1.0; 16], &[6]);
        assert_eq!((found.malr, found.mid_load), (None, None));
        assert!(found.mlr.is_some());
        assert!(ratios(&anatomy, &[1.0; 16], &[0]).malr.is_some());
    }

    #[test]
    fn nothing_loaded_has_no_shares() {
        let anatomy = Anatomy::of(layout::by_id("gaitpdb-8").unwrap());
        assert_eq!(ratios(&anatomy, &[0.0; 8], &[]), Ratios::default());
    }
}
