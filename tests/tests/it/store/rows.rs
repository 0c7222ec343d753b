//! A valid row of every table, to be made wrong one reference at a time.

use std::fmt::Write;

use footing_tests::Raw;

/// What stands in a column.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    /// The clinic.
    Tenant,
    /// The row's own id, of a kind.
    Own(u8),
    /// The id of the clinic's first row of a kind.
    First(u8),
    /// The row's number.
    Number,
    /// A number.
    Is(i64),
    /// A text.
    Says(&'static str),
    /// A text of this clinic and number only.
    Name,
    /// Nothing.
    Null,
}

use Cell::{First, Is, Name, Null, Number, Own, Says, Tenant};

/// A table, or one of the two shapes its rows may have, and a valid row of it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Cell)],
}

/// Kinds of ids.
pub(super) const CLINICIAN: u8 = 0xc1;
pub(super) const PATIENT: u8 = 0xa1;
pub(super) const DEVICE: u8 = 0xd1;
const ITEM: u8 = 0x11;
pub(super) const OCCURRENCE: u8 = 0x0c;
pub(super) const OTHER: u8 = 0x99;

pub(super) const fn table(name: &'static str, columns: &'static [(&'static str, Cell)]) -> Table {
    Table { name, columns }
}

/// Every table, in the order rows can be added in.
pub(crate) fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().chain(super::rows_checkins::TABLES)
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
        "prompts",
        &[
            ("tenant_id", Tenant),
            ("occurrence_id", First(OCCURRENCE)),
            ("step", Number),
            ("patient_id", First(PATIENT)),
            ("state", Says("pending")),
            ("due_at", Is(1)),
            ("expires_at", Is(2)),
            ("next_attempt_at", Is(1)),
            ("attempts", Is(0)),
        ],
    ),
    table(
        "push_attempts",
        &[
            ("tenant_id", Tenant),
            ("id", Own(OTHER)),
            ("occurrence_id", First(OCCURRENCE)),
            ("step", Is(1)),
            ("device_id", First(DEVICE)),
            ("channel", Says("double")),
            ("outcome", Says("accepted")),
            ("attempted_at", Is(0)),
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
];

impl Table {
    /// The statement that adds the clinic's `number`-th row, with other cells in some columns.
    pub(crate) fn insert(
        &self,
        raw: &Raw,
        tenant: u8,
        number: u32,
        other: &[(&str, Cell, u8)],
    ) -> String {
        let mut names = String::new();
        let mut values = String::new();
        for (column, cell) in self.columns {
            let replaced = other.iter().find(|(name, ..)| name == column);
            let (cell, of) = replaced.map_or((*cell, tenant), |(_, cell, of)| (*cell, *of));
            let _ = write!(names, "{column},");
            let _ = write!(values, "{},", cell.literal(raw, of, number));
        }
        let (names, values) = (names.trim_end_matches(','), values.trim_end_matches(','));
        format!("INSERT INTO {} ({names}) VALUES ({values})", self.name)
    }
}

impl Cell {
    fn literal(self, raw: &Raw, tenant: u8, number: u32) -> String {
        match self {
            Tenant => tenant.to_string(),
            Own(kind) => raw.bytes(&id(kind, tenant, number)),
            First(kind) => raw.bytes(&id(kind, tenant, 1)),
            Number => number.to_string(),
            Is(value) => value.to_string(),
            Says(text) => format!("'{text}'"),
            Name => format!("'name-{tenant}-{number}'"),
            Null => "NULL".to_owned(),
        }
    }
}

/// 16 bytes in hexadecimal digits.
fn id(kind: u8, tenant: u8, number: u32) -> String {
    format!("{kind:02x}{tenant:02x}{:020x}{number:08x}", 0)
}

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
