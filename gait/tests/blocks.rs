//! A long session in pieces: the same strides as at once, whatever the size of the pieces.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a failing unwrap is a failing test"
)]

#[path = "common/synthetic.rs"]
mod synthetic;

use gait::blocks::{Block, Blocks};
use gait::{Options, Recording, analyze};
use synthetic::Walk;

fn walk(seconds: f64) -> Recording {
    let usual = Walk::default();
    let strides = (seconds / usual.stride_s) as usize;
    Walk { strides, ..usual }.recording()
}

/// Both feet loaded alike, as in a rest.
fn standing(seconds: f64) -> Recording {
    let mut still = walk(10.0);
    let samples = (seconds * still.sampling_hz) as usize;
    for foot in [&mut still.left, &mut still.right] {
        foot.force = vec![450.0; samples];
    }
    still
}

/// Three walks of `walk_s` with rests between them.
fn session(walk_s: f64) -> Recording {
    let mut all = walk(walk_s);
    for _ in 0..2 {
        all.append(standing(8.0));
        all.append(walk(walk_s));
    }
    all
}

fn in_blocks(mut session: Recording, piece_samples: usize) -> Vec<Block> {
    let mut blocks = Blocks::new(Options::default());
    let mut found = Vec::new();
    while session.samples() > 0 {
        let later = session.split_off(piece_samples);
        found.extend(blocks.push(session));
        session = later;
    }
    found.extend(blocks.finish());
    found
}

/// Start of each valid stride of the session, s.
fn starts(blocks: &[Block]) -> Vec<f64> {
    let strides = |b: &Block| {
        let valid = b.analysis.strides.iter().filter(|s| s.is_valid());
        valid.map(|s| b.start_s + s.start_s).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(strides).collect()
}

#[test]
fn a_session_in_pieces_has_the_strides_of_the_whole() {
    let session = session(420.0);
    let whole = analyze(&session, &Options::default());
    let expected: Vec<f64> = whole
        .strides
        .iter()
        .filter(|s| s.is_valid())
        .map(|s| s.start_s)
        .collect();
    for piece in [777, 60_000] {
        let blocks = in_blocks(session.clone(), piece);
        assert!(blocks.len() > 1, "pieces of {piece}: one block");
        let found = starts(&blocks);
        assert_eq!(found.len(), expected.len(), "pieces of {piece}");
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
        let bouts: usize = blocks.iter().map(|b| b.analysis.bouts.len()).sum();
        assert_eq!(bouts, whole.bouts.len());
    }
}

#[test]
fn walking_without_a_rest_is_cut_after_half_an_hour_at_the_cost_of_two_strides_a_foot() {
    let session = walk(2100.0);
    let whole = analyze(&session, &Options::default());
    let blocks = in_blocks(session, 30_000);
    assert_eq!(blocks.len(), 2);
    assert!(blocks.iter().all(|b| b.analysis.duration_s <= 2100.0));
    let valid = whole.strides.iter().filter(|s| s.is_valid()).count();
    let lost = valid - starts(&blocks).len();
    assert!(lost <= 4, "{lost} strides lost");
}

#[test]
fn the_weight_of_one_block_serves_the_next_where_nobody_walks() {
    let mut session = walk(700.0);
    session.append(standing(700.0));
    let blocks = in_blocks(session, 10_000);
    let weights: Vec<Option<f64>> = blocks
        .iter()
        .map(|b| b.analysis.body_weight_force)
        .collect();
    assert!(
        weights.len() >= 2 && weights.iter().all(Option::is_some),
        "{weights:?}"
    );
    assert_eq!(weights.first(), weights.last());
}
