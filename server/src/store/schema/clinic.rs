//! Clinics, who works there, who may come in, and what was done.

use diesel::table;

table! {
    clinics (tenant_id) {
        tenant_id -> BigInt,
        slug -> Text,
        name -> Text,
        time_zone -> Text,
        created_at -> BigInt,
        settings -> Nullable<Text>,
        sandbox -> BigInt,
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
        timers_stopped -> BigInt,
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
        first_acted_at -> Nullable<BigInt>,
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
    audit (tenant_id, id) {
        tenant_id -> BigInt,
        id -> Binary,
        at -> BigInt,
        principal_kind -> Text,
        principal_id -> Nullable<Binary>,
        action -> Text,
        entity -> Text,
        entity_id -> Nullable<Binary>,
        patient_id -> Nullable<Binary>,
    }
}

table! {
    worklist_turns (tenant_id, patient_id, section) {
        tenant_id -> BigInt,
        patient_id -> Binary,
        section -> Text,
        evidence -> Text,
        kind -> Text,
        reason -> Text,
        turned_by -> Binary,
        turned_at -> BigInt,
        until_at -> BigInt,
    }
}
