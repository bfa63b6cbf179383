//! A listener whose connections each have a thread, and end with it.

use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use crate::port;

/// Listens, until it is dropped.
#[derive(Debug)]
pub(crate) struct Acceptor {
    port: u16,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    over: AtomicBool,
    accepted: AtomicUsize,
}

impl Acceptor {
    /// Calls `serve` with every connection, each on a thread of its own.
    ///
    /// `serve` ends when its connection is shut down, and leaves no copy of it behind.
    pub(crate) fn start(serve: impl Fn(Arc<TcpStream>) + Send + Sync + 'static) -> Self {
        let listener = port::listen();
        let port = port::of(&listener);
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared, &Arc::new(serve))
        });
        Self { port, shared, thread: Some(thread) }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// How many connections were accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // Nothing else ends the wait for a connection.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Shared, serve: &Arc<impl Fn(Arc<TcpStream>) + Send + Sync + 'static>) {
    let mut threads = Vec::new();
    let mut connections: Vec<Weak<TcpStream>> = Vec::new();
    for connection in listener.incoming() {
        if shared.over.load(Ordering::SeqCst) {
            break;
        }
        // What fails here is a connection that its client has given up already.
        let Ok(connection) = connection else { continue };
        let _ = connection.set_nodelay(true);
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let connection = Arc::new(connection);
        connections.push(Arc::downgrade(&connection));
        let serve = Arc::clone(serve);
        threads.push(thread::spawn(move || serve(connection)));
    }
    for connection in connections.iter().filter_map(Weak::upgrade) {
        let _ = connection.shutdown(Shutdown::Both);
    }
    for thread in threads {
        let _ = thread.join();
    }
}
