//! [`Coordination`]: what nodes agree on beside the entries.

use std::fmt::Debug;
use std::pin::Pin;

use crate::port::counters::Counters;
use crate::port::limits::Limits;
use crate::port::locks::Locks;
use crate::port::topics::Topics;

/// A future that an adapter runs in the background.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Who runs tasks in the background.
pub trait Background {
    /// Runs a task in the background, on threads of the adapter's own. Once the adapter has stopped, the task is dropped.
    fn spawn(&self, task: Task);
}

/// Everything that nodes agree on beside the entries: on a server, or where there is none in the process.
///
/// Every operation ends `within` the given time. Dropping a future gives up waiting; it may be done all the same.
pub trait Coordination: Locks + Counters + Limits + Topics + Background + Send + Sync + Debug {}

impl<T: Locks + Counters + Limits + Topics + Background + Send + Sync + Debug> Coordination for T {}
