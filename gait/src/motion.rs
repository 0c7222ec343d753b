//! The foot's way through space, from the inertial sensors of the insole.

/// What the inertial sensors tell of one stride, between two moments at which the foot stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrideMotion {
    /// Distance covered by the foot on the ground, m.
    pub stride_length_m: f64,
    /// Stride length over stride time, m/s.
    pub speed_m_per_s: f64,
    /// Change of heading over the stride, degrees, positive to the left.
    pub yaw_deg: f64,
    /// Highest rise of the insole above the ground during swing, m.
    pub clearance_m: f64,
    /// Pitch of the insole against level ground at initial contact, degrees, toes up positive.
    pub contact_pitch_deg: f64,
}
