//! The engine against the authors' own stride tables of PhysioNet "Gait in Neurodegenerative Disease" (Hausdorff 1998,
//! 2000; Goldberger 2000).

mod compare;
mod json;
mod overall;
mod show;
mod table;

use std::path::Path;

use gait::{Format, Options, Recording, analyze};

use crate::error::RunError;
use crate::files;
use crate::report::{Report, Unreadable};
use compare::Comparison;

/// Compares every record of the folder that has a table beside it with that table.
///
/// # Errors
/// [`RunError`] when the folder cannot be listed or holds no record.
pub fn run(folder: &Path) -> Result<Report, RunError> {
    run_on(folder, |_| {})
}

/// [`run`] after a change of every recording: how much noise, drift or an inverted channel costs.
///
/// # Errors
/// As [`run`].
pub fn run_on(folder: &Path, change: impl Fn(&mut Recording)) -> Result<Report, RunError> {
    let (mut compared, mut unreadable) = (Vec::new(), Vec::new());
    for path in files::recordings(folder)? {
        match compare_file(&path, &change) {
            Some(Ok(comparison)) => compared.push(comparison),
            Some(Err(why)) => unreadable.push(Unreadable {
                record: path.file_stem().unwrap_or_default().display().to_string(),
                why,
            }),
            None => {}
        }
    }
    if compared.is_empty() && unreadable.is_empty() {
        return Err(RunError::NothingFound {
            folder: folder.display().to_string(),
            what: "record of the gaitndd database",
        });
    }
    Ok(show::report(&compared, unreadable))
}

/// `None` for a recording of another kind that happens to lie in the folder.
fn compare_file(
    path: &Path,
    change: &impl Fn(&mut Recording),
) -> Option<Result<Comparison, String>> {
    let mut recording = match files::read(path, None) {
        Ok(recording) if recording.format == Format::GaitNdd => recording,
        Ok(_) => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    change(&mut recording);
    let rows = match table::read(&path.with_extension("ts")) {
        Ok(rows) => rows,
        Err(error) => return Some(Err(error.to_string())),
    };
    let analysis = analyze(&recording, &Options::default());
    Some(Ok(compare::compare(&analysis, &rows)))
}
