//! Patients, their phones, what they agreed to, and what they sent that was not taken.

use diesel::table;

table! {
    patients (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        name -> Text,
        time_zone -> Text,
        locale -> Text,
        owner_id -> Binary,
        planned_through -> Nullable<Text>,
        created_at -> BigInt,
        day_starts_min -> BigInt,
        status -> Text,
        settings -> Nullable<Text>,
        reminders_stopped_at -> Nullable<BigInt>,
        watch_at -> Nullable<BigInt>,
    }
}

table! {
    devices (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        platform -> Text,
        push_token -> Nullable<Text>,
        push_state -> Text,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

table! {
    zone_reports (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        device_id -> Nullable<Binary>,
        time_zone -> Text,
        reported_at -> BigInt,
        outcome -> Text,
        from_zone -> Nullable<Text>,
    }
}

table! {
    consents (tenant_id, patient_id, episode) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        episode -> BigInt,
        text_version -> Text,
        given_at -> Nullable<BigInt>,
        given_by -> Nullable<Binary>,
        withdrawn_at -> Nullable<BigInt>,
        withdrawn_by -> Nullable<Binary>,
    }
}

table! {
    discarded_uploads (tenant_id, patient_id, received_date, kind) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        received_date -> Text,
        kind -> Text,
        count -> BigInt,
    }
}

table! {
    quarantine (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        device_id -> Binary,
        kind -> Text,
        reason -> Text,
        body -> Text,
        received_at -> BigInt,
        reviewed_at -> Nullable<BigInt>,
    }
}

table! {
    erasures (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        requested_at -> BigInt,
        requested_by -> Nullable<Binary>,
        due_at -> BigInt,
        cancelled_at -> Nullable<BigInt>,
        cancelled_by -> Nullable<Binary>,
        erased_at -> Nullable<BigInt>,
        counts -> Nullable<Text>,
    }
}
