use super::*;
use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::json;

const NOW: i64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

fn reply(status: u16, body: impl Into<Vec<u8>>, retry_after: Option<&'static str>) -> Reply {
    let headers = retry_after.map(|value| (RETRY_AFTER, HeaderValue::from_static(value)));
    Reply {
        status: StatusCode::from_u16(status).unwrap_or_default(),
        headers: headers.into_iter().collect::<HeaderMap>(),
        body: Some(body.into()),
    }
}

fn error_body(status: &str, code: Option<&str>) -> String {
    let details: Vec<_> = code
        .iter()
        .flat_map(|code| {
            [
                json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "errorCode": "DECOY"}),
                json!({"@type": FCM_ERROR_TYPE, "errorCode": code}),
            ]
        })
        .collect();
    json!({"error": {"status": status, "message": "canary text", "details": details}}).to_string()
}

fn rejected(code: &str) -> Answer {
    Answer::Final(Outcome::Rejected { code: code.into() })
}

fn unauthorized(code: &str) -> Answer {
    Answer::Final(Outcome::Unauthorized { code: code.into() })
}

fn retry(delay_s: Option<u64>, code: &str) -> Answer {
    let delay = delay_s.map(Duration::from_secs);
    Answer::Final(Outcome::RetryAfter {
        delay,
        code: code.into(),
    })
}

#[test]
fn every_documented_code_has_its_outcome() {
    let refused = Answer::CredentialsRefused {
        code: "UNAUTHENTICATED".into(),
    };
    for (http, status, code, expected) in [
        (
            404,
            "NOT_FOUND",
            Some("UNREGISTERED"),
            Answer::Final(Outcome::TokenGone),
        ),
        (
            400,
            "INVALID_ARGUMENT",
            Some("INVALID_ARGUMENT"),
            rejected("INVALID_ARGUMENT"),
        ),
        (400, "INVALID_ARGUMENT", None, rejected("INVALID_ARGUMENT")),
        (
            403,
            "PERMISSION_DENIED",
            Some("SENDER_ID_MISMATCH"),
            rejected("SENDER_ID_MISMATCH"),
        ),
        (
            401,
            "UNAUTHENTICATED",
            Some("THIRD_PARTY_AUTH_ERROR"),
            unauthorized("THIRD_PARTY_AUTH_ERROR"),
        ),
        (401, "UNAUTHENTICATED", None, refused),
        (
            403,
            "PERMISSION_DENIED",
            None,
            unauthorized("PERMISSION_DENIED"),
        ),
        (404, "NOT_FOUND", None, unauthorized("NOT_FOUND")),
        (
            429,
            "RESOURCE_EXHAUSTED",
            Some("QUOTA_EXCEEDED"),
            retry(Some(60), "QUOTA_EXCEEDED"),
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            None,
            retry(Some(60), "RESOURCE_EXHAUSTED"),
        ),
        (
            503,
            "UNAVAILABLE",
            Some("UNAVAILABLE"),
            retry(None, "UNAVAILABLE"),
        ),
        (500, "INTERNAL", Some("INTERNAL"), retry(None, "INTERNAL")),
        (
            500,
            "INTERNAL",
            Some("UNSPECIFIED_ERROR"),
            retry(None, "UNSPECIFIED_ERROR"),
        ),
        (
            400,
            "INVALID_ARGUMENT",
            Some("A_CODE_OF_TOMORROW"),
            rejected("A_CODE_OF_TOMORROW"),
        ),
    ] {
        let answer = classify(&reply(http, error_body(status, code), None), NOW);
        assert_eq!(answer, expected, "{http} {status} {code:?}");
    }
}

#[test]
fn answers_that_are_not_from_fcm_go_by_their_status() {
    for (http, expected) in [
        (200, retry(None, "BAD_ANSWER")),
        (302, retry(None, "HTTP_302")),
        (400, rejected("HTTP_400")),
        (404, unauthorized("HTTP_404")),
        (408, retry(None, "HTTP_408")),
        (413, rejected("HTTP_413")),
        (429, retry(Some(60), "HTTP_429")),
        (502, retry(None, "HTTP_502")),
        (599, retry(None, "HTTP_599")),
    ] {
        for body in [
            "<!DOCTYPE html><title>Error</title>",
            "",
            "[]",
            r#"{"error":7}"#,
        ] {
            assert_eq!(
                classify(&reply(http, body, None), NOW),
                expected,
                "{http} {body}"
            );
        }
        let over_long = Reply {
            body: None,
            ..reply(http, "", None)
        };
        assert_eq!(
            classify(&over_long, NOW),
            expected,
            "{http} with an over-long body"
        );
    }
}

#[test]
fn retry_after_is_read_in_both_forms_and_bounded() {
    for (header, expected) in [
        ("37", Some(37)),
        ("0", Some(0)),
        ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
        ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
        ("Sat, 06 Nov 2094 08:49:37 GMT", Some(86_400)),
        ("9223372036854775807", Some(86_400)),
        ("-5", None),
        ("-9223372036854775808", None),
        ("soon", None),
        ("", None),
    ] {
        let body = error_body("UNAVAILABLE", Some("UNAVAILABLE"));
        let answer = classify(&reply(503, body, Some(header)), NOW);
        assert_eq!(answer, retry(expected, "UNAVAILABLE"), "{header}");
    }
}

proptest! {
    #[test]
    fn no_answer_panics_or_leaks_text_into_the_code(
        http in 100_u16..1000,
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            any::<String>().prop_map(|code| error_body(&code, Some(&code)).into_bytes()),
        ],
        header in any::<String>(),
    ) {
        prop_assume!(http != 200);
        let mut reply = reply(http, body, None);
        if let Ok(value) = HeaderValue::from_str(&header) {
            reply.headers.insert(RETRY_AFTER, value);
        }
        let code = match classify(&reply, NOW) {
            Answer::Final(outcome) => outcome.code().map(str::to_owned),
            Answer::CredentialsRefused { code } => Some(code),
        };
        prop_assert!(code.is_none_or(|code| sanitised(&code).is_some()));
    }

    #[test]
    fn no_retry_after_panics(value in "[+-]?[0-9]{0,25}", now in any::<i32>()) {
        let delay = retry_delay(&value, i64::from(now));
        prop_assert!(delay.is_none_or(|delay| delay <= MAX_RETRY_AFTER));
    }
}
