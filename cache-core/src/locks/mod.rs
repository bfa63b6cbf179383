//! Floor 3: the locks that this process holds and waits for.
//!
//! | what | file |
//! |---|---|
//! | a lock's place: where it is asked for, by which clock | `place.rs` |
//! | asking for one, and waiting | `acquire.rs` |
//! | who waits in this process, each in turn | `room.rs` |
//! | a lock that is held: until when, and that it is lost | `hold.rs` |
//! | keeping it | `renewal.rs` |

pub(crate) mod acquire;
pub(crate) mod hold;
pub(crate) mod place;
mod renewal;
pub(crate) mod room;
