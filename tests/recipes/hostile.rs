//! Names of users as they come from outside.

/// Names that mean something to patterns, to servers, or to how keys are put together; many are the beginning of another.
pub(crate) const USERS: [&str; 16] =
    ["7", "77", "7:", ":7", "7:77", "7,77", "7%", "7%3A", "*", "?", "[7]", "", "#", "{7}", "7\0", "\u{e4}"];
