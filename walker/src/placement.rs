//! How an insole lies in the shoe: a little turned and shifted against the foot.

use gait::layout::{Layout, LayoutUnits};
use serde::{Deserialize, Serialize};

use crate::device::Device;
use crate::maths::{cos, sin};
use crate::random::{Purpose, StreamKey, normal};
use crate::tilt::Point;

/// The default lies exactly under the foot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Turn of the insole, degrees, toes towards the big toe positive.
    pub turn_deg: f64,
    /// Shift of the insole towards the toes, layout units.
    pub shift: f64,
    /// Breadth over length of the insole where the layout measures each in its own unit.
    pub width_to_length: f64,
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            turn_deg: 0.0,
            shift: 0.0,
            width_to_length: 1.0,
        }
    }
}

impl Placement {
    /// Draws the placement of a session for foot `index` (0 swings first).
    #[must_use]
    pub fn draw(device: &Device, layout: &Layout, key: StreamKey, index: u64) -> Self {
        let mut rng = key.rng(Purpose::Placement, index);
        Self {
            turn_deg: device.placement_turn_sd_deg.value * normal(&mut rng),
            shift: device.placement_shift_sd.value * length(layout) * normal(&mut rng),
            width_to_length: device.width_to_length.value,
        }
    }

    /// Where the insole sees a point of the foot.
    #[must_use]
    pub(crate) fn seen(&self, at: Point) -> Point {
        let turn = self.turn_deg.to_radians();
        let (x, y) = (at.x - self.shift, at.y * self.width_to_length);
        Point {
            x: cos(turn) * x + sin(turn) * y,
            y: (cos(turn) * y - sin(turn) * x) / self.width_to_length,
        }
    }
}

/// Length of the insole in layout units.
fn length(layout: &Layout) -> f64 {
    match layout.units {
        LayoutUnits::Insole => 1.0,
        LayoutUnits::Arbitrary => {
            let span = layout.sensors.iter().fold((0.0f64, 0.0f64), |span, s| {
                (span.0.min(s.x), span.1.max(s.x))
            });
            span.1 - span.0
        }
    }
}
