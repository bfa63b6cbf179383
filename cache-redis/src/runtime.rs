//! [`Runtime`]: the thread that drives the connection, whatever executor the calls come from.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use cache_core::{Error, ErrorKind};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, watch};

/// Names that a slow resolver is asked for at once; each takes a thread while it waits.
const RESOLVERS: usize = 4;

/// A thread of our own with an executor on it: it outlives short-lived executors of tests, and serves callers that have
/// none. One thread is enough, for all it does is to wait for sockets.
///
/// Dropping it tells the thread to end and does not wait, so it may be dropped anywhere, even in a task of its own.
/// Tasks that still run are dropped with it.
pub(crate) struct Runtime {
    tasks: Tasks,
    stop: Arc<Notify>,
    /// Its sender is gone when the thread has nothing left.
    ended: watch::Receiver<()>,
}

/// Where tasks are run, while there is a thread. It does not keep it alive.
#[derive(Clone)]
pub(crate) struct Tasks(Handle);

impl Runtime {
    pub(crate) fn start() -> Result<Self, Error> {
        let none = || Error::new(ErrorKind::Unavailable, "the adapter's thread cannot be started");
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let (started, handle) = mpsc::channel();
        let (ends, ended) = watch::channel(());
        // The executor is made on its own thread, for one that is dropped inside another panics.
        let run = move || {
            let built = Builder::new_current_thread().enable_io().enable_time().max_blocking_threads(RESOLVERS).build();
            if let Ok(runtime) = built {
                let _ = started.send(runtime.handle().clone());
                runtime.block_on(stopped.notified());
                runtime.shutdown_background();
            }
            drop(ends);
        };
        thread::Builder::new().name("larder-redis".to_owned()).spawn(run).map_err(|_| none())?;
        let handle = handle.recv().map_err(|_| none())?;
        Ok(Self { tasks: Tasks(handle), stop, ended })
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Ends the thread with everything that runs on it, and waits until that is done. Later tasks are dropped. Ending it again only waits.
    pub(crate) async fn end(&self) {
        self.stop.notify_one();
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl Tasks {
    /// Runs a task on the thread; where that has ended, the task is dropped.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task);
    }

    /// Runs a task on the thread and waits for it, on any executor. Dropping the future lets the task go on.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let gone = |_| Err(Error::new(ErrorKind::Unavailable, "the second level has been shut down"));
        self.0.spawn(task).await.unwrap_or_else(gone)
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tasks")
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtime")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    /// Says when it is dropped.
    struct Told(mpsc::Sender<()>);

    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    #[test]
    fn tasks_run_on_the_thread_and_end_with_it() {
        let runtime = Runtime::start().expect("a thread");
        let (sender, receiver) = channel();
        let name = move || sender.send(thread::current().name().map(str::to_owned));
        runtime.tasks().spawn(async move { name().expect("heard") });
        assert_eq!(receiver.recv().expect("said").as_deref(), Some("larder-redis"));
        let (sender, dropped) = channel();
        let told = Told(sender);
        runtime.tasks().spawn(async move {
            std::future::pending::<()>().await;
            drop(told);
        });
        drop(runtime);
        dropped.recv_timeout(Duration::from_secs(10)).expect("the task is dropped");
    }

    #[tokio::test]
    async fn it_may_be_dropped_in_a_task_of_its_own_and_in_another_executor() {
        let runtime = Arc::new(Runtime::start().expect("a thread"));
        let handle = runtime.tasks().0.clone();
        let (sender, dropped) = channel();
        let told = Told(sender);
        let own = Arc::clone(&runtime);
        drop(runtime);
        handle.spawn(async move {
            drop(own);
            std::future::pending::<()>().await;
            drop(told);
        });
        dropped.recv_timeout(Duration::from_secs(10)).expect("the task is dropped");
        drop(Runtime::start().expect("a thread"));
    }

    #[tokio::test]
    async fn its_end_can_be_awaited_and_ends_tasks() {
        let runtime = Runtime::start().expect("a thread");
        let (sender, dropped) = channel();
        let told = Told(sender);
        runtime.tasks().spawn(async move {
            std::future::pending::<()>().await;
            drop(told);
        });
        runtime.end().await;
        dropped.try_recv().expect("the task is dropped already");
        runtime.end().await;
        let error = runtime.tasks().run(async { Ok(()) }).await.expect_err("it has ended");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }

    #[tokio::test]
    async fn a_task_that_comes_too_late_is_an_error() {
        let runtime = Runtime::start().expect("a thread");
        runtime.stop.notify_one();
        let error = loop {
            match runtime.tasks().run(async { Ok(()) }).await {
                Ok(()) => tokio::task::yield_now().await,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}
