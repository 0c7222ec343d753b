//! Footing's own stream: what is written reads back, and what goes wrong on the way is said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::single_range_in_vec_init,
    reason = "a failing unwrap is a failing test"
)]

use std::fmt::Write as _;
use std::path::Path;

use gait::format::{Place, ReadError, SourceFile, WriteError, detect, read, write};
use gait::{
    Arrival, FootSignal, ForceUnit, Format, InsoleMotion, IssueCode, Recording, Side, layout,
};
use proptest::prelude::*;

const SPELLINGS: &[Format] = &[
    Format::StreamNdjson,
    Format::StreamCsv,
    #[cfg(feature = "parquet")]
    Format::StreamParquet,
];

fn bytes_of(recording: &Recording, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(recording, format, &mut bytes).unwrap();
    bytes
}

fn back(bytes: Vec<u8>) -> Result<Recording, ReadError> {
    let name = "walk.x".to_owned();
    read(&[SourceFile { name, bytes }], None)
}

fn codes(recording: &Recording) -> Vec<IssueCode> {
    recording.issues.iter().map(|i| i.code).collect()
}

/// Values without a pattern: a fixed linear congruence, so that no test depends on chance.
fn noise(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    (*seed >> 40) as f64 / f64::from(1 << 20) - 8.0
}

struct Kind {
    sensors: usize,
    layout_id: Option<&'static str>,
    motion: bool,
    arrivals: bool,
    cop: bool,
    unit: ForceUnit,
}

fn foot(
    kind: &Kind,
    samples: usize,
    missing: &[std::ops::Range<usize>],
    mut seed: u64,
) -> FootSignal {
    let lost = |i: usize| missing.iter().any(|m| m.contains(&i));
    let mut column = || -> Vec<f32> {
        let value = |i| {
            if lost(i) {
                0.0
            } else {
                noise(&mut seed) as f32 / 3.0
            }
        };
        (0..samples).map(value).collect()
    };
    let sensors = (0..kind.sensors).map(|_| column()).collect();
    let motion = kind.motion.then(|| InsoleMotion {
        acceleration_g: [column(), column(), column()],
        angular_velocity_dps: [column(), column(), column()],
    });
    let cop_ap_m = if kind.cop { column() } else { Vec::new() };
    let force = (0..samples)
        .map(|i| {
            if lost(i) {
                0.0
            } else {
                noise(&mut seed) * 71.0 / 7.0
            }
        })
        .collect();
    let present = (0..samples).filter(|i| kind.arrivals && !lost(*i) && i % 3 != 1);
    let arrivals = present.map(|sample| Arrival {
        sample,
        host_s: sample as f64 * 0.010_01,
    });
    FootSignal {
        force,
        sensors,
        missing: missing.to_vec(),
        motion,
        arrivals: arrivals.collect(),
        cop_ap_m,
    }
}

fn recording(
    kind: &Kind,
    samples: usize,
    lost: [&[std::ops::Range<usize>]; 2],
    seed: u64,
) -> Recording {
    Recording {
        name: "walk".into(),
        format: Format::Simulated,
        sampling_hz: 100.0,
        force_unit: kind.unit,
        layout_id: kind.layout_id.map(str::to_owned),
        left: foot(kind, samples, lost[0], seed),
        right: foot(kind, samples, lost[1], seed + 1),
        step_marks: Vec::new(),
        issues: Vec::new(),
    }
}

const MOTICON: Kind = Kind {
    sensors: 16,
    layout_id: Some("moticon-16"),
    motion: true,
    arrivals: true,
    cop: false,
    unit: ForceUnit::Newton,
};

const KINDS: [Kind; 4] = [
    MOTICON,
    Kind {
        sensors: 8,
        layout_id: Some("gaitpdb-8"),
        motion: false,
        ..MOTICON
    },
    Kind {
        sensors: 0,
        layout_id: None,
        motion: false,
        arrivals: false,
        cop: true,
        ..MOTICON
    },
    Kind {
        sensors: 99,
        layout_id: None,
        unit: ForceUnit::Uncalibrated,
        ..MOTICON
    },
];

