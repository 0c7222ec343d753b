//! The rules of time zones change between two starts of the server: an update of the system's zone files.

use std::time::Duration;

use footing_server::rt::clock::real_timeout;
use footing_tests::{Caller, Database};
use jiff::{Timestamp, tz};
use serde_json::json;

use super::CLOCK;
use super::installed::{pushed, scene};
use crate::installed::{Server, Shell};

/// A zone file (RFC 9636, version 2) of a place that is always so many hours ahead of UTC.
fn always_ahead(hours: u8) -> Vec<u8> {
    let block = |seconds: i32| {
        let mut block = b"TZif2".to_vec();
        block.extend([0; 15]);
        // No leap seconds and no changes; one offset, of the name XYZ.
        for count in [0, 0, 0, 0, 1, 4_u32] {
            block.extend(count.to_be_bytes());
        }
        block.extend(seconds.to_be_bytes());
        block.extend([0, 0]);
        block.extend(b"XYZ\0");
        block
    };
    let seconds = i32::from(hours) * 3600;
    let footer = format!("\nXYZ-{hours}\n");
    [block(seconds), block(seconds), footer.into_bytes()].concat()
}

/// A sandbox whose system says that Berlin is so many hours ahead.
fn serve(shell: &Shell, hours: u8) -> Server {
    let folder = shell.folder().join(format!("zones-{hours}"));
    std::fs::create_dir_all(folder.join("Europe")).unwrap();
    std::fs::write(folder.join("Europe/Berlin"), always_ahead(hours)).unwrap();
    let mut command = shell.command(&["serve", "--sandbox-clock", "true"]);
    command.env("TZDIR", folder);
    shell.serving(command)
}

#[test]
fn the_zone_files_of_these_tests_say_what_they_are_to_say() {
    let zone = tz::TimeZone::tzif("Europe/Berlin", &always_ahead(5)).unwrap();
    let july: Timestamp = "2031-07-01T00:00:00Z".parse().unwrap();
    assert_eq!(zone.to_offset(july).seconds(), 5 * 3600);
}

/// What was planned stays when it was told to be; the days after that go by the new rules, and no date is lost or had twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_that_were_planned_stay_and_later_ones_go_by_the_new_rules() {
    let shell = Shell::new(Database::sqlite());
    let server = serve(&shell, 1);
    let clinic = scene(&shell, &server).await;
    let advance = async |server: &Server, to: &str| {
        let admin = clinic.sign_in(&Caller::anonymous(&server.base)).await;
        let (path, to) = (format!("{CLOCK}/advance"), json!({ "to": to }));
        let moved = real_timeout(Duration::from_secs(60), admin.post(&path, &to)).await;
        moved.expect("moved in time").expect(200);
    };
    advance(&server, "2031-01-03T23:30:00Z").await;
    drop(server);
    let server = serve(&shell, 3);
    advance(&server, "2031-01-20T23:30:00Z").await;

    // Prompts of 08:00, as dates in UTC and hours of the day.
    let eight: Vec<(i64, i64)> = pushed(&shell)
        .into_iter()
        .map(|at| (at / 86400, at % 86400 / 3600))
        .filter(|(_, hour)| [5, 7].contains(hour))
        .collect();
    let dates: Vec<i64> = eight.iter().map(|(date, _)| *date).collect();
    assert!(
        dates.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{eight:?}"
    );
    let old = eight.iter().take_while(|(_, hour)| *hour == 7).count();
    let later = eight.iter().skip(old);
    assert!(later.clone().all(|(_, hour)| *hour == 5), "{eight:?}");
    // The first three days were lived by the old rules; those planned ahead are up to nine.
    assert!((4..=13).contains(&old), "{old} days by the old rules");
    assert!(later.count() >= 5, "{eight:?}");
}
