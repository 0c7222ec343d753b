//! The tables as diesel sees them; the truth is `migrations/`. Common column types only.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    clinics (tenant_id) {
        tenant_id -> BigInt,
        slug -> Text,
        name -> Text,
        time_zone -> Text,
        created_at -> BigInt,
        settings -> Nullable<Text>,
    }
}

table! {
    clinicians (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        email -> Text,
        name -> Text,
        password_phc -> Nullable<Text>,
        active -> BigInt,
        created_at -> BigInt,
    }
}

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
    }
}

table! {
    access_tokens (tenant_id, token_hash) {
        tenant_id -> BigInt,
        token_hash -> Binary,
        clinician_id -> Nullable<Binary>,
        patient_id -> Nullable<Binary>,
        device_id -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    one_time_codes (tenant_id, code_hash) {
        tenant_id -> BigInt,
        code_hash -> Binary,
        purpose -> Text,
        clinician_id -> Nullable<Binary>,
        patient_id -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

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
    pauses (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        from_date -> Text,
        through_date -> Text,
        reason -> Text,
        created_by -> Binary,
        created_at -> BigInt,
        resume_rule -> Text,
        resumed_date -> Nullable<Text>,
        resumed_at -> Nullable<BigInt>,
        ramp_pct -> Nullable<Text>,
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
    prompts (tenant_id, occurrence_id, step) {
        tenant_id -> BigInt,
        occurrence_id -> Binary,
        step -> BigInt,
        patient_id -> Binary,
        state -> Text,
        due_at -> BigInt,
        expires_at -> BigInt,
        next_attempt_at -> BigInt,
        attempts -> BigInt,
        lease -> Nullable<Binary>,
        sent_at -> Nullable<BigInt>,
    }
}

table! {
    push_attempts (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        occurrence_id -> Binary,
        step -> BigInt,
        device_id -> Nullable<Binary>,
        channel -> Text,
        outcome -> Text,
        code -> Nullable<Text>,
        provider_message_id -> Nullable<Text>,
        attempted_at -> BigInt,
    }
}

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
    }
}

table! {
    audit (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        at -> BigInt,
        principal_kind -> Text,
        principal_id -> Nullable<Binary>,
        action -> Text,
        entity -> Text,
        entity_id -> Nullable<Binary>,
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
    alerts (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        rule -> Text,
        rule_version -> Text,
        severity -> Text,
        state -> Text,
        state_reason -> Nullable<Text>,
        state_at -> BigInt,
        state_by -> Nullable<Binary>,
        evidence -> Text,
        first_seen_at -> BigInt,
        last_seen_at -> BigInt,
        count -> BigInt,
        owner_id -> Binary,
        due_at -> Nullable<BigInt>,
    }
}

table! {
    notices (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        text_key -> Text,
        text_values -> Text,
        created_at -> BigInt,
        seen_at -> Nullable<BigInt>,
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

allow_tables_to_appear_in_same_query!(
    clinics,
    clinicians,
    patients,
    devices,
    access_tokens,
    one_time_codes,
    plan_versions,
    plan_items,
    pauses,
    occurrences,
    answers,
    prompts,
    push_attempts,
    insole_sessions,
    audit,
    zone_reports,
    patient_days,
    occurrence_events,
    suspensions,
    care_events,
    exercise_levels,
    alerts,
    notices,
    quarantine,
    adherence_days,
    adherence_due,
);
