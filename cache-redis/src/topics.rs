//! Topics on the server: streams, with a group for each service.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::Error;
use cache_core::port::{Done, Follow, Followed, Publish, Stopwatch, Subscription, Told, Topics};

use crate::client::{Command, Script};
use crate::millis;
use crate::names::Names;
use crate::reply::Reply;
use crate::scripts::{ALWAYS, RUN, WHERE_THERE_IS_MEMORY};
use crate::store::Store;

static PUBLISH: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, include_str!("scripts/publish.lua")].concat()));
/// Also where there is no memory: it needs next to none, and what it hands out evicts.
static FOLLOW: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, RUN, include_str!("scripts/follow.lua")].concat()));
static DONE: LazyLock<Script> = LazyLock::new(|| Script::new([ALWAYS, include_str!("scripts/done.lua")].concat()));

#[async_trait]
impl Topics for Store {
    async fn publish(&self, publish: Publish<'_>, within: Duration) -> Result<(), Error> {
        let called = Stopwatch::start();
        let (names, topic) = (&self.names, publish.topic);
        let command = Command::script(&PUBLISH, &[Names::stream(topic), Names::told_count(topic)])
            .number(publish.keep)
            .arg(publish.body)
            .arg(&names.told(topic));
        self.run(command, called, within, |reply| reply.int().map(drop)).await
    }

    async fn follow(&self, follow: Follow<'_>, within: Duration) -> Result<Followed, Error> {
        let called = Stopwatch::start();
        let (names, topic) = (&self.names, follow.topic);
        let command =
            Command::script(&FOLLOW, &[Names::stream(topic), Names::told_count(topic), names.group_state(topic)])
                .arg(names.group())
                .number(follow.count.into())
                .number(millis::bounded(follow.idle));
        self.run(command, called, within, followed).await
    }

    async fn done(&self, done: Done<'_>, within: Duration) -> Result<(), Error> {
        let called = Stopwatch::start();
        let (names, topic) = (&self.names, done.topic);
        let command = Command::script(&DONE, &[Names::stream(topic), names.group_state(topic)])
            .arg(names.group())
            .arg(done.gap.unwrap_or_default());
        let command = done.ids.iter().fold(command, |command, id| command.arg(id));
        self.run(command, called, within, |reply| reply.int().map(drop)).await
    }

    async fn told(&self, topic: &[u8], within: Duration) -> Result<Box<dyn Subscription>, Error> {
        self.listen_too(self.names.told(topic), within).await
    }
}

fn followed(reply: Reply) -> Option<Followed> {
    let [gap, told] = reply.array()?;
    let gap = Some(gap.bytes()?).filter(|gap| !gap.is_empty()).map(Vec::into_boxed_slice);
    let one = |reply: Reply| {
        let [id, body] = reply.array()?;
        Some(Told { id: id.bytes()?.into(), body: body.bytes()? })
    };
    Some(Followed { told: told.list()?.into_iter().map(one).collect::<Option<_>>()?, gap })
}
