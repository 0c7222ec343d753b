//! The patients of a bench: synthetic, in several zones, each with a plan and a phone.

use footing_server::bench::Newcomer;

/// Where they live; the herd lives in the first.
pub(super) const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Europe/London",
    "America/Sao_Paulo",
    "Australia/Adelaide",
];
/// When one prompt of each of the herd is due, in the first zone.
pub(super) const HERD_TIME: &str = "16:05";
/// When another of each of the herd is due, which is swept alone.
pub(super) const SWEPT_HERD_TIME: &str = "11:05";

/// Patient `number`, with so many lines of plan; herded where one of them is due with those of the others.
pub(super) fn newcomer(number: u32, schedules: u8, herded: bool) -> Newcomer {
    let place = if herded { 0 } else { number as usize };
    let zone = ZONES.iter().cycle().nth(place % ZONES.len());
    let times = (0..schedules).map(|line| match (herded, line) {
        (true, 0) => HERD_TIME.to_owned(),
        (true, 1) => SWEPT_HERD_TIME.to_owned(),
        _ => time_of(number, line),
    });
    Newcomer {
        name: format!("Test Patient {number:07}"),
        time_zone: zone.copied().unwrap_or("Etc/UTC").to_owned(),
        // As long as those of FCM.
        push_token: format!("bench-{number:0>158}"),
        times: times.collect(),
    }
}

/// Between 07:00 and 22:00, the lines of a patient evenly apart.
fn time_of(number: u32, line: u8) -> String {
    let minute = 420 + (number.wrapping_mul(7919) % 112) + u32::from(line) * 112;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
