//! The tables as diesel sees them, a file for each subject; the truth is `migrations/`. Common column types only.

use diesel::allow_tables_to_appear_in_same_query;

mod clinic;
mod observation;
mod patient;
mod plan;
mod prompt;
mod rtm;
mod talk;

pub(super) use clinic::*;
pub(super) use observation::*;
pub(super) use patient::*;
pub(super) use plan::*;
pub(super) use prompt::*;
pub(super) use rtm::*;
pub(super) use talk::*;

allow_tables_to_appear_in_same_query!(
    clinics,
    clinicians,
    patients,
    devices,
    access_tokens,
    one_time_codes,
    plan_versions,
    plan_items,
    pauses,
    occurrences,
    answers,
    deliveries,
    delivery_attempts,
    delivery_claims,
    delivery_receipts,
    sweeps,
    clock_orders,
    sandbox_clock,
    outages,
    insole_sessions,
    audit,
    zone_reports,
    patient_days,
    occurrence_events,
    suspensions,
    care_events,
    exercise_levels,
    alerts,
    notices,
    quarantine,
    care_team,
    handovers,
    handover_patients,
    consents,
    discarded_uploads,
    erasures,
    checkins,
    scale_results,
    suspension_ends,
    exams,
    wear_days,
    insole_watch,
    adherence_days,
    adherence_due,
    worklist_turns,
    messages,
    live_changes,
    plan_templates,
    suggestion_decisions,
    rtm_entries,
    care_calls,
    rtm_evaluations,
);
