//! [`Sessions`]: who is logged in, and what belongs to that.
//!
//! A session is two entries. Its *ticket* is written once, when the session begins, and says by being there that it has not
//! ended; its *data* is what updates write. No update can write a ticket, so none can bring back what was deleted.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use futures_util::future::{try_join, try_join3};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::recipes::SessionId;
use crate::recipes::by_user::ByUser;
use crate::recipes::digest::digest;
use crate::{Cache, Error};

/// Sessions that end when nobody has used them for some time.
///
/// A cheap handle: make one where it is needed. Each session has a user, who may have many, and data of type `T`. They belong to
/// the tenant around the call, and stand in the namespace `sessions`.
///
/// # What holds
/// * **A deleted session stays deleted.** After [`delete`](Self::delete) or [`delete_all_of`](Self::delete_all_of) has
///   returned, no node finds it any more: the server decides each read, and memory keeps no copies. A read that began
///   before may still be given it; neither that nor an update which runs meanwhile brings it back.
/// * **Any use puts the end off**, on every node, by the server's clock: reads and updates, to the idle time from now on, and
///   never beyond [`max_age`](Self::max_age).
/// * **Updates that overlap** both read, and the one that writes last stays. The session does, too.
/// * **The id is a secret** that stands nowhere: keys have its hash.
///
/// # Cost
/// A session is asked for on the server each time: that is what "stays deleted" costs. `get` takes one round trip, `create` and
/// `delete` too, `update` three.
///
/// # Cancel safety
/// Dropped before its end, a call has been done or not, and deleted sessions stay deleted; once polled, `delete` and
/// `delete_all_of` are done though nobody waits.
///
/// ```
/// use std::time::Duration;
/// use larder::Cache;
/// use larder::recipes::{SessionId, Sessions};
///
/// #[derive(Clone, serde::Serialize, serde::Deserialize)]
/// struct Basket { items: Vec<u64> }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # let cache = Cache::in_process();
/// let sessions = Sessions::new(&cache, Duration::from_secs(30 * 60)).max_age(Duration::from_secs(12 * 3600));
/// let id = sessions.create("ada", Basket { items: vec![] }).await?;
/// let cookie = id.as_str().to_owned();
///
/// let id = SessionId::parse(&cookie).expect("it is ours");
/// assert!(sessions.update(&id, |basket| basket.items.push(7)).await?);
/// let session = sessions.get(&id).await?.expect("it is in use");
/// assert_eq!((session.user(), session.data().items.as_slice()), ("ada", &[7][..]));
///
/// sessions.delete_all_of("ada").await?; // for example because of a new password
/// assert!(sessions.get(&id).await?.is_none());
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
pub struct Sessions<T> {
    by_user: ByUser,
    idle: Duration,
    max_age: Option<Duration>,
    of: PhantomData<fn() -> T>,
}

/// What a session has: its user and its data.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session<T> {
    user: String,
    data: T,
}

impl<T> Session<T> {
    /// Whose session it is: what [`create`](Sessions::create) was given, as text.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What it holds.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The same by value.
    pub fn into_data(self) -> T {
        self.data
    }
}

impl<T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> Sessions<T> {
    /// The sessions of a cache, each of which ends when it was not used for so long. With an idle time of zero there are none.
    pub fn new(cache: &Cache, idle: Duration) -> Self {
        let by_user = ByUser::new("larder:sessions", cache.namespace("sessions").without_copies());
        Self { by_user, idle, max_age: None, of: PhantomData }
    }

