//! The two peaks of the vertical force and the valley between them.

use crate::events::Stance;

/// First peak, valley and second peak of one stance, in the unit of the load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Peaks {
    pub(crate) f1: f64,
    pub(crate) fv: f64,
    pub(crate) f2: f64,
}

/// Largest load in the first half of the stance, smallest between the peaks, largest in the second half.
/// `None` for a stance of fewer than six samples.
pub(crate) fn peaks(load: &[f64], stance: &Stance) -> Option<Peaks> {
    let (from, to) = (
        stance.contact.ceil().max(0.0) as usize,
        stance.toe_off.floor().max(0.0) as usize,
    );
    let part = load.get(from..=to).filter(|part| part.len() >= 6)?;
    let (first, second) = part.split_at(part.len() / 2);
    let (i1, f1) = largest(first)?;
    let (i2, f2) = largest(second)?;
    let fv = part
        .get(i1..=first.len() + i2)?
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    Some(Peaks { f1, fv, f2 })
}

fn largest(values: &[f64]) -> Option<(usize, f64)> {
    values
        .iter()
        .copied()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_humps() {
        let load = [0.0, 0.5, 1.1, 0.9, 0.7, 0.8, 1.0, 0.4, 0.0];
        let stance = Stance {
            contact: 0.0,
            toe_off: 8.0,
            peak: 1.1,
        };
        assert_eq!(
            peaks(&load, &stance),
            Some(Peaks {
                f1: 1.1,
                fv: 0.7,
                f2: 1.0
            })
        );
        assert_eq!(
            peaks(
                &load,
                &Stance {
                    toe_off: 3.0,
                    ..stance
                }
            ),
            None
        );
        assert_eq!(
            peaks(
                &load,
                &Stance {
                    toe_off: 30.0,
                    ..stance
                }
            ),
            None
        );
    }
}
