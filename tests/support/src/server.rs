//! A real server of the test's own.

use std::path::{Path, PathBuf};
use std::{fs, io};

use parking_lot::Mutex;

use crate::binary;
use crate::client::Client;
use crate::folder::Folder;
use crate::kind::Kind;
use crate::options::{Options, socket};
use crate::port;
use crate::process::{Log, Process};
use crate::resp::Value;

/// A Redis or Valkey on a port of its own, without persistence; dropped, it is gone.
///
/// All methods take `&self`, so that tests can share a server. One in a static, which nobody drops, ends with the process.
#[derive(Debug)]
pub struct Server {
    options: Options,
    program: PathBuf,
    port: u16,
    tls_port: Option<u16>,
    log: Log,
    // In this order: the process ends before its folder is removed.
    process: Mutex<Option<Process>>,
    folder: Folder,
}

impl Server {
    /// Starts a server, and waits until it answers.
    #[track_caller]
    pub fn start(kind: Kind) -> Self {
        Self::options(kind).start()
    }

    /// For a server that is not like every other.
    pub const fn options(kind: Kind) -> Options {
        Options::new(kind)
    }

    #[track_caller]
    pub(crate) fn start_with(options: &Options) -> Self {
        let program = binary::program(options.kind);
        // Between our look and the server's, somebody else may take the port.
        for _ in 0..10 {
            let port = options.port.unwrap_or_else(port::free);
            let tls_port = options.tls.as_ref().map(|_| port::free());
            let (folder, log, process) = (Folder::new(), Log::default(), Mutex::default());
            let (own, program) = (options.clone(), program.clone());
            let server = Self { options: own, program, port, tls_port, log, process, folder };
            let Err(error) = server.run() else {
                return server;
            };
            let taken = options.port.is_none() && server.log().contains("Address already in use");
            assert!(taken, "{}", server.failure(&error));
        }
        panic!("{}: ten ports were free, and then were not", options.kind);
    }

    /// The kind that it was started as.
    pub const fn kind(&self) -> Kind {
        self.options.kind
    }

    /// The port, on 127.0.0.1; it stays the same for as long as the server is owned.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The address as clients take it, with the password.
    pub fn url(&self) -> String {
        match &self.options.password {
            Some(password) => format!("redis://:{password}@127.0.0.1:{}", self.port),
            None => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    /// The port for encrypted connections, on 127.0.0.1; it was asked for.
    #[track_caller]
    pub fn tls_port(&self) -> u16 {
        self.tls_port.expect("a server that encrypts")
    }

    /// Where the Unix socket is, if it was asked for.
    pub fn unix_socket(&self) -> Option<PathBuf> {
        self.options.unix_socket.then(|| socket(self.folder.path()))
    }

    /// The number of the server's process, while there is one.
    pub fn process_id(&self) -> Option<u32> {
        self.process.lock().as_ref().map(Process::id)
    }

    /// The folder that the server works in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().clone()
    }

    /// Kills the server, as when its machine fails; connections to its port are refused from now on.
    pub fn kill(&self) {
        self.process.lock().take();
    }

    /// Kills the server, if it still runs, and starts an empty one on the same port.
    #[track_caller]
    pub fn restart(&self) {
        self.kill();
        if let Err(error) = self.run() {
            panic!("{}", self.failure(&error));
        }
    }

    /// Stops the server where it is: it accepts connections still, for the system does that, and answers nothing.
    #[track_caller]
    pub fn stop(&self) {
        self.process.lock().as_ref().expect("a killed server cannot be stopped").stop();
    }

    /// Lets a stopped server go on.
    #[track_caller]
    pub fn cont(&self) {
        self.process.lock().as_ref().expect("a killed server cannot go on").cont();
    }

    /// Sends a command over a connection of its own, and returns the reply, be it a refusal.
    #[track_caller]
    pub fn command(&self, parts: &[impl AsRef<[u8]>]) -> Value {
        let reply = self.client().and_then(|mut client| client.command(parts));
        reply.unwrap_or_else(|error| panic!("{}", self.failure(&format!("no reply: {error}"))))
    }

    /// A connection for several commands, with the password given already.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub fn client(&self) -> io::Result<Client> {
        let mut client = Client::connect(self.port)?;
        if let Some(password) = &self.options.password {
            client.command(&["AUTH", password])?;
        }
        Ok(client)
    }

    fn run(&self) -> Result<(), String> {
        let settings = self.folder.path().join("server.conf");
        let file = self.options.file(self.folder.path(), self.port, self.tls_port);
        fs::write(&settings, file).map_err(|error| error.to_string())?;
        if let Some(tls) = &self.options.tls {
            tls.write(self.folder.path()).map_err(|error| error.to_string())?;
        }
        let process = Process::start(&self.program, &settings, self.folder.path(), &self.log)?;
        let reply = self.client().and_then(|mut client| client.command(&["PING"]));
        match reply {
            Ok(Value::Bytes(pong)) if pong == b"PONG" => {
                *self.process.lock() = Some(process);
                Ok(())
            }
            other => Err(format!("it is ready, but answers PING with {other:?}")),
        }
    }

    fn failure(&self, error: &str) -> String {
        format!("{} on port {}: {error}. Its log:\n{}", self.kind(), self.port, self.log())
    }
}
