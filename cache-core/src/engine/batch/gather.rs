//! Which of the missing elements this call leads, and what became of those that others load.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::OwnedSemaphorePermit;

use crate::engine::counters::count;
use crate::engine::failing::Cause;
use crate::engine::join::{Course, Followed};
use crate::engine::lead::Lead;
use crate::engine::level2::convoy::Convoy;
use crate::engine::level2::question::Way;
use crate::engine::look_up::Miss;
use crate::engine::outcome::End;
use crate::flight::load::Load;
use crate::model::entry::Entry;
use crate::model::outcome::Answer;
use crate::model::plan::Plan;

/// The elements of a batch that were not in memory, and what has become of them so far.
#[derive(Debug)]
pub(crate) struct Members {
    all: Vec<Member>,
    pub(crate) convoy: Arc<Convoy>,
    /// Whether the body can run again, for elements that others were expected to bring.
    repeats: bool,
    /// Its turn, where it is one of many whose leader failed.
    turn: Option<OwnedSemaphorePermit>,
    /// How long it has waited for others' questions to the second level.
    lost: Duration,
}

/// One element.
#[derive(Debug)]
struct Member {
    which: usize,
    miss: Miss,
    course: Course,
    standing: Standing,
}

#[derive(Debug)]
enum Standing {
    /// Nothing has become of it yet; this call may have led it, and given it up.
    Open,
    /// The load that was waited for has failed: it is for this call to load it.
    Failed(Arc<Load>),
    Done,
}

/// What has become of elements.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Those that this call leads.
    pub(crate) leads: Vec<Led>,
    /// Those that have come meanwhile, or that others have loaded; `None`: there is no value.
    pub(crate) landed: Vec<(usize, Option<Arc<Entry>>)>,
    /// Another batch has failed, which would have brought one of them, or there was trouble with the cache.
    pub(crate) failed: Option<Failed>,
}

/// How another call has failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) which: usize,
    pub(crate) cause: Cause,
    load: Arc<Load>,
}

/// An element that this call leads.
#[derive(Debug)]
pub(crate) struct Led {
    pub(crate) which: usize,
    pub(crate) lead: Lead,
}

impl Members {
    pub(crate) fn new(convoy: Arc<Convoy>, misses: impl Iterator<Item = Miss>, repeats: bool) -> Self {
        let member = |(which, miss)| Member { which, miss, course: Course::default(), standing: Standing::Open };
        Self { all: misses.enumerate().map(member).collect(), convoy, repeats, turn: None, lost: Duration::ZERO }
    }

    /// Leads whatever nobody loads; where that is nothing, waits for those who do, until some of it has come or is for
    /// this call to load. `None`: nothing is left.
    ///
    /// # Panics
    /// If a load that this call waited for panicked.
    pub(crate) async fn gather(&mut self, plans: &[Plan]) -> Option<Gathered> {
        self.turn = None;
        while !self.all.iter().all(Member::is_done) {
            let mut gathered = self.lead_what_nobody_loads(plans);
            if gathered.leads.is_empty() {
                match self.all.iter().find_map(Member::failed) {
                    Some(load) => self.lead_what_failed(&load, plans, &mut gathered).await,
                    None => self.wait(plans, &mut gathered).await,
                }
            }
            if !gathered.is_empty() {
                return Some(gathered);
            }
        }
        None
    }

    /// Tells that the second level has answered for an element.
    pub(crate) fn found(&self, which: usize, answer: Answer, entry: &Entry) {
        let miss = &self.all[which].miss;
        miss.bequeath_entry(Some(entry));
        miss.tell(End::found(answer, entry));
    }

    /// Tells that the body has run for elements.
    pub(crate) fn tell_loaded(&self, leads: &[Led]) {
        for led in leads {
            let miss = &self.all[led.which].miss;
            miss.tell(End { not_remote: led.lead.not_remote, ..End::without_entry(miss.answer()) });
        }
    }

    /// Tells that there was trouble before the body could run for an element.
    pub(crate) fn tell_failed(&self, led: &Led) {
        let end = End { not_remote: led.lead.not_remote, ..End::without_entry(Answer::Failed) };
        self.all[led.which].miss.tell(end);
    }

    /// Nothing more is to become of an element.
    pub(crate) fn done(&mut self, which: usize) {
        self.all[which].standing = Standing::Done;
    }

    /// Another call's error is none that this call could pass on.
    pub(crate) fn refuse(&mut self, failed: Failed) {
        self.all[failed.which].standing = Standing::Failed(failed.load);
    }