fn assert_same(read: &Recording, written: &Recording) {
    assert_eq!(read.sampling_hz, written.sampling_hz);
    assert_eq!(
        (read.force_unit, &read.layout_id),
        (written.force_unit, &written.layout_id)
    );
    for side in Side::BOTH {
        assert_eq!(read.foot(side), written.foot(side), "{side}");
    }
}

#[test]
fn what_is_written_reads_back_in_every_spelling() {
    for kind in &KINDS {
        let written = recording(kind, 400, [&[40..45, 399..400], &[0..7, 44..60]], 5);
        for &format in SPELLINGS {
            let bytes = bytes_of(&written, format);
            assert_eq!(detect(&bytes, ""), Some(format));
            let read = back(bytes).unwrap();
            assert_same(&read, &written);
            assert_eq!(
                codes(&read),
                [IssueCode::Gap, IssueCode::OneSidedStart, IssueCode::Gap],
                "{format}"
            );
        }
    }
    let error = write(
        &recording(&MOTICON, 3, [&[], &[]], 1),
        Format::GaitPdb,
        &mut Vec::new(),
    );
    assert!(matches!(
        error,
        Err(WriteError::NotAStream(Format::GaitPdb))
    ));
}

#[test]
fn the_counter_turns_without_loss() {
    let kind = Kind {
        sensors: 0,
        layout_id: None,
        motion: false,
        arrivals: false,
        ..MOTICON
    };
    let written = recording(&kind, 140_000, [&[65_530..65_540], &[]], 9);
    for &format in SPELLINGS {
        assert_same(&back(bytes_of(&written, format)).unwrap(), &written);
    }
}

/// A stream whose force is the number of the frame, for the rules on order.
fn csv(rows: &[String]) -> String {
    let mut text = "# footing-stream 1; sampling_hz=100\nleft_counter,left_host_s,left_force_n,right_counter,right_host_s,right_force_n\n".to_owned();
    for row in rows {
        writeln!(text, "{row}").unwrap();
    }
    writeln!(text, "# end rows={}", rows.len()).unwrap();
    text
}

fn both(left: usize, right: usize) -> String {
    let cell = |n: usize| format!("{},{},{}", n % 65_536, n as f64 / 100.0, n % 1000);
    format!("{},{}", cell(left), cell(right))
}

#[test]
fn losses_copies_and_late_frames_are_told_and_mended() {
    let mut rows: Vec<String> = (0..300).map(|n| both(n, n)).collect();
    rows.remove(250);
    rows.swap(100, 103);
    let copy = rows[50].clone();
    rows.insert(52, copy);
    let r = back(csv(&rows).into_bytes()).unwrap();
    assert_eq!(r.samples(), 300);
    assert!(
        r.left.missing.iter().eq([&(250..251)]),
        "{:?}",
        r.left.missing
    );
    let expected: Vec<f64> = (0..300)
        .map(|n| if n == 250 { 0.0 } else { f64::from(n) })
        .collect();
    assert_eq!((&r.left.force, &r.right.force), (&expected, &expected));
    let told = codes(&r);
    for code in [
        IssueCode::DuplicateFrames,
        IssueCode::ReorderedFrames,
        IssueCode::Gap,
    ] {
        assert_eq!(
            told.iter().filter(|c| **c == code).count(),
            2,
            "{code}: {told:?}"
        );
    }
    let ascending = |a: &[Arrival]| {
        a.windows(2)
            .all(|w| w[0].sample < w[1].sample && w[0].host_s <= w[1].host_s)
    };
    assert!(ascending(&r.left.arrivals) && r.left.arrivals.len() > 290);
}

#[test]
fn a_counter_that_starts_anew_goes_on_by_the_hosts_clock() {
    let rows: Vec<String> = (0..400)
        .map(|n| {
            let left = if n < 200 { 30_000 + n } else { n - 200 };
            let host = f64::from(n + if n < 200 { 0 } else { 100 }) / 100.0;
            format!(
                "{left},{host},1,{},{host},1",
                n + if n < 200 { 0 } else { 100 }
            )
        })
        .collect();
    let r = back(csv(&rows).into_bytes()).unwrap();
    assert_eq!(r.samples(), 500);
    assert!(r.left.missing.iter().eq([&(200..300)]) && r.right.missing == r.left.missing);
    assert_eq!(
        codes(&r),
        [IssueCode::CounterRestart, IssueCode::Gap, IssueCode::Gap]
    );
}

