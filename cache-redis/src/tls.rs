//! [`Tls`]: whom an encrypted connection trusts, and what it shows of us.

use std::fmt;
use std::sync::Arc;

use crate::settings::Redis;

/// How connections to the server are encrypted: see [`Redis::tls`].
///
/// The server must show a certificate for the host that the address names, issued by someone whom the system trusts, or by one of the
/// [root certificates](Self::root_certificate) that are given here. Nothing switches that off. Where it is not so, the second level is
/// not used, and the error says what to do; there is no way back to plain text.
///
/// Certificates and keys are PEM, as files have them. They are read when a cache opens the server.
///
/// # Cryptography
/// TLS 1.2 and 1.3 with [rustls](https://docs.rs/rustls). Where the program has installed a `CryptoProvider` for its process, that one is
/// used; else `ring` is installed when the first cache with an encrypted connection is opened.
///
/// ```
/// use cache_redis::{Redis, Tls};
///
/// # fn read(_: &str) -> std::io::Result<Vec<u8>> { Ok(Vec::new()) }
/// let tls = Tls::new()
///     .root_certificate(read("/etc/erp/ca.pem")?)
///     .client_certificate(read("/etc/erp/node.pem")?, read("/etc/erp/node.key")?);
/// let redis = Redis::at("rediss://cache.internal").tls(tls);
/// # let _ = redis;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Tls {
    roots: Vec<Arc<[u8]>>,
    client: Option<Identity>,
}

/// What we show a server that asks for a certificate.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) certificate: Arc<[u8]>,
    pub(crate) key: Arc<[u8]>,
}

impl Tls {
    /// Trusts whom the system trusts, and shows no certificate.
    ///
    /// The system's roots are in its usual place, which on Debian the package `ca-certificates` brings, or where the environment
    /// variables `SSL_CERT_FILE` and `SSL_CERT_DIR` say.
    ///
    /// ```
    /// # use cache_redis::Tls;
    /// assert_eq!(format!("{:?}", Tls::new()), "Tls { roots: \"the system's\", has_client_certificate: false }");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the issuers in this PEM, and not the system's any more. Given again, it trusts those too.
    ///
    /// The system's are read all the same when a connection is made: where they are there, they must be readable.
    ///
    /// Something that is no certificate is an error of the kind [`Config`](cache_core::ErrorKind::Config) when a cache opens the server.
    ///
    /// ```
    /// # use cache_redis::Tls;
    /// let tls = Tls::new().root_certificate("-----BEGIN CERTIFICATE-----...");
    /// # let _ = tls;
    /// ```
    #[must_use]
    pub fn root_certificate(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots.push(pem.as_ref().into());
        self
    }

    /// Shows a server that asks for it this certificate, followed by those of its issuers that the server may lack, and proves it with
    /// this key. Both are PEM; the key is PKCS #8, PKCS #1 or SEC 1, without a password.
    ///
    /// What cannot be read, or does not belong together, is an error of the kind [`Config`](cache_core::ErrorKind::Config) when a cache
    /// opens the server. The key is never shown.
    ///
    /// ```
    /// # use cache_redis::Tls;
    /// let tls = Tls::new().client_certificate("-----BEGIN CERTIFICATE-----...", "-----BEGIN PRIVATE KEY-----...");
    /// assert!(!format!("{tls:?}").contains("PRIVATE"));
    /// ```
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.client = Some(Identity { certificate: certificate.as_ref().into(), key: key.as_ref().into() });
        self
    }

    /// The root certificates, one behind the other; `None`: the system's.
    pub(crate) fn roots(&self) -> Option<Vec<u8>> {
        (!self.roots.is_empty()).then(|| self.roots.join(&b'\n'))
    }

    pub(crate) fn client(&self) -> Option<&Identity> {
        self.client.as_ref()
    }
}

impl Redis {
    /// Encrypts every connection, whatever the scheme of the URL, and says whom to trust; needs the feature `tls`.
    ///
    /// With `rediss://` or `valkeys://` it is needed only where [`Tls::new`] does not do. Nothing is ever sent in plain text. A Unix
    /// socket cannot be encrypted: with one it is an error of the kind [`Config`](cache_core::ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use cache_redis::{Redis, Tls};
    ///
    /// let redis = Redis::at_host("cache.internal", 6380).tls(Tls::new());
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }
}

/// Without certificates and keys.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots = if self.roots.is_empty() { "the system's" } else { "given" };
        f.debug_struct("Tls").field("roots", &roots).field("has_client_certificate", &self.client.is_some()).finish()
    }
}
