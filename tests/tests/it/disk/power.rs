//! The power fails at any operation of the disk.

use footing_disk::{Disk, Fault, Survival};

use super::day::{Acknowledged, DAY, Outcome, clinic, must_equal, opened, undisturbed};
use super::house::{House, alone, places};
use footing_tests::server::START;

/// What may be left of what was not synced.
fn survivals(seed: u64) -> [Survival; 3] {
    [
        Survival::Nothing,
        Survival::Prefix { seed },
        Survival::Torn { seed },
    ]
}

/// One day in which the power fails once. Gives what it came to, or `None` where it never failed.
async fn cut(operation: u64, survival: Survival) -> Option<Vec<(String, serde_json::Value)>> {
    let opened = opened();
    let mut house = House::of(&opened.image, opened.now).await;
    let at = house.disk.operations() + operation;
    house.disk.fail_at(at, Fault::Power(survival));
    let (mut noted, mut cuts) = (Acknowledged::default(), 0);
    for deed in DAY {
        let mut came = opened.act(&house, deed, &mut noted).await;
        if came.is_err() {
            cuts += 1;
            house.begin_again().await;
            house.must_be_whole();
            opened.must_hold(&house, &noted).await;
            came = opened.act(&house, deed, &mut noted).await;
        }
        assert_eq!(came, Ok(Outcome::Done), "{deed:?}");
    }
    house.disk.clear_faults();
    house.must_be_whole();
    opened.must_hold(&house, &noted).await;
    // Other tests of this process share SQLite's page cache: a day may have fewer reads.
    (cuts == 1).then_some(())?;
    Some(opened.came_to(&house).await)
}

#[test]
fn of_a_day_nothing_acknowledged_is_lost_and_nothing_is_there_twice() {
    alone(async {
        let (expected, operations) = undisturbed().await;
        let mut cuts = 0;
        for operation in places(operations) {
            for survival in survivals(operation) {
                if let Some(came_to) = cut(operation, survival).await {
                    must_equal(
                        &came_to,
                        &expected,
                        &format!("cut at {operation}, {survival:?}"),
                    );
                    cuts += 1;
                }
            }
        }
        assert!(cuts >= 40, "{cuts} cuts in {operations} operations");
    });
}

#[test]
fn a_first_start_that_is_cut_off_is_made_good_by_the_next() {
    alone(async {
        let operations = {
            let house = House::new().await;
            house.disk.operations()
        };
        let mut cuts = 0;
        for operation in places(operations) {
            for survival in survivals(operation) {
                let mut house = House::on(Disk::new(), START);
                house.disk.fail_at(operation, Fault::Power(survival));
                if house.start().await.is_ok() {
                    continue;
                }
                cuts += 1;
                house.begin_again().await;
                house.must_be_whole();
                house.open_clinic(clinic()).await.expect("it works");
            }
        }
        assert!(cuts >= 40, "{cuts} cuts in {operations} operations");
    });
}
