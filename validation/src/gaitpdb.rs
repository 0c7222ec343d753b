//! The engine on walks of PhysioNet "Gait in Parkinson's Disease" (Goldberger 2000): the published protocol of study Si
//! (Frenkel-Toledo 2005) against its own table, and what tells controls from patients.

mod show;
mod walk;

use std::path::Path;

use gait::Format;

use crate::error::RunError;
use crate::files;
use crate::report::Report;
use walk::Walk;

/// A walk that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) record: String,
    pub(crate) reason: String,
}

/// Analyses every usual walk (`_01`) of the folder by the published protocol and by the engine's defaults.
///
/// # Errors
/// [`RunError`] when the folder cannot be listed or holds no walk of the database.
pub fn run(folder: &Path) -> Result<Report, RunError> {
    let (mut walks, mut unreadable) = (Vec::new(), Vec::new());
    for path in files::recordings(folder)? {
        let record = path.file_stem().unwrap_or_default().display().to_string();
        let Some(group) = walk::group(&record) else {
            continue;
        };
        match files::read(&path, None) {
            Ok(recording) if recording.format == Format::GaitPdb => {
                walks.push(Walk::of(&recording, group));
            }
            Ok(_) => {}
            Err(error) => unreadable.push(Unreadable {
                record,
                reason: error.to_string(),
            }),
        }
    }
    if walks.is_empty() && unreadable.is_empty() {
        return Err(RunError::NothingFound {
            folder: folder.display().to_string(),
            what: "usual walk (such as SiCo01_01.txt) of the gaitpdb database",
        });
    }
    Ok(show::report(&walks, &unreadable))
}
