//! Valid rows of the ledger of remote monitoring.

use super::cells::Cell::{First, Is, Name, Own, Says, Tenant};
use super::cells::Table;
use super::rows::{CALL, CLINICIAN, ENTRY, OTHER, PATIENT, table};

/// The tables, in the order rows can be added in.
pub(super) const TABLES: &[Table] = &[
    table(
        "rtm_entries",
        &[
            ("tenant_id", Tenant),
            ("id", Own(ENTRY)),
            ("patient_id", First(PATIENT)),
            ("clinician_id", First(CLINICIAN)),
            ("activity", Says("review")),
            ("started_at", Is(0)),
            ("ends_by_at", Is(1)),
            ("how", Says("timer")),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
        ],
    ),
    table(
        "rtm_entries",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("clinician_id", First(CLINICIAN)),
            ("activity", Says("review")),
            ("started_at", Is(0)),
            ("ended_at", Is(1)),
            ("ends_by_at", Is(1)),
            ("how", Says("correction")),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
            ("replaces", First(ENTRY)),
        ],
    ),
    table(
        "care_calls",
        &[
            ("tenant_id", Tenant),
            ("id", Own(CALL)),
            ("patient_id", First(PATIENT)),
            ("clinician_id", First(CLINICIAN)),
            ("started_at", Is(0)),
            ("ended_at", Is(1)),
            ("live", Is(1)),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
        ],
    ),
    table(
        "care_calls",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("clinician_id", First(CLINICIAN)),
            ("started_at", Is(0)),
            ("ended_at", Is(1)),
            ("live", Is(0)),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
            ("replaces", First(CALL)),
        ],
    ),
    table(
        "rtm_evaluations",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("clock", Says("device")),
            ("period", Name),
            ("revision", Is(1)),
            ("rule_version", Says("us-rtm-2026")),
            ("basis", Says("activity_day, insoles")),
            ("is_over", Is(0)),
            ("outcome", Says("{\"codes\":[]}")),
            ("cause", Says("looked")),
            ("evaluated_by", First(CLINICIAN)),
            ("evaluated_at", Is(0)),
        ],
    ),
];
