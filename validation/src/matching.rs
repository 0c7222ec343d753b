//! One-to-one matching of found events to those that happened.

/// Which events correspond.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matching {
    /// Wanted time and found time of each pair.
    pub pairs: Vec<(f64, f64)>,
    /// Wanted times without a found one.
    pub missed: Vec<f64>,
    /// Found times without a wanted one.
    pub extra: Vec<f64>,
}

impl Matching {
    /// Matches two ascending series of times: each wanted time takes the nearest found one within the tolerance that
    /// lies no nearer to its own neighbour.
    #[must_use]
    pub fn of(wanted: &[f64], found: &[f64], tolerance: f64) -> Self {
        let mut matching = Self::default();
        let mut next = 0;
        for (k, &time) in wanted.iter().enumerate() {
            while let Some(&early) = found.get(next).filter(|f| **f < time - tolerance) {
                matching.extra.push(early);
                next += 1;
            }
            // A later one may fit better, as long as the wanted time after this one does not want it more.
            while let (Some(&this), Some(&other)) = (found.get(next), found.get(next + 1)) {
                let closer = (other - time).abs() < (this - time).abs();
                let free = wanted
                    .get(k + 1)
                    .is_none_or(|after| (other - time).abs() <= (other - after).abs());
                if !(closer && free) {
                    break;
                }
                matching.extra.push(this);
                next += 1;
            }
            match found.get(next) {
                Some(&this) if (this - time).abs() <= tolerance => {
                    matching.pairs.push((time, this));
                    next += 1;
                }
                _ => matching.missed.push(time),
            }
        }
        matching.extra.extend(found.get(next..).unwrap_or_default());
        matching
    }

    /// Found minus wanted of each pair.
    pub fn errors(&self) -> impl Iterator<Item = f64> {
        self.pairs.iter().map(|(wanted, found)| found - wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_used_once() {
        let matching = Matching::of(&[1.0, 2.0, 3.0], &[0.95, 1.04, 3.02, 5.0], 0.1);
        assert_eq!(matching.pairs, [(1.0, 1.04), (3.0, 3.02)]);
        assert_eq!(matching.missed, [2.0]);
        assert_eq!(matching.extra, [0.95, 5.0]);
    }

    #[test]
    fn a_neighbour_keeps_what_is_nearer_to_it() {
        let matching = Matching::of(&[1.0, 1.1], &[1.06, 1.12], 0.1);
        assert_eq!(matching.pairs, [(1.0, 1.06), (1.1, 1.12)]);
        let matching = Matching::of(&[1.0, 1.1], &[1.08], 0.1);
        assert_eq!(matching.pairs.len(), 1);
        assert_eq!(matching.missed.len(), 1);
    }

    #[test]
    fn nothing_matches_nothing() {
        assert_eq!(Matching::of(&[], &[], 0.1), Matching::default());
        assert_eq!(Matching::of(&[1.0], &[], 0.1).missed, [1.0]);
        assert_eq!(Matching::of(&[], &[1.0], 0.1).extra, [1.0]);
    }
}
