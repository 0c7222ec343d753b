//! A value for each foot.

use gait::recording::Side;
use serde::{Deserialize, Serialize};

/// One value for the left foot and one for the right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerSide<T> {
    /// Value of the left foot.
    pub left: T,
    /// Value of the right foot.
    pub right: T,
}

impl<T> PerSide<T> {
    /// Builds both values, left first.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self {
            left: make(Side::Left),
            right: make(Side::Right),
        }
    }

    /// The value of one foot.
    pub const fn get(&self, side: Side) -> &T {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// The value of one foot, to change it.
    pub const fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }

    /// The feet exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            left: self.right,
            right: self.left,
        }
    }
}

impl<T: Clone> PerSide<T> {
    /// The same value for both feet.
    pub fn both(value: T) -> Self {
        Self {
            left: value.clone(),
            right: value,
        }
    }
}
