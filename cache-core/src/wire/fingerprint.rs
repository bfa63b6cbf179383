//! The fingerprint of a type's shape, by which two builds of a program do not read each other's bytes.
//!
//! Field names let a changed type read old bytes without an error: a new `Option` is `None`, a field that went is
//! ignored, a `u32` that became seconds is still a number. So an entry carries the fingerprint of the type that wrote
//! it, and bytes with another one are a miss.
//!
//! The shape is what `Deserialize` asks for: names and kinds of fields and variants, and serde's names of containers.
//! The order of fields, modules and Rust's names are no part of it. What a number *means* cannot be seen; that is what
//! the version is for.
//!
//! Where a type cannot be followed, the fingerprint has what was seen and the path of the type: a change inside of what
//! was not seen needs a new version, and moving such a type is a miss. That is so for `untagged`, `flatten`, internally
//! tagged enums, struct variants of adjacently tagged ones, and a `Deserialize` that takes none of our examples. One that
//! panics is not asked again; it must not panic where panics abort.
//!
//! serde-reflection was considered and left: for an enum whose first variant holds the enum itself it calls without end
//! (`enum E { Add(Box<E>, Box<E>), Lit(i64) }`; seen with 0.6), and a stack that overflows ends the service; and a field
//! that refuses a default value, a `NonZeroU32`, leaves the whole struct without a shape.

use std::any::TypeId;
use std::collections::BTreeMap;

use parking_lot::RwLock;
use serde::de::DeserializeOwned;

use crate::wire::shape;

/// Goes up whenever the tracer says the same type differently. That empties every cache.
const TRACER: &[u8] = b"larder shape 1";

static SHAPES: RwLock<BTreeMap<TypeId, [u8; 32]>> = RwLock::new(BTreeMap::new());

/// The fingerprint of a type. The first call for a type makes example values of it, and drops them.
pub(crate) fn of<V: DeserializeOwned + 'static>(version: u32) -> [u8; 16] {
    let known = SHAPES.read().get(&TypeId::of::<V>()).copied();
    let shape = known.unwrap_or_else(|| {
        // Outside of the lock, for this is user code. Two first calls find the same.
        let shape = hash(&shape::of::<V>());
        SHAPES.write().insert(TypeId::of::<V>(), shape);
        shape
    });
    let mut hasher = blake3::Hasher::new();
    hasher.update(&version.to_be_bytes()).update(&shape);
    let mut fingerprint = [0; 16];
    hasher.finalize_xof().fill(&mut fingerprint);
    fingerprint
}

fn hash<'a>(facts: impl IntoIterator<Item = &'a String>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(TRACER);
    for fact in facts {
        // With its length, for serde's names may have any characters.
        hasher.update(&(fact.len() as u64).to_be_bytes()).update(fact.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
#[path = "fingerprint_tests.rs"]
mod tests;
