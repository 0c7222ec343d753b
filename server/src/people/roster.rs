//! The clinic's clinicians with what each looks after, and whether anybody is looked after by nobody.

use std::collections::BTreeMap;

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::alerts::Severity;
use crate::store::clinics::{self, Clinician, Role};
use crate::store::patients::PatientStatus;
use crate::store::types::ClinicianId;
use crate::store::{Scope, Tx, care_team, handovers, patients};

/// A clinician with what they look after.
#[derive(Debug, Clone)]
pub struct Member {
    /// The account.
    pub account: Clinician,
    /// What is theirs.
    pub load: Load,
}

impl Member {
    /// What they may do.
    pub fn role_words(&self) -> &'static str {
        match self.account.role {
            Role::Admin => "admin",
            Role::Clinician => "clinician",
        }
    }
}

/// What a clinician looks after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Patients in care.
    pub active_patients: i64,
    /// Patients whose consent was withdrawn or whose episode was closed.
    pub other_patients: i64,
    /// Live alerts.
    pub alerts: i64,
    /// Critical ones among them.
    pub critical_alerts: i64,
    /// Patients they stand in for.
    pub deputy_of: usize,
}

impl Load {
    /// Whether nothing is left to hand over.
    pub fn is_nothing(&self) -> bool {
        self.active_patients + self.other_patients + self.alerts == 0 && self.deputy_of == 0
    }
}

/// Everybody, as of one consistent state.
#[derive(Debug, Clone)]
pub struct Roster {
    /// By name, those who left among them.
    pub members: Vec<Member>,
    /// Patients in care whose owner is not active any more: must be 0.
    pub unowned: i64,
}

impl Roster {
    /// One clinician.
    ///
    /// # Errors
    /// Not found when the clinic has none of this id.
    pub fn member(&self, id: ClinicianId) -> Result<&Member> {
        let own = |member: &&Member| member.account.id == id;
        self.members.iter().find(own).ok_or_else(Error::not_found)
    }

    /// Whether this clinician looks after the clinic's clinicians.
    pub fn is_admin(&self, id: ClinicianId) -> bool {
        self.member(id)
            .is_ok_and(|member| member.account.role == Role::Admin)
    }

    /// Those who can look after somebody, but for one.
    pub fn others(&self, but: &ClinicianId) -> impl Iterator<Item = &Clinician> {
        self.members
            .iter()
            .map(|member| &member.account)
            .filter(move |account| account.active == 1 && account.id != *but)
    }
}

/// The clinic's clinicians with what each looks after.
pub async fn roster(app: &App, scope: Scope) -> Result<Roster> {
    app.store.read("roster", scope, read).await
}

fn read(tx: &mut Tx<'_>) -> Result<Roster> {
    let mut loads: BTreeMap<ClinicianId, Load> = BTreeMap::new();
    for (owner, status, count) in patients::by_owner(tx)? {
        let load = loads.entry(owner).or_default();
        match status {
            PatientStatus::Active => load.active_patients += count,
            PatientStatus::Withdrawn | PatientStatus::Closed => load.other_patients += count,
        }
    }
    let mut members = Vec::new();
    for account in clinics::clinicians(tx)? {
        let mut load = loads.get(&account.id).copied().unwrap_or_default();
        for (severity, count) in handovers::alerts_by_severity(tx, account.id)? {
            load.alerts += count;
            if severity == Severity::Critical {
                load.critical_alerts += count;
            }
        }
        load.deputy_of = care_team::deputy_of(tx, account.id)?.len();
        members.push(Member { account, load });
    }
    Ok(Roster {
        members,
        unowned: patients::unowned_active(tx)?,
    })
}
