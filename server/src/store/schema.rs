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
        role -> Text,
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
    deliveries (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        patient_id -> Binary,
        kind -> Text,
        occurrence_id -> Nullable<Binary>,
        step -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        due_at -> BigInt,
        expires_at -> BigInt,
        next_attempt_at -> BigInt,
        attempts -> BigInt,
        lease -> Nullable<Binary>,
        sent_at -> Nullable<BigInt>,
        except_device -> Nullable<Binary>,
    }
}

table! {
    delivery_attempts (tenant_id, delivery_id, id) {
        tenant_id -> BigInt,
        delivery_id -> Binary,
        id -> Binary,
        device_id -> Nullable<Binary>,
        channel -> Text,
        outcome -> Text,
        code -> Nullable<Text>,
        provider_message_id -> Nullable<Text>,
        attempted_at -> BigInt,
    }
}

table! {
    delivery_receipts (tenant_id, delivery_id, device_id, kind) {
        tenant_id -> BigInt,
        delivery_id -> Binary,
        device_id -> Binary,
        kind -> Text,
        at -> BigInt,
        received_at -> BigInt,
    }
}

table! {
    sweeps (shard) {
        shard -> BigInt,
        swept_at -> BigInt,
        swept_id -> Binary,
    }
}

table! {
    clock_orders (id) {
        id -> Binary,
        accepted_at -> BigInt,
    }
}

table! {
    outages (id) {
        id -> Binary,
        from_at -> BigInt,
        until_at -> BigInt,
        excused_at -> Nullable<BigInt>,
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
        reasons -> Nullable<Text>,
        worn_s -> Nullable<BigInt>,
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
        snoozed_until_at -> Nullable<BigInt>,
        snooze_note -> Nullable<Text>,
        escalated_at -> Nullable<BigInt>,
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
    care_team (tenant_id, patient_id, role, place) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        role -> Text,
        place -> BigInt,
        clinician_id -> Binary,
        since_at -> BigInt,
    }
}

table! {
    handovers (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        from_id -> Binary,
        to_id -> Binary,
        handed_by -> Binary,
        handed_at -> BigInt,
        patients -> BigInt,
        alerts -> BigInt,
        critical_alerts -> BigInt,
        deputy_of -> BigInt,
    }
}

table! {
    handover_patients (tenant_id, handover_id, position) {
        tenant_id -> BigInt,
        handover_id -> Binary,
        position -> BigInt,
        patient_id -> Binary,
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
    suspension_ends (tenant_id, suspension_id, ended_at) {
        tenant_id -> BigInt,
        suspension_id -> Binary,
        ended_by -> Binary,
        note -> Text,
        ended_at -> BigInt,
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
    insole_watch (tenant_id, patient_id) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        pending -> BigInt,
        told_through -> Nullable<Text>,
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
    deliveries,
    delivery_attempts,
    delivery_receipts,
    sweeps,
    clock_orders,
    outages,
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
    care_team,
    handovers,
    handover_patients,
    consents,
    discarded_uploads,
    erasures,
    checkins,
    scale_results,
    suspension_ends,
    exams,
    wear_days,
    insole_watch,
    adherence_days,
    adherence_due,
);
