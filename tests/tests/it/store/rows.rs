//! A valid row of every table, to be made wrong one reference at a time.

use footing_tests::Raw;

pub(crate) use super::cells::{Cell, Table};

use Cell::{First, Is, Name, Null, Number, Own, Says, Tenant};

/// Kinds of ids.
pub(super) const CLINICIAN: u8 = 0xc1;
pub(super) const PATIENT: u8 = 0xa1;
pub(super) const DEVICE: u8 = 0xd1;
pub(super) const ITEM: u8 = 0x11;
pub(super) const OCCURRENCE: u8 = 0x0c;
pub(super) const HANDOVER: u8 = 0x40;
pub(super) const DELIVERY: u8 = 0xde;
pub(super) const EXAM: u8 = 0xe1;
pub(super) const CORRECTION: u8 = 0xe2;
pub(super) const ENTRY: u8 = 0x51;
pub(super) const CALL: u8 = 0x52;
pub(super) const OTHER: u8 = 0x99;

pub(super) const fn table(name: &'static str, columns: &'static [(&'static str, Cell)]) -> Table {
    Table { name, columns }
}

/// Every table, in the order rows can be added in.
pub(crate) fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES
        .iter()
        .chain(super::rows_care::TABLES)
        .chain(super::rows_rtm::TABLES)
}

const TABLES: &[Table] = &[
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
];

/// Adds the first row of every table for a clinic.
pub(crate) fn seed(raw: &mut Raw, tenant: u8) {
    for table in tables() {
        let insert = table.insert(raw, tenant, 1, &[]);
        raw.execute(&insert).expect(&insert);
    }
}

/// One table by name.
pub(crate) fn named(name: &str) -> &'static Table {
    tables()
        .find(|table| table.name == name)
        .expect("a table of this name")
}
