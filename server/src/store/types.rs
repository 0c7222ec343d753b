//! Column types shared by both engines: ids, instants, dates and text enums.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

/// A clinic. Leads every key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct TenantId(pub i64);

impl<DB: Backend> FromSql<BigInt, DB> for TenantId
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for TenantId
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// An instant as the database keeps it: microseconds since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct UtcMicros(pub i64);

impl UtcMicros {
    /// The instant. Values outside jiff's range (years -9999 to 9999) cannot be stored by us.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl From<Timestamp> for UtcMicros {
    fn from(at: Timestamp) -> Self {
        Self(at.as_microsecond())
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for UtcMicros
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for UtcMicros
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// A calendar date in the zone that stands beside it, stored as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct DateText(String);

impl DateText {
    /// The date.
    ///
    /// # Errors
    /// When the stored text is no date, which only damage from outside can cause.
    pub fn date(&self) -> Result<Date, jiff::Error> {
        self.0.parse()
    }
}

impl std::fmt::Display for DateText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Date> for DateText {
    fn from(date: Date) -> Self {
        Self(date.to_string())
    }
}

impl<DB: Backend> FromSql<Text, DB> for DateText
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<Text, DB> for DateText
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

/// Why a text is no id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an id of the form {prefix}_ followed by 32 hexadecimal digits")]
pub struct IdError {
    prefix: &'static str,
}

/// Parses `prefix_` + 32 lower-case hexadecimal digits.
fn parse_id(text: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    let error = IdError { prefix };
    let digits = text
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or(error)?;
    let lower_hex = digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits.len() != 32 || !lower_hex {
        return Err(error);
    }
    Uuid::try_parse(digits).map_err(|_| error)
}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
        #[diesel(sql_type = Binary)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The 16 bytes.
            pub fn bytes(&self) -> &[u8; 16] { &self.0 }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id.into_bytes()) }
        }
        impl From<[u8; 16]> for $name {
            fn from(id: [u8; 16]) -> Self { Self(id) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), Uuid::from_bytes(self.0).simple())
            }
        }
        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_id(text, $prefix).map(Self::from)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl<DB: Backend> FromSql<Binary, DB> for $name where Vec<u8>: FromSql<Binary, DB> {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let bytes = Vec::<u8>::from_sql(bytes)?;
                Ok(Self(bytes.as_slice().try_into()?))
            }
        }
        impl<DB: Backend> ToSql<Binary, DB> for $name where [u8]: ToSql<Binary, DB> {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.0.as_slice().to_sql(out)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

id_types! {
    /// A clinician of one clinic.
    ClinicianId = "cli";
    /// A patient of one clinic.
    PatientId = "pat";
    /// A phone, tablet or browser of one patient.
    DeviceId = "dev";
    /// One line of one plan version.
    PlanItemId = "itm";
    /// A clinic's own template of plan lines.
    PlanTemplateId = "tpl";
    /// One planned thing on one day in one window.
    OccurrenceId = "occ";
    /// One answer of a patient, named by the device that took it.
    AnswerId = "ans";
    /// A time in which nothing is asked of a patient.
    PauseId = "pau";
    /// One insole session, named by the phone that recorded it.
    SessionId = "ses";
    /// One attempt to deliver a prompt.
    AttemptId = "att";
    /// One claim of a batch of prompts.
    LeaseId = "lea";
    /// One line of the audit trail.
    AuditId = "aud";
    /// Something that leaves the house for a patient's devices.
    DeliveryId = "dlv";
    /// A time in which nothing was sent.
    OutageId = "out";
    /// An operator's word on the clock.
    ClockOrderId = "clk";
    /// A server process that moves the sandbox clock.
    ClockHolderId = "clh";
    /// Something a clinic should look at.
    AlertId = "alr";
    /// Something Footing tells a patient inside the app.
    NoticeId = "ntc";
    /// An exercise held back for a patient.
    SuspensionId = "sus";
    /// A dated event of an episode.
    CareEventId = "evt";
    /// What was said about the zone a patient is in.
    ZoneReportId = "zon";
    /// An upload kept for review.
    QuarantineId = "qua";
    /// One line of an occurrence's history.
    OccurrenceEventId = "oev";
    /// A clinician's patients given to another.
    HandoverId = "hnd";
    /// A request to erase a patient's data.
    ErasureId = "era";
    /// One check-in, named by the device that took it.
    CheckinId = "chk";
    /// One filled-in questionnaire, named by whoever records it.
    ScaleResultId = "scr";
    /// What was found at one examination.
    ExamId = "exm";
    /// One message between a patient and the clinic, named by whoever wrote it.
    MessageId = "msg";
    /// Time a clinician spent on a patient.
    RtmEntryId = "rte";
    /// A call with a patient, or the try.
    CareCallId = "cal";
}

/// SHA-256 of something that is compared, never shown: a token, a code, a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut out = [0; 32];
        out.copy_from_slice(digest.as_ref());
        Self(out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Digest
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Vec::<u8>::from_sql(bytes)?.as_slice().try_into()?))
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Digest
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_slice().to_sql(out)
    }
}

/// A closed set of names stored as text.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                 diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
                 serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The stored and spoken name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
            /// The value of a stored name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB> {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let name = String::from_sql(bytes)?;
                Self::from_name(&name).ok_or_else(|| format!("unknown {} in the database", stringify!($name)).into())
            }
        }
        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where str: diesel::serialize::ToSql<diesel::sql_types::Text, DB> {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                <str as diesel::serialize::ToSql<diesel::sql_types::Text, DB>>::to_sql(self.as_str(), out)
            }
        }
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_parses_back_and_other_shapes_are_refused() {
        let id = PatientId::from([7; 16]);
        assert_eq!(id.to_string().parse::<PatientId>(), Ok(id));
        let digits = "07".repeat(16);
        for wrong in [
            format!("occ_{digits}"),
            digits.clone(),
            format!("pat_{}", digits.to_uppercase().replace('0', "A")),
            "pat_".into(),
            format!("pat_{digits}0"),
        ] {
            assert!(wrong.parse::<PatientId>().is_err(), "{wrong}");
        }
    }
}
