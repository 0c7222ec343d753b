//! The client that asks for access tokens, and addresses.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};

use super::FcmSetupError;

/// A connection idle within a request is probed this often, so that a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// Who speaks.
pub(super) const USER_AGENT: &str = concat!("footing/", env!("CARGO_PKG_VERSION"));

/// The pooled client: TLS by rustls on ring, HTTP/2, no redirects.
///
/// HTTP/2 is known beforehand, as FCM speaks it: a client that has yet to find out opens a connection for
/// each request of a herd, and shakes hands a hundred times where once is enough.
///
/// A proxy named by the environment is used, except `loopback_only`: it could not reach us.
pub(super) fn client(
    extra_root_ca_pem: Option<&str>,
    loopback_only: bool,
) -> Result<Client, FcmSetupError> {
    // Process-wide and the same everywhere in Footing; an error says that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .https_only(true)
        .http2_prior_knowledge()
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
