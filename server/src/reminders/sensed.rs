//! What insoles tell already needs no reminder: footwear and orthotics that are worn.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::plans::library::{CareKind, library};
use crate::plans::service::plan_items;
use crate::plans::spec::{WearSensor, Wearable};
use crate::store::types::{OccurrenceId, PatientId, PlanItemId};
use crate::store::wear::{self, Wears, WornDay};
use crate::store::{Tx, plans};

/// Keys of what can be worn.
pub(super) fn wearable_keys() -> BTreeSet<&'static str> {
    library()
        .exercise
        .iter()
        .filter(|exercise| matches!(exercise.kind, CareKind::Footwear | CareKind::Orthotic))
        .map(|exercise| exercise.key.as_str())
        .collect()
}

/// Those of these occurrences that are read from insoles and worn on their date already.
pub(super) fn worn_already(
    tx: &mut Tx<'_>,
    ids: &[OccurrenceId],
) -> Result<BTreeSet<OccurrenceId>> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows = wear::asked(tx, ids)?;
    let items: Vec<PlanItemId> = rows.iter().map(|row| row.plan_item_id).collect();
    let sensors: BTreeMap<PlanItemId, WearSensor> = plan_items(&plans::items_by_id(tx, &items)?)?
        .into_iter()
        .filter_map(|(id, spec)| Some((id, spec.sensor?)))
        .collect();
    let sensed: Vec<&Wears> = rows
        .iter()
        .filter(|row| sensors.contains_key(&row.plan_item_id))
        .collect();
    let dates = sensed.iter().map(|row| &row.local_date);
    let (Some(from), Some(through)) = (dates.clone().min(), dates.max()) else {
        return Ok(BTreeSet::new());
    };
    let patients: Vec<PatientId> = sensed.iter().map(|row| row.patient_id).collect();
    let from = from.date().map_err(Error::internal)?;
    let through = through.date().map_err(Error::internal)?;
    let days = wear::worn(tx, &patients, from, through)?;
    Ok(sensed
        .into_iter()
        .filter(|row| {
            let day = days.get(&(row.patient_id, row.local_date.clone()));
            day.zip(sensors.get(&row.plan_item_id))
                .is_some_and(|(day, sensor)| is_worn(day, sensor))
        })
        .map(|row| row.id)
        .collect())
}

fn is_worn(day: &WornDay, sensor: &WearSensor) -> bool {
    let tags = match sensor.tracks {
        Wearable::Orthotic => &day.orthotics,
        Wearable::Shoe => &day.shoes,
    };
    match &sensor.tag_id {
        Some(tag) => tags.get(tag).is_some_and(|worn| worn.seconds > 0),
        None => tags.values().any(|worn| worn.seconds > 0),
    }
}
