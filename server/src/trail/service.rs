//! Reading the trail: newest first, a bounded look at a time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::words;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::audit::{self, Line};
use crate::store::types::{AuditId, ClinicianId, PatientId};
use crate::store::{Scope, Tx, clinics, patients};

/// Lines one page shows.
pub const PAGE: i64 = 50;
/// Lines one look goes through at most to fill a page.
const SEARCHED: usize = 5_000;
/// Lines read at once.
const CHUNK: i64 = 500;

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A clinician.
    Clinician(ClinicianId),
    /// The patient a line is about, or any.
    Patient,
    /// Footing itself, or its operator.
    Footing,
}

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// About this patient; of the whole clinic when absent.
    pub patient: Option<PatientId>,
    /// Of this kind; see [`words::KINDS`].
    pub kind: Option<String>,
    /// Done by.
    pub by: Option<By>,
    /// Before this line.
    pub before: Option<AuditId>,
    /// At most so many.
    pub limit: i64,
}

/// A line with names.
#[derive(Debug, Clone)]
pub struct Named {
    /// The line.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// `clinician`, `patient`, `operator`, `unknown`, or the name of a job.
    pub by: String,
    /// The name of who did it.
    pub name: Option<String>,
    /// What was done.
    pub action: String,
    /// Whom it is about.
    pub patient: Option<PatientId>,
    /// Their name, while they are a patient of the clinic.
    pub patient_name: Option<String>,
}

/// A part of the trail.
#[derive(Debug, Clone)]
pub struct Trail {
    /// Newest first.
    pub lines: Vec<Named>,
    /// Where there may be earlier ones: the last line looked at.
    pub next: Option<AuditId>,
    /// When that was.
    pub looked_back_to: Option<Timestamp>,
    /// The clinic's clinicians by id.
    pub clinicians: Vec<(ClinicianId, String)>,
    /// The name of the patient it is of.
    pub patient_name: Option<String>,
}

/// Reads the trail.
///
/// # Errors
/// Not found when there is no such patient; invalid when `before` is no line of it.
pub async fn read(app: &App, scope: Scope, wanted: Wanted) -> Result<Trail> {
    app.store
        .read("trail", scope, move |tx| read_in(tx, &wanted))
        .await
}

fn read_in(tx: &mut Tx<'_>, wanted: &Wanted) -> Result<Trail> {
    let patient_name = match wanted.patient {
        Some(id) => Some(patients::find(tx, id)?.name),
        None => None,
    };
    let mut before = match wanted.before {
        Some(id) => {
            let place = audit::place(tx, id)?;
            Some(place.ok_or_else(|| Error::field("?before", "must be a line of this trail"))?)
        }
        None => None,
    };
    let most = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let (mut found, mut searched, mut more) = (Vec::new(), 0, true);
    while found.len() < most && searched < SEARCHED && more {
        let chunk = audit::newest(tx, wanted.patient, before, CHUNK)?;
        more = i64::try_from(chunk.len()).is_ok_and(|count| count == CHUNK);
        searched += chunk.len();
        for line in chunk {
            if found.len() == most {
                more = true;
                break;
            }
            before = Some((line.at, line.id));
            if is_wanted(&line, wanted) {
                found.push(line);
            }
        }
    }
    let clinicians: Vec<(ClinicianId, String)> = clinics::clinicians(tx)?
        .into_iter()
        .map(|one| (one.id, one.name))
        .collect();
    Ok(Trail {
        next: before.filter(|_| more).map(|(_, id)| id),
        looked_back_to: before.map(|(at, _)| at.timestamp()),
        lines: named(tx, found, &clinicians)?,
        clinicians,
        patient_name,
    })
}

/// Whether a line is asked for. Pure.
fn is_wanted(line: &Line, wanted: &Wanted) -> bool {
    let kind = wanted.kind.as_deref();
    let by = match wanted.by {
        None => true,
        Some(By::Clinician(id)) => {
            line.principal_kind == "clinician"
                && line.principal_id.as_deref() == Some(id.bytes().as_slice())
        }
        Some(By::Patient) => line.principal_kind == "patient",
        Some(By::Footing) => !matches!(line.principal_kind.as_str(), "clinician" | "patient"),
    };
    by && kind.is_none_or(|kind| words::is_of(&line.action, kind))
}

fn named(
    tx: &mut Tx<'_>,
    lines: Vec<Line>,
    clinicians: &[(ClinicianId, String)],
) -> Result<Vec<Named>> {
    let mut ids: Vec<PatientId> = lines.iter().filter_map(|line| line.patient_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let patients: BTreeMap<PatientId, String> = patients::many(tx, &ids)?
        .into_iter()
        .map(|one| (one.id, one.name))
        .collect();
    let name_of = |line: &Line| {
        let id: [u8; 16] = line.principal_id.as_deref()?.try_into().ok()?;
        match line.principal_kind.as_str() {
            "clinician" => {
                let known = clinicians.iter().find(|(known, _)| *known.bytes() == id);
                known.map(|(_, name)| name.clone())
            }
            "patient" => patients.get(&PatientId::from(id)).cloned(),
            _ => None,
        }
    };
    Ok(lines
        .iter()
        .map(|line| Named {
            id: line.id,
            at: line.at.timestamp(),
            name: name_of(line),
            by: line.principal_kind.clone(),
            action: line.action.clone(),
            patient: line.patient_id,
            patient_name: line.patient_id.and_then(|id| patients.get(&id).cloned()),
        })
        .collect())
}
