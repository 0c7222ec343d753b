//! Total force and centre of pressure rebuilt from the single pressures, against the vendor's own columns.

use std::path::Path;

use gait::{Recording, Side, layout};

use crate::errors::Errors;
use crate::files::{FileError, text};

/// Load from which the centre of pressure is compared, N: below it the vendor rounds it away.
const LOADED_N: f64 = 200.0;

/// One foot rebuilt.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rebuilt {
    /// Samples compared.
    pub(crate) samples: usize,
    /// Rebuilt minus vendor, N.
    pub(crate) force_n: Errors,
    /// Root mean square of the vendor's force, N.
    pub(crate) vendor_rms_n: f64,
    /// Distance along and across, insole lengths and widths, where loaded.
    pub(crate) centre: Errors,
}

impl Rebuilt {
    /// Root mean square of the force error, percent of the vendor's.
    pub(crate) fn force_rms_pct(&self) -> f64 {
        let squares: f64 = self.force_n.values().iter().map(|e| e * e).sum();
        100.0 * (squares / self.force_n.n() as f64).sqrt() / self.vendor_rms_n
    }
}

/// A row of the vendor's: total force, N, and centre of pressure along and across.
type VendorRow = (f64, f64, f64);

pub(super) fn rebuild(path: &Path, recording: &Recording) -> Result<[Rebuilt; 2], FileError> {
    let text = text(path)?;
    Ok(Side::BOTH.map(|side| foot(&text, recording, side)))
}

fn foot(text: &str, recording: &Recording, side: Side) -> Rebuilt {
    let geometry = recording.layout_id.as_deref().and_then(layout::by_id);
    let (Some(geometry), Some(rows)) = (geometry, vendor_rows(text, side)) else {
        return Rebuilt::default();
    };
    let signal = recording.foot(side);
    let missing = |k: usize| signal.missing.iter().any(|gap| gap.contains(&k));
    // Rows without this foot are the missing samples, so the others correspond one to one.
    let present = (0..signal.force.len()).filter(|k| !missing(*k));
    let (mut found, mut power) = (Rebuilt::default(), 0.0);
    for (k, (force, x, y)) in present.zip(rows) {
        let values: Vec<f64> = signal
            .sensors
            .iter()
            .map(|s| s.get(k).copied().map_or(0.0, f64::from))
            .collect();
        found.samples += 1;
        found.force_n.add(geometry.total_force_n(&values) - force);
        power += force * force;
        if force >= LOADED_N
            && let Some((cx, cy)) = geometry.centre_of_pressure(&values)
        {
            found.centre.add((cx - x).abs().max((cy - y).abs()));
        }
    }
    found.vendor_rms_n = (power / found.samples as f64).sqrt();
    found
}

/// The vendor's columns of one foot, read apart from the engine's reader; rows without that foot are left out.
fn vendor_rows(text: &str, side: Side) -> Option<Vec<VendorRow>> {
    let header = text.lines().find(|line| line.starts_with("# time\t"))?;
    let names: Vec<&str> = header.trim_start_matches("# ").split('\t').collect();
    let at = |start: &str| {
        let wanted = format!("{side} {start}");
        names.iter().position(|name| name.starts_with(&wanted))
    };
    let columns = [
        at("total force")?,
        at("center of pressure X")?,
        at("center of pressure Y")?,
    ];
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let mut values = columns
            .map(|c| cells.get(c)?.trim().parse::<f64>().ok())
            .into_iter();
        Some((values.next()??, values.next()??, values.next()??))
    };
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    Some(rows.filter_map(row).collect())
}
