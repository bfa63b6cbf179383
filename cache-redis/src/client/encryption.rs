//! Encrypted connections: what is settled before the first, and what goes wrong with them.

use cache_core::{Error, ErrorKind};
use redis::{Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, TlsCertificates};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use crate::tls::{Identity, Tls};

/// The same server over encrypted connections; without settings as those are that it has already, or else with the usual ones. An
/// error, which quotes nothing, where that cannot be.
pub(crate) fn encrypt(info: ConnectionInfo, tls: Option<&Tls>) -> Result<ConnectionInfo, Error> {
    let (host, port, has_settings) = match info.addr() {
        ConnectionAddr::Tcp(host, port) => (host.clone(), *port, false),
        ConnectionAddr::TcpTls { host, port, tls_params, .. } => (host.clone(), *port, tls_params.is_some()),
        _ => return Err(config("a Unix socket cannot be encrypted: leave `tls` out, or name a host")),
    };
    if ServerName::try_from(host.as_str()).is_err() {
        return Err(config("the Redis host is no name that a certificate can have: write a DNS name or an IP address"));
    }
    // Where the program has one, that is used.
    if CryptoProvider::get_default().is_none() {
        // Somebody was faster.
        let _ = ring::default_provider().install_default();
    }
    let tls = match tls {
        Some(tls) => tls,
        None if has_settings => return Ok(info),
        None => &Tls::new(),
    };
    let roots = tls.roots();
    if let Some(roots) = &roots {
        certificates(roots).ok_or_else(|| {
            config("a `Tls::root_certificate` cannot be read: give it the PEM text of one or more certificates")
        })?;
    }
    if let Some(identity) = tls.client() {
        check(identity)?;
    }
    let client_tls = tls.client().map(|Identity { certificate, key }| ClientTlsConfig {
        client_cert: certificate.to_vec(),
        client_key: key.to_vec(),
    });
    let addr = ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None };
    let client = Client::build_with_tls(info.set_addr(addr), TlsCertificates { client_tls, root_cert: roots });
    let client = client.map_err(|_| config("the certificates of `Tls` cannot be used: give it PEM text"))?;
    Ok(client.get_connection_info().clone())
}

/// An error where a certificate and its key cannot be used together.
fn check(identity: &Identity) -> Result<(), Error> {
    let unread = || {
        config(
            "a `Tls::client_certificate` cannot be read: give it the PEM text of the certificate, and that of its key without a password",
        )
    };
    let chain = certificates(&identity.certificate).ok_or_else(unread)?;
    let key = PrivateKeyDer::from_pem_slice(&identity.key).map_err(|_| unread())?;
    let checked = ClientConfig::builder().with_root_certificates(RootCertStore::empty());
    let apart = |_| {
        config("a `Tls::client_certificate` and its key do not belong together: give it the key of that certificate")
    };
    checked.with_client_auth_cert(chain, key).map(drop).map_err(apart)
}

fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    certificates.ok().filter(|certificates| !certificates.is_empty())
}

fn config(message: &'static str) -> Error {
    Error::new(ErrorKind::Config, message)
}

/// What an error of the encryption means, as it follows the name of the server; `None`: it is none.
pub(crate) fn trouble(error: &(dyn std::error::Error + 'static)) -> Option<(ErrorKind, &'static str)> {
    const MISTRUSTED: ErrorKind = ErrorKind::Unavailable;
    Some(match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(wrong) => (MISTRUSTED, mistrusted(wrong)),
        rustls::Error::AlertReceived(alert) => refused(*alert),
        rustls::Error::InvalidMessage(_) => {
            (ErrorKind::Unavailable, "does not speak TLS: name the port on which it does, or leave TLS out")
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::PeerMisbehaved(_) => {
            (ErrorKind::Unavailable, "speaks TLS in no way that we do: it needs TLS 1.2 or 1.3")
        }
        _ => (ErrorKind::Unavailable, "could not be spoken to by TLS: look at its log"),
    })
}

fn mistrusted(wrong: &CertificateError) -> &'static str {
    match wrong {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "has a certificate that has expired: renew it"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "has a certificate that is not valid yet: check the clocks"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "has a certificate for another host: name the host that it was issued for, or have one issued for this one"
        }
        CertificateError::UnknownIssuer => {
            "has a certificate of an issuer that is not trusted here: give its issuer's with `Tls::root_certificate`"
        }
        CertificateError::Revoked => "has a certificate that was revoked: give it a new one",
        _ => "has a certificate that cannot be trusted: have a new one issued",
    }
}

fn refused(alert: AlertDescription) -> (ErrorKind, &'static str) {
    match alert {
        // What a server says that wants a certificate, by TLS 1.3 and by TLS 1.2.
        AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure => (
            ErrorKind::Denied,
            "refuses us without a certificate that it trusts: give it one with `Tls::client_certificate`",
        ),
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::DecryptError
        | AlertDescription::AccessDenied => (
            ErrorKind::Denied,
            "refuses our certificate: check that it has not expired, and that the server trusts its issuer",
        ),
        AlertDescription::ProtocolVersion => {
            (ErrorKind::Unavailable, "speaks TLS in no version that we do: it needs TLS 1.2 or 1.3")
        }
        _ => (ErrorKind::Unavailable, "ended the encryption with an alert: look at its log"),
    }
}
