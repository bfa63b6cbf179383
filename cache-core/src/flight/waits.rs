//! Which load waits for which, so that no ring of loads waits for itself.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use parking_lot::Mutex;
use smallvec::SmallVec;

use crate::flight::load::LoadId;

type Graph = HashMap<LoadId, SmallVec<[LoadId; 2]>>;

/// Only loads that wait for others come here: a call that is in no load needs no lock.
static GRAPH: LazyLock<Mutex<Graph>> = LazyLock::new(Mutex::default);

/// "`from` ends only after `to` did", for as long as this lives.
#[derive(Debug)]
pub(crate) struct Wait {
    from: LoadId,
    to: LoadId,
}

/// Notes that a load runs inside another. A new load waits for nothing yet, so this closes no ring.
pub(crate) fn inside(outer: LoadId, inner: LoadId) -> Wait {
    add(&mut GRAPH.lock(), outer, inner)
}

/// Notes that a load begins only after another has ended. As above, a new one closes no ring.
pub(crate) fn behind(load: LoadId, before: LoadId) -> Wait {
    add(&mut GRAPH.lock(), load, before)
}

/// Notes that the innermost of `chain` is going to wait for `to`; `None` where `to` waits for one of them already.
pub(crate) fn wait(chain: &[LoadId], to: LoadId) -> Option<Wait> {
    let innermost = *chain.first()?;
    let mut graph = GRAPH.lock();
    let (mut seen, mut next) = (HashSet::from([to]), vec![to]);
    while let Some(load) = next.pop() {
        if chain.contains(&load) {
            return None;
        }
        next.extend(graph.get(&load).into_iter().flatten().filter(|id| seen.insert(**id)));
    }
    Some(add(&mut graph, innermost, to))
}

fn add(graph: &mut Graph, from: LoadId, to: LoadId) -> Wait {
    graph.entry(from).or_default().push(to);
    Wait { from, to }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut graph = GRAPH.lock();
        if let Some(waits) = graph.get_mut(&self.from) {
            if let Some(at) = waits.iter().position(|id| *id == self.to) {
                waits.swap_remove(at);
            }
            if waits.is_empty() {
                graph.remove(&self.from);
            }
        }
    }
}
