//! Events of a shop, and what they mean for its invoices.

use larder::{Cache, Event, Events, Evictions, Tenant};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub(crate) invoice: u64,
    pub(crate) customer: u64,
}

impl Event for Paid {
    const NAME: &'static str = "paid";
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) tenant: String,
    pub(crate) customer: u64,
}

impl Event for Moved {
    const NAME: &'static str = "moved";
}

/// What they mean here: the invoice, and the lists that it may be in; what the tenant has of the customer.
pub(crate) fn events(cache: &Cache, topic: &str) -> Events {
    cache
        .events(topic)
        .on(|paid: &Paid| {
            Evictions::new()
                .key("invoices", paid.invoice)
                .tag(format!("customer:{}", paid.customer))
                .matching("lists", "open:*")
        })
        .on(|moved: &Moved| Evictions::new().of_tenant(Tenant::from_id(&moved.tenant).unwrap()).namespace("customers"))
}

pub(crate) const PAID: Paid = Paid { invoice: 7, customer: 3 };

/// Stores an invoice.
pub(crate) async fn store(cache: &Cache) {
    cache.namespace("invoices").set("7", 1_u64).await.unwrap();
}

/// Whether the invoice is there.
pub(crate) async fn is_there(cache: &Cache) -> bool {
    cache.namespace("invoices").get::<u64>("7").await.unwrap().is_some()
}
