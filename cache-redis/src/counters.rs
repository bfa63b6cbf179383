//! Counters on the server.

use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::Error;
use cache_core::port::{By, Count, Counted, Counters, Number, Stopwatch};

use crate::client::{Command, Script};
use crate::millis;
use crate::reply::Reply;
use crate::scripts::WHERE_THERE_IS_MEMORY;
use crate::store::{SCAN, Store};

static COUNT: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, include_str!("scripts/count.lua")].concat()));

#[async_trait]
impl Counters for Store {
    async fn count(&self, count: Count<'_>, within: Duration) -> Result<Counted, Error> {
        let called = Stopwatch::start();
        let (what, number) = match count.by {
            By::Integer(by) => ("add", by.to_string()),
            By::Float(by) => ("float", format!("{by:e}")),
            By::Set(number) => ("set", number.to_string()),
        };
        let command = Command::script(&COUNT, &[self.names.counter(count.key)])
            .arg(what.as_bytes())
            .arg(number.as_bytes())
            .number(millis::ttl(count.lasts));
        self.run(command, called, within, counted).await
    }

    async fn counted(&self, key: &[u8], within: Duration) -> Result<Option<Counted>, Error> {
        let called = Stopwatch::start();
        let command = Command::new("GET").arg(&self.names.counter(key));
        self.run(command, called, within, |reply| Some(reply.record()?.map(|text| read(&text)))).await
    }

    async fn uncount(&self, key: &[u8], within: Duration) -> Result<bool, Error> {
        let called = Stopwatch::start();
        let command = Command::new("UNLINK").arg(&self.names.counter(key));
        self.run(command, called, within, |reply| reply.int()).await.map(|gone| gone == 1)
    }

    async fn forget(&self, head: &[u8], cursor: u64, within: Duration) -> Result<u64, Error> {
        let called = Stopwatch::start();
        let pattern = self.names.counted_pattern(head);
        let page = Command::new("SCAN").number(cursor).arg(b"MATCH").arg(&pattern).arg(b"COUNT").number(SCAN);
        let (next, names) = self.run(page, called, within, scanned).await?;
        if !names.is_empty() {
            let gone = names.iter().fold(Command::new("UNLINK"), |command, name| command.arg(name));
            self.run(gone, called, within, |reply| reply.int()).await?;
        }
        Ok(next)
    }
}

fn read(text: &[u8]) -> Counted {
    Number::read(text).map_or(Counted::Foreign, Counted::Is)
}

/// Of the script `count`.
fn counted(reply: Reply) -> Option<Counted> {
    let mut list = reply.list()?.into_iter();
    let answer = match list.next()?.bytes()?.as_slice() {
        b"is" => Counted::Is(Number::read(&list.next()?.bytes()?)?),
        b"overflow" => Counted::Overflow,
        b"fraction" => Counted::Fraction,
        b"foreign" => Counted::Foreign,
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}

/// Of `SCAN`.
fn scanned(reply: Reply) -> Option<(u64, Vec<Vec<u8>>)> {
    let [next, found] = reply.array()?;
    Some((next.text()?.parse().ok()?, found.list()?.into_iter().map(Reply::bytes).collect::<Option<_>>()?))
}
