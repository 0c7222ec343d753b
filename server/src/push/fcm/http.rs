//! The one HTTP client, and one exchange with bounded time and size.

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode, Url};
use std::time::Duration;

use super::FcmSetupError;

/// Most of an answer that is read. FCM's own answers have a few hundred bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A connection idle within a request is probed this often, so that a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// `None` when it is longer than this reads.
    pub(super) body: Option<Vec<u8>>,
}

impl Reply {
    /// The `Retry-After` header as text.
    pub(super) fn retry_after(&self) -> Option<&str> {
        self.headers.get(RETRY_AFTER)?.to_str().ok()
    }
}

/// The pooled client: TLS by rustls on ring, HTTP/2 by ALPN, no redirects.
///
/// A proxy named by the environment is used, except `loopback_only`: it could not reach us.
pub(super) fn client(
    extra_root_ca_pem: Option<&str>,
    loopback_only: bool,
) -> Result<Client, FcmSetupError> {
    // Process-wide and the same everywhere in Footing; an error says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("footing/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .https_only(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
    if let Some(pem) = extra_root_ca_pem {
        builder = builder.tls_certs_merge(certificates(pem)?);
    }
    if loopback_only {
        builder = builder.no_proxy();
    }
    builder.build().map_err(FcmSetupError::Client)
}

fn certificates(pem: &str) -> Result<Vec<Certificate>, FcmSetupError> {
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(FcmSetupError::RootCa),
    }
}

/// Parses an address and insists on TLS.
pub(super) fn https_url(address: &str, what: &'static str) -> Result<Url, FcmSetupError> {
    Url::parse(address)
        .ok()
        .filter(|url| url.scheme() == "https" && url.has_host())
        .ok_or(FcmSetupError::NotHttps { what })
}

pub(super) fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Sends the request and reads the answer. The error is a short code for what broke on the way.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Reply, &'static str> {
    let response = request
        .send()
        .await
        .map_err(|error| transport_code(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = capped_body(response)
        .await
        .map_err(|error| transport_code(&error))?;
    Ok(Reply {
        status,
        headers,
        body,
    })
}

async fn capped_body(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn transport_code(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "TIMEOUT"
    } else if error.is_connect() {
        "CONNECT"
    } else {
        "TRANSPORT"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_addresses_are_taken() {
        assert!(https_url("https://fcm.googleapis.com", "x").is_ok());
        for wrong in [
            "http://fcm.googleapis.com",
            "fcm.googleapis.com",
            "",
            "file:///etc/hosts",
        ] {
            assert!(matches!(
                https_url(wrong, "the FCM endpoint"),
                Err(FcmSetupError::NotHttps {
                    what: "the FCM endpoint"
                })
            ));
        }
    }

    #[test]
    fn a_proxy_is_left_aside_for_loopback_only() {
        let loopback = |address: &str| https_url(address, "x").is_ok_and(|url| is_loopback(&url));
        assert!(
            loopback("https://127.0.0.1:9")
                && loopback("https://localhost")
                && loopback("https://[::1]:1")
        );
        assert!(
            !loopback("https://fcm.googleapis.com") && !loopback("https://localhost.example.com")
        );
    }

    #[test]
    fn a_root_without_a_certificate_is_refused() {
        for pem in [
            "",
            "no pem",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        ] {
            assert!(client(Some(pem), true).is_err(), "{pem}");
        }
    }
}
