//! Valid rows of the tables of check-ins and questionnaires.

use super::rows::Cell::{First, Is, Number, Own, Says, Tenant};
use super::rows::{CLINICIAN, DEVICE, OCCURRENCE, OTHER, PATIENT, Table, table};

/// The tables, in the order rows can be added in.
pub(super) const TABLES: &[Table] = &[
    table(
        "checkins",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("device_id", First(DEVICE)),
            ("local_date", Says("2026-03-02")),
            ("time_zone", Says("Europe/Berlin")),
            ("taken_at", Is(0)),
            ("received_at", Is(0)),
            ("back_pain", Is(3)),
            ("occurrence_id", First(OCCURRENCE)),
            ("body", Says("{}")),
        ],
    ),
    table(
        "scale_results",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("scale", Says("psfs")),
            ("local_date", Says("2026-03-02")),
            ("time_zone", Says("Europe/Berlin")),
            ("taken_at", Is(0)),
            ("received_at", Is(0)),
            ("device_id", First(DEVICE)),
            ("answers", Says("{}")),
            ("parts", Says("[]")),
            ("engine_version", Says("1")),
        ],
    ),
    table(
        "scale_results",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER + 1)),
            ("patient_id", First(PATIENT)),
            ("scale", Says("psfs")),
            ("local_date", Says("2026-03-02")),
            ("time_zone", Says("Europe/Berlin")),
            ("taken_at", Is(0)),
            ("received_at", Is(0)),
            ("recorded_by", First(CLINICIAN)),
            ("answers", Says("{}")),
            ("parts", Says("[]")),
            ("engine_version", Says("1")),
        ],
    ),
    table(
        "suspension_ends",
        &[
            ("tenant_id", Tenant),
            ("suspension_id", First(OTHER)),
            ("ended_by", First(CLINICIAN)),
            ("note", Says("Seen at the clinic")),
            ("ended_at", Number),
        ],
    ),
];
