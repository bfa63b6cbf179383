//! Certificates for servers and clients that encrypt, made for one test.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType,
    date_time_ymd,
};

/// A certificate with its key, as PEM.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
}

/// Somebody who issues certificates, whom nobody trusts until told to.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// One that nobody has heard of before.
    pub fn new() -> Self {
        static FOUNDED: AtomicU32 = AtomicU32::new(0);
        let mut params = CertificateParams::default();
        let name = format!("Authority {} of the tests", FOUNDED.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, key()).expect("it can be signed"))
    }

    /// Its own certificate, which whoever trusts it is given.
    pub fn root(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this machine: `localhost` and 127.0.0.1.
    pub fn issue(&self) -> Certificate {
        self.sign(&for_this_machine())
    }

    /// One for another machine.
    pub fn issue_for(&self, host: &str) -> Certificate {
        self.sign(&CertificateParams::new([host.to_owned()]).expect("a host"))
    }

    /// One for this machine that ended long ago.
    pub fn issue_expired(&self) -> Certificate {
        let mut params = for_this_machine();
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Certificate {
        let key = key();
        let certificate = params.signed_by(&key, &self.0).expect("it can be signed");
        Certificate { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("the system gives random numbers")
}

fn for_this_machine() -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a host");
    params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    params
}
