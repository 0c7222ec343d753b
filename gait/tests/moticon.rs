//! The engine against the vendor's own step marks, forces and centres of pressure in two published OpenGo exports.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing unwrap is a failing test"
)]

mod common;

use common::{load, mean, recordings};
use gait::strides::Stride;
use gait::{Analysis, Options, Recording, Side, StepMark, StepMarkKind, analyze, layout};

const FILES: [&str; 2] = ["moticon/230927_102114.txt", "moticon/230927_102231.txt"];
const MATCH_S: f64 = 0.1;

fn of(marks: &[StepMark], side: Side, kind: StepMarkKind) -> Vec<f64> {
    marks
        .iter()
        .filter(|m| m.side == side && m.kind == kind)
        .map(|m| m.time_s)
        .collect()
}

/// The vendor marks a contact once the foot has left the ground again, so the contact that ends a recording in standing
/// has no mark. It is taken off here after proof that the foot bears weight from it to the end.
fn without_closing_contact(contacts: &mut Vec<f64>, recording: &Recording, side: Side) {
    let vendor = |kind| of(&recording.step_marks, side, kind).last().copied();
    let closing = contacts.pop().unwrap();
    assert!(Some(closing) > vendor(StepMarkKind::ToeOff), "{side}");
    let after = ((closing + 0.1) * recording.sampling_hz) as usize;
    let foot = recording.foot(side);
    let seen = |k: &usize| !foot.missing.iter().any(|gap| gap.contains(k));
    let standing = (after..foot.force.len())
        .filter(seen)
        .map(|k| foot.force[k]);
    let least = standing.fold(f64::INFINITY, f64::min);
    assert!(least > 100.0, "{side}: {least} N");
}

#[test]
fn every_step_mark_of_the_vendor_is_found_and_none_added() {
    let Some(data) = recordings("every_step_mark_of_the_vendor_is_found_and_none_added") else {
        return;
    };
    for file in FILES {
        let recording = load(&data.join(file));
        let analysis = analyze(&recording, &Options::default());
        let (mut contact_ms, mut toe_off_ms) = (Vec::new(), Vec::new());
        for side in Side::BOTH {
            for kind in [StepMarkKind::InitialContact, StepMarkKind::ToeOff] {
                let (theirs, mut ours) = (
                    of(&recording.step_marks, side, kind),
                    of(&analysis.events, side, kind),
                );
                assert!(!theirs.is_empty());
                if kind == StepMarkKind::InitialContact {
                    without_closing_contact(&mut ours, &recording, side);
                }
                assert_eq!(
                    ours.len(),
                    theirs.len(),
                    "{file} {side} {kind:?}: {ours:?} for {theirs:?}"
                );
                for (our, their) in ours.iter().zip(&theirs) {
                    assert!(
                        (our - their).abs() <= MATCH_S,
                        "{file} {side} {kind:?}: {our} for {their}"
                    );
                    let errors = if kind == StepMarkKind::InitialContact {
                        &mut contact_ms
                    } else {
                        &mut toe_off_ms
                    };
                    errors.push(1000.0 * (our - their));
                }
            }
        }
        let absolute: Vec<f64> = contact_ms.iter().map(|e| e.abs()).collect();
        println!(
            "{file}: {} marks, contact MAE {:.1} ms bias {:+.1} ms, toe-off bias {:+.1} ms (5 % against about 13 % of body weight)",
            recording.step_marks.len(),
            mean(&absolute),
            mean(&contact_ms),
            mean(&toe_off_ms)
        );
        assert!(mean(&absolute) <= 10.0);
        assert!(
            (0.0..=60.0).contains(&mean(&toe_off_ms)),
            "ours is later by definition"
        );
    }
}

#[test]
fn toe_off_at_the_vendors_threshold_agrees_with_the_vendor() {
    let Some(data) = recordings("toe_off_at_the_vendors_threshold_agrees_with_the_vendor") else {
        return;
    };
    for file in FILES {
        let recording = load(&data.join(file));
        let mut options = Options::default();
        options.calibrated.fc_bw = 0.13;
        let analysis = analyze(&recording, &options);
        let mut errors_ms = Vec::new();
        for side in Side::BOTH {
            let (theirs, ours) = (
                of(&recording.step_marks, side, StepMarkKind::ToeOff),
                of(&analysis.events, side, StepMarkKind::ToeOff),
            );
            errors_ms.extend(
                ours.iter()
                    .zip(&theirs)
                    .map(|(our, their)| 1000.0 * (our - their)),
            );
        }
        println!(
            "{file}: toe-off at 13 % of body weight, bias {:+.1} ms",
            mean(&errors_ms)
        );
        assert!(mean(&errors_ms).abs() <= 15.0);
    }
}

