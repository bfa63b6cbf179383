//! The shape of a type, found by letting its `Deserialize` read examples.
//!
//! | what | file |
//! |---|---|
//! | what was seen: containers, their parts, and the facts in text | `graph.rs` |
//! | which example is handed out where, and what a refusal teaches | `search.rs` |
//! | one pass: where it is | `pass.rs` |
//! | the deserializer that asks it, and hands them out | `tracer.rs`, `accesses.rs` |
//! | the examples | `examples.rs` |
//!
//! One pass is one `V::deserialize`. Wherever it can go one way or another, it takes what `search.rs` says: an example
//! of a string, `Some` or `None`, a variant. What is inside an `Option`, a sequence or a map is looked at once, and then
//! they are empty: so recursion ends. Each variant of each enum gets a pass of its own. A refusal takes the next
//! example; where none is left, the nearest `Option`, sequence, map or enum around it takes another way, and the field is
//! asked for last, so that the others are seen all the same. Passes, depth and values are bounded.

mod accesses;
mod examples;
mod graph;
mod pass;
mod search;
#[cfg(test)]
#[path = "common_tests.rs"]
pub(crate) mod testing;
mod tracer;

use std::any::type_name;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;

use crate::wire::shape::search::{End, Search};
use crate::wire::shape::tracer::Shared;

/// More passes than this are not made for one type.
const MAX_PASSES: usize = 4096;

/// The facts about a type, of which none is lost by reordering fields or moving types.
pub(crate) fn of<V: DeserializeOwned>() -> BTreeSet<String> {
    of_counted::<V>().0
}

/// The facts, and how many values were asked for.
fn of_counted<V: DeserializeOwned>() -> (BTreeSet<String>, usize) {
    let shared = Shared::new(Search::new());
    let is_complete = follow::<V>(&shared);
    let search = shared.into_inner();
    let mut facts = search.graph.facts();
    if !is_complete {
        facts.insert(format!("incomplete {}", type_name::<V>()));
    }
    (facts, search.values)
}

/// Makes passes until everything was seen; whether it was.
fn follow<V: DeserializeOwned>(shared: &Shared) -> bool {
    for _ in 0..MAX_PASSES {
        if !shared.borrow_mut().start() {
            return shared.borrow().saw_everything();
        }
        // A value that is made of examples is dropped in here too.
        let pass = || tracer::root(shared, |tracer| V::deserialize(tracer).map(drop)).is_ok();
        let end = match catch_unwind(AssertUnwindSafe(pass)) {
            Ok(true) => End::Read,
            Ok(false) => End::Refused,
            // The hook for panics has spoken already, and is not to speak once for each example.
            Err(_) => return false,
        };
        shared.borrow_mut().finish(end);
    }
    false
}

#[cfg(test)]
#[path = "following_tests.rs"]
mod tests;
