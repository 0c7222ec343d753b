//! Bodies, queries and paths, checked to the last field before a handler sees them.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::strict::MapOnly;
pub use super::values::{Lines, Text, email, in_range, is_email, time_zone};
use crate::error::{Code, Error, FieldError, Result};
use crate::planted::{self, Bug};
use crate::rt::clock::real_timeout;

/// Largest body of an ordinary request, bytes.
pub const SMALL: usize = 64 * 1024;
/// Largest body of a batch of summaries, bytes.
pub const BATCH: usize = 1024 * 1024;

/// A body has this long, and a second more for each 16 KiB it may have.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
const SLOWEST_BYTES_PER_S: usize = 16 * 1024;

/// A JSON body of at most `LIMIT` bytes.
pub struct Json<T, const LIMIT: usize = SMALL>(pub T);

impl<T: DeserializeOwned + 'static, const LIMIT: usize> FromRequest for Json<T, LIMIT> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = body_of(request, payload, "application/json", LIMIT);
        Box::pin(async move { parse_json(&body.await?).map(Self) })
    }
}

/// An HTML form: names and values in order, none with a NUL in it.
pub struct Form(Vec<(String, String)>);

impl FromRequest for Form {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = body_of(request, payload, "application/x-www-form-urlencoded", SMALL);
        Box::pin(async move {
            let fields: Vec<(String, String)> =
                form_urlencoded::parse(&body.await?).into_owned().collect();
            if fields
                .iter()
                .any(|(name, value)| name.contains('\0') || value.contains('\0'))
            {
                return Err(Error::detailed(
                    Code::MalformedBody,
                    "the form must not contain NUL",
                ));
            }
            Ok(Self(fields))
        })
    }
}

impl Form {
    /// A form with these fields.
    #[cfg(test)]
    pub fn of(fields: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(fields.iter().map(owned).collect())
    }

    /// The first value of a field, or nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a field; empty where it is absent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Every field with its value, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn body_of(
    request: &HttpRequest,
    payload: &mut Payload,
    media_type: &'static str,
    limit: usize,
) -> impl Future<Output = Result<Vec<u8>>> + 'static {
    let head = check_head(request, media_type, limit);
    let payload = web::Payload::from_request(request, payload);
    async move {
        head?;
        let payload = payload.await.map_err(|_| Error::new(Code::MalformedBody))?;
        let slowest =
            Duration::from_secs(u64::try_from(limit / SLOWEST_BYTES_PER_S).unwrap_or(u64::MAX));
        real_timeout(BODY_PATIENCE + slowest, read_all(payload, limit))
            .await
            .unwrap_or_else(|| Err(Error::new(Code::BodyTooSlow)))
    }
}

fn check_head(request: &HttpRequest, media_type: &'static str, limit: usize) -> Result<()> {
    let sent = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(media_type) {
        return Err(Error::detailed(
            Code::UnsupportedMediaType,
            format!("send {media_type}"),
        ));
    }
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(Error::detailed(
            Code::UnsupportedMediaType,
            "send the body without a content encoding",
        ));
    }
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    Ok(())
}

fn too_large(limit: usize) -> Error {
    Error::detailed(Code::BodyTooLarge, format!("at most {limit} bytes"))
}

async fn read_all(mut payload: web::Payload, limit: usize) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|_| Error::detailed(Code::MalformedBody, "the body ended early"))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Parses JSON into a declared type: an object where an object is declared, no unknown field, nothing
/// after it. Errors carry a JSON pointer and a rule, never a value.
///
/// # Errors
/// [`Code::MalformedBody`] when it is no JSON, [`Code::Invalid`] when it is other JSON than declared.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    match T::deserialize(MapOnly(tracked)) {
        Ok(value) => {
            json.end().map_err(|_| {
                Error::detailed(Code::MalformedBody, "something follows the JSON value")
            })?;
            Ok(value)
        }
        Err(error) if error.is_data() => {
            let message = error.to_string();
            let path = track.path();
            // Of an unknown field the place is its object; its name is the request's own.
            let own = usize::from(message.starts_with("unknown field"));
            let known = path.iter().len().saturating_sub(own);
            Err(Error::fields(vec![FieldError::new(
                pointer(path.iter().take(known)),
                rule(&message),
            )]))
        }
        Err(error) => {
            let place = format!(
                "not valid JSON at line {} column {}",
                error.line(),
                error.column()
            );
            Err(match planted::is(Bug::BlamesItself) {
                true => Error::internal(place),
                false => Error::detailed(Code::MalformedBody, place),
            })
        }
    }
}

/// A JSON pointer (RFC 6901) made of field names that are declared and indexes; a name that is not
/// ours to know is left out, so that nothing of the request is echoed.
fn pointer<'a>(path: impl Iterator<Item = &'a serde_path_to_error::Segment>) -> String {
    use serde_path_to_error::Segment;
    let declared = |name: &str| {
        name.len() <= 64
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    path.filter_map(|segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } if declared(key) => Some(format!("/{key}")),
        Segment::Map { .. } | Segment::Enum { .. } | Segment::Unknown => None,
    })
    .collect()
}

