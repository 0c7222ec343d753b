//! Opens a connection to FCM: the way of the environment's proxy or directly, then TLS.

use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use reqwest::Url;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use super::FcmSetupError;

/// What HTTP/2 is called in the handshake (RFC 9113, section 3.1).
const ALPN_H2: &[u8] = b"h2";

/// Nobody answered, or not as they should: nothing was sent.
pub(super) const CONNECT: &str = "CONNECT";

/// How to get to one origin.
pub(super) struct Dialler {
    tls: TlsConnector,
    /// `None` where the environment's proxy is left aside.
    proxies: Option<Matcher>,
    origin: Uri,
    name: ServerName<'static>,
}

impl Dialler {
    /// The way to the origin of `base`, with the system's certificate authorities and one more if given.
    ///
    /// A proxy named by the environment is used (plain `http` to the proxy, `CONNECT` through it), except `loopback_only`:
    /// it could not reach us.
    pub(super) fn new(
        base: &Url,
        extra_root_ca_pem: Option<&str>,
        loopback_only: bool,
    ) -> Result<Self, FcmSetupError> {
        let not_https = || FcmSetupError::NotHttps {
            what: "the FCM endpoint",
        };
        let host = base.host_str().ok_or_else(not_https)?;
        let bare = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let port = base.port_or_known_default().unwrap_or(443);
        Ok(Self {
            tls: TlsConnector::from(Arc::new(tls(extra_root_ca_pem)?)),
            proxies: (!loopback_only).then(Matcher::from_env),
            origin: format!("https://{host}:{port}")
                .parse()
                .map_err(|_| not_https())?,
            name: ServerName::try_from(bare).map_err(|_| not_https())?,
        })
    }

    /// A connection on which HTTP/2 can begin.
    ///
    /// # Errors
    /// A short code for what broke on the way.
    pub(super) async fn dial(&self) -> Result<TlsStream<TcpStream>, &'static str> {
        let tcp = self.tcp().await.map_err(|()| CONNECT)?;
        self.tls
            .connect(self.name.clone(), tcp)
            .await
            .map_err(|_| CONNECT)
    }

    async fn tcp(&self) -> Result<TcpStream, ()> {
        let mut direct = HttpConnector::new();
        direct.enforce_http(false);
        direct.set_nodelay(true);
        let intercept = |proxies: &Matcher| proxies.intercept(&self.origin);
        let Some(proxy) = self.proxies.as_ref().and_then(intercept) else {
            let stream = direct.call(self.origin.clone()).await;
            return stream.map(TokioIo::into_inner).map_err(|_| ());
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), direct);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let stream = tunnel.call(self.origin.clone()).await;
        stream.map(TokioIo::into_inner).map_err(|_| ())
    }
}

fn tls(extra_root_ca_pem: Option<&str>) -> Result<ClientConfig, FcmSetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(extra_root_ca_pem, provider.clone())?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(FcmSetupError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_H2.to_vec()];
    Ok(config)
}

fn verifier(
    extra_root_ca_pem: Option<&str>,
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, FcmSetupError> {
    let extra = extra_root_ca_pem.map(certificates).transpose()?;
    Verifier::new_with_extra_roots(extra.unwrap_or_default(), provider).map_err(FcmSetupError::Tls)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, FcmSetupError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(FcmSetupError::RootCa),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_without_a_certificate_is_refused() {
        let base = Url::parse("https://127.0.0.1:9").unwrap();
        for pem in [
            "",
            "no pem",
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
        ] {
            assert!(matches!(
                Dialler::new(&base, Some(pem), true),
                Err(FcmSetupError::RootCa)
            ));
        }
    }

    #[test]
    fn every_spelling_of_a_host_has_a_name_and_a_port() {
        for (address, origin) in [
            (
                "https://fcm.googleapis.com",
                "https://fcm.googleapis.com:443/",
            ),
            ("https://127.0.0.1:9", "https://127.0.0.1:9/"),
            ("https://[::1]:9", "https://[::1]:9/"),
        ] {
            let dialler = Dialler::new(&Url::parse(address).unwrap(), None, true).unwrap();
            assert_eq!(dialler.origin.to_string(), origin);
        }
    }
}
