//! Where the sandbox clock stands, and which process moves it.

use diesel::prelude::*;
use jiff::Timestamp;

use super::backend::kept::KeptExt;
use super::schema::{clinics, patients, sandbox_clock, sweeps};
use super::types::{ClockHolderId, OccurrenceId, UtcMicros, text_enum};
use super::{System, Tx};
use crate::error::{Code, Error, Result};

text_enum! {
    /// What the sandbox clock does.
    ClockState {
        /// Nobody has created it: it stands where the server first started.
        Absent = "absent",
        /// It stands until it is told to move.
        Frozen = "frozen",
        /// It goes at the pace of real time.
        Running = "running",
    }
}

/// The clock as it is kept.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = sandbox_clock)]
pub struct KeptClock {
    /// What it does.
    pub state: ClockState,
    /// Time has come so far.
    pub now_at: UtcMicros,
}

/// The clock as it is kept, if a server with one ever started here.
pub fn kept(tx: &mut Tx<'_, System>) -> Result<Option<KeptClock>> {
    Ok(sandbox_clock::table
        .select(KeptClock::as_select())
        .limit(1)
        .kept()
        .get_result(tx.connection())
        .optional()?)
}

/// Makes this process the one that moves the clock, which begins at `first_start` where there was none.
///
/// # Errors
/// Conflict when a clinic here is not marked as sandbox.
pub fn hold(
    tx: &mut Tx<'_, System>,
    holder: ClockHolderId,
    first_start: Timestamp,
) -> Result<KeptClock> {
    if holds_clinics(tx, false)? {
        return Err(Error::detailed(
            Code::Conflict,
            "sandbox_clock is on and the database has a clinic that is not a sandbox: give the sandbox a database of its own, \
             and open its clinics with footing clinic create --sandbox",
        ));
    }
    let held = diesel::update(sandbox_clock::table.find(1))
        .set(sandbox_clock::holder_id.eq(holder))
        .kept()
        .execute(tx.connection())?;
    if held == 0 {
        diesel::insert_into(sandbox_clock::table)
            .values((
                sandbox_clock::id.eq(1),
                sandbox_clock::state.eq(ClockState::Absent),
                sandbox_clock::now_at.eq(UtcMicros::from(first_start)),
                sandbox_clock::holder_id.eq(holder),
            ))
            .kept()
            .execute(tx.connection())?;
    }
    kept(tx)?.ok_or_else(Error::not_found)
}

/// Writes where the clock stands and what it does.
///
/// # Errors
/// Conflict when another process has started since: that one moves the clock.
pub fn set(
    tx: &mut Tx<'_, System>,
    holder: ClockHolderId,
    now: Timestamp,
    state: ClockState,
) -> Result<()> {
    let changed = diesel::update(
        sandbox_clock::table.filter(
            sandbox_clock::id
                .eq(1)
                .and(sandbox_clock::holder_id.eq(holder)),
        ),
    )
    .set((
        sandbox_clock::now_at.eq(UtcMicros::from(now)),
        sandbox_clock::state.eq(state),
    ))
    .kept()
    .execute(tx.connection())?;
    if changed == 1 {
        return Ok(());
    }
    Err(Error::detailed(
        Code::Conflict,
        "another server has started on this database and holds the clock: stop this one",
    ))
}

/// Whether there is a clinic that is marked as sandbox, or one that is not.
pub fn holds_clinics(tx: &mut Tx<'_, System>, marked: bool) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        clinics::table.filter(clinics::sandbox.eq(i64::from(marked))),
    ))
    .kept()
    .get_result(tx.connection())?)
}

/// Whether anybody is a patient here.
pub fn holds_patients(tx: &mut Tx<'_, System>) -> Result<bool> {
    Ok(
        diesel::select(diesel::dsl::exists(patients::table.select(patients::id)))
            .kept()
            .get_result(tx.connection())?,
    )
}

/// Lets the sweeps begin anew at an instant: before there is a patient there is nothing they could have found.
pub fn begin_sweeps_at(tx: &mut Tx<'_, System>, at: Timestamp) -> Result<()> {
    diesel::update(sweeps::table)
        .set((
            sweeps::swept_at.eq(UtcMicros::from(at)),
            sweeps::swept_id.eq(OccurrenceId::from([0; 16])),
        ))
        .kept()
        .execute(tx.connection())?;
    Ok(())
}
