//! The ledger of remote therapeutic monitoring.

use diesel::table;

table! {
    rtm_entries (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        clinician_id -> Binary,
        activity -> Text,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        ends_by_at -> BigInt,
        how -> Text,
        note -> Nullable<Text>,
        recorded_by -> Binary,
        recorded_at -> BigInt,
        replaces -> Nullable<Binary>,
    }
}

table! {
    care_calls (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        clinician_id -> Binary,
        started_at -> BigInt,
        ended_at -> BigInt,
        live -> BigInt,
        note -> Nullable<Text>,
        recorded_by -> Binary,
        recorded_at -> BigInt,
        replaces -> Nullable<Binary>,
    }
}

table! {
    rtm_evaluations (tenant_id, patient_id, clock, period, revision) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        clock -> Text,
        period -> Text,
        revision -> BigInt,
        rule_version -> Text,
        basis -> Text,
        is_over -> BigInt,
        outcome -> Text,
        cause -> Text,
        evaluated_by -> Binary,
        evaluated_at -> BigInt,
    }
}
