//! [`Event`]: something that has happened.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Something that has happened in the domain, and that services tell each other.
///
/// It travels as MessagePack with the names of its fields, so that the services need not be built at the same time: a field that
/// the reader does not know is left out, and one with `#[serde(default)]` may be missing.
///
/// ```
/// use cache_core::Event;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct InvoicePaid {
///     invoice: u64,
///     customer: u64,
/// }
///
/// impl Event for InvoicePaid {
///     const NAME: &'static str = "invoice-paid";
/// }
/// ```
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What it is called among all services: what a release renames, an older one does not know any more. No event of another
    /// shape may have the same name. 1 to 256 bytes, of which none is zero; with another one [`Events::publish`](crate::Events::publish)
    /// and [`Events::run`](crate::Events::run) fail with [`ErrorKind::Config`](crate::ErrorKind::Config).
    const NAME: &'static str;
}
