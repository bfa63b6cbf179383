//! A call for many elements: each of them is looked up, waited for, loaded and stored as one call for it would be, and
//! the body runs once for those that nobody has.
//!
//! | step | file |
//! |---|---|
//! | which elements are in memory | `look_up.rs` |
//! | which of the others this call leads, and which it waits for | `gather.rs` |
//! | the body for those it leads, and the result | `load.rs` |
//!
//! A call that leads waits for nobody: it asks the second level, runs its body and hands out what that brought; only then,
//! leading nothing, it waits for the elements that others load. So two batches that overlap never wait for each other,
//! whatever the order of their elements. Where a wait ends with the duty to lead, it goes round again at once.

pub(crate) mod gather;
pub(crate) mod load;
pub(crate) mod look_up;
