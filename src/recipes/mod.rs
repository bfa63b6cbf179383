//! What services build on a cache again and again, ready-made: each is a page of code on the public API of this crate, and
//! nothing else, so it is also an example to start your own from.
//!
//! | recipe | what it keeps |
//! |---|---|
//! | [`Sessions`] | who is logged in, and what belongs to that |
//! | [`TokenBlacklist`] | tokens that are not valid any more |
//! | [`AuthCache`] | what a token stands for |
//! | [`UserValues`] | what is kept for each user, and goes with the user |
//! | [`FeatureFlags`] | what is switched on |
//! | [`Repository`] | one kind of thing, with its keys, its lifetime and its loader |
//! | [`Warming`] | a list of entries that are to be there before anybody asks |
//!
//! # Whose entries
//! Those of the tenant around the call, like everything of a [`Namespace`](crate::Namespace): see
//! [`tenant::scope`](crate::tenant::scope).
//!
//! # A cache is no database
//! [`Cache::clear`](crate::Cache::clear), a purge, and a server that makes room or loses its memory remove what recipes keep,
//! like any entry. Inside of [`bypass`](crate::bypass), [`refresh`](crate::refresh) and a transaction
//! ([`CommitScope`](crate::CommitScope)) their calls find and store what those of a `Namespace` do there: call them outside.
//!
//! # Trouble
//! Who asks is told: a server that does not answer is an [`Error`](crate::Error), unless a recipe knows where values come from.

mod auth_cache;
mod by_user;
mod digest;
mod feature_flags;
mod repository;
mod session_id;
mod sessions;
mod token_blacklist;
mod user_values;
pub mod warming;

pub use auth_cache::{AuthCache, Authenticated};
pub use feature_flags::FeatureFlags;
pub use repository::Repository;
pub use session_id::SessionId;
pub use sessions::{Session, Sessions};
pub use token_blacklist::TokenBlacklist;
pub use user_values::{ForUser, UserValues};
pub use warming::Warming;
