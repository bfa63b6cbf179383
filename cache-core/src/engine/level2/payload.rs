//! Values as bytes: how they are written is for the operation to say, then for the namespace, then for the cache; how they are
//! read, for the entry.

use std::sync::Arc;

use crate::engine::level2::Level2;
use crate::engine::look_up::Call;
use crate::model::compression::Compress;
use crate::model::entry::{Entry, Header};
use crate::model::error::Error;
use crate::wire::envelope::Envelope;
use crate::wire::payload::Payload;
use crate::wire::value::{Stored, ValueKind};

impl Call {
    /// The bytes of a value, where the second level is to have it. The function's own wish goes before that of its plan.
    pub(crate) fn payload<V>(
        &self,
        stored: &Stored<V>,
        value: &V,
        wish: Option<Compress>,
    ) -> Option<Result<Payload, Error>> {
        let level = self.level2()?;
        let (namespaces, namespace) = (&self.engine.settings.namespaces, self.namespace.as_str());
        let codec = namespaces.of(namespace, |settings| settings.codec.clone());
        let codec = codec.unwrap_or_else(|| level.payloads.codec.clone());
        let compression = namespaces.of(namespace, |settings| settings.compression);
        let compression = compression.unwrap_or(level.payloads.compression);
        let written = (stored.to_wire)(value, &codec, level.limits.value);
        Some(written.map(|written| {
            Payload::of(&codec, written, compression.for_operation(self.operation.compression().or(wish)))
        }))
    }
}

impl Level2 {
    /// The entry that an envelope with a value stands for. `None`: it cannot be read, which is counted and said.
    pub(crate) fn decode(&self, kind: ValueKind, header: Header, envelope: &Envelope<'_>) -> Option<Arc<Entry>> {
        match self.payloads.open(envelope.form, envelope.payload, self.limits.value) {
            Ok((codec, bytes)) => {
                kind.decode(header, &codec, &bytes).inspect_err(|error| self.troubles.note(error)).ok()
            }
            Err(flaw) => {
                self.troubles.flawed(flaw);
                None
            }
        }
    }
}
