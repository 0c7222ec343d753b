//! Files written by the simulator are recordings to the ordinary readers, with the very same signals.

use gait::format::{SourceFile, detect, read};
use gait::recording::{Format, Recording, Side, StepMarkKind};
use proptest::prelude::*;
use walker::Walk;
use walker::device::Faults;
use walker::export::{ExportError, gaitndd_files, write_gaitpdb, write_moticon};
use walker::link::PacketLoss;
use walker::plan::{BoutPlan, WalkPlan};
use walker::truth::EventPhase;

use crate::matching::{Matching, Strides};
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
        if b.motion.is_some() {
            assert_eq!(a.motion, b.motion, "{side}");
        }
    }
    if read.format == Format::MoticonText {
        assert_marks_are_the_events(walk, read);
    }
}

/// Each event of walking is marked in the row at or after it, and nothing else is.
fn assert_marks_are_the_events(walk: &Walk, read: &Recording) {
    let walking = walk.truth.events.iter();
    let mut left: Vec<_> = walking
        .filter(|event| event.phase == EventPhase::Walking)
        .collect();
    for mark in &read.step_marks {
        let found = left.iter().position(|event| {
            let late_s = mark.time_s - event.threshold_time_s;
            (event.side, event.kind) == (mark.side, mark.kind)
                && (-1e-6..1.0 / read.sampling_hz + 1e-6).contains(&late_s)
        });
        assert!(found.is_some(), "{mark:?}");
        found.map(|at| left.swap_remove(at));
    }
    assert!(left.is_empty(), "{left:?}");
}

/// The text holds the motion of each received row, in the maker's columns and resolution.
#[test]
fn the_text_holds_the_motion_row_by_row() {
    let walk = walk(&plan("moticon-16", Faults::all()));
    let mut bytes = Vec::new();
    write_moticon(&walk, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let names: Vec<&str> = text
        .lines()
        .rfind(|line| line.starts_with('#'))
        .unwrap()
        .split('\t')
        .collect();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    let mut compared = 0;
    for (sample, row) in rows.enumerate() {
        let cells: Vec<&str> = row.split('\t').collect();
        assert_eq!(cells.len(), names.len());
        for side in Side::BOTH {
            let foot = walk.recording.foot(side);
            let motion = foot.motion.as_ref().unwrap();
            let received = !foot.missing.iter().any(|gap| gap.contains(&sample));
            for (name, column) in [
                ("acceleration X[g]", &motion.acceleration_g[0]),
                ("acceleration Z[g]", &motion.acceleration_g[2]),
                ("angular Y[dps]", &motion.angular_velocity_dps[1]),
                ("angular Z[dps]", &motion.angular_velocity_dps[2]),
            ] {
                let name = format!("{side} {name}");
                let cell = cells[names.iter().position(|known| *known == name).unwrap()];
                assert_eq!(cell.is_empty(), !received, "{name} {sample}");
                if received {
                    assert_eq!(cell.parse::<f32>().unwrap(), column[sample]);
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 10_000);
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

fn reread_gaitndd(walk: &Walk) -> Recording {
    let files = gaitndd_files(walk, "walk").unwrap();
    let parts = files.parts().map(|(ending, bytes)| SourceFile {
        name: format!("walk.{ending}"),
        bytes: bytes.to_vec(),
    });
    read(&parts, None).unwrap()
}

/// The record of converter steps says nothing of newtons, and the engine finds in it when the feet met the ground.
#[test]
fn the_engine_finds_the_events_of_a_record_in_converter_steps() {
    let mut plan = plan("gaitpdb-8", Faults::usual());
    plan.sampling_hz = 300.0;
    plan.bouts = vec![BoutPlan::usual(3.0, 60.0)];
    let walk = walk(&plan);
    let read = reread_gaitndd(&walk);
    assert_eq!(read.format, Format::GaitNdd);
    assert_eq!(read.samples(), walk.recording.samples());
    for side in Side::BOTH {
        let (made, read) = (&walk.recording.foot(side).force, &read.foot(side).force);
        let worst = made
            .iter()
            .zip(read)
            .map(|(newtons, steps)| (newtons - 2.0 * steps).abs());
        assert!(
            worst.fold(0.0, f64::max) <= 1.0 + 1e-9,
            "{side}: a step is 2 N"
        );
    }
    let analysis = gait::analyze(&read, &gait::Options::default());
    let mut contacts = Matching::default();
    contacts.add(
        &walk,
        &analysis,
        StepMarkKind::InitialContact,
        Strides::Completed,
    );
    assert!(contacts.wanted > 80, "{}", contacts.wanted);
    assert_eq!(contacts.hit, contacts.wanted);
}

#[test]
fn a_record_of_an_odd_count_comes_back_whole() {
    let mut walk = walk(&plan("gaitpdb-8", Faults::none()));
    for foot in [&mut walk.recording.left, &mut walk.recording.right] {
        foot.force.truncate(1001);
        foot.force[1000] = 5000.0;
        foot.sensors
            .iter_mut()
            .for_each(|sensor| sensor.truncate(1001));
    }
    let read = reread_gaitndd(&walk);
    assert_eq!(read.samples(), 1001);
    assert_eq!(
        read.left.force[1000], 2047.0,
        "held at the rail of the converter"
    );
}

#[test]
fn lost_samples_cannot_be_said_in_converter_steps() {
    let walk = walk(&plan("moticon-16", Faults::all()));
    assert!(matches!(
        gaitndd_files(&walk, "walk"),
        Err(ExportError::Lost)
    ));
}
