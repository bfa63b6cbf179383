//! A server's process, which never outlives the test's, and what it says.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use std::{fs, thread};

use parking_lot::Mutex;

/// How long a server may take to get ready.
const PATIENCE: Duration = Duration::from_secs(10);

/// What both kinds of server log when they listen.
const READY: &str = "eady to accept connections";

/// Becomes the server, after it has left a guard behind.
///
/// The guard reads from a pipe that only the test's process can write to. When that process ends in whatever way, the
/// pipe does too, and the guard kills the server and removes its folder; a line tells it that it is not needed. It is
/// there before the server is, so there is no moment without it. The parent's death signal of Linux would be simpler,
/// but it comes when the *thread* that started the server ends, and servers are shared by tests.
const GUARDED: &str = r#"
exec 3<&0 </dev/null 2>&1
{ read -r _ <&3 || { kill -KILL $$; rm -rf -- "$1"; }; } >/dev/null 2>&1 &
shift
exec "$@" 3<&-
"#;

/// What a server has said, over all its processes.
pub(crate) type Log = Arc<Mutex<String>>;

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    guard: ChildStdin,
}

impl Process {
    /// Starts a server, and waits until it listens; fails with what went wrong.
    pub(crate) fn start(program: &Path, settings: &Path, folder: &Path, log: &Log) -> Result<Self, String> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GUARDED, "sh"]).arg(folder).arg(program).arg(settings);
        command.current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // In a group of its own: what stops the test's group, such as Ctrl-C, would else reach the guard as well.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| format!("/bin/sh could not be started: {error}"))?;
        let guard = child.stdin.take().expect("it was asked for");
        let output = child.stdout.take().expect("it was asked for");
        // From here on dropping ends the process.
        let process = Self { child, guard };
        let (sender, ready) = channel();
        let log = Arc::clone(log);
        thread::spawn(move || follow(output, &log, &sender));
        wait_until_ready(&ready)?;
        Ok(process)
    }

    /// The server's own number, for the shell becomes the server.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops the server where it is, and waits until it stands still.
    pub(crate) fn stop(&self) {
        self.signal("STOP");
        // A process says nothing when it stops, except to its parent in a way that the standard library lacks.
        for _ in 0..PATIENCE.as_millis() {
            if self.state().is_none_or(|state| state == 'T') {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("the server runs on after SIGSTOP");
    }

    /// Lets a stopped server go on.
    pub(crate) fn cont(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        // Built into every shell, while a program of this name is in none of the smaller systems.
        let mut command = Command::new("/bin/sh");
        let status = command.args(["-c", r#"kill -s "$1" "$2""#, "sh", name, &self.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "SIG{name} could not be sent to {}", self.id());
    }

    /// The system's letter for what the process does, on systems that tell.
    fn state(&self) -> Option<char> {
        let line = fs::read_to_string(format!("/proc/{}/stat", self.id())).ok()?;
        line.rsplit_once(") ")?.1.chars().next()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // First, or the guard would kill whoever has the number next.
        let _ = self.guard.write_all(b"\n");
        // A stopped process is killed as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_until_ready(ready: &Receiver<()>) -> Result<(), String> {
    ready.recv_timeout(PATIENCE).map_err(|error| match error {
        RecvTimeoutError::Timeout => format!("it was not ready within {} s", PATIENCE.as_secs()),
        RecvTimeoutError::Disconnected => "it ended before it was ready".to_owned(),
    })
}

/// Writes down what the server says, and tells when it is ready, or by hanging up that it has ended.
fn follow(output: impl Read, log: &Log, ready: &Sender<()>) {
    for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let is_ready = line.contains(READY);
        {
            let mut log = log.lock();
            log.push_str(&line);
            log.push('\n');
        }
        if is_ready {
            // Nobody waits any more where this is the second such line, for the Unix socket.
            let _ = ready.send(());
        }
    }
}