/// Frames of one foot per line: the hosts' clock sets the feet against each other, the least delayed frames count.
#[test]
fn one_sided_frames_are_aligned_by_arrival() {
    let mut rows = Vec::new();
    for n in 0..300_u32 {
        // Seven frames arrive together, when the last of them is taken.
        let host_s = f64::from(n / 7 * 7 + 6) / 100.0;
        rows.push(format!("{n},{host_s},{n},,,"));
        if n >= 20 {
            rows.push(format!(",,,{},{host_s},{n}", n + 500));
        }
    }
    let r = back(csv(&rows).into_bytes()).unwrap();
    assert_eq!(
        (r.left.missing.len(), r.right.missing.as_slice()),
        (0, [0..20].as_slice())
    );
    assert_eq!(r.left.force[100], r.right.force[100]);
    assert_eq!(codes(&r), [IssueCode::OneSidedStart]);

    let without_clock: Vec<String> = (0..50)
        .flat_map(|n| [format!("{n},,1,,,"), format!(",,,{n},,1")])
        .collect();
    let error = back(csv(&without_clock).into_bytes())
        .unwrap_err()
        .to_string();
    assert!(error.contains("how the feet lie in time"), "{error}");
}

#[test]
fn force_is_made_of_the_sensors_where_the_layout_knows_them() {
    let names = |side: &str| {
        let sensors: String = (1..=16)
            .map(|i| format!(",{side}_pressure_{i}_n_per_cm2"))
            .collect();
        format!("{side}_counter{sensors}")
    };
    let head = format!(
        "# footing-stream 1; sampling_hz=50; layout=moticon-16\n{},{}\n",
        names("left"),
        names("right")
    );
    let row = |n: usize| format!("{n}{0},{n}{0}\n", ",2".repeat(16));
    let text = head.clone() + &(0..60).map(row).collect::<String>() + "# end rows=60\n";
    let r = back(text.into_bytes()).unwrap();
    let area: f64 = layout::by_id("moticon-16")
        .unwrap()
        .sensors
        .iter()
        .filter_map(|s| s.area_cm2)
        .sum();
    assert!(
        (r.left.force[7] - 2.0 * area).abs() < 1e-9 && r.issues.is_empty() && r.sampling_hz == 50.0
    );
    let unknown = head.replace("moticon-16", "other-16");
    assert!(
        back(unknown.into_bytes())
            .unwrap_err()
            .to_string()
            .contains("force column")
    );
}

#[test]
fn columns_of_other_makers_are_left_out_and_said() {
    let text = csv(&(0..30).map(|n| both(n, n) + ",21.5").collect::<Vec<_>>());
    let text = text.replace("right_force_n\n", "right_force_n,shoe_temperature_c\n");
    let r = back(text.into_bytes()).unwrap();
    assert_eq!(codes(&r), [IssueCode::UnknownColumn]);
}

#[test]
fn damage_is_named_by_line_and_rule() {
    let rows: Vec<String> = (0..60).map(|n| both(n, n)).collect();
    let whole = csv(&rows);
    let line_33 = both(30, 30);
    for (bad, rule) in [
        ("30,0.3,30,30,0.3", "6 cells"),
        ("30,0.3,30,30,0.3,30,1", "6 cells"),
        ("30,0.3,x,30,0.3,30", "finite numbers"),
        ("30,0.3,nan,30,0.3,30", "finite numbers"),
        ("30,0.3,99999,30,0.3,30", "within 20000"),
        ("70000,0.3,30,30,0.3,30", "0 to 65535"),
        ("1.5,0.3,30,30,0.3,30", "0 to 65535"),
        ("30,0.3,,30,0.3,30", "all of its values or none"),
        (",0.3,30,30,0.3,30", "has its counter"),
        ("# end rows=30", "nothing follows"),
        ("# whatever", "end mark reads"),
    ] {
        let text = whole.replace(&format!("{line_33}\n"), &format!("{bad}\n"));
        match back(text.into_bytes()) {
            Err(ReadError::Broken {
                place: Place::Line(line),
                rule: told,
                ..
            }) => {
                assert!(told.contains(rule), "{bad}: {told}");
                assert!(line == 33 || line == 34, "{bad}: line {line}");
            }
            other => panic!("{bad}: {other:?}"),
        }
    }
    for (from, to) in [
        ("stream 1", "stream 2"),
        ("sampling_hz=100", "sampling_hz=0"),
        ("sampling_hz=100", "rate=100"),
        ("left_counter", "left_count"),
        ("right_force_n", "right_force_raw"),
        ("left_host_s,", "left_counter,"),
        ("right_host_s", "right_cop_ap_m"),
    ] {
        assert!(
            back(whole.replacen(from, to, 1).into_bytes()).is_err(),
            "{from} -> {to}"
        );
    }
    let jump: Vec<String> = (0..9).map(|n| both(n * 30_000, n * 30_000)).collect();
    let error = back(csv(&jump).into_bytes()).unwrap_err().to_string();
    assert!(error.contains("one in twenty"), "{error}");
}

