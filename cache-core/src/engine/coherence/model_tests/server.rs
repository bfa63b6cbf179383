//! The server: one key, one token that stands for a tag and for the namespace, and the scripts in one step each.

use crate::decisions::records;
use crate::engine::coherence::model_tests::world::{Kind, Mutant, Version};
use crate::model::stamp::Stamp;
use crate::wire::envelope::Header;
use crate::wire::records::{Generation, Token};

/// What the server keeps. A lease needs no id: a process has one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Server {
    pub(super) entry: Option<Entry>,
    pub(super) lease: Option<(usize, Stamp)>,
    pub(super) token: Option<(u8, u64, u64)>,
    control: Option<(u8, u64)>,
    /// The next generation.
    fresh: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) version: Version,
    generation: u8,
    load: u64,
    fill: u64,
}

/// What a look-up comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Hit(Version),
    Leased,
    Busy,
}

const fn generation(number: u8) -> Generation {
    [number; 16]
}

const fn stamp((of, sequence): (u8, u64)) -> Stamp {
    Stamp { generation: generation(of), sequence }
}

impl Server {
    pub(super) const NEW: Self = Self { entry: None, lease: None, token: None, control: Some((1, 0)), fresh: 2 };

    /// Where the history stands; a missing control record begins another.
    fn stand(&mut self, mutant: Option<Mutant>) -> (u8, u64) {
        *self.control.get_or_insert_with(|| {
            let begun = if mutant == Some(Mutant::SameGeneration) { 1 } else { self.fresh };
            self.fresh += 1;
            (begun, 0)
        })
    }

    pub(super) fn stamp(&mut self, mutant: Option<Mutant>) -> Stamp {
        stamp(self.stand(mutant))
    }

    /// The read, and where nothing is there, the wish to load: the entry may not change in between, or it is read again.
    pub(super) fn look(&mut self, process: usize, mutant: Option<Mutant>) -> Answer {
        let at = self.stand(mutant);
        if let Some(entry) = self.entry
            && self.serves(entry, at, mutant)
        {
            return Answer::Hit(entry.version);
        }
        if self.lease.is_some() {
            return Answer::Busy;
        }
        self.lease = Some((process, stamp(at)));
        let minted = if mutant == Some(Mutant::MintsAtZeroAtTheGrant) { 0 } else { at.1 };
        self.mint(at, minted, at.1);
        Answer::Leased
    }

    fn serves(&self, entry: Entry, at: (u8, u64), mutant: Option<Mutant>) -> bool {
        let header = Header {
            generation: generation(entry.generation),
            load_sequence: entry.load,
            fill_sequence: entry.fill,
            expires_at: 0,
        };
        let token = self.token.map(|(of, minted, barrier)| Token { generation: generation(of), minted, barrier });
        let is_missing = token.is_none_or(|token| token.generation != generation(at.0));
        if mutant == Some(Mutant::ServesWithoutToken) && is_missing {
            return entry.generation == at.0;
        }
        records::servable(&header, Some(stamp(at)), [token], 0)
    }

    fn mint(&mut self, at: (u8, u64), minted: u64, barrier: u64) {
        if self.token.is_none_or(|(of, ..)| of != at.0) {
            self.token = Some((at.0, minted, barrier));
        }
    }

    /// Stores what a process has loaded, where its lease still stands; says whether it did.
    pub(super) fn fill(&mut self, process: usize, version: Version, mutant: Option<Mutant>) -> bool {
        let at = self.stand(mutant);
        let held = self.lease.filter(|(holder, _)| *holder == process);
        let granted = match (held, mutant) {
            (Some((_, granted)), _) => granted,
            (None, Some(Mutant::FillsWithoutLease)) => stamp(at),
            (None, _) => return false,
        };
        if held.is_some() {
            self.lease = None;
        }
        let minted = if mutant == Some(Mutant::MintsAtZeroAtTheFill) { 0 } else { at.1 };
        self.mint(at, minted, minted);
        let (of, minted, barrier) = self.token.unwrap_or((at.0, at.1, at.1));
        let token = Token { generation: generation(of), minted, barrier };
        let lets_in = match mutant {
            Some(Mutant::FillsUnderAnyToken) => true,
            Some(Mutant::IgnoresTheBarrier) => {
                records::lets_in(Token { barrier: 0, ..token }, granted, granted.sequence)
            }
            _ => records::lets_in(token, granted, granted.sequence),
        };
        let is_of_history = granted.generation == generation(at.0);
        if is_of_history && lets_in {
            self.entry = Some(Entry { version, generation: at.0, load: granted.sequence, fill: at.1 });
        }
        is_of_history && lets_in
    }

    /// Invalidates, or writes by hand; says where the history stands then.
    pub(super) fn evict(&mut self, kind: Kind, version: Version, mutant: Option<Mutant>) -> Stamp {
        let (of, sequence) = self.stand(mutant);
        let at = (of, sequence + 1);
        self.control = Some(at);
        match kind {
            Kind::Key => {
                self.entry = None;
                if mutant != Some(Mutant::EvictsKeepTheLease) {
                    self.lease = None;
                }
            }
            Kind::Tag => self.token = None,
            Kind::Barrier => {
                if let Some((minted_in, minted, _)) = self.token
                    && minted_in == of
                {
                    self.token = Some((of, minted, at.1));
                }
            }
            Kind::Set => {
                self.entry = Some(Entry { version, generation: of, load: at.1, fill: at.1 });
                if mutant != Some(Mutant::SetsKeepTheLease) {
                    self.lease = None;
                }
                self.mint(at, at.1, at.1);
            }
            Kind::Pattern | Kind::Other => {}
        }
        stamp(at)
    }

    /// What can be lost, each by itself. Without the control record the rest is of a history that nobody knows.
    pub(super) fn losses(self) -> impl Iterator<Item = Self> {
        let lost = [
            Self { entry: None, ..self },
            Self { lease: None, ..self },
            Self { token: None, ..self },
            Self { control: None, ..self },
        ];
        lost.into_iter().filter(move |lost| *lost != self)
    }
}
