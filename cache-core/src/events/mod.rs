//! Events of the domain, and what they invalidate.
//!
//! | what | file |
//! |---|---|
//! | an event, and what it is called | `event.rs` |
//! | what one invalidates | `evictions.rs` |
//! | which events invalidate what; telling one | `subscriptions.rs` |
//! | hearing those of others | `follow.rs` |

mod event;
mod evictions;
mod follow;
mod subscriptions;

pub use event::Event;
pub use evictions::Evictions;
pub use subscriptions::Events;
