//! Prompts: how they went out, what came back, and whose turn it is.

use diesel::table;

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
        attempts -> BigInt,
        lease -> Nullable<Binary>,
        sent_at -> Nullable<BigInt>,
        except_device -> Nullable<Binary>,
        next_attempt_at -> Nullable<BigInt>,
    }
}

table! {
    delivery_claims (tenant_id, lease) {
        tenant_id -> BigInt,
        lease -> Binary,
        until_at -> BigInt,
        delivery_ids -> Binary,
        prompt_ids -> Binary,
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
    sandbox_clock (id) {
        id -> BigInt,
        state -> Text,
        now_at -> BigInt,
        holder_id -> Binary,
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
