//! Files written by the simulator are recordings to the ordinary readers, with the very same signals.

use gait::format::{SourceFile, detect, read};
use gait::recording::{Format, Recording, Side};
use proptest::prelude::*;
use walker::Walk;
use walker::device::Faults;
use walker::export::{ExportError, write_gaitpdb, write_moticon};
use walker::link::PacketLoss;
use walker::plan::{BoutPlan, WalkPlan};

use crate::{reference_plan, walk};

fn plan(layout_id: &str, faults: Faults) -> WalkPlan {
    let bouts = vec![BoutPlan::usual(2.0, 10.0), BoutPlan::usual(3.0, 8.0)];
    WalkPlan {
        layout_id: layout_id.to_owned(),
        faults,
        bouts,
        ..reference_plan(11)
    }
}

fn reread(walk: &Walk, format: Format) -> Recording {
    let mut bytes = Vec::new();
    match format {
        Format::MoticonText => write_moticon(walk, &mut bytes).unwrap(),
        _ => write_gaitpdb(walk, &mut bytes).unwrap(),
    }
    assert_eq!(detect(&bytes, "walk.txt"), Some(format));
    read(
        &[SourceFile {
            name: format!("{}.txt", walk.recording.name),
            bytes,
        }],
        None,
    )
    .unwrap()
}

fn assert_same_signals(walk: &Walk, read: &Recording) {
    let made = &walk.recording;
    assert_eq!(
        (read.sampling_hz, &read.layout_id, &read.name),
        (made.sampling_hz, &made.layout_id, &made.name)
    );
    for side in Side::BOTH {
        let (a, b) = (made.foot(side), read.foot(side));
        assert_eq!(a.missing, b.missing, "{side}");
        assert_eq!(a.force, b.force, "{side}");
        assert_eq!(a.sensors, b.sensors, "{side}");
    }
    assert!(read.step_marks.is_empty());
}

#[test]
fn a_clean_walk_comes_back_bit_by_bit_without_a_complaint() {
    for (layout, format) in [
        ("moticon-16", Format::MoticonText),
        ("gaitpdb-8", Format::GaitPdb),
    ] {
        for faults in [
            Faults::none(),
            Faults {
                quantise: true,
                clamp: true,
                ..Faults::none()
            },
            Faults::usual(),
        ] {
            let walk = walk(&plan(layout, faults));
            let read = reread(&walk, format);
            assert_same_signals(&walk, &read);
            assert_eq!(read.issues, []);
        }
    }
}

#[test]
fn a_walk_over_a_poor_link_comes_back_with_its_gaps() {
    for (layout, format) in [
        ("moticon-16", Format::MoticonText),
        ("gaitpdb-8", Format::GaitPdb),
    ] {
        let walk = walk(&plan(layout, Faults::all()));
        assert!(walk.recording.left.missing.len() > 5);
        let read = reread(&walk, format);
        assert_same_signals(&walk, &read);
        assert!(!read.issues.is_empty());
    }
}

#[test]
fn a_format_refuses_the_other_layout() {
    let walk = walk(&plan("gaitpdb-8", Faults::none()));
    assert!(matches!(
        write_moticon(&walk, Vec::new()),
        Err(ExportError::Layout {
            needs: "moticon-16"
        })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn other_rates_and_rates_of_loss_come_back_too(
        seed: u64,
        hz in prop_oneof![Just(50.0), Just(100.0), Just(200.0)],
        rate in 0.0..0.3f64,
        mean_burst in 1.0..8.0f64,
    ) {
        let loss = Some(PacketLoss { rate, mean_burst, ..PacketLoss::usual() });
        for (layout, format) in [("moticon-16", Format::MoticonText), ("gaitpdb-8", Format::GaitPdb)] {
            let faults = Faults { loss, ..Faults::usual() };
            let mut plan = WalkPlan { sampling_hz: hz, ..plan(layout, faults) };
            plan.key.seed = seed;
            plan.bouts.truncate(1);
            let walk = walk(&plan);
            assert_same_signals(&walk, &reread(&walk, format));
        }
    }
}
