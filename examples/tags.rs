//! Tags: a change invalidates whatever shows what it has changed, without knowing it. Run with: cargo run --example tags

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use larder::prelude::*;
use larder::{Tenant, tenant};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Invoice {
    id: u64,
    customer: u64,
    status: String,
}

/// Each invoice has a tag for its customer and one for its status; so has each list.
#[derive(HasCache)]
struct Invoices {
    cache: Cache,
    rows: Mutex<BTreeMap<u64, Invoice>>,
}

impl Invoices {
    fn new() -> Self {
        let row = |(id, customer, status): (u64, u64, &str)| (id, Invoice { id, customer, status: status.to_owned() });
        let rows = [(1, 7, "draft"), (2, 7, "sent"), (3, 8, "sent"), (4, 8, "paid")].map(row);
        Self { cache: Cache::in_process(), rows: Mutex::new(rows.into()) }
    }

    fn select(&self, wanted: impl Fn(&Invoice) -> bool) -> Vec<Invoice> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.values().filter(|invoice| wanted(invoice)).cloned().collect()
    }

    #[cacheable(
        "invoice:{id}",
        tags = |invoice| [format!("customer:{}", invoice.customer), format!("status:{}", invoice.status)]
    )]
    async fn by_id(&self, id: u64) -> Option<Invoice> {
        self.select(|invoice| invoice.id == id).pop()
    }

    #[cacheable("invoices:of:{customer}", tags = ["customer:{customer}"])]
    async fn of_customer(&self, customer: u64) -> Vec<Invoice> {
        self.select(|invoice| invoice.customer == customer)
    }

    #[cacheable("invoices:{status}", tags = ["status:{status}"])]
    async fn with_status(&self, status: &str) -> Vec<Invoice> {
        self.select(|invoice| invoice.status == status)
    }

    /// Both lists are invalid, and the lists of the customers whose invoices have changed.
    #[cache_evict(tags = ["status:{from}", "status:{to}"])]
    #[cache_evict(tags = |changed| changed.iter().map(|of| format!("customer:{}", of.customer)).collect::<Vec<_>>())]
    async fn move_all(&self, from: &str, to: &str) -> Vec<Invoice> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = rows.values_mut().filter(|invoice| invoice.status == from);
        moved
            .map(|invoice| {
                to.clone_into(&mut invoice.status);
                invoice.clone()
            })
            .collect()
    }

    /// How many look-ups ran their body while everything was read.
    async fn read_all(&self) -> u64 {
        let before = self.cache.stats().misses;
        for id in 1..=4 {
            self.by_id(id).await;
        }
        for customer in [7, 8] {
            self.of_customer(customer).await;
        }
        for status in ["draft", "sent", "paid"] {
            self.with_status(status).await;
        }
        self.cache.stats().misses - before
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), larder::Error> {
    let invoices = Invoices::new();
    let (first, second) = (invoices.read_all().await, invoices.read_all().await);
    println!("nine reads: {first} loads, and {second} the second time");
    assert_eq!((first, second), (9, 0));

    // A trigger of the database, a message, a person: whoever knows what has changed names its tag.
    invoices.cache.invalidate_tags(["customer:7"]).await?;
    let loads = invoices.read_all().await;
    println!("customer 7 has changed: {loads} loads"); // the invoices 1 and 2, and the list of the customer
    assert_eq!(loads, 3);

    let moved = invoices.move_all("sent", "paid").await.len();
    let loads = invoices.read_all().await;
    println!("{moved} that were sent are paid: {loads} loads"); // all but the list of drafts
    assert_eq!((moved, loads), (2, 8));
    assert_eq!((invoices.with_status("sent").await.len(), invoices.with_status("paid").await.len()), (0, 3));

    // Tags belong to a tenant, as entries do.
    let acme = Tenant::from_id("acme")?;
    tenant::scope(acme.clone(), invoices.read_all()).await;
    invoices.cache.invalidate_tags(["status:paid"]).await?;
    let loads = tenant::scope(acme, invoices.read_all()).await;
    println!("what nobody's invoices invalidate is still there for Acme: {loads} loads");
    assert_eq!(loads, 0);
    Ok(())
}
