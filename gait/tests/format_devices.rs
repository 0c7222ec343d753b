//! Readers of laboratory devices on made-up files in their formats, and on the public recordings where there are any.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::single_range_in_vec_init,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use std::fmt::Write as _;
use std::io::{self, BufReader, Read};

use common::{Csv, load, median, quantile, recordings, with_extension};
use gait::format::{Place, ReadError, SourceFile, companions, read, read_from};
use gait::{Format, IssueCode, Recording, Side, StepMarkKind};

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile {
        name: name.into(),
        bytes: bytes.into(),
    }
}

fn one(text: &str) -> Result<Recording, ReadError> {
    read(&[file("a.asc", text)], None)
}

fn codes(recording: &Recording) -> Vec<IssueCode> {
    recording.issues.iter().map(|i| i.code).collect()
}

fn pedar(rows: usize) -> String {
    let all: Vec<String> = (1..=99).map(|i| i.to_string()).collect();
    let (mask, names) = (all.join(","), all.join("\t"));
    let mut text = format!(
        "file name: made up\nsensor type: v\ntotal time [secs]:  {:.3}\ttime per frame [secs]:  0.02\npressure values in  kPa\n\nmask definition: \nleft insole: {mask},\nright insole: {mask},\n\ntime[secs]\t{names}\t{names}\t\n",
        rows as f64 * 0.02
    );
    for i in 1..=rows {
        let (left, right) = ("\t 10.000".repeat(99), "\t 20.000".repeat(99));
        writeln!(text, "{:.5}{left}{right}\t", i as f64 * 0.02).unwrap();
    }
    // Like the maker's export: the last row ends in a tab alone.
    text.truncate(text.len() - 1);
    text
}

#[test]
fn pedar_reads_both_insoles_in_newton_per_square_centimetre() {
    let r = one(&pedar(120)).unwrap();
    assert_eq!(
        (r.format, r.sampling_hz, r.samples(), r.layout_id.as_deref()),
        (Format::Pedar, 50.0, 120, None)
    );
    assert_eq!((r.left.sensors.len(), r.left.sensors[98][119]), (99, 1.0));
    assert_eq!(r.right.sensors[0][0], 2.0);
    assert_eq!(r.right.force[7], 2.0 * r.left.force[7]);
    assert_eq!(codes(&r), [IssueCode::AssumedGeometry]);

    let masked = one(&pedar(120).replace("left insole: 1,2,", "left insole: ")).unwrap();
    assert_eq!(
        (masked.left.sensors[1][5], masked.left.sensors[2][5]),
        (0.0, 1.0)
    );
    assert_eq!(codes(&masked), [IssueCode::AssumedGeometry; 2]);

    let whole = pedar(120);
    let cut = one(whole.get(..whole.len() - 3).unwrap()).unwrap();
    assert_eq!(
        (cut.samples(), codes(&cut)),
        (
            119,
            vec![IssueCode::TruncatedRow, IssueCode::AssumedGeometry]
        )
    );
    let half = one(whole.get(..whole.len() / 2).unwrap()).unwrap();
    assert!(codes(&half).contains(&IssueCode::Unfinished));
}

#[test]
fn pedar_damage_is_named() {
    let whole = pedar(120);
    for (from, to, line) in [
        ("\n1.00000\t 10.000", "\n1.00000\t x", Some(60)),
        ("\n1.00000\t 10.000", "\n1.00000", Some(60)),
        ("\n1.00000\t", "\n1.00000\t1\t", Some(60)),
        ("\n1.00000\t 10.000", "\n1.00000\t-1", Some(60)),
        ("kPa", "psi", None),
        ("left insole: 1,", "left insole: 100,", Some(7)),
        ("\t98\t99\t\n", "\t98\t\n", Some(10)),
    ] {
        match one(&whole.replace(from, to)) {
            Err(ReadError::Broken {
                place: Place::Line(at),
                ..
            }) => assert_eq!(Some(at), line, "{from}"),
            Err(ReadError::Broken { .. }) => assert_eq!(line, None, "{from}"),
            other => panic!("{from}: {other:?}"),
        }
    }
}

fn fscan(side: char, frames: std::ops::RangeInclusive<usize>, last: usize) -> SourceFile {
    let (first, mut text) = (*frames.start(), String::new());
    write!(
        text,
        "DATA_TYPE MOVIE\r\nVERSION Tekscan Pressure Measurement System 0.0\r\nFILENAME C:\\x\\made{side}.fsx\r\nSENSOR_TYPE FSCAN\r\nROWS 3\r\nCOLS 4\r\nROW_SPACING 5.08 mm\r\nCOL_SPACING 5.08 mm\r\nSENSEL_AREA 25.8064 mm2\r\nNOISE_THRESHOLD 3\r\nSECONDS_PER_FRAME 0.02\r\nSATURATION_PRESSURE 1500 KPa \r\nCOMMENTS:\r\nmade up\r\nSTART_FRAME {first}\r\nEND_FRAME {last}\r\nUNITS KPa\r\nASCII_DATA @@\r\n\r\n"
    )
    .unwrap();
    for frame in frames {
        write!(
            text,
            "Frame {frame}\r\nB,10,20,B\r\n0,0,{frame},0\r\nB,0,0,B\r\n\r\n"
        )
        .unwrap();
    }
    file(&format!("made{side}.asf"), text)
}