    /// Ends each session so long after it was created, however much it is used. Without it, use keeps a session for ever.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Others than those without a name, or of another name: they never meet.
    ///
    /// A name is a namespace inside of `sessions`: up to three levels of letters, digits, `_`, `.` and `-`. With anything else
    /// every call fails with [`ErrorKind::Config`](crate::ErrorKind::Config).
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.by_user = self.by_user.named(name);
        self
    }

    /// Begins a session. One round trip.
    ///
    /// Call it at each log-in, also where the client has sent an id: an id from before might be known to somebody else.
    ///
    /// # Errors
    /// As [`Set`](crate::Set): there is no session then, or nobody knows its id.
    pub async fn create(&self, user: impl ToString, data: T) -> Result<SessionId, Error> {
        let (id, user) = (SessionId::random()?, user.to_string());
        let [ticket, record] = keys(&id);
        let ticket = self
            .by_user
            .entries
            .set(ticket, true)
            .ttl(self.max_age.unwrap_or(self.idle))
            .tags([self.by_user.tag(&user)]);
        let record = self.by_user.entries.set(record, Session { user, data }).ttl(self.idle);
        try_join(ticket.into_future(), record.into_future()).await?;
        Ok(id)
    }

    /// The session of an id, whose end it puts off. One round trip.
    ///
    /// `None` where there is none, where it has ended or was deleted, and where its data has another shape than this build's `T`.
    ///
    /// # Errors
    /// As [`Namespace::get`](crate::Namespace::get): nobody is logged in or out by an `Err`.
    pub async fn get(&self, id: &SessionId) -> Result<Option<Session<T>>, Error> {
        let record = &keys(id)[1];
        let kept = self.by_user.entries.expire(record, self.idle);
        let (is_there, _, session) = try_join3(self.holds(id), kept, self.by_user.entries.get(record)).await?;
        Ok(session.filter(|_| is_there))
    }

    /// Changes the data of a session, whose end it puts off; says whether there is one. Three round trips.
    ///
    /// Where the session is deleted meanwhile, the change is lost and the session stays deleted: `false`. What another update
    /// writes meanwhile is lost.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`Set`](crate::Set); after one the data may have changed or not.
    pub async fn update(&self, id: &SessionId, change: impl FnOnce(&mut T)) -> Result<bool, Error> {
        let Some(mut session) = self.get(id).await? else { return Ok(false) };
        change(&mut session.data);
        let record = &keys(id)[1];
        self.by_user.entries.set(record, session).ttl(self.idle).await?;
        let is_there = self.holds(id).await?;
        if !is_there {
            // Without its ticket it is served to nobody, and only takes room.
            self.by_user.entries.remove(record).await?;
        }
        Ok(is_there)
    }

    /// Ends a session; says whether there was one. One round trip.
    ///
    /// # Errors
    /// As [`Namespace::remove`](crate::Namespace::remove): this process has removed it, and delivers that as soon as it can; until then other nodes may still
    /// find it.
    pub async fn delete(&self, id: &SessionId) -> Result<bool, Error> {
        Ok(self.by_user.entries.remove_many(keys(id)).await?[0])
    }

    /// Ends all sessions of a user, in one step and one round trip.
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    pub async fn delete_all_of(&self, user: impl ToString) -> Result<(), Error> {
        self.by_user.remove_all_of(&user.to_string()).await
    }

    /// Whether the ticket is there, which lives on: as long as the idle time, unless `max_age` has said when it ends.
    async fn holds(&self, id: &SessionId) -> Result<bool, Error> {
        let ticket = &keys(id)[0];
        match self.max_age {
            None => self.by_user.entries.expire(ticket, self.idle).await,
            Some(_) => self.by_user.entries.contains(ticket).await,
        }
    }
}

/// The keys of a session's ticket and of its data.
fn keys(id: &SessionId) -> [(&'static str, String); 2] {
    let digest = digest(id.as_str());
    [("ticket", digest.clone()), ("data", digest)]
}

impl<T> Clone for Sessions<T> {
    fn clone(&self) -> Self {
        let Self { by_user, idle, max_age, of } = self;
        Self { by_user: by_user.clone(), idle: *idle, max_age: *max_age, of: *of }
    }
}

/// Without what they hold.
impl<T> fmt::Debug for Sessions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by_user, idle, max_age, .. } = self;
        f.debug_struct("Sessions")
            .field("entries", &by_user.entries)
            .field("idle", idle)
            .field("max_age", max_age)
            .finish()
    }
}

/// Without the user and the data.
impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
