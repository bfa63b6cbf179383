//! What a server can be started with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::certificates::Certificate;
use crate::kind::Kind;
use crate::server::Server;

/// How to start a server: [`Server::options`].
#[derive(Debug, Clone)]
#[must_use = "nothing is started before `start`"]
pub struct Options {
    pub(crate) kind: Kind,
    pub(crate) port: Option<u16>,
    pub(crate) password: Option<String>,
    pub(crate) unix_socket: bool,
    pub(crate) tls: Option<Encrypted>,
    settings: Vec<(String, String)>,
}

impl Options {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, port: None, password: None, unix_socket: false, tls: None, settings: Vec::new() }
    }

    /// Starts the server, and waits until it answers.
    #[track_caller]
    pub fn start(&self) -> Server {
        Server::start_with(self)
    }

    /// Takes this port, and no other one where it is in use.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Asks for this password. It stands in [`Server::url`] as it is, so it has letters and digits only.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.config("requirepass", password)
    }

    /// Bounds the memory, as in `("2mb", "allkeys-lru")`.
    pub fn max_memory(self, limit: &str, policy: &str) -> Self {
        self.config("maxmemory", limit).config("maxmemory-policy", policy)
    }

    /// Listens on a Unix socket too: [`Server::unix_socket`].
    pub const fn unix_socket(mut self) -> Self {
        self.unix_socket = true;
        self
    }

    /// Listens for encrypted connections too, with this certificate: [`Server::tls_port`]. Where a root is named, clients must show a
    /// certificate that it has issued. Debian's Redis can do it; the Valkey that the tests fetch is built without.
    pub fn tls(mut self, certificate: &Certificate, clients: Option<&str>) -> Self {
        self.tls = Some(Encrypted { certificate: certificate.clone(), clients: clients.map(str::to_owned) });
        self
    }

    /// Any setting, as a line of the server's own file of settings has it.
    pub fn config(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The server's file of settings.
    pub(crate) fn file(&self, folder: &Path, port: u16, tls_port: Option<u16>) -> String {
        let mut file = format!("bind 127.0.0.1\nsave \"\"\nappendonly no\ndir \"{}\"\n", folder.display());
        for (name, value) in &self.settings {
            let _ = writeln!(file, "{name} {value}");
        }
        if self.unix_socket {
            let _ = writeln!(file, "unixsocket \"{}\"", socket(folder).display());
        }
        if let (Some(tls), Some(port)) = (&self.tls, tls_port) {
            let named = |name: &str| folder.join(name).display().to_string();
            let _ = writeln!(file, "tls-port {port}\ntls-cert-file \"{}\"", named(CERTIFICATE));
            let _ = writeln!(file, "tls-key-file \"{}\"\ntls-ca-cert-file \"{}\"", named(KEY), named(ROOT));
            let _ = writeln!(file, "tls-auth-clients {}", if tls.clients.is_some() { "yes" } else { "no" });
        }
        // Last, for the last one counts: we wait for a line of the log.
        let _ = writeln!(file, "port {port}\ndaemonize no\nloglevel notice\nlogfile \"\"");
        file
    }
}

/// What a server encrypts with.
#[derive(Debug, Clone)]
pub(crate) struct Encrypted {
    certificate: Certificate,
    /// The root of those whom clients must have been issued a certificate by.
    clients: Option<String>,
}

impl Encrypted {
    /// Leaves the files in a server's folder.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(CERTIFICATE), &self.certificate.certificate)?;
        fs::write(folder.join(KEY), &self.certificate.key)?;
        // It wants a root, though it asks nobody.
        fs::write(folder.join(ROOT), self.clients.as_ref().unwrap_or(&self.certificate.certificate))
    }
}

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";
const ROOT: &str = "root.pem";

/// Where a server with this folder has its Unix socket.
pub(crate) fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}
