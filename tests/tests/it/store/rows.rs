//! A valid row of every table, to be made wrong one reference at a time.

use footing_tests::Raw;

pub(crate) use super::cells::{Cell, Table};

use Cell::{First, Is, Kind, Name, Null, Number, Own, Says, Tenant};

/// Kinds of ids.
const CLINICIAN: u8 = 0xc1;
const PATIENT: u8 = 0xa1;
const DEVICE: u8 = 0xd1;
const ITEM: u8 = 0x11;
const OCCURRENCE: u8 = 0x0c;
const HANDOVER: u8 = 0x40;
const DELIVERY: u8 = 0xde;
const EXAM: u8 = 0xe1;
const CORRECTION: u8 = 0xe2;
const OTHER: u8 = 0x99;

const fn table(name: &'static str, columns: &'static [(&'static str, Cell)]) -> Table {
    Table { name, columns }
}

/// Every table, in the order rows can be added in.
pub(crate) const TABLES: &[Table] = &[
    table(
        "clinics",
        &[
            ("tenant_id", Tenant),
            ("slug", Name),
            ("name", Name),
            ("time_zone", Says("Europe/Berlin")),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "clinicians",
        &[
            ("tenant_id", Tenant),
            ("id", Own(CLINICIAN)),
            ("email", Name),
            ("name", Name),
            ("password_phc", Null),
            ("active", Is(1)),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "patients",
        &[
            ("tenant_id", Tenant),
            ("id", Own(PATIENT)),
            ("name", Name),
            ("time_zone", Says("Europe/Berlin")),
            ("locale", Says("en")),
            ("owner_id", First(CLINICIAN)),
            ("planned_through", Null),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "devices",
        &[
            ("tenant_id", Tenant),
            ("id", Own(DEVICE)),
            ("patient_id", First(PATIENT)),
            ("platform", Says("web")),
            ("push_token", Null),
            ("push_state", Says("none")),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "access_tokens",
        &[
            ("tenant_id", Tenant),
            ("token_hash", Own(OTHER)),
            ("clinician_id", Null),
            ("patient_id", First(PATIENT)),
            ("device_id", First(DEVICE)),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "access_tokens",
        &[
            ("tenant_id", Tenant),
            ("token_hash", Own(OTHER + 1)),
            ("clinician_id", First(CLINICIAN)),
            ("patient_id", Null),
            ("device_id", Null),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "one_time_codes",
        &[
            ("tenant_id", Tenant),
            ("code_hash", Own(OTHER)),
            ("purpose", Says("enrol")),
            ("clinician_id", Null),
            ("patient_id", First(PATIENT)),
            ("created_at", Is(0)),
            ("expires_at", Is(1)),
        ],
    ),
    table(
        "one_time_codes",
        &[
            ("tenant_id", Tenant),
            ("code_hash", Own(OTHER + 1)),
            ("purpose", Says("sign_in")),
            ("clinician_id", First(CLINICIAN)),
            ("patient_id", Null),
            ("created_at", Is(0)),
            ("expires_at", Is(1)),
        ],
    ),
    table(
        "plan_versions",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("version", Number),
            ("note", Says("")),
            ("published_by", First(CLINICIAN)),
            ("published_at", Is(0)),
        ],
    ),
    table(
        "plan_items",
        &[
            ("tenant_id", Tenant),
            ("id", Own(ITEM)),
            ("patient_id", First(PATIENT)),
            ("plan_version", Is(1)),
            ("position", Number),
            ("exercise_key", Says("cat-camel")),
            ("body", Says("{}")),
        ],
    ),
    table(
        "pauses",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("from_date", Says("2026-03-02")),
            ("through_date", Says("2026-03-02")),
            ("reason", Says("other")),
            ("created_by", First(CLINICIAN)),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "occurrences",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OCCURRENCE)),
            ("patient_id", First(PATIENT)),
            ("plan_version", Is(1)),
            ("plan_item_id", First(ITEM)),
            ("window_no", Number),
            ("exercise_key", Says("cat-camel")),
            ("dose", Says("{\"sets\":1}")),
            ("local_date", Says("2026-03-02")),
            ("local_time", Says("08:00")),
            ("time_zone", Says("Europe/Berlin")),
            ("clock_rule", Says("exact")),
            ("opens_at", Is(0)),
            ("due_at", Is(1)),
            ("closes_at", Is(2)),
            ("state", Says("planned")),
            ("planned_at", Is(0)),
        ],
    ),
    table(
        "answers",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("occurrence_id", First(OCCURRENCE)),
            ("device_id", First(DEVICE)),
            ("kind", Says("done")),
            ("answered_at", Is(0)),
            ("received_at", Is(0)),
            ("disposition", Says("applied")),
        ],
    ),
    table(
        "insole_sessions",
        &[
            ("tenant_id", Tenant),
            ("session_id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("device_id", First(DEVICE)),
            ("content_hash", Own(OTHER)),
            ("started_at", Is(0)),
            ("received_at", Is(0)),
            ("source", Says("simulated")),
            ("engine_version", Says("1")),
            ("norms_version", Says("1")),
            ("strides", Is(0)),
            ("summary", Says("{}")),
            ("assessment", Says("{}")),
        ],
    ),
    table(
        "audit",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("at", Is(0)),
            ("principal_kind", Says("operator")),
            ("action", Says("clinic.open")),
            ("entity", Says("clinic")),
        ],
    ),
    table(
        "zone_reports",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("device_id", First(DEVICE)),
            ("time_zone", Says("Europe/Berlin")),
            ("reported_at", Is(0)),
            ("outcome", Says("noted")),
        ],
    ),
    table(
        "patient_days",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("local_date", Name),
            ("time_zone", Says("Europe/Berlin")),
            ("starts_at", Is(0)),
            ("ends_at", Is(1)),
        ],
    ),
    table(
        "occurrence_events",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("occurrence_id", First(OCCURRENCE)),
            ("at", Is(0)),
            ("event", Says("rezoned")),
            ("detail", Says("{}")),
        ],
    ),
    table(
        "suspensions",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("exercise_key", Says("walk")),
            ("reason", Says("pain")),
            ("from_at", Is(0)),
        ],
    ),
    table(
        "care_events",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("kind", Says("surgery")),
            ("event_date", Says("2026-03-02")),
            ("detail", Says("{}")),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
        ],
    ),
    table(
        "exercise_levels",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("exercise_key", Name),
            ("level", Is(0)),
            ("since_date", Says("2026-03-02")),
            ("source", Says("rule")),
            ("decided_at", Is(0)),
        ],
    ),
    table(
        "alerts",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("rule", Name),
            ("rule_version", Says("1")),
            ("severity", Says("high")),
            ("state", Says("open")),
            ("state_at", Is(0)),
            ("state_by", First(CLINICIAN)),
            ("evidence", Says("{}")),
            ("first_seen_at", Is(0)),
            ("last_seen_at", Is(0)),
            ("count", Is(1)),
            ("owner_id", First(CLINICIAN)),
        ],
    ),
    table(
        "notices",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("text_key", Says("plan_changed")),
            ("text_values", Says("{}")),
            ("created_at", Is(0)),
        ],
    ),
    table(
        "quarantine",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", First(PATIENT)),
            ("device_id", First(DEVICE)),
            ("kind", Says("answer")),
            ("reason", Says("conflict")),
            ("body", Says("{}")),
            ("received_at", Is(0)),
        ],
    ),
    table(
        "care_team",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("role", Says("deputy")),
            ("place", Number),
            ("clinician_id", First(CLINICIAN)),
            ("since_at", Is(0)),
        ],
    ),
    table(
        "handovers",
        &[
            ("tenant_id", Tenant),
            ("id", Own(HANDOVER)),
            ("from_id", First(CLINICIAN)),
            ("to_id", First(CLINICIAN)),
            ("handed_by", First(CLINICIAN)),
            ("handed_at", Is(0)),
            ("patients", Is(1)),
            ("alerts", Is(0)),
            ("critical_alerts", Is(0)),
            ("deputy_of", Is(0)),
        ],
    ),
    table(
        "handover_patients",
        &[
            ("tenant_id", Tenant),
            ("handover_id", First(HANDOVER)),
            ("position", Number),
            ("patient_id", First(PATIENT)),
        ],
    ),
    table(
        "consents",
        &[
            ("tenant_id", Tenant),
            ("patient_id", Own(PATIENT)),
            ("episode", Number),
            ("text_version", Says("1")),
            ("given_at", Is(0)),
            ("given_by", First(CLINICIAN)),
            ("withdrawn_at", Is(1)),
            ("withdrawn_by", First(CLINICIAN)),
        ],
    ),
    table(
        "discarded_uploads",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("received_date", Name),
            ("kind", Says("answer")),
            ("count", Is(1)),
        ],
    ),
    table(
        "erasures",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("patient_id", Own(PATIENT)),
            ("requested_at", Is(0)),
            ("requested_by", First(CLINICIAN)),
            ("due_at", Is(0)),
            ("cancelled_by", First(CLINICIAN)),
        ],
    ),
    table(
        "deliveries",
        &[
            ("tenant_id", Tenant),
            ("id", Own(DELIVERY)),
            ("patient_id", First(PATIENT)),
            ("kind", Says("prompt")),
            ("occurrence_id", First(OCCURRENCE)),
            ("step", Number),
            ("state", Says("pending")),
            ("due_at", Is(1)),
            ("expires_at", Is(2)),
            ("next_attempt_at", Is(1)),
            ("attempts", Is(0)),
        ],
    ),
    table(
        "delivery_attempts",
        &[
            ("tenant_id", Tenant),
            ("delivery_id", First(DELIVERY)),
            ("id", Own(OTHER)),
            ("device_id", First(DEVICE)),
            ("channel", Says("double")),
            ("outcome", Says("accepted")),
            ("attempted_at", Is(0)),
        ],
    ),
    table(
        "delivery_receipts",
        &[
            ("tenant_id", Tenant),
            ("delivery_id", First(DELIVERY)),
            ("device_id", First(DEVICE)),
            ("kind", Kind),
            ("at", Is(0)),
            ("received_at", Is(0)),
        ],
    ),
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
    table(
        "exams",
        &[
            ("tenant_id", Tenant),
            ("id", Own(EXAM)),
            ("patient_id", First(PATIENT)),
            ("kind", Says("physical")),
            ("exam_date", Says("2026-03-02")),
            ("body", Says("{}")),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
        ],
    ),
    table(
        "exams",
        &[
            ("tenant_id", Tenant),
            ("id", Own(CORRECTION)),
            ("patient_id", First(PATIENT)),
            ("kind", Says("imaging")),
            ("exam_date", Says("2026-03-02")),
            ("body", Says("{}")),
            ("replaces", First(EXAM)),
            ("recorded_by", First(CLINICIAN)),
            ("recorded_at", Is(0)),
        ],
    ),
    table(
        "wear_days",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("local_date", Says("2026-03-02")),
            ("tag_kind", Says("orthotic")),
            ("tag_id", Name),
            ("worn_s", Is(0)),
            ("steps", Is(0)),
        ],
    ),
    table(
        "insole_watch",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("pending", Is(0)),
        ],
    ),
    table(
        "adherence_days",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("local_date", Name),
            ("revision", Is(1)),
            ("figures", Says("{}")),
            ("computed_at", Is(0)),
            ("cause", Says("day_ended")),
        ],
    ),
    table(
        "adherence_due",
        &[
            ("tenant_id", Tenant),
            ("patient_id", First(PATIENT)),
            ("local_date", Name),
            ("due_at", Is(0)),
            ("cause", Says("closed")),
        ],
    ),
];

/// Adds the first row of every table for a clinic.
pub(crate) fn seed(raw: &mut Raw, tenant: u8) {
    for table in TABLES {
        let insert = table.insert(raw, tenant, 1, &[]);
        raw.execute(&insert).expect(&insert);
    }
}

/// One table by name.
pub(crate) fn named(name: &str) -> &'static Table {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .expect("a table of this name")
}
