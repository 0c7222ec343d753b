//! Chance from a seed: the same seed, the same fate.

/// The step of splitmix64.
pub(crate) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output of splitmix64 for a state.
pub(crate) fn mix(state: u64) -> u64 {
    let a = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    b ^ (b >> 31)
}

/// A seeded generator of the splitmix64 kind.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The generator of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `most`, both included.
    pub(crate) fn up_to(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(STEP);
        let choices = u128::try_from(most).unwrap_or(0) + 1;
        // The high half of the product: even for every number of choices that a file has.
        let chosen = (u128::from(mix(self.0)) * choices) >> 64;
        usize::try_from(chosen).unwrap_or(most)
    }

    /// Heads or tails.
    pub(crate) fn coin(&mut self) -> bool {
        self.up_to(1) == 1
    }
}
