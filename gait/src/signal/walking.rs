//! Stretches of a recording over which sensors are judged.

use crate::events::{Footfalls, Stance};

/// Length of a block, s: long enough for the mean of a sensor in swing, short enough to follow its drift
/// (docs/GAIT.md, preprocessing).
const BLOCK_S: f64 = 60.0;
/// Fewest cycles of a block of its own; fewer join the block before. Standing A.
const LEAST_CYCLES: usize = 5;

/// Consecutive gait cycles of one foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// First cycle.
    pub(super) first: usize,
    /// Cycles.
    pub(super) count: usize,
    /// First sample that belongs to it rather than to the block before.
    pub(super) from: usize,
}

impl Block {
    /// Its cycles: each stance with the next initial contact.
    pub(super) fn cycles<'a>(
        &self,
        footfalls: &'a Footfalls,
    ) -> impl Iterator<Item = (&'a Stance, f64)> {
        footfalls.cycles_from(self.first).take(self.count)
    }
}

/// The blocks of a foot, ascending; the first one begins at sample 0. Empty without a cycle.
pub(super) fn blocks(footfalls: &Footfalls, sampling_hz: f64) -> Vec<Block> {
    let length = BLOCK_S * sampling_hz;
    let mut blocks: Vec<Block> = Vec::new();
    let mut ends = length;
    for (k, (stance, _)) in footfalls.cycles_from(0).enumerate() {
        match blocks.last_mut() {
            Some(last) if stance.contact < ends || last.count < LEAST_CYCLES => last.count += 1,
            last => {
                let from = last.map_or(0, |_| stance.contact.max(0.0) as usize);
                blocks.push(Block {
                    first: k,
                    count: 1,
                    from,
                });
                ends = stance.contact + length;
            }
        }
    }
    join_short_end(&mut blocks);
    blocks
}

fn join_short_end(blocks: &mut Vec<Block>) {
    if let [.., before, last] = blocks.as_mut_slice()
        && last.count < LEAST_CYCLES
    {
        before.count += last.count;
        blocks.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cycles of one second at 100 Hz.
    fn footfalls(contacts_s: impl IntoIterator<Item = f64>) -> Footfalls {
        let stances = contacts_s.into_iter().map(|s| Stance {
            contact: 100.0 * s,
            toe_off: 100.0 * s + 60.0,
            peak: 1.0,
        });
        Footfalls {
            stances: stances.collect(),
            open_contact: None,
        }
    }

    fn counts(contacts_s: impl IntoIterator<Item = f64>) -> Vec<(usize, usize)> {
        let found = blocks(&footfalls(contacts_s), 100.0);
        found.iter().map(|b| (b.first, b.count)).collect()
    }

    #[test]
    fn a_minute_of_walking_is_a_block() {
        // 151 contacts are 150 cycles.
        let minutes = counts((0..=150).map(f64::from));
        assert_eq!(minutes, [(0, 60), (60, 60), (120, 30)]);
    }

    #[test]
    fn few_cycles_join_the_block_before() {
        assert_eq!(counts((0..=63).map(f64::from)), [(0, 63)]);
        let sparse = counts((0..12).map(|k| 40.0 * f64::from(k)));
        assert_eq!(sparse, [(0, 5), (5, 6)]);
        assert_eq!(counts([]), []);
        assert_eq!(counts([0.0]), []);
    }
}
