//! Plans, what interrupts them, and what is due by them.

use diesel::table;

table! {
    plan_versions (tenant_id, patient_id, version) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        version -> BigInt,
        note -> Text,
        published_by -> Binary,
        published_at -> BigInt,
    }
}

table! {
    plan_items (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        plan_version -> BigInt,
        position -> BigInt,
        exercise_key -> Text,
        body -> Text,
    }
}

table! {
    plan_templates (tenant_id, id, version) {
        tenant_id -> BigInt,
        id -> Binary,
        version -> BigInt,
        name -> Text,
        reason -> Text,
        evidence -> Text,
        source -> Text,
        lines -> Text,
        retired -> BigInt,
        written_by -> Binary,
        written_at -> BigInt,
    }
}

table! {
    suggestion_decisions (tenant_id, patient_id, observation, decided_at) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        observation -> Text,
        decided_at -> BigInt,
        decision -> Text,
        template -> Text,
        reason -> Nullable<Text>,
        evidence -> Text,
        plan_version -> Nullable<BigInt>,
        edits -> Nullable<Text>,
        decided_by -> Binary,
    }
}

table! {
    exercise_levels (tenant_id, patient_id, exercise_key) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        exercise_key -> Text,
        level -> BigInt,
        since_date -> Text,
        source -> Text,
        decided_at -> BigInt,
    }
}

table! {
    pauses (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        from_date -> Text,
        through_date -> Text,
        reason -> Text,
        created_by -> Nullable<Binary>,
        created_at -> BigInt,
        resume_rule -> Text,
        resumed_date -> Nullable<Text>,
        resumed_at -> Nullable<BigInt>,
        ramp_pct -> Nullable<Text>,
    }
}

table! {
    suspensions (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        exercise_key -> Text,
        reason -> Text,
        from_at -> BigInt,
        until_at -> Nullable<BigInt>,
    }
}

table! {
    suspension_ends (tenant_id, suspension_id, ended_at) {
        tenant_id -> BigInt,
        suspension_id -> Binary,
        ended_by -> Binary,
        note -> Text,
        ended_at -> BigInt,
    }
}

table! {
    patient_days (tenant_id, patient_id, local_date) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        local_date -> Text,
        time_zone -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
    }
}

table! {
    occurrences (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        plan_version -> BigInt,
        plan_item_id -> Binary,
        window_no -> BigInt,
        exercise_key -> Text,
        dose -> Text,
        local_date -> Text,
        local_time -> Text,
        time_zone -> Text,
        clock_rule -> Text,
        opens_at -> BigInt,
        due_at -> BigInt,
        closes_at -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        done_fraction -> Nullable<Double>,
        answered_at -> Nullable<BigInt>,
        planned_at -> BigInt,
        remind_at -> Nullable<BigInt>,
        ladder -> Nullable<Text>,
        shard -> BigInt,
        flexible -> BigInt,
        done_amount -> Nullable<Double>,
    }
}

table! {
    occurrence_events (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        occurrence_id -> Binary,
        at -> BigInt,
        event -> Text,
        detail -> Text,
    }
}

table! {
    answers (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        occurrence_id -> Binary,
        device_id -> Binary,
        kind -> Text,
        done_dose -> Nullable<Double>,
        reason -> Nullable<Text>,
        answered_at -> BigInt,
        received_at -> BigInt,
        disposition -> Text,
        clock_ahead_s -> BigInt,
    }
}

table! {
    adherence_days (tenant_id, patient_id, local_date, revision) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        local_date -> Text,
        revision -> BigInt,
        figures -> Text,
        computed_at -> BigInt,
        cause -> Text,
        superseded_at -> Nullable<BigInt>,
    }
}

table! {
    adherence_due (tenant_id, patient_id, local_date) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        local_date -> Text,
        due_at -> BigInt,
        cause -> Text,
    }
}
