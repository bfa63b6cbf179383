//! The channels that invalidations are told on: one for each prefix.

use std::collections::VecDeque;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::model::error::{Error, ErrorKind};
use crate::port::Subscription;

/// So many of the last messages are kept.
const MESSAGES: usize = 4096;

/// What becomes of the messages of a fake server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// They reach whoever has subscribed.
    #[default]
    AtOnce,
    /// They are held back until they are delivered at once again.
    Held,
    /// They are lost, as those of a real server are for whoever is not there.
    Lost,
    /// Each comes twice.
    Twice,
}

/// Who listens, and what was said.
#[derive(Debug, Default)]
pub(crate) struct Channel {
    last: VecDeque<Vec<u8>>,
    /// With the prefix of each.
    held: Vec<(Vec<u8>, Vec<u8>)>,
    delivery: Delivery,
    listeners: Vec<(Vec<u8>, mpsc::UnboundedSender<Vec<u8>>)>,
}

impl Channel {
    pub(crate) fn join(&mut self, prefix: &[u8]) -> Listener {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.listeners.push((prefix.to_vec(), sender));
        Listener(receiver)
    }

    pub(crate) fn publish(&mut self, prefix: &[u8], message: Vec<u8>) {
        if self.last.len() == MESSAGES {
            self.last.pop_front();
        }
        self.last.push_back(message.clone());
        match self.delivery {
            Delivery::AtOnce => self.send(prefix, &message),
            Delivery::Held => self.held.push((prefix.to_vec(), message)),
            Delivery::Lost => {}
            Delivery::Twice => (0..2).for_each(|_| self.send(prefix, &message)),
        }
    }

    pub(crate) fn set(&mut self, delivery: Delivery) {
        self.delivery = delivery;
        if delivery != Delivery::Held {
            for (prefix, message) in std::mem::take(&mut self.held) {
                self.send(&prefix, &message);
            }
        }
    }

    pub(crate) fn cut(&mut self) {
        self.listeners.clear();
    }

    pub(crate) fn last(&self) -> Vec<Vec<u8>> {
        self.last.iter().cloned().collect()
    }

    fn send(&mut self, prefix: &[u8], message: &[u8]) {
        self.listeners.retain(|(listens, listener)| listens != prefix || listener.send(message.to_vec()).is_ok());
    }
}

/// One who listens.
#[derive(Debug)]
pub(crate) struct Listener(mpsc::UnboundedReceiver<Vec<u8>>);

#[async_trait]
impl Subscription for Listener {
    async fn next(&mut self) -> Result<Vec<u8>, Error> {
        let cut = || Error::new(ErrorKind::Unavailable, "the subscription was cut");
        self.0.recv().await.ok_or_else(cut)
    }
}
