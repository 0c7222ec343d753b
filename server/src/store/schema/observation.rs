//! What was observed: by insoles, in check-ins, at exams, and events in between.

use diesel::table;

table! {
    insole_sessions (tenant_id, session_id) {
        tenant_id -> BigInt,
        session_id -> Binary,
        patient_id -> Binary,
        device_id -> Binary,
        content_hash -> Binary,
        started_at -> BigInt,
        received_at -> BigInt,
        source -> Text,
        engine_version -> Text,
        norms_version -> Text,
        score -> Nullable<Double>,
        score_se -> Nullable<Double>,
        strides -> BigInt,
        summary -> Text,
        assessment -> Text,
        reasons -> Nullable<Text>,
        worn_s -> Nullable<BigInt>,
    }
}

table! {
    insole_watch (tenant_id, patient_id) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        pending -> BigInt,
        told_through -> Nullable<Text>,
    }
}

table! {
    wear_days (tenant_id, patient_id, local_date, tag_kind, tag_id) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        local_date -> Text,
        tag_kind -> Text,
        tag_id -> Text,
        worn_s -> BigInt,
        steps -> BigInt,
    }
}

table! {
    checkins (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        device_id -> Binary,
        local_date -> Text,
        time_zone -> Text,
        taken_at -> BigInt,
        received_at -> BigInt,
        back_pain -> Nullable<BigInt>,
        leg_pain -> Nullable<BigInt>,
        foot_pain -> Nullable<BigInt>,
        tired_feet -> Nullable<BigInt>,
        occurrence_id -> Nullable<Binary>,
        exercise_key -> Nullable<Text>,
        pain_before -> Nullable<BigInt>,
        pain_after -> Nullable<BigInt>,
        replaces -> Nullable<Binary>,
        replaced_at -> Nullable<BigInt>,
        body -> Text,
    }
}

table! {
    scale_results (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        scale -> Text,
        local_date -> Text,
        time_zone -> Text,
        taken_at -> BigInt,
        received_at -> BigInt,
        device_id -> Nullable<Binary>,
        recorded_by -> Nullable<Binary>,
        answers -> Text,
        score -> Nullable<Double>,
        parts -> Text,
        engine_version -> Text,
    }
}

table! {
    exams (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        kind -> Text,
        exam_date -> Text,
        body -> Text,
        replaces -> Nullable<Binary>,
        recorded_by -> Binary,
        recorded_at -> BigInt,
    }
}

table! {
    care_events (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        kind -> Text,
        event_date -> Text,
        detail -> Text,
        recorded_by -> Nullable<Binary>,
        recorded_at -> BigInt,
        retracted_at -> Nullable<BigInt>,
    }
}
