//! Floor 3: what was invalidated, and when. A load that began earlier finds itself refused here.

pub(crate) mod namespaces;
pub(crate) mod sequence;
pub(crate) mod tags;