/// Total force and centre of pressure columns of one foot, read apart from the engine's reader.
fn vendor_columns(text: &str, side: Side) -> Vec<Option<(f64, f64, f64)>> {
    let header = text.lines().find(|l| l.starts_with("# time\t")).unwrap();
    let names: Vec<&str> = header.trim_start_matches("# ").split('\t').collect();
    let at = |start: String| names.iter().position(|n| n.starts_with(&start)).unwrap();
    let columns = [
        at(format!("{side} total force")),
        at(format!("{side} center of pressure X")),
        at(format!("{side} center of pressure Y")),
    ];
    text.lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [force, x, y] = columns.map(|c| cells[c].parse::<f64>());
            Some((force.ok()?, x.ok()?, y.ok()?))
        })
        .collect()
}

#[test]
fn force_and_centre_of_pressure_are_rebuilt_from_the_pressures() {
    let Some(data) = recordings("force_and_centre_of_pressure_are_rebuilt_from_the_pressures")
    else {
        return;
    };
    let geometry = layout::by_id("moticon-16").unwrap();
    for file in FILES {
        let path = data.join(file);
        let recording = load(&path);
        let text = std::fs::read_to_string(&path).unwrap();
        for side in Side::BOTH {
            let foot = recording.foot(side);
            let rows = vendor_columns(&text, side);
            let missing = |i: usize| foot.missing.iter().any(|m| m.contains(&i));
            let present = (0..foot.force.len()).filter(|i| !missing(*i));
            let (mut error, mut power, mut worst_cop) = (0.0, 0.0, 0.0_f64);
            // Rows without this foot are missing samples, so the present ones correspond one to one.
            for (i, (force, x, y)) in present.zip(rows.into_iter().flatten()) {
                let values: Vec<f64> = foot.sensors.iter().map(|s| f64::from(s[i])).collect();
                error += (geometry.total_force_n(&values) - force).powi(2);
                power += force * force;
                assert_eq!(foot.force[i], force, "{file} {side} sample {i}");
                if force >= 200.0 {
                    let (cx, cy) = geometry.centre_of_pressure(&values).unwrap();
                    worst_cop = worst_cop.max((cx - x).abs()).max((cy - y).abs());
                }
            }
            let rms = (error / power).sqrt();
            println!(
                "{file} {side}: force rms {:.3} %, centre of pressure within {worst_cop:.5} at 200 N and more",
                100.0 * rms
            );
            assert!(rms <= 0.01);
            assert!(worst_cop <= 1e-3, "{worst_cop}");
        }
    }
}

/// Valid strides of a foot: these walks are too short to leave out the first and last of each bout.
fn valid(a: &Analysis, side: Side) -> impl Iterator<Item = &Stride> {
    a.strides
        .iter()
        .filter(move |s| s.foot == side && s.is_valid())
}

/// CPEI of one stride from the vendor's own force and centre of pressure, by the text of docs/GAIT.md.
fn cpei_of_columns(rows: &[(f64, f64, f64)], body_weight_n: f64) -> f64 {
    let level = 0.10 * body_weight_n;
    let first = rows.iter().position(|r| r.0 > level).unwrap();
    let last = rows.iter().rposition(|r| r.0 > level).unwrap();
    // Where force passes the level between two rows: force and moments on the straight line.
    let crossing = |inner: usize, outer: usize| {
        let (a, b) = (rows[inner], rows[outer]);
        let share = (a.0 - level) / (a.0 - b.0);
        let mix = |a: f64, b: f64| a + share * (b - a);
        let moments = (mix(a.0 * a.1, b.0 * b.1), mix(a.0 * a.2, b.0 * b.2));
        (moments.0 / level, moments.1 / level)
    };
    let (from, to) = (crossing(first, first - 1), crossing(last, last + 1));
    let slope = (to.1 - from.1) / (to.0 - from.0);
    let third = 1.0 / 6.0;
    let loaded = &rows[first..=last];
    let k = loaded.iter().position(|r| r.1 >= third).unwrap();
    let (a, b) = (loaded[k - 1], loaded[k]);
    let passes = a.2 + (third - a.1) / (b.1 - a.1) * (b.2 - a.2);
    100.0 * (from.1 + slope * (third - from.0) - passes) / (1.0 + slope * slope).sqrt()
}

