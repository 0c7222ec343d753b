//! When something of a patient was last changed, for pages that are open. The rows are written by triggers.

use diesel::dsl::max;
use diesel::prelude::*;

use super::Tx;
use super::backend::kept::KeptExt;
use super::schema::live_changes;
use super::types::{PatientId, UtcMicros};
use crate::error::Result;

/// Changes one look reads at most.
pub const MOST: i64 = 500;

/// When the clinic's newest change was, by the database's clock.
pub fn newest(tx: &mut Tx<'_>) -> Result<UtcMicros> {
    let tenant = tx.tenant();
    let at: Option<UtcMicros> = live_changes::table
        .filter(live_changes::tenant_id.eq(tenant))
        // Always true: the newest end of a range of the index, and no walk.
        .filter(live_changes::changed_at.gt(UtcMicros(0)))
        .select(max(live_changes::changed_at))
        .limit(1)
        .kept()
        .get_result(tx.connection())?;
    Ok(at.unwrap_or(UtcMicros(0)))
}

/// The clinic's changes since an instant, oldest first.
pub fn since(tx: &mut Tx<'_>, after: UtcMicros) -> Result<Vec<(PatientId, UtcMicros)>> {
    let tenant = tx.tenant();
    Ok(live_changes::table
        .filter(
            live_changes::tenant_id
                .eq(tenant)
                .and(live_changes::changed_at.gt(after)),
        )
        .order((live_changes::changed_at, live_changes::patient_id))
        .limit(MOST)
        .select((live_changes::patient_id, live_changes::changed_at))
        .kept()
        .load(tx.connection())?)
}