/// The examples of docs/FORMATS.md are what the reader reads.
#[test]
fn the_documented_examples_are_read() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FORMATS.md");
    let page = std::fs::read_to_string(page).unwrap();
    let examples: Vec<&str> = page.split("```\n").skip(1).step_by(2).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let r = back(example.as_bytes().to_vec()).unwrap();
        assert_eq!(
            (r.left.force.as_slice(), r.right.force.as_slice()),
            (&[431.5, 433.0, 436.5][..], &[402.0, 0.0, 398.5][..])
        );
        assert_eq!(
            (codes(&r), r.layout_id.as_deref()),
            (vec![IssueCode::Gap], Some("moticon-16"))
        );
    }
}

#[test]
fn one_foot_alone_is_no_recording() {
    let rows: Vec<String> = (0..60).map(|n| format!("{n},0,1,,,")).collect();
    let error = back(csv(&rows).into_bytes()).unwrap_err().to_string();
    assert!(error.contains("both feet"), "{error}");
}

/// Wherever a stream is cut, it is an error or says so, and no foot is lost.
#[test]
fn a_stream_cut_at_any_byte_says_so() {
    let written = recording(
        &Kind {
            sensors: 2,
            layout_id: None,
            ..MOTICON
        },
        12,
        [&[], &[3..4]],
        3,
    );
    for &format in SPELLINGS {
        let whole = bytes_of(&written, format);
        for cut in 0..whole.len() {
            let Ok(read) = back(whole[..cut].to_vec()) else {
                continue;
            };
            let told = codes(&read);
            let marked =
                told.contains(&IssueCode::Unfinished) || told.contains(&IssueCode::TruncatedRow);
            assert!(marked, "{format} cut at {cut} of {}: {told:?}", whole.len());
            assert_eq!(read.left.force.len(), read.right.force.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_recording_reads_back(kind in 0..KINDS.len(), samples in 2..120_usize, seed in any::<u32>(), gaps in prop::collection::vec((0..118_usize, 1..9_usize), 0..4)) {
        let kind = &KINDS[kind];
        // The first and last sample of the left foot stay; gaps of the right foot are free but disjoint.
        let mut lost: Vec<std::ops::Range<usize>> = Vec::new();
        for (start, length) in gaps {
            let gap = start + 1..(start + 1 + length).min(samples - 1);
            if gap.start < gap.end && lost.iter().all(|g| g.end < gap.start || gap.end < g.start) {
                lost.push(gap);
            }
        }
        lost.sort_by_key(|g| g.start);
        let halves = lost.split_at(lost.len() / 2);
        let written = recording(kind, samples, [halves.0, halves.1], u64::from(seed));
        for &format in SPELLINGS {
            let read = back(bytes_of(&written, format)).unwrap();
            assert_same(&read, &written);
        }
    }

    #[test]
    fn mutated_streams_never_panic(spelling in 0..SPELLINGS.len(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let written = recording(&MOTICON, 30, [&[4..6], &[]], 3);
        let mut bytes = bytes_of(&written, SPELLINGS[spelling]);
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(read) = back(bytes) {
            prop_assert_eq!(read.left.force.len(), read.right.force.len());
            prop_assert!(read.left.force.iter().chain(&read.right.force).all(|f| f.is_finite()));
        }
    }
}
