//! Two nodes on one server, whose periods begin at other moments, by a clock that is moved by hand.

use std::time::Duration;

use crate::support::within;
use crate::world::{EVERY, Manner, Running, World, rate, settled, until};

const HALF: Duration = Duration::from_secs(5);

struct Nodes {
    world: World,
    one: Running,
    other: Running,
}

impl Nodes {
    /// The first one has loaded, and the other has found that it did.
    async fn new() -> Self {
        Self::going_on(EVERY * 2).await
    }

    /// They go on for so long if nobody reads.
    async fn going_on(time: Duration) -> Self {
        let world = World::new();
        let one = Running::start(world.rate().stop_after(time));
        one.refreshed(1).await;
        world.clock.advance(HALF);
        let other = Running::start(world.rate().stop_after(time));
        other.skipped(1).await;
        Self { world, one, other }
    }

    /// Lets half a period pass, at both of whose ends somebody reads, and waits until the node that is due was at it.
    async fn half(&self) {
        self.one.rate.get().await.unwrap();
        self.other.rate.get().await.unwrap();
        let before = self.one.turns() + self.other.turns();
        self.world.clock.advance(HALF);
        until(|| self.one.turns() + self.other.turns() > before).await;
    }

    fn refreshed(&self) -> (u64, u64) {
        (self.one.rate.status().refreshed, self.other.rate.status().refreshed)
    }
}

/// Reads until the value is as new: a node hears of what another has loaded a moment later.
async fn until_read(running: &Running, value: u64) {
    within(async {
        while running.rate.get().await.unwrap() < value {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(running.rate.get().await, Ok(value));
}

#[tokio::test]
async fn of_two_nodes_one_loads_in_each_period() {
    let nodes = Nodes::new().await;
    for period in 1..=10 {
        nodes.half().await;
        nodes.half().await;
        assert_eq!(nodes.world.source.count(), 1 + period);
    }
    assert_eq!(nodes.refreshed(), (11, 0));
    assert_eq!(nodes.other.rate.status().skipped, 11);
    until_read(&nodes.other, 11).await;
}

#[tokio::test]
async fn when_one_stops_the_other_takes_over() {
    let Nodes { world, one, other } = Nodes::new().await;
    one.stop().await;
    other.rate.get().await.unwrap();
    world.clock.advance(EVERY);
    other.refreshed(1).await;
    other.rate.get().await.unwrap();
    world.clock.advance(EVERY);
    other.refreshed(2).await;
    assert_eq!(world.source.count(), 3);
}

#[tokio::test]
async fn one_that_is_dropped_while_it_loads_holds_nobody_up() {
    let Nodes { world, one, other } = Nodes::new().await;
    let gate = world.source.gate();
    world.clock.advance(HALF);
    gate.arrival().await;
    one.stop().await;
    world.source.behaves(Manner::Brings);
    // Given back in the background.
    until(|| world.server.bytes("rates:#k:global:_:rate#refresh").is_none()).await;
    world.clock.advance(HALF);
    other.refreshed(1).await;
}

#[tokio::test]
async fn where_one_fails_the_other_tries_when_it_is_due() {
    let nodes = Nodes::new().await;
    nodes.world.source.behaves(Manner::Fails);
    nodes.half().await;
    assert_eq!(nodes.one.rate.status().failed, 1);
    nodes.world.source.behaves(Manner::Brings);
    nodes.half().await;
    assert_eq!(nodes.refreshed(), (1, 1));
    until_read(&nodes.one, 3).await;
}

#[tokio::test]
async fn a_load_that_takes_longer_than_its_turn_keeps_it() {
    let Nodes { world, one, other } = Nodes::going_on(EVERY * 10).await;
    let gate = world.source.gate();
    world.clock.advance(HALF);
    gate.arrival().await;
    // It was granted at the tenth second for nine, and is extended after six and again.
    for second in 11..=35 {
        world.clock.advance(Duration::from_secs(1));
        match second {
            15 | 25 | 35 => other.skipped(second / 10 + 1).await,
            16 | 22 | 28 | 34 => until(|| world.server.operations().extend == (second - 10) / 6).await,
            _ => {}
        }
    }
    assert_eq!(world.source.count(), 2);
    gate.open();
    one.refreshed(2).await;
}

/// Longer than a lease for a load lasts nothing that it brings is stored on the server anyway.
#[tokio::test]
async fn a_load_that_hangs_holds_others_up_for_a_while_only() {
    let Nodes { world, one: _one, other } = Nodes::going_on(EVERY * 10).await;
    let gate = world.source.gate();
    world.clock.advance(HALF);
    gate.arrival().await;
    world.source.behaves(Manner::Brings);
    within(async {
        while other.rate.status().refreshed == 0 {
            world.clock.advance(Duration::from_secs(1));
            settled().await;
        }
    })
    .await;
}

/// Its turn ends with its period, and is not extended beyond the lease.
#[tokio::test]
async fn a_load_that_hangs_in_a_long_period_has_no_more_than_that() {
    let (world, every) = (World::new(), Duration::from_mins(5));
    let start = || Running::start(rate(&world.node(), &world.source, every).stop_after(every * 10));
    let one = start();
    one.refreshed(1).await;
    world.clock.advance(Duration::from_secs(30));
    let other = start();
    other.skipped(1).await;
    let gate = world.source.gate();
    world.clock.advance(Duration::from_secs(270));
    gate.arrival().await;
    world.source.behaves(Manner::Brings);
    // The other one is due thirty seconds later, in the turn of the first, and a period after that.
    world.clock.advance(Duration::from_secs(30));
    other.skipped(2).await;
    for _ in 0..300 {
        world.clock.advance(Duration::from_secs(1));
        settled().await;
    }
    other.refreshed(1).await;
}

/// Each goes on while it is read on its own node.
#[tokio::test]
async fn what_only_the_other_reads_the_other_refreshes() {
    let Nodes { world, one, other } = Nodes::new().await;
    world.clock.advance(HALF);
    one.refreshed(2).await;
    other.rate.get().await.unwrap();
    world.clock.advance(HALF);
    other.skipped(2).await;
    for period in 1..=3 {
        world.clock.advance(EVERY);
        other.refreshed(period).await;
        other.rate.get().await.unwrap();
    }
    assert_eq!(one.rate.status().refreshed, 2, "then it rested");
}

#[tokio::test]
async fn what_one_has_removed_while_the_other_loads_stays_away() {
    let world = World::new();
    let (node, gate) = (world.node(), world.source.gate());
    let running = Running::start(world.rate());
    gate.arrival().await;
    node.remove("rate").await.unwrap();
    gate.open();
    running.refreshed(1).await;
    assert_eq!(within(node.get::<u64>("rate")).await.unwrap(), None);
}
