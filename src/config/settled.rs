//! A cache's builder with everything that was said.

use cache_core::{Cache, CacheBuilder, Error};

use crate::config::defaults::PREFIX;
use crate::config::error;
use crate::config::sections::Layer;
use crate::config::values::{Beyond, Said};

/// The builder with all that was said.
pub(super) fn settled(layer: &Layer) -> Result<CacheBuilder, Error> {
    let prefix = layer.prefix.as_ref().map_or(PREFIX, |Said(prefix)| prefix.trim_end_matches(':'));
    let is_name = |letter: u8| letter.is_ascii_alphanumeric() || b"_.-".contains(&letter);
    if prefix.is_empty() || prefix.len() > 64 || !prefix.bytes().all(is_name) {
        return Err(error(
            "a `prefix` is 1 to 64 ASCII letters, digits, `_`, `.` and `-`, and may end in `:`; write `app.cache` for `app:cache:`",
        ));
    }
    let mut builder = Cache::builder(prefix);
    macro_rules! set {
        ($($setting:ident($said:ident) $value:expr;)*) => {$(
            if let Some(Said($said)) = &layer.$setting {
                builder = builder.$setting($value);
            }
        )*};
    }
    set! {
        ttl(said) said.0;
        l1_ttl(said) said.0;
        capacity(said) *said;
        tenant_share(said) usize::try_from(*said).unwrap_or(usize::MAX);
        tenancy(said) *said;
        max_staleness(said) said.0;
        budget(said) said.0;
        lease(said) said.0;
        value_limit(said) usize::try_from(*said).unwrap_or(usize::MAX);
        verify_hits(said) *said;
        key_secret(said) &said.0;
        codec(said) said.clone();
    }
    if let Some(Beyond(unreachable)) = layer.unreachable {
        builder = builder.when_unreachable(unreachable);
    }
    if let Some(said) = &layer.compression {
        builder = builder.compression(said.compression);
    }
    for (name, said) in layer.namespaces.iter().flat_map(|namespaces| &namespaces.0) {
        builder = builder.namespace(name, said.settings());
    }
    let is_off = matches!(layer.enabled, Some(Said(false)));
    Ok(if is_off { builder.disabled() } else { builder })
}
