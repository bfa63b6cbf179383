//! Keys of calls, and what to do about those with a hashed piece where the cache has no secret: they may be those of several
//! values, so nothing is looked for under them, and nothing stored.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::engine::Engine;
use crate::engine::evict::Eviction;
use crate::engine::look_up::{Call, Miss};
use crate::engine::put::Put;
use crate::model::entry_key::{self, BorrowedKey, EntryKey};
use crate::model::key::KeyWriter;
use crate::model::key_secret::{self, KeySecret};
use crate::model::namespace::Namespace;
use crate::model::operation::Operation;
use crate::model::space::Space;

impl Engine {
    /// The key that `write` puts together, in a space.
    pub(crate) fn key_in(
        &self,
        space: &Space,
        namespace: &Namespace,
        write: impl FnOnce(&mut KeyWriter<'_>),
    ) -> EntryKey {
        let mut writer = KeyWriter::begin(space, namespace, &self.settings.secret);
        write(&mut writer);
        BorrowedKey::new(entry_key::finish(&mut writer), self.hasher()).to_owned()
    }

    /// Whether a key cannot be used, which is counted then, and said once.
    pub(crate) fn is_without_secret(&self, operation: &Operation, lacks_secret: impl FnOnce() -> bool) -> bool {
        let is = !self.settings.secret.is_there() && lacks_secret();
        if is && self.counters.without_secret.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                cache = &*self.name,
                function = %operation,
                "a piece of a key is to be hashed, and this cache has a second level and no `key_secret`: such calls run their bodies, and nothing is stored for them"
            );
        }
        is
    }
}

impl Call {
    /// The key that `write` puts together.
    pub(crate) fn key(&self, write: impl FnOnce(&mut KeyWriter<'_>)) -> EntryKey {
        self.engine.key_in(&self.space, &self.namespace, write)
    }

    /// The key that `write` puts together, if it can be used.
    pub(crate) fn usable_key(&self, write: impl FnOnce(&mut KeyWriter<'_>)) -> Option<EntryKey> {
        let key = self.key(write);
        (!self.engine.is_without_secret(self.operation, || key.lacks_secret())).then_some(key)
    }

    /// What pieces of its keys are hashed with.
    pub(crate) fn secret(&self) -> &Arc<KeySecret> {
        &self.engine.settings.secret
    }
}

impl Miss {
    /// What pieces of its tags are hashed with.
    #[doc(hidden)]
    #[allow(clippy::ref_option, reason = "expansions have it so")]
    pub fn secret(miss: &Option<Box<Self>>) -> Option<&Arc<KeySecret>> {
        miss.as_ref().map(|miss| miss.call.secret())
    }
}

impl Put {
    /// What pieces of its key and tags are hashed with.
    #[allow(clippy::ref_option, reason = "expansions have it so")]
    pub fn secret(put: &Option<Self>) -> Option<&Arc<KeySecret>> {
        put.as_ref().map(|put| put.call.secret())
    }
}

impl Eviction<'_> {
    /// What pieces of its keys and tags are hashed with.
    #[allow(clippy::ref_option, reason = "expansions have it so")]
    pub fn secret(eviction: &Option<Self>) -> Option<&Arc<KeySecret>> {
        eviction.as_ref().map(|eviction| eviction.call.secret())
    }
}

/// A piece of a key that is written before the body moves its arguments.
#[doc(hidden)]
pub fn written(secret: Option<&Arc<KeySecret>>, write: impl FnOnce(&mut KeyWriter<'_>)) -> Vec<u8> {
    let mut key = KeyWriter::detached(key_secret::or_of_process(secret));
    write(&mut key);
    key.written().to_vec()
}
