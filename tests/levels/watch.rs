//! What a real server is told, command by command: its own `MONITOR`.

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use larder_test_support::Server;
use tokio::sync::Notify;

use crate::support::within;

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    server: &'static Server,
    mark: String,
    heard: Arc<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    commands: Mutex<Vec<String>>,
    more: Notify,
}

impl Heard {
    fn commands(&self) -> MutexGuard<'_, Vec<String>> {
        self.commands.lock().expect("nothing panics while it is held")
    }

    fn take_up_to(&self, parts: &[&str]) -> Option<Vec<String>> {
        let mut commands = self.commands();
        let at = commands.iter().position(|line| parts.iter().all(|part| line.contains(part)))?;
        Some(commands.drain(..=at).collect())
    }
}

impl Watch {
    /// Listens to what names something of this prefix.
    pub(crate) fn begin(server: &'static Server, prefix: &str) -> Self {
        let mut client = server.client().expect("the server answers");
        client.command(&["MONITOR"]).expect("the server may be listened to");
        let (heard, own) = (Arc::new(Heard::default()), format!("\"{prefix}:"));
        let weak = Arc::downgrade(&heard);
        thread::spawn(move || {
            while let Some(heard) = weak.upgrade() {
                // In silence it goes on after the client's patience, to see whether anybody still wants to know.
                if let Ok(line) = client.receive() {
                    let line = line.text();
                    if line.contains(&own) {
                        heard.commands().push(line);
                        heard.more.notify_waiters();
                    }
                }
            }
        });
        Self { server, mark: format!("{prefix}:mark"), heard }
    }

    /// Forgets everything that was said before now.
    pub(crate) async fn forget(&self) {
        self.server.command(&["ECHO", &self.mark]);
        self.until(&[&self.mark]).await;
    }

    /// The commands that were not forgotten, those of scripts too, which say `lua`.
    pub(crate) async fn commands(&self) -> Vec<String> {
        self.server.command(&["ECHO", &self.mark]);
        self.up_to(&[&self.mark]).await
    }

    /// Waits for a command whose text has all of these in it, and forgets everything up to it.
    pub(crate) async fn until(&self, parts: &[&str]) {
        self.up_to(parts).await;
    }

    async fn up_to(&self, parts: &[&str]) -> Vec<String> {
        within(async {
            loop {
                let more = self.heard.more.notified();
                if let Some(commands) = self.heard.take_up_to(parts) {
                    return commands;
                }
                more.await;
            }
        })
        .await
    }
}
