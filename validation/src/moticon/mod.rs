//! The engine against the vendor of an OpenGo insole: its step marks, its total force and centre of pressure, and the
//! gait report its own software wrote of the same walk.

mod marks;
mod rebuilt;
mod tables;
mod vendor;

use std::path::Path;

use gait::{Format, Options, analyze};

use crate::files::{self, FileError};
use crate::report::Report;
use marks::Marks;
use rebuilt::Rebuilt;
use vendor::{Measure, VendorReport};

/// Toe-off level nearest to the vendor's own, body weights.
const VENDOR_TOE_OFF_BW: f64 = 0.13;

/// One walk against the vendor.
pub(crate) struct Walk {
    name: String,
    duration_s: f64,
    /// The engine's default thresholds.
    marks: Marks,
    /// Toe-off at the vendor's level.
    preset: Marks,
    rebuilt: [Rebuilt; 2],
    /// Vendor's value and the engine's at the vendor's toe-off level.
    report: Vec<(Measure, f64, Option<f64>)>,
}

/// Compares every Moticon export of a folder with what the vendor's software says of it.
///
/// # Errors
/// When the folder cannot be listed or holds no Moticon export.
pub fn run(folder: &Path) -> Result<Report, FileError> {
    let found = files::read_each(folder, Format::MoticonText)?;
    let mut unreadable = found.unreadable;
    let mut walks = Vec::new();
    for (path, recording) in &found.readable {
        let default = analyze(recording, &Options::default());
        let mut options = Options::default();
        options.calibrated.fc_bw = VENDOR_TOE_OFF_BW;
        let preset = analyze(recording, &options);
        let report = match VendorReport::beside(path) {
            Ok(report) => report,
            Err(failed) => {
                unreadable.push(failed);
                None
            }
        };
        walks.push(Walk {
            name: recording.name.clone(),
            duration_s: recording.duration_s(),
            marks: Marks::compare(recording, &default),
            preset: Marks::compare(recording, &preset),
            rebuilt: rebuilt::rebuild(path, recording)?,
            report: report.map(|r| r.against(&preset)).unwrap_or_default(),
        });
    }
    Ok(Report {
        unreadable,
        ..tables::report(&walks)
    })
}
