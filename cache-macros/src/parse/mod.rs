//! From tokens to values: arguments by the one table, templates, durations.

pub(crate) mod arguments;
pub(crate) mod duration;
pub(crate) mod grammar;
pub(crate) mod template;
