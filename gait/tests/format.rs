//! Readers: told by content, damaged files named by place and rule, faults reported, never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

use std::fmt::Write as _;

use gait::format::{Place, ReadError, SourceFile, companions, detect, read};
use gait::{ForceUnit, Format, IssueCode, Recording, Side, StepMarkKind};
use proptest::prelude::*;

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile {
        name: name.into(),
        bytes: bytes.into(),
    }
}

fn one(name: &str, text: &str) -> Result<Recording, ReadError> {
    read(&[file(name, text)], None)
}

fn codes(recording: &Recording) -> Vec<IssueCode> {
    recording.issues.iter().map(|i| i.code).collect()
}

/// Rows of the 19-column format at the given times; every sensor reads 10 N.
fn gaitpdb(times: impl IntoIterator<Item = f64>) -> String {
    times.into_iter().fold(String::new(), |mut text, t| {
        let _ = writeln!(text, "{t:.4}\t{}80\t80", "10\t".repeat(16));
        text
    })
}

fn hundredths(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(|i| i as f64 / 100.0)
}

#[test]
fn gaitpdb_reads_columns_and_rate() {
    let r = one("SiCo99_01.txt", &gaitpdb(hundredths(300))).unwrap();
    assert_eq!(
        (r.name.as_str(), r.format, r.sampling_hz, r.samples()),
        ("SiCo99_01", Format::GaitPdb, 100.0, 300)
    );
    assert_eq!(
        (r.layout_id.as_deref(), r.force_unit),
        (Some("gaitpdb-8"), ForceUnit::Newton)
    );
    assert!(
        r.left.force.iter().all(|f| *f == 80.0)
            && r.right.sensors.len() == 8
            && r.issues.is_empty()
    );
}

#[test]
fn gaitpdb_faults_become_issues() {
    let absent = one(
        "a.txt",
        &gaitpdb(hundredths(500).filter(|t| !(2.0..2.5).contains(t))),
    )
    .unwrap();
    assert_eq!(
        (absent.samples(), codes(&absent)),
        (500, vec![IssueCode::MissingRows])
    );
    assert!(absent.left.missing.iter().eq([&(200..250)]));
    assert_eq!(absent.issues.first().unwrap().start_s, Some(2.0));

    let negative = one("a.txt", &gaitpdb(hundredths(300).map(|t| t - 1.0))).unwrap();
    assert_eq!(codes(&negative), [IssueCode::NegativeTime]);

    let mut repeated: Vec<f64> = hundredths(300).collect();
    repeated.insert(100, 0.99);
    let repeated = one("a.txt", &gaitpdb(repeated)).unwrap();
    assert_eq!(
        (repeated.samples(), codes(&repeated)),
        (300, vec![IssueCode::TimeNotIncreasing])
    );

    let whole = gaitpdb(hundredths(300));
    let cut = one("a.txt", whole.get(..whole.len() - 20).unwrap()).unwrap();
    assert_eq!(
        (cut.samples(), codes(&cut)),
        (299, vec![IssueCode::TruncatedRow])
    );

    let mismatched = one("a.txt", &whole.replace("\t80\t80", "\t95\t-80")).unwrap();
    assert_eq!(
        codes(&mismatched),
        [
            IssueCode::TotalForceMismatch,
            IssueCode::TotalForceMismatch,
            IssueCode::NegativeForce
        ]
    );
}

/// Slow drift of printed times against the nominal rate is no gap (real files drift by 0.0001 s every 143 rows).
#[test]
fn drifting_time_stamps_are_no_gaps() {
    let r = one(
        "a.txt",
        &gaitpdb((0..12_000).map(|i| (f64::from(i) * 0.009_999_3 * 1e4).round() / 1e4)),
    )
    .unwrap();
    assert_eq!(
        (r.samples(), r.issues.len(), r.sampling_hz),
        (12_000, 0, 100.0)
    );
}