#[test]
fn fscan_joins_the_files_of_both_feet() {
    let files = [fscan('L', 1..=100, 100), fscan('R', 3..=100, 100)];
    assert_eq!(companions(&files[0]), ["madeR.asf"]);
    for order in [[0, 1], [1, 0]] {
        let r = read(&order.map(|i| files[i].clone()), None).unwrap();
        assert_eq!(
            (r.format, r.sampling_hz, r.samples()),
            (Format::FScan, 50.0, 100)
        );
        assert_eq!(
            (
                r.left.sensors.len(),
                r.left.sensors[0][0],
                r.left.sensors[4][6]
            ),
            (8, 1.0, 0.7)
        );
        // 30 kPa and frame 7 over cells of 0.258064 cm².
        assert!((r.left.force[6] - 0.258_064 * 3.7).abs() < 1e-6);
        assert_eq!(r.left.force[6], r.right.force[6]);
        assert_eq!(
            (codes(&r), r.right.missing.as_slice()),
            (vec![IssueCode::OneSidedStart], [0..2].as_slice())
        );
    }
    let alone = read(&files[..1], None);
    assert!(
        matches!(alone, Err(ReadError::MissingCompanion { .. })),
        "{alone:?}"
    );
    let short = read(&[fscan('L', 1..=60, 100), files[1].clone()], None).unwrap();
    assert_eq!(
        codes(&short),
        [
            IssueCode::Unfinished,
            IssueCode::Gap,
            IssueCode::OneSidedStart
        ]
    );
}

#[test]
fn fscan_damage_is_named() {
    let right = fscan('R', 1..=50, 50);
    let whole = String::from_utf8(fscan('L', 1..=50, 50).bytes).unwrap();
    for (from, to) in [
        ("UNITS KPa", "UNITS Raw"),
        ("ROWS 3", "ROWS 0"),
        ("ROWS 3", "ROWS 4"),
        ("COLS 4", "COLS 5"),
        ("mm2", "furlong"),
        ("SECONDS_PER_FRAME 0.02", "SECONDS_PER_FRAME 2"),
        ("Frame 7\r\nB,10", "Frame 7\r\n1,10"),
        ("Frame 7\r\nB,10", "Frame 7\r\nB,x"),
        ("Frame 7\r\nB,10", "Frame 7\r\nB,-1"),
        ("Frame 7\r\n", "Frame 6\r\n"),
        ("Frame 7\r\n", "Frame 99\r\n"),
        ("ASCII_DATA @@", "BINARY"),
    ] {
        let damaged = file("madeL.asf", whole.replacen(from, to, 1));
        let error = read(&[damaged, right.clone()], None);
        assert!(
            matches!(error, Err(ReadError::Broken { .. })),
            "{from} -> {to}: {error:?}"
        );
    }
    for cut in 0..whole.len() {
        let Ok(r) = read(
            &[file("madeL.asf", &whole.as_bytes()[..cut]), right.clone()],
            Some(Format::FScan),
        ) else {
            continue;
        };
        let complete = r.left.missing.is_empty();
        assert!(
            complete || codes(&r).contains(&IssueCode::Unfinished),
            "cut at {cut}"
        );
    }
}

const PLATES: &str = "time (s)\tdominant Fap (N)\tdominant Fvert (N)\tdominant CPap (m)\tnon-dominant Fap (N)\tnon-dominant Fvert (N)\tnon-dominant CPap (m)\n";

#[test]
fn force_plates_keep_the_centre_of_pressure() {
    let mut text = PLATES.to_owned();
    for i in 0..200 {
        writeln!(
            text,
            "{:.6}\t1.0\t{}.5\t0.25\t-1.0\t300.0\t0.2{i:03}",
            f64::from(i) / 100.0,
            400 + i % 3
        )
        .unwrap();
    }
    let r = one(&text).unwrap();
    assert_eq!(
        (r.format, r.sampling_hz, r.samples()),
        (Format::ForcePlates, 100.0, 200)
    );
    assert_eq!((r.left.force[2], r.right.force[2]), (402.5, 300.0));
    assert_eq!(
        (
            r.left.cop_ap_m[9],
            r.right.cop_ap_m[9],
            r.right.cop_ap_m.len()
        ),
        (0.25, 0.2009, 200)
    );
    assert_eq!(codes(&r), [IssueCode::UnknownSide]);
    let line = one(&text.replace("0.500000\t", "0.500000\tx"))
        .unwrap_err()
        .to_string();
    assert!(line.contains("line 52"), "{line}");
    assert!(one(PLATES).is_err());
}

