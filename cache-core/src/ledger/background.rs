//! The thread that one cache's background tasks run on.

use tokio::sync::mpsc;

use crate::port::Task;

/// Runs tasks until it and its clones are dropped, which never waits: the thread ends by itself, and drops what is left on its way out.
/// So a task may drop it too.
#[derive(Debug, Clone)]
pub(crate) struct Background(mpsc::UnboundedSender<Task>);

impl Background {
    pub(crate) fn start() -> Self {
        let (sender, tasks) = mpsc::unbounded_channel();
        // Without a thread the receiver is gone, and so are the tasks: a cache bears that.
        let _ = std::thread::Builder::new().name("larder-tasks".to_owned()).spawn(move || run(tasks));
        Self(sender)
    }

    pub(crate) fn spawn(&self, task: Task) {
        let _ = self.0.send(task);
    }
}

/// No timer and no network: a task must bring what it waits for, as with any adapter.
fn run(mut tasks: mpsc::UnboundedReceiver<Task>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    runtime.block_on(async {
        while let Some(task) = tasks.recv().await {
            tokio::spawn(task);
        }
    });
}
