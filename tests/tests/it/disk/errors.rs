//! The disk fails at any operation, once or for a while: who asked is told to ask again, nothing is there by half, and the
//! server goes on.

use footing_disk::{Fault, Survival};

use super::day::{
    Acknowledged, DAY, Deed, Outcome, must_equal, must_have_no_halves, opened, undisturbed,
};
use super::house::{House, alone, places};

/// So many operations fail where the disk fails for a while.
const WHILE: u64 = 20;
/// Nobody asks more often than this.
const PATIENCE: usize = 400;

/// How a day went.
struct Lived {
    came_to: Vec<(String, serde_json::Value)>,
    put_off: usize,
}

/// One day with faults planned for a row of operations.
async fn live(first: u64, count: u64, fault: Fault) -> Lived {
    let opened = opened();
    let house = House::of(&opened.image, opened.now).await;
    let from = house.disk.operations() + first;
    for operation in from..from + count {
        house.disk.fail_at(operation, fault);
    }
    let (mut noted, mut put_off) = (Acknowledged::default(), 0);
    for deed in DAY {
        for asked in 1.. {
            let before = house.disk.operations();
            let came = opened.act(&house, deed, &mut noted).await.unwrap();
            // Whether jobs could do what was due nobody is told: they do it when the disk works again.
            let struck = before + 1 < from + count && house.disk.operations() >= from;
            if came == Outcome::Done && !(struck && matches!(deed, Deed::Pass(_))) {
                break;
            }
            put_off += usize::from(came == Outcome::PutOff);
            assert!(asked < PATIENCE, "{deed:?} is never done");
        }
    }
    house.disk.clear_faults();
    opened.must_hold(&house, &noted).await;
    must_have_no_halves(&house);
    house.must_be_whole();
    Lived {
        came_to: opened.came_to(&house).await,
        put_off,
    }
}

fn a_day_with(count: u64, fault: Fault) {
    alone(async {
        let (expected, operations) = undisturbed().await;
        let mut put_off = 0;
        for first in places(operations) {
            let lived = live(first, count, fault).await;
            must_equal(&lived.came_to, &expected, &format!("{fault:?} at {first}"));
            put_off += lived.put_off;
        }
        assert!(put_off > 0, "no request met it");
    });
}

#[test]
fn one_operation_that_fails_costs_one_503_and_nothing_else() {
    a_day_with(1, Fault::Io);
}

#[test]
fn while_the_disk_fails_it_is_503_and_afterwards_the_server_goes_on() {
    a_day_with(WHILE, Fault::Io);
}

#[test]
fn a_sync_that_fails_costs_one_503_and_nothing_else() {
    a_day_with(1, Fault::SyncFails);
}

/// After a failed sync the power fails as well: what was acknowledged before and after is there.
#[test]
fn what_is_acknowledged_after_a_failed_sync_is_durable() {
    alone(async {
        let opened = opened();
        for deeds in 1..DAY.len() {
            let mut house = House::of(&opened.image, opened.now).await;
            let mut noted = Acknowledged::default();
            house
                .disk
                .fail_at(house.disk.operations() + 1, Fault::SyncFails);
            for deed in DAY.into_iter().take(deeds) {
                while opened.act(&house, deed, &mut noted).await.unwrap() == Outcome::PutOff {}
            }
            house.disk.cut_power(Survival::Nothing);
            house.begin_again().await;
            house.must_be_whole();
            opened.must_hold(&house, &noted).await;
        }
    });
}

/// Uploads when every job has done what it had to, and says how many files were opened for it.
async fn upload(house: &House, number: u64) -> (Outcome, u64) {
    house.pass_to(opened().now).await.unwrap();
    let before = house.disk.openings();
    let noted = &mut Acknowledged::default();
    let came = opened().act(house, Deed::Upload(number), noted).await;
    (came.unwrap(), house.disk.openings() - before)
}

async fn is_opened_anew(house: House) {
    for number in [1, 3] {
        assert_eq!(upload(&house, number).await.0, Outcome::Done);
    }
    // The connections there may be are there.
    assert_eq!(upload(&house, 5).await, (Outcome::Done, 0));
    let before = house.disk.openings();
    let next = house.disk.operations() + 1;
    house.disk.fail_at(next, Fault::SyncFails);
    while upload(&house, 7).await.0 == Outcome::PutOff {}
    assert!(house.disk.openings() > before, "the connection was kept");
}

#[test]
fn after_a_failed_sync_the_connection_is_thrown_away() {
    alone(async { is_opened_anew(House::of(&opened().image, opened().now).await).await });
}

#[test]
fn after_a_failed_sync_the_writer_of_a_server_that_serves_opens_another_connection() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let local = tokio::task::LocalSet::new();
    let house = House::on_threads(&opened().image, opened().now);
    local.block_on(&runtime, async { is_opened_anew(house.await).await });
}