#[test]
fn every_cpei_is_that_of_the_vendors_own_centre_of_pressure() {
    let Some(data) = recordings("every_cpei_is_that_of_the_vendors_own_centre_of_pressure") else {
        return;
    };
    let geometry = layout::by_id("moticon-16").unwrap();
    let mut compared = 0;
    for file in FILES {
        let recording = load(&data.join(file));
        let text = std::fs::read_to_string(data.join(file)).unwrap();
        let analysis = analyze(&recording, &Options::default());
        let body_weight_n = analysis.body_weight_force.unwrap();
        for side in Side::BOTH {
            let mut rows = vendor_columns(&text, side);
            // Below some force the vendor gives no centre of pressure: there it is rebuilt.
            for (i, row) in rows.iter_mut().enumerate() {
                if let Some((_, x, y)) = row.as_mut().filter(|r| (r.1, r.2) == (0.0, 0.0)) {
                    let sensors = recording.foot(side).sensors.iter();
                    let values: Vec<f64> = sensors.map(|s| f64::from(s[i])).collect();
                    (*x, *y) = geometry.centre_of_pressure(&values).unwrap_or((0.0, 0.0));
                }
            }
            for stride in valid(&analysis, side) {
                let span =
                    (stride.start_s * 100.0) as usize - 1..=(stride.toe_off_s * 100.0) as usize + 1;
                let rows: Vec<_> = rows[span].iter().copied().flatten().collect();
                let ours = stride.plantar.as_ref().unwrap().cpei_pct.unwrap();
                let theirs = cpei_of_columns(&rows, body_weight_n);
                assert!(
                    (ours - theirs).abs() <= 0.3,
                    "{file} {side}: {ours} for {theirs}"
                );
                compared += 1;
            }
        }
    }
    println!("{compared} strides compared");
    assert_eq!(compared, 24);
}

type Measure = fn(&Stride) -> Option<f64>;

/// Figures published for these two walks (docs/GAIT.md, pressure): left and right, normal then fast. They are means over a
/// handful of strides, so each is compared within two standard errors of that mean (and the last digit given).
#[test]
fn pressure_figures_of_the_two_walks() {
    let Some(data) = recordings("pressure_figures_of_the_two_walks") else {
        return;
    };
    let measures: [(&str, Measure, [f64; 4], f64); 4] = [
        (
            "cpei_pct",
            |s| s.plantar.as_ref()?.cpei_pct,
            [17.5, 11.5, 11.7, 9.8],
            0.05,
        ),
        (
            "malr",
            |s| s.plantar.as_ref()?.malr,
            [0.06, 0.06, 0.04, 0.04],
            0.005,
        ),
        (
            "mid_load",
            |s| s.plantar.as_ref()?.mid_load,
            [0.27, 0.27, 0.17, 0.22],
            0.005,
        ),
        // The vendor's gait report: length of the gait line, insole lengths. Its ends are the first and last centre of
        // pressure above the vendor's own level.
        (
            "cop_length",
            |s| s.plantar.as_ref()?.cop_length,
            [0.68, 0.67, 0.68, 0.68],
            0.03,
        ),
    ];
    let analyses: Vec<Analysis> = FILES
        .iter()
        .map(|file| analyze(&load(&data.join(file)), &Options::default()))
        .collect();
    for (name, measure, published, digit) in measures {
        let mut published = published.iter();
        for (analysis, side) in analyses
            .iter()
            .flat_map(|a| Side::BOTH.map(|side| (a, side)))
        {
            let values: Vec<f64> = valid(analysis, side).filter_map(measure).collect();
            let theirs = *published.next().unwrap();
            let se = common::sd(&values) / (values.len() as f64).sqrt();
            let ours = mean(&values);
            println!(
                "{} {side} {name}: {ours:.3} (SE {se:.3}, n = {}), published {theirs}",
                analysis.recording,
                values.len()
            );
            assert!(
                (ours - theirs).abs() <= 2.0 * se + digit,
                "{name} {side}: {ours} for {theirs}"
            );
        }
    }
    // Mean of the largest pressure per stance, kPa: heel, third metatarsal head and big toe at normal speed were 143, 152
    // and 251 on the mean of both feet.
    let pressure = |side: usize, region: usize| {
        let totals = analyses[0].pressure[side].as_ref().unwrap();
        totals.regions[region]
            .peak_pressure_kpa
            .as_ref()
            .unwrap()
            .moments
            .mean
    };
    for (region, published) in [(0, 143.0), (7, 152.0), (10, 251.0)] {
        let ours = 0.5 * (pressure(0, region) + pressure(1, region));
        println!("region {region}: {ours:.0} kPa, published {published}");
        assert!((ours / published - 1.0).abs() <= 0.12, "{region}: {ours}");
    }
}
