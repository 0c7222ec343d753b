#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use reqwest::header::HeaderMap;

fn granted(token: &str, expires_in: i64) -> Granted {
    Granted {
        access_token: token.into(),
        expires_in,
        token_type: "Bearer".into(),
    }
}

fn used(state: &State, now_s: i64) -> Option<String> {
    match state.step(now_s) {
        Step::Use(token) => Some(token.header.to_str().unwrap().to_owned()),
        Step::Fail(_) | Step::Fetch => None,
    }
}

fn fetches(state: &State, now_s: i64) -> bool {
    matches!(state.step(now_s), Step::Fetch)
}

#[test]
fn a_token_serves_until_five_minutes_before_its_end() {
    let mut state = State::default();
    assert!(fetches(&state, 1_000));
    state.keep(granted("a", 3600), 1_000).unwrap();
    assert_eq!(used(&state, 1_000 + 3299).as_deref(), Some("Bearer a"));
    assert!(fetches(&state, 1_000 + 3300));
}

#[test]
fn a_short_token_is_not_replaced_at_once() {
    let mut state = State::default();
    state.keep(granted("a", 100), 0).unwrap();
    assert!(used(&state, 89).is_some());
    assert!(fetches(&state, 90));
}

#[test]
fn a_token_with_no_life_left_is_never_served_from_the_cache() {
    for expires_in in [0, -1, i64::MIN] {
        let mut state = State::default();
        state.keep(granted("a", expires_in), 1_000).unwrap();
        assert!(fetches(&state, 1_000), "{expires_in}");
    }
}

#[test]
fn a_failed_refresh_leaves_the_old_token_in_use_until_its_end() {
    let mut state = State::default();
    state.keep(granted("a", 3600), 0).unwrap();
    state.fail(unavailable(None, "X"), 3400);
    assert!(used(&state, 3400).is_some(), "within the back-off");
    assert!(fetches(&state, 3401), "after it the refresh is tried again");
    state.fail(unavailable(Some(Duration::from_secs(500)), "X"), 3401);
    assert!(used(&state, 3599).is_some());
    assert!(
        matches!(state.step(3600), Step::Fail(_)),
        "an expired token is not used"
    );
}

#[test]
fn failures_back_off_by_doubling_up_to_a_minute() {
    let mut state = State::default();
    let mut now_s = 0;
    for expected_s in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
        state.fail(unavailable(None, "X"), now_s);
        assert!(
            matches!(state.step(now_s + expected_s - 1), Step::Fail(_)),
            "{expected_s}"
        );
        assert!(fetches(&state, now_s + expected_s), "{expected_s}");
        now_s += expected_s;
    }
    state.keep(granted("a", 1), now_s).unwrap();
    state.fail(unavailable(None, "X"), now_s + 1);
    assert!(
        fetches(&state, now_s + 2),
        "a success starts the back-off anew"
    );
}

#[test]
fn a_refusal_waits_a_minute_and_retry_after_is_obeyed() {
    let mut state = State::default();
    state.fail(refused("invalid_grant"), 0);
    assert!(matches!(state.step(59), Step::Fail(_)) && fetches(&state, 60));
    state.fail(unavailable(Some(Duration::from_secs(90)), "X"), 100);
    assert!(matches!(state.step(189), Step::Fail(_)) && fetches(&state, 190));
}

#[test]
fn a_refused_token_is_replaced_once_in_thirty_seconds_even_if_the_clock_steps_back() {
    let mut state = State::default();
    state.keep(granted("a", 3600), 0).unwrap();
    assert!(state.discard(1000).is_ok() && fetches(&state, 1000));
    state.keep(granted("b", 3600), 1000).unwrap();
    for now_s in [1000, 1029, 971] {
        assert_eq!(
            state.discard(now_s),
            Err(refused("UNAUTHENTICATED")),
            "{now_s}"
        );
    }
    assert!(state.discard(1030).is_ok());
}

#[test]
fn answers_of_the_endpoint_are_told_apart() {
    let reply = |status: u16, body: &str| Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Some(body.as_bytes().to_vec()),
    };
    let good = r#"{"access_token":"a","expires_in":3599,"token_type":"Bearer"}"#;
    assert!(read(&reply(200, good), 0).is_ok());
    let mac = good.replace("Bearer", "mac");
    for (status, body, expected) in [
        (200, mac.as_str(), unavailable(None, "TOKEN_BAD_ANSWER")),
        (200, "<html>", unavailable(None, "TOKEN_BAD_ANSWER")),
        (
            400,
            r#"{"error":"invalid_grant"}"#,
            refused("invalid_grant"),
        ),
        (
            401,
            r#"{"error":"bad text; canary"}"#,
            refused("TOKEN_HTTP_401"),
        ),
        (404, "<html>", refused("TOKEN_HTTP_404")),
        (429, "", unavailable(None, "TOKEN_HTTP_429")),
        (503, "<html>", unavailable(None, "TOKEN_HTTP_503")),
    ] {
        assert_eq!(
            read(&reply(status, body), 0).err(),
            Some(expected),
            "{status} {body}"
        );
    }
}