/// Turns serde's message into a rule without the value it quotes.
fn rule(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(head, _)| head);
    let expected = message
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected);
    if message.starts_with("unknown field") {
        return match expected {
            Some(fields) => format!(
                "has an unknown field; known are {}",
                fields.trim_start_matches("one of ")
            ),
            None => "has an unknown field; none is known here".to_owned(),
        };
    }
    match expected {
        Some(expected) if expected.starts_with("struct ") => "must be an object".to_owned(),
        Some(expected) => format!("must be {}", expected.trim_start_matches("one of ")),
        // Our own words (`must be ...`) and serde's about fields we declared.
        None => message.to_owned(),
    }
}

/// Typed path parameters; an id of another shape is simply not found.
pub struct Path<T>(pub T);

impl<T: std::str::FromStr + 'static> FromRequest for Path<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(path_part(request, 0).map(Self))
    }
}

/// Two path parameters.
pub struct Path2<A, B>(pub A, pub B);

impl<A: std::str::FromStr + 'static, B: std::str::FromStr + 'static> FromRequest for Path2<A, B> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let both = path_part(request, 0).and_then(|first| Ok(Self(first, path_part(request, 1)?)));
        std::future::ready(both)
    }
}

/// Three parts of the path.
#[derive(Debug, Clone, Copy)]
pub struct Path3<A, B, C>(pub A, pub B, pub C);

impl<A, B, C> FromRequest for Path3<A, B, C>
where
    A: std::str::FromStr + 'static,
    B: std::str::FromStr + 'static,
    C: std::str::FromStr + 'static,
{
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let all = path_part(request, 0).and_then(|first| {
            let second = path_part(request, 1)?;
            Ok(Self(first, second, path_part(request, 2)?))
        });
        std::future::ready(all)
    }
}

fn path_part<T: std::str::FromStr>(request: &HttpRequest, index: usize) -> Result<T> {
    let text = request.match_info().iter().nth(index).map(|(_, text)| text);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(Error::not_found)
}

/// Query parameters: each known, each once.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse_query(request.query_string()).map(Self))
    }
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    if query.len() > 2048 {
        return Err(Error::field("?", "must be at most 2048 bytes"));
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    if pairs.iter().any(|(_, value)| value.contains('\0')) {
        return Err(Error::field("?", "must not contain NUL"));
    }
    let names: std::collections::BTreeSet<_> = pairs.iter().map(|(name, _)| name).collect();
    if names.len() != pairs.len() {
        return Err(Error::field("?", "must have each parameter once"));
    }
    serde_urlencoded::from_str(query).map_err(|error| Error::field("?", rule(&error.to_string())))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        n: u32,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        list: Vec<Inner>,
        #[serde(default)]
        text: Option<Text<5>>,
    }

    fn refused(body: &str) -> (Code, String, String) {
        let error = parse_json::<Outer>(body.as_bytes()).unwrap_err();
        let field = error
            .errors
            .first()
            .cloned()
            .unwrap_or_else(|| FieldError::new("", ""));
        (error.code, field.pointer, field.rule)
    }

    #[test]
    fn the_declared_shape_is_accepted() {
        let body = br#" {"list":[{"n":1},{"n":2}],"text":" ok "} "#;
        let expected = Outer {
            list: vec![Inner { n: 1 }, Inner { n: 2 }],
            text: Some(Text::new("ok").unwrap()),
        };
        assert_eq!(parse_json::<Outer>(body).unwrap(), expected);
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        assert_eq!(refused(r#"[[{"n":1}],null]"#).0, Code::Invalid);
        let expected = (
            Code::Invalid,
            "/list/0".to_owned(),
            "must be an object".to_owned(),
        );
        assert_eq!(refused(r#"{"list":[[1]]}"#), expected);
    }

    #[test]
    fn errors_name_place_and_rule_and_echo_nothing() {
        assert_eq!(
            refused(r#"{"list":[{"n":1,"secret":2}]}"#),
            (
                Code::Invalid,
                "/list/0".into(),
                "has an unknown field; known are `n`".into()
            )
        );
        assert_eq!(refused(r#"{"secret":2}"#).1, "");
        assert_eq!(
            refused(r#"{"list":[{"n":1,"secret-x":2}]}"#),
            (
                Code::Invalid,
                "/list/0".into(),
                "has an unknown field; known are `n`".into()
            )
        );
        assert_eq!(
            refused(r#"{"list":[{"n":"hunter2, expected a dog"}]}"#).2,
            "must be u32"
        );
        assert_eq!(refused(r#"{"list":[{"n":-1}]}"#).2, "must be u32");
        assert_eq!(refused(r#"{"list":[{}]}"#).2, "missing field `n`");
        assert_eq!(
            refused(r#"{"list":[],"text":"\u0000"}"#).2,
            "must not contain NUL"
        );
        assert_eq!(
            refused(r#"{"list":[],"text":"\u0001"}"#).2,
            "must not contain control, direction or invisible characters"
        );
        assert_eq!(
            refused(r#"{"list":[],"text":"toolong"}"#),
            (
                Code::Invalid,
                "/text".into(),
                "must have 1 to 5 characters".into()
            )
        );
        assert_eq!(
            refused(r#"{"list":[],"list":[]}"#).2,
            "duplicate field `list`"
        );
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in [
            "",
            "{",
            r#"{"list":[]} x"#,
            r#"{"list":[NaN]}"#,
            "\u{feff}{}",
            r#"{"list":[],}"#,
        ] {
            assert_eq!(refused(body).0, Code::MalformedBody, "{body}");
        }
    }
}
