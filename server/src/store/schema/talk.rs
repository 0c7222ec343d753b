//! Tables of what people say to each other, and of what open pages are told.

use diesel::table;

table! {
    messages (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        author -> Text,
        clinician_id -> Nullable<Binary>,
        text -> Text,
        sent_at -> BigInt,
        received_at -> BigInt,
        read_at -> Nullable<BigInt>,
        settled_at -> Nullable<BigInt>,
        settled_by -> Nullable<Binary>,
        settled_how -> Nullable<Text>,
        delivery_id -> Nullable<Binary>,
    }
}

table! {
    live_changes (tenant_id, patient_id) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        changed_at -> BigInt,
    }
}
