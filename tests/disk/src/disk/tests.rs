//! What survives a power cut, in which order.

use super::*;

const MAKE: Opening = Opening {
    create: true,
    exclusive: false,
};

/// A disk with a durable file `old`, one deleted, and writes to `old` and to a new file `new` in turn, pending.
fn busy() -> State {
    let content = |byte| Arc::new(vec![byte; 4096]);
    let durable = [("deleted", content(1)), ("old", content(2))];
    let durable = durable.map(|(name, content)| (name.to_owned(), content));
    let mut disk = State::of_files(&durable.into());
    disk.delete(0, "deleted", false).unwrap();
    let old = disk.open(0, "old", MAKE).unwrap();
    let new = disk.open(0, "new", MAKE).unwrap();
    for turn in 0..4_u8 {
        let offset = usize::from(turn) * 1024;
        disk.write(old, offset, &[10 + turn; 1024]).unwrap();
        disk.write(new, offset, &[20 + turn; 1024]).unwrap();
    }
    disk
}

fn after(survival: Survival) -> BTreeMap<String, Arc<Vec<u8>>> {
    let mut disk = busy();
    disk.cut_power(survival);
    let left = disk.contents();
    // What is left is durable: nothing more goes.
    disk.cut_power(Survival::Nothing);
    assert_eq!(disk.contents(), left);
    left
}

#[test]
fn with_nothing_surviving_the_disk_is_as_the_syncs_left_it() {
    let left = after(Survival::Nothing);
    assert_eq!(left.keys().collect::<Vec<_>>(), ["deleted", "old"]);
    assert_eq!(*left["old"], vec![2; 4096]);
}

#[test]
fn a_prefix_keeps_the_order_between_files() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let left = after(Survival::Prefix { seed });
        let is_deleted = !left.contains_key("deleted");
        let written = left["old"].iter().filter(|byte| **byte >= 10).count() / 1024;
        let made = left.get("new").map(|new| new.len() / 1024);
        // The deletion, the creation, and the writes in turn.
        let point = match (is_deleted, made) {
            (false, None) => 0,
            (true, None) => 1,
            (true, Some(made)) => 2 + made + written,
            (false, Some(_)) => panic!("a later change without an earlier one"),
        };
        assert!((0..=1).contains(&(written - made.unwrap_or(0))));
        seen.insert(point);
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        (0..=10).collect::<Vec<_>>()
    );
}

#[test]
fn the_same_seed_leaves_the_same_and_another_something_else() {
    for of_seed in [
        |seed| Survival::Torn { seed },
        |seed| Survival::Prefix { seed },
    ] {
        let all: Vec<_> = (0..20).map(|seed| after(of_seed(seed))).collect();
        assert!(
            (0..)
                .zip(&all)
                .all(|(seed, left)| after(of_seed(seed)) == *left)
        );
        assert!(all.iter().any(|left| *left != all[0]));
    }
}

#[test]
fn names_are_torn_each_on_its_own() {
    let names = |seed| {
        after(Survival::Torn { seed })
            .into_keys()
            .collect::<Vec<_>>()
    };
    let seen: std::collections::BTreeSet<_> = (0..64).map(names).collect();
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn the_operation_in_which_the_power_fails_counts_as_pending() {
    let survivals = (0..64).map(|seed| Survival::Torn { seed });
    let lengths: std::collections::BTreeSet<_> = survivals
        .map(|survival| {
            let mut disk = State::default();
            let file = disk.open(0, "file", MAKE).unwrap();
            disk.sync(file).unwrap();
            disk.faults.plan(3, Fault::Power(survival));
            assert_eq!(disk.write(file, 0, &[1; 1024]), Err(Failure::Dead));
            assert_eq!(disk.write(file, 0, &[1; 1024]), Err(Failure::Dead));
            assert_eq!(disk.faults.operations(), 3);
            disk.contents()["file"]
                .iter()
                .map(|byte| usize::from(*byte))
                .sum::<usize>()
        })
        .collect();
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [0, 512, 1024]);
}

#[test]
fn a_disk_that_lies_syncs_nothing() {
    let mut disk = State {
        lying: true,
        ..State::default()
    };
    let file = disk.open(0, "file", MAKE).unwrap();
    disk.write(file, 0, &[1]).unwrap();
    disk.sync(file).unwrap();
    disk.cut_power(Survival::Nothing);
    assert!(disk.contents().is_empty());
}
