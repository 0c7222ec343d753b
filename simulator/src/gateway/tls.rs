//! A certificate authority and a server certificate, new at each start.

use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;

use super::GatewayError;

/// What the gateway shows, and what clients must trust to believe it.
pub(super) struct Identity {
    pub(super) config: ServerConfig,
    pub(super) ca_pem: String,
}

impl Identity {
    /// An identity for `localhost` and the address listened on.
    pub(super) fn generate(address: IpAddr) -> Result<Self, GatewayError> {
        let (ca_pem, certificate, key) =
            certificates(address).map_err(|error| GatewayError::Certificate(error.to_string()))?;
        // The ALPN names h2 and http/1.1 are added by the HTTP server.
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map(|builder| builder.with_no_client_auth())
                .and_then(|builder| {
                    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
                    builder.with_single_cert(vec![certificate.der().clone()], key.into())
                })
                .map_err(|error| GatewayError::Certificate(error.to_string()))?;
        Ok(Self { config, ca_pem })
    }
}

fn certificates(address: IpAddr) -> Result<(String, rcgen::Certificate, KeyPair), rcgen::Error> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name
        .push(DnType::CommonName, "Footing fake gateway, tests only");
    let issuer = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(vec!["localhost".to_owned(), address.to_string()])?;
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = leaf.signed_by(&key, &issuer)?;
    Ok((issuer.pem(), certificate, key))
}
