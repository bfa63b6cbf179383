//! Floor 5: what nodes agree on beside the entries, by hand.
//!
//! | what | file |
//! |---|---|
//! | what one of all does at a time | `lock/` |
//! | a number that all count together | `counter.rs` |
//! | how often something may happen | `rate_limiter/` |

mod counter;
pub(crate) mod lock;
mod rate_limiter;

pub use counter::Counter;
pub use rate_limiter::{Decision, RateLimit, RateLimiter};
