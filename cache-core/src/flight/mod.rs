//! Floor 3: single-flight. One load for each key; who else asks meanwhile waits for it.

pub(crate) mod chain;
pub(crate) mod load;
pub(crate) mod table;
pub(crate) mod waits;
