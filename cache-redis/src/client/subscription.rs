//! [`Channel`]: a connection that hears what is said on one channel, and does nothing else.

use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use redis::Client;
use redis::aio::PubSubStream;

use crate::client::address::Address;
use crate::client::failure::Failure;

/// What the server says on a channel.
pub(crate) struct Channel {
    messages: PubSubStream,
    at: String,
}

impl Channel {
    /// Connects, says who we are, and waits until the server has confirmed the subscription, within the limit.
    pub(crate) async fn open(address: &Address, name: &[u8], limit: Duration) -> Result<Self, Failure> {
        let at = address.to_string();
        let subscribed = async {
            let mut listening = Client::open(address.info().clone())?.get_async_pubsub().await?;
            listening.subscribe(name).await?;
            Ok(listening.into_on_message())
        };
        match tokio::time::timeout(limit, subscribed).await {
            Ok(Ok(messages)) => Ok(Self { messages, at }),
            Ok(Err(error)) => Err(Failure::connecting(&error, address)),
            Err(_) => Err(Failure::silent(address)),
        }
    }

    /// The next message; an error where the connection has broken. Cancel safe.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, Failure> {
        let message = self.messages.next().await;
        let message = message.ok_or_else(|| Failure::unreachable(&self.at, "the connection broke"))?;
        Ok(message.get_payload_bytes().to_vec())
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channel").field(&self.at).finish()
    }
}