/// A reader that gives one byte at a time and fails in the end.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.0.split_first() {
            Some((first, rest)) => {
                out[0] = *first;
                self.0 = rest;
                Ok(1)
            }
            None => Err(io::Error::other("the cable came off")),
        }
    }
}

#[test]
fn a_source_that_fails_is_an_error_and_not_the_end() {
    let text = pedar(60);
    let source = BufReader::with_capacity(1, Failing(text.as_bytes()));
    let error = read_from("a.asc", source, |_| Ok(None), None).unwrap_err();
    assert!(
        matches!(&error, ReadError::Source { reason, .. } if reason.contains("cable")),
        "{error}"
    );
}

#[test]
fn the_public_pedar_walk_is_read_whole() {
    let Some(data) = recordings("the_public_pedar_walk_is_read_whole") else {
        return;
    };
    let path = with_extension(&data.join("pedar"), "asc").remove(0);
    let r = load(&path);
    assert_eq!(
        (r.sampling_hz, r.samples(), codes(&r)),
        (50.0, 1114, vec![IssueCode::AssumedGeometry])
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let row = text.lines().nth(10 + 499).unwrap();
    let cells: Vec<f64> = row.split_whitespace().map(|c| c.parse().unwrap()).collect();
    let (left, right): (f64, f64) = (cells[1..100].iter().sum(), cells[100..].iter().sum());
    assert!(
        (r.left.force[499] - 0.15 * left).abs() < 1e-3,
        "{} {left}",
        r.left.force[499]
    );
    assert!((r.right.force[499] - 0.15 * right).abs() < 1e-3);
}

#[test]
fn the_public_standing_trials_share_weight_as_their_reference_says() {
    let test = "the_public_standing_trials_share_weight_as_their_reference_says";
    let Some(data) = recordings(test) else { return };
    let reference = Csv::read(&data.join("reference/standing.csv"));
    let trials = with_extension(&data.join("standing"), "txt");
    assert!(!trials.is_empty());
    for path in trials {
        let r = load(&path);
        assert_eq!(
            (r.format, codes(&r)),
            (Format::ForcePlates, vec![IssueCode::UnknownSide])
        );
        let [left, right] = Side::BOTH.map(|side| r.foot(side).force.iter().sum::<f64>());
        let share_pct = 100.0 * left / (left + right);
        let file = path.file_name().unwrap().to_string_lossy();
        let expected = reference.number(&file, "mean_share_side1_pct");
        assert!(
            (share_pct - expected).abs() < 1e-3,
            "{path:?}: {share_pct} for {expected}"
        );
    }
}

/// The axes of the recording model on the vendor's own files: every push-off turns the toes down, which is positive
/// about y on both feet; after toe-off the foot accelerates forward; at rest z reads +1 g.
#[test]
fn moticon_motion_has_the_axes_of_the_model() {
    let Some(data) = recordings("moticon_motion_has_the_axes_of_the_model") else {
        return;
    };
    for name in ["230927_102114.txt", "230927_102231.txt"] {
        let r = load(&data.join("moticon").join(name));
        for side in Side::BOTH {
            let motion = r.foot(side).motion.as_ref().unwrap();
            let [_, pitch, _] = &motion.angular_velocity_dps;
            let [forward, _, up] = &motion.acceleration_g;
            let offs = r
                .step_marks
                .iter()
                .filter(|m| m.side == side && m.kind == StepMarkKind::ToeOff);
            let mut peaks = Vec::new();
            for mark in offs {
                let at = (mark.time_s * r.sampling_hz) as usize;
                let peak = |values: &[f32]| values.iter().copied().fold(f32::MIN, f32::max);
                let (before, after) = (
                    &pitch[at - 20..at + 3],
                    &forward[at..(at + 20).min(forward.len())],
                );
                let least = before.iter().copied().fold(f32::MAX, f32::min);
                assert!(
                    peak(before) > 2.0 * -least,
                    "{name} {side} {at}: {} {least}",
                    peak(before)
                );
                peaks.push(f64::from(peak(before)));
                assert!(peak(after) > 0.8, "{name} {side} {at}: {}", peak(after));
            }
            println!(
                "{name} {side}: push-off at {:.0} to {:.0} degrees per second about y",
                quantile(&peaks, 0.0),
                quantile(&peaks, 1.0)
            );
            assert!(median(&peaks) > 300.0);
            let rest: f32 = up[up.len() - 60..up.len() - 10].iter().sum::<f32>() / 50.0;
            assert!(
                (0.9..1.1).contains(&rest)
                    || r.foot(side)
                        .missing
                        .last()
                        .is_some_and(|m| m.end > up.len() - 60),
                "{name} {side}: {rest}"
            );
        }
    }
}