#[test]
fn gaitpdb_damage_is_named_by_line() {
    let whole = gaitpdb(hundredths(300));
    let at_line_51 = |replacement: &str| {
        let mut lines: Vec<&str> = whole.lines().collect();
        lines[50] = replacement;
        one("a.txt", &(lines.join("\n") + "\n"))
    };
    for bad in [
        "0.5 1 2",
        "x",
        &format!("0.5{}", " 1".repeat(19)),
        &format!("0.5{} nan", " 1".repeat(17)),
        &format!("0.5{} 1e9", " 1".repeat(17)),
    ] {
        match at_line_51(bad) {
            Err(ReadError::Broken { file, place, .. }) => {
                assert_eq!((file.as_str(), place), ("a.txt", Place::Line(51)), "{bad}")
            }
            other => panic!("{bad}: {other:?}"),
        }
    }
    assert!(
        one("a.txt", &gaitpdb([0.0, 0.01, 1e9])).is_err(),
        "a jump of years is no gap"
    );
    assert!(
        one("a.txt", &gaitpdb([0.0])).is_err(),
        "one row has no rate"
    );
    assert!(
        one("a.txt", &gaitpdb(hundredths(300).map(|t| -t))).is_err(),
        "time runs backwards"
    );
}

/// Packs samples two to three bytes.
fn pack_212(samples: &[i16]) -> Vec<u8> {
    samples
        .chunks(2)
        .flat_map(|pair| {
            let [a, b] = [
                pair[0] as u16 & 0xfff,
                pair.get(1).copied().unwrap_or(0) as u16 & 0xfff,
            ];
            let bytes = [a as u8, ((a >> 8) | (b >> 8) << 4) as u8, b as u8];
            bytes.into_iter().take(if pair.len() == 2 { 3 } else { 2 })
        })
        .collect()
}

fn samples(n: usize, shift: usize) -> Vec<i16> {
    (0..n)
        .map(|i| {
            if (i + shift) % 300 < 190 {
                900
            } else {
                -700 + (i % 7) as i16
            }
        })
        .collect()
}

fn wfdb(n: usize) -> Vec<SourceFile> {
    let (left, right) = (samples(n, 0), samples(n, 150));
    let sum = |s: &[i16]| s.iter().fold(0i16, |sum, v| sum.wrapping_add(*v));
    let header = format!(
        "w1 2 300 {n}\nw1.let 212 3000 12 0 {} {} 0 left-foot\nw1.rit 212 3000 12 0 {} {} 0 right-foot\n",
        left[0],
        sum(&left),
        right[0],
        sum(&right)
    );
    vec![
        file("folder/w1.hea", header),
        file("w1.let", pack_212(&left)),
        file("w1.rit", pack_212(&right)),
    ]
}

#[test]
fn wfdb_reads_both_feet() {
    for n in [9000, 9001] {
        let files = wfdb(n);
        assert_eq!(companions(&files[0]), ["w1.let", "w1.rit"]);
        let r = read(&files, Some(Format::GaitNdd)).unwrap();
        assert_eq!(
            (r.name.as_str(), r.sampling_hz, r.samples(), r.force_unit),
            ("w1", 300.0, n, ForceUnit::Uncalibrated)
        );
        assert_eq!(
            r.left.force,
            samples(n, 0).into_iter().map(f64::from).collect::<Vec<_>>()
        );
        assert_eq!(codes(&r), [IssueCode::UncalibratedForce]);
    }
}

#[test]
fn a_header_without_a_count_takes_what_is_there() {
    let mut files = wfdb(9000);
    let header = String::from_utf8(files[0].bytes.clone()).unwrap();
    // Without the count the checksums of the shortened foot cannot hold either: leave them out.
    let bare: String = header
        .lines()
        .map(|l| l.split_whitespace().take(4).collect::<Vec<_>>().join(" ") + "\n")
        .collect();
    files[0].bytes = bare.replace("w1 2 300 9000", "w1 2 300").into_bytes();
    files[1].bytes.truncate(3000);
    let r = read(&files, None).unwrap();
    assert_eq!((r.left.force.len(), r.right.force.len()), (2000, 2000));
    assert_eq!(
        codes(&r),
        [IssueCode::UncalibratedForce, IssueCode::UnequalLength]
    );
}

