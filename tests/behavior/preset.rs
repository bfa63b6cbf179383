//! `preset`: policies with a name, and own ones; what a method says itself wins.

use std::collections::HashMap;
use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, Policy, Preset, cache_config, cache_put, cacheable};

use crate::support::{Loads, cache_with_clock};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

pub(crate) mod presets {
    use super::{Duration, Policy};

    pub(crate) const RATES: Policy = Policy::new().ttl(Duration::from_secs(30));
    pub(crate) const CURRENCIES: Policy = Policy::new().for_ever();
    pub(crate) const COPIED: Policy = Policy::new().l1_ttl(Duration::from_secs(10));

    pub(crate) fn of_author(author: u64) -> Policy {
        RATES.tags(["posts"]).tags([format!("author:{author}")])
    }
}

use presets::RATES;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    clock: ManualClock,
    loads: Loads,
    asked: Loads,
}

impl Service {
    fn new() -> Self {
        let (cache, clock) = cache_with_clock();
        Self { cache, clock, loads: Loads::default(), asked: Loads::default() }
    }

    fn policy(&self) -> Policy {
        Policy::new().ttl(SECOND * u32::try_from(self.asked.next()).expect("it is asked for a few times"))
    }

    #[cacheable(preset = Session)]
    async fn session(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Auth)]
    async fn auth(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = User)]
    async fn user(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Config)]
    async fn config(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = FeatureFlag)]
    async fn feature_flag(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Lookup)]
    async fn lookup(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Query)]
    async fn query(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Report)]
    async fn report(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = presets::RATES)]
    async fn by_path(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = RATES)]
    async fn by_name(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = presets::CURRENCIES)]
    async fn for_ever(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Duration::from_secs(seconds))]
    async fn by_duration(&self, seconds: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = if short { Preset::Query } else { Preset::Lookup })]
    async fn by_argument(&self, short: bool) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = Lookup, ttl = "10s")]
    async fn with_a_ttl(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(ttl = |load| *load * SECOND, preset = Lookup)]
    async fn with_a_ttl_of_the_value(&self) -> u32 {
        u32::try_from(self.loads.next()).expect("a few loads")
    }

    #[cacheable(preset = Lookup, cache_none)]
    async fn nothing(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable(preset = presets::COPIED)]
    async fn copied(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(preset = presets::COPIED, l1_ttl = "20s")]
    async fn copied_for_longer(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("post:{author}", preset = presets::of_author(author), tags = ["own"])]
    async fn post(&self, author: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", preset = self.policy())]
    async fn asking(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item")]
    async fn item(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", preset = Query)]
    async fn put(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", preset = Lookup, ttl = "10s")]
    async fn put_with_a_ttl(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put(of = Self::post, args(author = author), preset = presets::of_author(author))]
    async fn put_post(&self, author: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("{ids}", batch, preset = Duration::from_secs(*ids))]
    async fn each(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let load = self.loads.next();
        ids.iter().map(|id| (*id, load)).collect()
    }

    #[cacheable("{currency}", preset = preset)]
    fn by_value(&self, currency: &str, preset: Policy) -> u64 {
        self.loads.next()
    }
}

fn a_second_less(ttl: Duration) -> Duration {
    ttl.checked_sub(SECOND).expect("it is longer")
}

/// Calls `load` until just before `ttl` is over, and once more when it is.
async fn lives_for(ttl: Duration, load: impl AsyncFn(&Service) -> u64) {
    let service = Service::new();
    assert_eq!(load(&service).await, 1);
    service.clock.advance(ttl.checked_sub(Duration::from_nanos(1)).expect("a ttl is not zero"));
    assert_eq!(load(&service).await, 1, "a nanosecond before the end");
    service.clock.advance(Duration::from_nanos(1));
    assert_eq!(load(&service).await, 2, "at the end");
}

#[tokio::test]
async fn every_built_in_preset_has_its_time() {
    lives_for(HOUR, async |service| service.session().await).await;
    lives_for(15 * MINUTE, async |service| service.auth().await).await;
    lives_for(5 * MINUTE, async |service| service.user().await).await;
    lives_for(24 * HOUR, async |service| service.config().await).await;
    lives_for(10 * MINUTE, async |service| service.feature_flag().await).await;
    lives_for(2 * HOUR, async |service| service.lookup().await).await;
    lives_for(MINUTE, async |service| service.query().await).await;
    lives_for(30 * MINUTE, async |service| service.report().await).await;
}

#[tokio::test]
async fn a_constant_is_a_preset_by_its_path_and_by_its_name() {
    lives_for(30 * SECOND, async |service| service.by_path().await).await;
    lives_for(30 * SECOND, async |service| service.by_name().await).await;
}

#[tokio::test]
async fn an_expression_is_a_preset() {
    lives_for(7 * SECOND, async |service| service.by_duration(7).await).await;
    lives_for(MINUTE, async |service| service.by_argument(true).await).await;
    lives_for(2 * HOUR, async |service| service.by_argument(false).await).await;
}

#[tokio::test]
async fn a_preset_can_be_for_ever() {
    let service = Service::new();
    assert_eq!(service.for_ever().await, 1);
    service.clock.advance(300 * 365 * 24 * HOUR);
    assert_eq!(service.for_ever().await, 1);
}

#[tokio::test]
async fn the_ttl_of_the_method_wins() {
    lives_for(10 * SECOND, async |service| service.with_a_ttl().await).await;
}

#[tokio::test]
async fn a_ttl_that_the_value_decides_wins() {
    lives_for(SECOND, async |service| u64::from(service.with_a_ttl_of_the_value().await)).await;
}

#[tokio::test]
async fn a_none_lives_as_long_as_the_preset_says() {
    let service = Service::new();
    service.nothing().await;
    service.clock.advance(a_second_less(2 * HOUR));
    service.nothing().await;
    assert_eq!(service.loads.count(), 1);
    service.clock.advance(SECOND);
    service.nothing().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn memory_keeps_an_entry_for_the_l1_ttl_of_the_preset() {
    lives_for(10 * SECOND, async |service| service.copied().await).await;
}

#[tokio::test]
async fn the_l1_ttl_of_the_method_wins() {
    lives_for(20 * SECOND, async |service| service.copied_for_longer().await).await;
}

#[tokio::test]
async fn the_tags_of_a_preset_and_of_the_method_add_up() {
    let service = Service::new();
    for (at, tag) in [(1, "posts"), (2, "author:7"), (3, "own")] {
        assert_eq!(service.post(7).await, at);
        service.cache.invalidate_tags(["author:8"]).await.expect("there is no second level");
        assert_eq!(service.post(7).await, at);
        service.cache.invalidate_tags([tag]).await.expect("there is no second level");
        assert_eq!(service.post(7).await, at + 1, "{tag}");
    }
}

#[tokio::test]
async fn a_preset_is_evaluated_on_a_miss_only() {
    let service = Service::new();
    for (asked, load) in [(1, 1), (1, 1), (2, 2)] {
        assert_eq!((service.asking().await, service.asked.count()), (load, asked));
        service.clock.advance(SECOND / 2);
    }
    assert_eq!(service.asking().await, 2, "which was asked for twice, and lives for 2 s");
}

#[tokio::test]
async fn a_put_has_a_preset() {
    let service = Service::new();
    assert_eq!(service.put().await, 1);
    service.clock.advance(a_second_less(MINUTE));
    assert_eq!(service.item().await, 1);
    service.clock.advance(SECOND);
    assert_eq!(service.item().await, 2);
}

#[tokio::test]
async fn the_ttl_of_a_put_wins() {
    let service = Service::new();
    assert_eq!(service.put_with_a_ttl().await, 1);
    service.clock.advance(10 * SECOND);
    assert_eq!(service.item().await, 2);
}

#[tokio::test]
async fn a_put_in_place_of_a_reader_has_the_tags_of_its_preset() {
    let service = Service::new();
    assert_eq!((service.put_post(7).await, service.post(7).await), (1, 1));
    service.cache.invalidate_tags(["author:7"]).await.expect("there is no second level");
    assert_eq!(service.post(7).await, 2);
}

#[tokio::test]
async fn each_element_of_a_batch_has_its_own() {
    let service = Service::new();
    assert_eq!(service.each(&[1, 2]).await, HashMap::from([(1, 1), (2, 1)]));
    service.clock.advance(SECOND);
    assert_eq!(service.each(&[1, 2]).await, HashMap::from([(1, 2), (2, 1)]));
}

#[test]
fn an_argument_is_a_preset() {
    let service = Service::new();
    assert_eq!(service.by_value("EUR", presets::RATES), 1);
    service.clock.advance(30 * SECOND);
    assert_eq!(service.by_value("EUR", Preset::Query.into()), 2);
    service.clock.advance(30 * SECOND);
    assert_eq!(service.by_value("EUR", Policy::default()), 2);
}

#[derive(HasCache)]
struct Block(#[cache] Service);

#[cache_config(preset = presets::RATES, tags = ["block"])]
impl Block {
    #[cacheable]
    async fn by_default(&self) -> u64 {
        self.0.loads.next()
    }

    #[cacheable(ttl = "10s")]
    async fn with_a_ttl(&self) -> u64 {
        self.0.loads.next()
    }

    #[cacheable(preset = Query)]
    async fn with_a_preset(&self) -> u64 {
        self.0.loads.next()
    }
}

#[cache_config(ttl = "10s", l1_ttl = "5s")]
impl Block {
    #[cacheable(preset = Query)]
    async fn in_place_of_times(&self) -> u64 {
        self.0.loads.next()
    }
}

async fn lives_in_a_block(ttl: Duration, load: impl AsyncFn(&Block) -> u64) {
    let block = Block(Service::new());
    assert_eq!(load(&block).await, 1);
    block.0.clock.advance(a_second_less(ttl));
    assert_eq!(load(&block).await, 1);
    block.0.clock.advance(SECOND);
    assert_eq!(load(&block).await, 2);
}

#[tokio::test]
async fn a_block_has_a_preset_for_its_methods() {
    lives_in_a_block(30 * SECOND, async |block| block.by_default().await).await;
}

#[tokio::test]
async fn the_ttl_of_a_method_wins_over_the_preset_of_the_block() {
    lives_in_a_block(10 * SECOND, async |block| block.with_a_ttl().await).await;
}

#[tokio::test]
async fn the_preset_of_a_method_stands_in_place_of_that_of_the_block_and_of_its_times() {
    lives_in_a_block(MINUTE, async |block| block.with_a_preset().await).await;
    lives_in_a_block(MINUTE, async |block| block.in_place_of_times().await).await;
}
