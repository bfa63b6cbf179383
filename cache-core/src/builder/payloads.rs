//! What a cache is told of values as bytes.

use crate::builder::CacheBuilder;
use crate::model::codec::{Codec, CustomCodec};
use crate::model::compression::Compression;
use crate::model::error::Error;
use crate::model::namespace_settings::NamespaceRules;
use crate::wire::payload::Payloads;

impl CacheBuilder {
    /// How values are written as bytes for the second level, where their namespace does not say: as MessagePack by default.
    ///
    /// It may be changed at any time, for entries are read by the codec that wrote them.
    ///
    /// ```
    /// use cache_core::{Cache, Codec, NamespaceSettings};
    ///
    /// let cache = Cache::builder("erp")
    ///     .codec(Codec::Json)
    ///     .namespace("photos", NamespaceSettings::new().codec(Codec::Raw))
    ///     .build()?;
    /// # let _ = cache;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    ///
    /// A name of a [`CustomCodec`] that is none is an error of [`build`](Self::build).
    pub fn codec(mut self, codec: Codec) -> Self {
        self.payloads.codec = codec;
        self
    }

    /// Has entries read that a codec of one's own has written, without writing any: those that were stored before another codec
    /// was chosen, and those of nodes that have another default. All other codecs are always read.
    ///
    /// ```
    /// # use std::io;
    /// # use cache_core::codec::{CodecError, CustomCodec, Incoming, Outgoing};
    /// # struct PrettyJson;
    /// # impl CustomCodec for PrettyJson {
    /// #     fn name(&self) -> &'static str { "pretty-json" }
    /// #     fn encode(&self, value: Outgoing<'_>, into: &mut dyn io::Write) -> Result<(), CodecError> {
    /// #         Ok(serde_json::to_writer_pretty(into, &value)?)
    /// #     }
    /// #     fn decode(&self, bytes: &[u8], value: Incoming<'_>) -> Result<(), CodecError> {
    /// #         Ok(value.read(&mut serde_json::Deserializer::from_slice(bytes))?)
    /// #     }
    /// # }
    /// use cache_core::{Cache, Codec};
    ///
    /// // It was `.codec(Codec::custom(PrettyJson))` until the last release.
    /// let cache = Cache::builder("erp").codec(Codec::Json).reads(PrettyJson).build()?;
    /// # let _ = cache;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn reads(mut self, codec: impl CustomCodec) -> Self {
        self.payloads.know(&Codec::custom(codec));
        self
    }

    /// Whether values are made smaller on their way to the second level, and how, where their namespace does not say: by lz4
    /// above 1 KiB by default.
    ///
    /// A level of zstd that there is not is an error of [`build`](Self::build).
    pub fn compression(mut self, compression: Compression) -> Self {
        self.payloads.compression = compression;
        self
    }
}

/// How values are written and read, where that makes sense: the codecs of all namespaces are read.
pub(super) fn checked(mut payloads: Payloads, namespaces: &NamespaceRules) -> Result<Payloads, Error> {
    for (_, settings) in namespaces.iter() {
        settings.codec.iter().for_each(|codec| payloads.know(codec));
        settings.compression.map_or(Ok(()), Compression::check)?;
    }
    payloads.check()?;
    Ok(payloads)
}
