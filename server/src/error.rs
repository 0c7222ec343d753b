//! What can go wrong, once: a code decides status, title and documentation; nothing else does.

use std::fmt;

/// Every kind of failure a caller can see. The name is part of the API (`urn:footing:problem:<name>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The body or a parameter breaks a rule; `errors` name field and rule.
    Invalid,
    /// The body is no JSON of the expected outer shape.
    MalformedBody,
    /// The body is larger than this route takes.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The body has another media type than the route takes.
    UnsupportedMediaType,
    /// No or no valid credentials.
    Unauthenticated,
    /// Credentials are valid but may not do this.
    Forbidden,
    /// There is no such thing, or not for this caller.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The state changed since the caller looked.
    Conflict,
    /// Too many attempts; wait.
    TooManyRequests,
    /// The server is too busy or its database is away; try again.
    Unavailable,
    /// A fault of ours; the log has the cause.
    Internal,
}

impl Code {
    /// Every code, for documentation and tests.
    pub const ALL: &'static [Self] = &[
        Self::Invalid,
        Self::MalformedBody,
        Self::BodyTooLarge,
        Self::BodyTooSlow,
        Self::UnsupportedMediaType,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Name, HTTP status and title: the one table.
    pub fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::Invalid => ("invalid", 400, "The request breaks a rule"),
            Self::MalformedBody => ("malformed-body", 400, "The body is not the expected JSON"),
            Self::BodyTooLarge => ("body-too-large", 413, "The body is too large"),
            Self::BodyTooSlow => ("body-too-slow", 408, "The body did not arrive in time"),
            Self::UnsupportedMediaType => (
                "unsupported-media-type",
                415,
                "The media type is not supported",
            ),
            Self::Unauthenticated => ("unauthenticated", 401, "Sign in first"),
            Self::Forbidden => ("forbidden", 403, "This is not allowed"),
            Self::NotFound => ("not-found", 404, "There is nothing here"),
            Self::MethodNotAllowed => ("method-not-allowed", 405, "The method is not allowed here"),
            Self::Conflict => ("conflict", 409, "The state has changed"),
            Self::TooManyRequests => ("too-many-requests", 429, "Too many attempts"),
            Self::Unavailable => ("unavailable", 503, "Try again in a moment"),
            Self::Internal => ("internal", 500, "Something failed on our side"),
        }
    }
}

/// One broken rule and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// The rule in words; never the value.
    pub rule: String,
}

impl FieldError {
    /// A broken rule at a pointer.
    pub fn new(pointer: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            rule: rule.into(),
        }
    }
}

/// A failure on its way to the caller.
#[derive(Debug)]
pub struct Error {
    /// What kind.
    pub code: Code,
    /// One sentence for the caller; never a value from the request.
    pub detail: Option<String>,
    /// The broken rules.
    pub errors: Vec<FieldError>,
    /// What stands in the way of a conflict: a difference, a list of what is open.
    pub conflict: Option<serde_json::Value>,
    /// What only the log sees.
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The server's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A bare error of this kind.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            conflict: None,
            cause: None,
        }
    }

    /// With one sentence for the caller.
    pub fn detailed(code: Code, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::new(code)
        }
    }

    /// A conflict with what stands in its way, such as the difference to the newer state.
    pub fn conflict(detail: impl Into<String>, what: serde_json::Value) -> Self {
        Self {
            conflict: Some(what),
            ..Self::detailed(Code::Conflict, detail)
        }
    }

    /// One broken rule.
    pub fn field(pointer: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(pointer, rule)])
    }

    /// Several broken rules.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(Code::Invalid)
        }
    }

    /// A fault of ours, with its cause for the log.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(Code::Internal)
        }
    }

    /// The database is away or busy.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(Code::Unavailable)
        }
    }

    /// Nothing here, for this caller at least.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, _, title) = self.code.row();
        write!(f, "{title} ({name})")?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        for FieldError { pointer, rule } in &self.errors {
            write!(f, "; {pointer} {rule}")?;
        }
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::DatabaseErrorKind as Kind;
        match &error {
            diesel::result::Error::NotFound => Self::not_found(),
            diesel::result::Error::DatabaseError(
                Kind::ClosedConnection | Kind::UnableToSendCommand,
                _,
            ) => Self::unavailable(error),
            diesel::result::Error::DatabaseError(Kind::Unknown, info)
                if is_of_the_disk(info.message()) || was_cancelled(info.message()) =>
            {
                Self::unavailable(error)
            }
            _ => Self::internal(error),
        }
    }
}

/// What SQLite says when its file fails it and not the statement. diesel hands on the words (`sqlite3_errmsg`, without a
/// cause of their own for these codes) and not the code.
const OF_THE_DISK: [&str; 8] = [
    "disk I/O error",
    "database or disk is full",
    "database disk image is malformed",
    "unable to open database file",
    "attempt to write a readonly database",
    "database is locked",
    "locking protocol",
    "out of memory",
];

/// Whether the database failed, so that the same request may succeed later.
fn is_of_the_disk(message: &str) -> bool {
    OF_THE_DISK.contains(&message)
}

/// Whether PostgreSQL ended a statement that took too long, or somebody ended it. diesel hands on the words and not the code, and
/// they are in the server's language: in another than English such a statement stays a fault of ours.
fn was_cancelled(message: &str) -> bool {
    message.starts_with("canceling statement due to ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_message(message: &str) -> Code {
        let kind = diesel::result::DatabaseErrorKind::Unknown;
        let error = diesel::result::Error::DatabaseError(kind, Box::new(message.to_owned()));
        Error::from(error).code
    }

    #[test]
    fn a_disk_that_fails_is_unavailable_and_a_wrong_statement_is_ours() {
        for message in OF_THE_DISK {
            assert_eq!(of_message(message), Code::Unavailable, "{message}");
        }
        let slow = "canceling statement due to statement timeout";
        assert_eq!(of_message(slow), Code::Unavailable);
        for message in [
            "no such column: disk I/O error",
            "cannot commit - no transaction is active",
            "near \"SELEC\": syntax error",
        ] {
            assert_eq!(of_message(message), Code::Internal, "{message}");
        }
    }

    #[test]
    fn every_code_has_its_own_name() {
        let names: std::collections::BTreeSet<_> =
            Code::ALL.iter().map(|code| code.row().0).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
