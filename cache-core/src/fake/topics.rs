//! What services tell each other, on the fake server.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use async_trait::async_trait;

use crate::fake::gate::Op;
use crate::fake::server::State;
use crate::fake::store::FakeStore;
use crate::model::error::Error;
use crate::port::{Done, Follow, Followed, Publish, Subscription, Told, Topics};

/// All topics, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(HashMap<Vec<u8>, Topic>);

#[derive(Debug, Clone, Default)]
struct Topic {
    count: u64,
    /// With the number of each.
    told: VecDeque<(u64, Vec<u8>)>,
    groups: HashMap<Vec<u8>, Group>,
}

#[derive(Debug, Clone)]
struct Group {
    /// The number of the last one that was handed out.
    last: u64,
    gap: Option<Box<[u8]>>,
    /// When each that is not done yet was handed out.
    pending: BTreeMap<u64, u64>,
    run: u64,
    /// Where the look at what is not done goes on.
    next: u64,
}

impl Shelf {
    pub(crate) fn publish(&mut self, publish: &Publish<'_>) {
        let topic = self.0.entry(publish.topic.to_vec()).or_default();
        topic.count += 1;
        topic.told.push_back((topic.count, publish.body.to_vec()));
        while topic.told.len() as u64 > publish.keep {
            topic.told.pop_front();
        }
    }

    /// `run`: how often the server has begun again.
    pub(crate) fn follow(&mut self, follow: &Follow<'_>, service: &[u8], now: u64, run: u64) -> Followed {
        let topic = self.0.entry(follow.topic.to_vec()).or_default();
        let (mut is_lost, count) = (false, topic.count);
        let group = topic.groups.entry(service.to_vec()).or_insert_with(|| {
            is_lost = true;
            Group { last: count, gap: None, pending: BTreeMap::new(), run, next: 0 }
        });
        is_lost |= std::mem::replace(&mut group.run, run) != run;
        let body = |number: u64| topic.told.iter().find(|(other, _)| *other == number).map(|(_, body)| body.clone());
        let idle = u64::try_from(follow.idle.as_millis()).unwrap_or(u64::MAX);
        let most = follow.count as usize;
        let is_due = |at: u64| now.saturating_sub(at) >= idle;
        let due = group.pending.range(group.next..).filter(|(_, at)| is_due(**at)).map(|(number, _)| *number);
        let again: Vec<_> = due.take(most).collect();
        group.next = again.last().filter(|_| again.len() == most).map_or(0, |number| number + 1);
        let mut told = Vec::new();
        for number in again {
            if let Some(body) = body(number) {
                group.pending.insert(number, now);
                told.push(Told { id: id(number), body });
            } else {
                group.pending.remove(&number);
                is_lost = true;
            }
        }
        let new: Vec<_> =
            topic.told.iter().filter(|(number, _)| *number > group.last).take(most - told.len()).cloned().collect();
        for (number, body) in new {
            is_lost |= number != group.last + 1;
            group.last = number;
            group.pending.insert(number, now);
            told.push(Told { id: id(number), body });
        }
        if is_lost {
            group.gap = Some([&now.to_be_bytes()[..], &group.last.to_be_bytes()].concat().into());
        }
        Followed { told, gap: group.gap.clone() }
    }

    pub(crate) fn done(&mut self, done: &Done<'_>, service: &[u8]) {
        let topic = self.0.get_mut(done.topic);
        let Some(group) = topic.and_then(|topic| topic.groups.get_mut(service)) else { return };
        group.pending.retain(|number, _| !done.ids.contains(&id(*number)));
        if group.gap.as_deref() == done.gap {
            group.gap = None;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

fn id(number: u64) -> Box<[u8]> {
    number.to_be_bytes().into()
}

#[async_trait]
impl Topics for FakeStore {
    async fn publish(&self, publish: Publish<'_>, within: Duration) -> Result<(), Error> {
        let step = |state: &mut State| {
            state.topics.publish(&publish);
            if !self.is_mute {
                state.told.publish(publish.topic, Vec::new());
            }
        };
        self.at_server(Op::Publish, within, step).await
    }

    async fn follow(&self, follow: Follow<'_>, within: Duration) -> Result<Followed, Error> {
        let step = |state: &mut State| state.topics.follow(&follow, &self.prefix, state.keys.now, state.run);
        self.at_server(Op::Follow, within, step).await
    }

    async fn done(&self, done: Done<'_>, within: Duration) -> Result<(), Error> {
        self.at_server(Op::Done, within, |state| state.topics.done(&done, &self.prefix)).await
    }

    async fn told(&self, topic: &[u8], within: Duration) -> Result<Box<dyn Subscription>, Error> {
        self.at_server(Op::Subscribe, within, |_| ()).await?;
        Ok(Box::new(self.server.now(|state| state.told.join(topic))))
    }
}