    fn lead_what_nobody_loads(&mut self, plans: &[Plan]) -> Gathered {
        let mut gathered = Gathered::default();
        let (convoy, repeats) = (&self.convoy, self.repeats);
        for member in self.all.iter_mut().filter(|member| member.is_open()) {
            let plan = &plans[member.which];
            let followed = member.miss.lead_or_find(plan, &member.course);
            // A body that runs once brings everything in that one run: nothing can be waited for.
            let followed = followed.or_else(|| (!repeats).then(|| Followed::Lead(member.miss.lead_alone(plan))));
            if let Some(followed) = followed {
                gathered.add(member, followed, convoy, repeats);
            }
        }
        gathered
    }

    /// Leads, in turn with others that waited for the same load, what others have failed to load.
    async fn lead_what_failed(&mut self, load: &Load, plans: &[Plan], gathered: &mut Gathered) {
        // One turn for all of them: who holds one and waits for another might wait without end.
        let takes_turns = self.all.iter().all(|member| member.miss.takes_turns());
        self.turn = if takes_turns { Arc::clone(&load.turns).acquire_owned().await.ok() } else { None };
        for member in self.all.iter_mut().filter(|member| member.failed().is_some()) {
            let followed = match member.miss.find() {
                Some(entry) => Followed::Value(entry),
                None => Followed::Lead(member.miss.lead_alone(&plans[member.which])),
            };
            member.standing = Standing::Open;
            gathered.add(member, followed, &self.convoy, self.repeats);
        }
    }

    /// Waits for others' loads, leading nothing. What it has to lead in the end it leads at once: the other waits are
    /// given up, and begun again after it.
    async fn wait(&mut self, plans: &[Plan], gathered: &mut Gathered) {
        let (convoy, repeats) = (&self.convoy, self.repeats);
        let open = self.all.iter_mut().filter(|member| member.is_open());
        let mut waits: FuturesUnordered<_> = open
            .map(async |member| {
                let followed = member.miss.follow(&plans[member.which], &mut member.course).await;
                (member, followed)
            })
            .collect();
        let mut calls_for_action = false;
        std::future::poll_fn(|context| {
            loop {
                match waits.poll_next_unpin(context) {
                    Poll::Ready(Some((member, followed))) => {
                        gathered.add(member, followed, convoy, repeats);
                        calls_for_action |=
                            !gathered.leads.is_empty() || gathered.failed.is_some() || !member.is_done();
                    }
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending if calls_for_action => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await;
        drop(waits);
        let lost = self.all.iter().map(|member| member.course.lost).max().unwrap_or_default();
        self.convoy.lose(lost.saturating_sub(self.lost));
        self.lost = self.lost.max(lost);
    }
}

impl Member {
    fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Open)
    }

    fn is_done(&self) -> bool {
        matches!(self.standing, Standing::Done)
    }

    fn failed(&self) -> Option<Arc<Load>> {
        match &self.standing {
            Standing::Failed(load) => Some(Arc::clone(load)),
            Standing::Open | Standing::Done => None,
        }
    }
}

impl Gathered {
    fn is_empty(&self) -> bool {
        self.leads.is_empty() && self.landed.is_empty() && self.failed.is_none()
    }

    fn add(&mut self, member: &mut Member, followed: Followed, convoy: &Arc<Convoy>, repeats: bool) {
        let landed = match followed {
            Followed::Lead(mut lead) => {
                lead.way = Way::Together(Arc::clone(convoy));
                lead.is_alone |= !repeats;
                lead.load.mark_of_many();
                return self.leads.push(Led { which: member.which, lead });
            }
            // Trouble with the cache is the same for all.
            Followed::Failed(cause, load) if load.is_of_many() || matches!(cause, Cause::Trouble(_)) => {
                self.failed = Some(Failed { which: member.which, cause, load });
                return;
            }
            // What the body for one element says of that one does not speak for a batch.
            Followed::Failed(_, load) | Followed::Unshared(load) => {
                member.standing = Standing::Failed(load);
                return;
            }
            Followed::Value(entry) => Some(entry),
            Followed::Absent => None,
        };
        count(&member.miss.call.engine.counters.collapsed);
        member.miss.bequeath_entry(landed.as_deref());
        member.miss.tell(End { entry: landed.as_deref(), ..End::without_entry(Answer::Collapsed) });
        member.standing = Standing::Done;
        self.landed.push((member.which, landed));
    }
}
