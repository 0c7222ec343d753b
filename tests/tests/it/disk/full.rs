//! The disk is full, and then it is not.

use super::day::{Acknowledged, Deed, Outcome, must_have_no_halves, opened};
use super::house::{House, alone};

/// Walks of two a time until there is no space for more.
const MOST: u64 = 60;

async fn fills_and_empties(house: House) {
    let (opened, mut noted) = (opened(), Acknowledged::default());
    house
        .disk
        .set_capacity(Some(house.disk.bytes() + 64 * 1024));
    let mut numbers = (1..MOST).step_by(2);
    let refused = loop {
        let number = numbers.next().expect("there is space without end");
        let came = opened.act(&house, Deed::Upload(number), &mut noted).await;
        if came.unwrap() == Outcome::PutOff {
            break number;
        }
    };
    for _ in 0..3 {
        let again = opened.act(&house, Deed::Upload(refused), &mut noted).await;
        assert_eq!(again, Ok(Outcome::PutOff));
        // What is read is read.
        let looked = opened.act(&house, Deed::Look, &mut noted).await;
        assert_eq!(looked, Ok(Outcome::Done));
        opened.must_hold(&house, &noted).await;
    }
    // A reminder falls due meanwhile, and is sent when there is space again.
    house.pass_to("2026-03-02T07:00:00Z").await.unwrap();
    house.disk.set_capacity(None);
    house.pass_to("2026-03-02T07:00:06Z").await.unwrap();
    let again = opened.act(&house, Deed::Upload(refused), &mut noted).await;
    assert_eq!(again, Ok(Outcome::Done));
    opened.must_hold(&house, &noted).await;
    must_have_no_halves(&house);
    house.must_be_whole();
    assert_eq!(house.push.sent().len(), 1, "one reminder, once");
}

#[test]
fn writes_are_put_off_reads_go_on_and_with_space_it_goes_on_by_itself() {
    alone(async { fills_and_empties(House::of(&opened().image, opened().now).await).await });
}

#[test]
fn so_it_is_with_the_threads_of_a_server_that_serves() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let local = tokio::task::LocalSet::new();
    let house = House::on_threads(&opened().image, opened().now);
    local.block_on(&runtime, async { fills_and_empties(house.await).await });
}
