//! Two functions whose values are of different types under one key: each gets its own result, and its own load.

use std::sync::Arc;

use futures::future::join_all;
use larder::{Cache, HasCache, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed() })
    }

    #[cacheable("shared")]
    async fn no_number(&self) -> Option<u64> {
        self.gate.pass().await;
        None
    }

    #[cacheable("shared")]
    async fn no_number_but_an_error(&self) -> Result<u64, String> {
        self.gate.pass().await;
        Err("no number".to_owned())
    }

    #[cacheable("shared")]
    async fn number(&self) -> u64 {
        7
    }

    #[cacheable("shared")]
    async fn text(&self) -> Option<String> {
        Some("mine".to_owned())
    }

    #[cacheable("shared")]
    async fn text_or_error(&self) -> Result<String, String> {
        Ok("mine".to_owned())
    }

    #[cacheable("shared")]
    async fn slow_text(&self) -> String {
        self.loads.next();
        self.gate.pass().await;
        "slow".to_owned()
    }
}

#[tokio::test]
async fn a_none_of_another_type_is_nobody_elses() {
    let service = Service::new();
    let leader = held(service.no_number()).await;
    assert_eq!(within(service.text()).await.as_deref(), Some("mine"));
    service.gate.open();
    assert_eq!(within(leader).await, None);
}

#[tokio::test]
async fn an_error_beside_a_value_of_another_type_is_nobody_elses() {
    let service = Service::new();
    let leader = held(service.no_number_but_an_error()).await;
    assert_eq!(within(service.text_or_error()).await.as_deref(), Ok("mine"));
    service.gate.open();
    assert!(within(leader).await.is_err());
}

#[tokio::test]
async fn calls_of_one_type_load_once_over_an_entry_of_another() {
    let service = Service::new();
    assert_eq!(service.number().await, 7);
    let calls = join_all((0..200).map(|_| service.slow_text()));
    let opened = async {
        service.gate.arrival().await;
        service.gate.open();
    };
    let (texts, ()) = within(async { futures::join!(calls, opened) }).await;
    assert!(texts.iter().all(|text| text == "slow"));
    assert_eq!(service.loads.count(), 1);
}