#[test]
fn wfdb_damage_is_refused() {
    let files = wfdb(9000);
    let mut flipped = files.clone();
    flipped[2].bytes[1000] ^= 0x10;
    let error = read(&flipped, None).unwrap_err();
    assert!(
        matches!(
            &error,
            ReadError::Broken {
                place: Place::Line(3),
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("checksum"));

    for cut in [0, 1, 9000] {
        let mut short = files.clone();
        short[1].bytes.truncate(cut);
        assert!(
            matches!(
                read(&short, None),
                Err(ReadError::Broken {
                    place: Place::Byte(_),
                    ..
                })
            ),
            "{cut}"
        );
    }
    let alone = read(&files[..1], None);
    assert_eq!(
        alone,
        Err(ReadError::MissingCompanion {
            file: "w1.hea".into(),
            companion: "w1.let".into()
        })
    );
    for (from, to) in [
        ("w1 2 300", "w1 3 300"),
        ("w1 2 300", "w1 2 0"),
        ("w1 2 300 9000", "w1 2 300 -1"),
        ("w1.let 212", "../w1.let 212"),
        ("w1.let 212", "w1.let 212x2"),
        ("right-foot", "left-foot"),
        ("9000", "99999999999999999999"),
        ("0 left-foot", "0 left-foot\nw1.x 16 1 1 0 1 70000"),
    ] {
        let mut broken = files.clone();
        broken[0].bytes = String::from_utf8(broken[0].bytes.clone())
            .unwrap()
            .replace(from, to)
            .into_bytes();
        assert!(read(&broken, None).is_err(), "{from} -> {to}");
    }
    // A header that climbs out of its folder names no companion.
    let climbing = String::from_utf8(files[0].bytes.clone())
        .unwrap()
        .replace("w1.let", "../../etc/passwd");
    assert!(companions(&file("w1.hea", climbing)).is_empty());
}

fn moticon_header() -> String {
    let side = |s: &str| {
        let pressures: String = (1..=16)
            .map(|i| format!("\t{s} pressure {i}[N/cm²]"))
            .collect();
        format!(
            "{pressures}\t{s} total force[N]\t{s} center of pressure X[-0.5...+0.5]\t{s} center of pressure Y[-0.5...+0.5]"
        )
    };
    format!(
        "# Start time: 01.03.2026 08:30:00.000\n# Duration: 00:03.000\n# time{}{}\tright steps[]\tleft steps[]\n",
        side("left"),
        side("right")
    )
}

fn moticon(rows: usize, row: impl Fn(usize) -> (bool, bool, &'static str)) -> String {
    let foot = |present: bool| {
        if present {
            format!("{}\t204.80\t0.0\t0.0", "\t1.00".repeat(16))
        } else {
            "\t".repeat(19)
        }
    };
    (0..rows).fold(moticon_header(), |mut text, i| {
        let (left, right, step) = row(i);
        let _ = writeln!(
            text,
            "{:.2}{}{}\t\t{step}",
            i as f64 / 100.0,
            foot(left),
            foot(right)
        );
        text
    })
}

#[test]
fn moticon_reads_pressures_marks_and_losses() {
    let text = moticon(300, |i| {
        (
            i >= 40 && i != 200,
            true,
            if i == 100 {
                "11"
            } else if i == 150 {
                "15"
            } else {
                ""
            },
        )
    });
    let r = one("230927.txt", &text).unwrap();
    assert_eq!(
        (r.format, r.sampling_hz, r.samples(), r.layout_id.as_deref()),
        (Format::MoticonText, 100.0, 300, Some("moticon-16"))
    );
    assert_eq!(
        (r.left.missing.as_slice(), r.right.missing.len()),
        ([0..40, 200..201].as_slice(), 0)
    );
    assert_eq!(codes(&r), [IssueCode::OneSidedStart, IssueCode::Gap]);
    let marks: Vec<_> = r
        .step_marks
        .iter()
        .map(|m| (m.side, m.kind, m.time_s))
        .collect();
    assert_eq!(
        marks,
        [
            (Side::Left, StepMarkKind::InitialContact, 1.0),
            (Side::Left, StepMarkKind::ToeOff, 1.5)
        ]
    );
    assert_eq!(r.left.sensors[4][50], 1.0);
    let odd = one("a.txt", &text.replace("\t\t11\n", "\t\t99\n")).unwrap();
    assert!(codes(&odd).contains(&IssueCode::UnknownStepMark));
    let other_size = one("a.txt", &text.replace("204.80", "180.00")).unwrap();
    assert!(codes(&other_size).contains(&IssueCode::TotalForceMismatch));
}

#[test]
fn moticon_damage_is_named_by_line() {
    let whole = moticon(300, |_| (true, true, ""));
    for (from, to) in [
        ("\n1.00\t1.00", "\n1.00\tx"),
        ("\n1.00\t1.00", "\n1.00\t"),
        ("\n1.00\t", "\nx\t"),
        ("\n1.00\t1.00", "\n1.00\t1.00\t1.00"),
        ("\n1.00\t1.00", "\n1.00\tinf"),
    ] {
        match one("a.txt", &whole.replace(from, to)) {
            Err(ReadError::Broken {
                place: Place::Line(line),
                ..
            }) => assert_eq!(line, 104, "{to}"),
            other => panic!("{to:?}: {other:?}"),
        }
    }
    assert!(
        one(
            "a.txt",
            &whole.replace("left pressure 7[", "left pressure q[")
        )
        .is_err()
    );
    assert!(
        one("a.txt", &moticon(300, |_| (false, true, ""))).is_err(),
        "one foot only"
    );
    let cut = one("a.txt", whole.get(..whole.len() - 30).unwrap()).unwrap();
    assert_eq!(codes(&cut), [IssueCode::TruncatedRow]);
}

#[test]
fn foreign_content_is_unknown_whatever_its_name() {
    for content in [
        "",
        "\n\n",
        "hello",
        "a,b,c\n1,2,3\n",
        "\u{feff}",
        "%PDF-1.7",
        "1 2 3\n",
        "# time\tx\n",
        "w1 2 300 10\n",
    ] {
        assert_eq!(
            detect(content.as_bytes(), "GaCo01_01.txt"),
            None,
            "{content:?}"
        );
        assert!(
            matches!(
                one("GaCo01_01.txt", content),
                Err(ReadError::UnknownFormat { .. })
            ),
            "{content:?}"
        );
    }
    assert_eq!(read(&[], None), Err(ReadError::NoFile));
    assert_eq!(
        detect(gaitpdb(hundredths(3)).as_bytes(), "x.hea"),
        Some(Format::GaitPdb)
    );
    let wrong = read(
        &[file("a.txt", gaitpdb(hundredths(300)))],
        Some(Format::MoticonText),
    )
    .unwrap_err();
    assert!(wrong.to_string().contains("is a gaitpdb file, not moticon"));
    let hostile = one("../../x\u{1b}[31m.txt", "nothing")
        .unwrap_err()
        .to_string();
    assert!(
        !hostile.contains('\u{1b}') && !hostile.contains(".."),
        "{hostile}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let lone = file("x", bytes);
        let _ = (read(std::slice::from_ref(&lone), None), companions(&lone));
    }

    #[test]
    fn truncated_and_mutated_files_never_panic(which in 0..3usize, cut in 0.0..1.0f64, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), target in 0..3usize) {
        let mut files = match which {
            0 => vec![file("a.txt", gaitpdb(hundredths(60)))],
            1 => vec![file("a.txt", moticon(60, |i| (i % 9 > 0, true, if i == 7 { "11" } else { "" })))],
            _ => wfdb(300),
        };
        let index = target % files.len();
        let bytes = &mut files[index].bytes;
        bytes.truncate((bytes.len() as f64 * (0.3 + 0.7 * cut)) as usize);
        for (at, value) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        if let Ok(recording) = read(&files, None) {
            prop_assert_eq!(recording.left.force.len(), recording.right.force.len());
            prop_assert!(recording.left.force.iter().chain(&recording.right.force).all(|f| f.is_finite()));
            let _ = gait::analyze(&recording, &gait::Options::default());
        }
    }
}
