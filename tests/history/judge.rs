//! What a history shows: whether a read was older than it may be, as a pure function.
//!
//! A read *misses* a write of its key if it returns an older version. It may not miss
//!
//! | rule | a read | a write |
//! |---|---|---|
//! | G1 | which the second level or a load has answered | that was delivered before the read began |
//! | G2 | however it was answered | that its own node had returned before the read began |
//! | G3 | which memory has answered | that was delivered longer before the read began than memory may be behind |
//!
//! One exception stands in the documentation too: a node that cannot ask its server shares its loads all the same. What
//! such a load has read is as old as the load, so it is judged as if the read had begun with that.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::clock::Moment;
use crate::record::{Answered, Read, Write};

/// What is promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// What the second level or a load answers is not older than any write before.
    G1,
    /// Nothing that a node answers is older than its own writes before.
    G2,
    /// What memory answers is behind by no more than the bound.
    G3,
}

impl Rule {
    pub(crate) const ALL: [Self; 3] = [Self::G1, Self::G2, Self::G3];
}

/// A read that was too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    pub(crate) read: Read,
    /// Of the writes that it misses the one that counted first.
    pub(crate) missed: Write,
    /// How long that had counted when the read began.
    pub(crate) behind: Duration,
}

/// A hit in memory that another node had made too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Behind {
    pub(crate) start: Moment,
    /// For how long: since the first write that it misses was delivered.
    pub(crate) by: Duration,
}

/// What a history comes to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) violations: Vec<Violation>,
    pub(crate) behind: Vec<Behind>,
    /// Hits in memory on what a put of the same node had brought.
    pub(crate) own_puts: usize,
    /// How many reads were judged by the exception.
    pub(crate) excused: usize,
    /// Writes that returned while somebody loaded their key.
    pub(crate) overlapping: usize,
    /// Loads that brought a version which a write had made too old before they ended: what no cache may keep.
    pub(crate) late_loads: usize,
}

impl Verdict {
    pub(crate) fn violations_of(&self, rule: Rule) -> usize {
        self.violations.iter().filter(|violation| violation.rule == rule).count()
    }
}

/// For each version of a key, which write after it counted first.
#[derive(Debug, Default)]
struct Timeline(Vec<(u32, Moment, Write)>);

impl Timeline {
    fn new(writes: impl Iterator<Item = (Moment, Write)>) -> Self {
        let mut line: Vec<_> = writes.map(|(counts, write)| (write.version, counts, write)).collect();
        line.sort_by_key(|(version, ..)| *version);
        for at in (1..line.len()).rev() {
            let (later, earlier) = (line[at], &mut line[at - 1]);
            if later.1 < earlier.1 {
                (earlier.1, earlier.2) = (later.1, later.2);
            }
        }
        Self(line)
    }

    /// The write that counted first of all that a read of this version misses.
    fn missed_by(&self, version: u32) -> Option<(Moment, Write)> {
        let at = self.0.partition_point(|(other, ..)| *other <= version);
        self.0.get(at).map(|(_, counts, write)| (*counts, *write))
    }

    /// The same, where it counted before this moment; with the time since.
    fn missed_before(&self, version: u32, moment: Moment) -> Option<(Duration, Write)> {
        let (counts, write) = self.missed_by(version)?;
        (counts < moment).then(|| (moment.since(counts), write))
    }
}

/// Judges a history. `bound` is how far memory may be behind.
pub(crate) fn judge(reads: &[Read], writes: &[Write], bound: Duration) -> Verdict {
    let judge = Judge::new(reads, writes);
    let mut verdict = Verdict { overlapping: overlapping(reads, writes), ..Verdict::default() };
    for read in reads {
        judge.judge(read, bound, &mut verdict);
    }
    verdict
}

/// What is known of a history before its reads are judged.
struct Judge {
    /// For each key what counts for all.
    of_key: HashMap<u8, Timeline>,
    /// For each key and node what counts for it.
    of_node: HashMap<(u8, u8), Timeline>,
    /// What puts have brought, by node, key and version.
    puts: HashSet<(u8, u8, u32)>,
    /// Loads of nodes that could not ask their server, by node, key and version: when they began and ended.
    alone: HashMap<(u8, u8, u32), Vec<(Moment, Moment)>>,
}

impl Judge {
    fn new(reads: &[Read], writes: &[Write]) -> Self {
        let (mut by_key, mut by_node) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for write in writes {
            by_key.entry(write.key).or_default().push((write.delivered, *write));
            by_node.entry((write.key, write.node)).or_default().push((write.returned, *write));
        }
        let puts = writes.iter().filter(|write| write.way.is_put());
        let puts = puts.map(|write| (write.node, write.key, write.version)).collect();
        let mut alone = HashMap::<_, Vec<_>>::new();
        for read in reads.iter().filter(|read| read.answered == Answered::LoadAlone) {
            alone.entry((read.node, read.key, read.version)).or_default().push((read.start, read.end));
        }
        let of_key = by_key.into_iter().map(|(key, writes)| (key, Timeline::new(writes.into_iter()))).collect();
        let of_node = by_node.into_iter().map(|(key, writes)| (key, Timeline::new(writes.into_iter()))).collect();
        Self { of_key, of_node, puts, alone }
    }

    fn judge(&self, read: &Read, bound: Duration, verdict: &mut Verdict) {
        let Some(of_key) = self.of_key.get(&read.key) else { return };
        let is_own_put = self.puts.contains(&(read.node, read.key, read.version));
        verdict.own_puts += usize::from(read.answered == Answered::Memory && is_own_put);
        verdict.late_loads +=
            usize::from(read.answered.is_load() && of_key.missed_before(read.version, read.end).is_some());
        let mut violated = |rule: Rule, (behind, missed): (Duration, Write)| {
            verdict.violations.push(Violation { rule, read: *read, missed, behind });
        };
        let own = self.of_node.get(&(read.key, read.node));
        if let Some(missed) = own.and_then(|own| own.missed_before(read.version, read.start)) {
            return violated(Rule::G2, missed);
        }
        let Some(missed) = of_key.missed_before(read.version, read.start) else { return };
        let began_alone = if read.answered.is_shared() { self.began_alone(read) } else { None };
        if began_alone.is_some_and(|began| of_key.missed_before(read.version, began).is_none()) {
            verdict.excused += 1;
            return;
        }
        if !read.answered.may_be_memory() {
            return violated(Rule::G1, missed);
        }
        verdict.behind.push(Behind { start: read.start, by: missed.0 });
        if missed.0 > bound {
            violated(Rule::G3, missed);
        }
    }

    /// When the load began that this read may have been given, if its node could not ask its server.
    fn began_alone(&self, read: &Read) -> Option<Moment> {
        let loads = self.alone.get(&(read.node, read.key, read.version))?;
        let shared = loads.iter().filter(|(start, end)| *start < read.end && *end > read.start);
        shared.map(|(start, _)| *start).max()
    }
}

/// How many writes returned while somebody loaded their key.
fn overlapping(reads: &[Read], writes: &[Write]) -> usize {
    let mut loads: HashMap<u8, Vec<(Moment, Moment)>> = HashMap::new();
    for read in reads.iter().filter(|read| read.answered.is_load()) {
        loads.entry(read.key).or_default().push((read.start, read.end));
    }
    for of_key in loads.values_mut() {
        of_key.sort_unstable();
        // From here on each ends no earlier than those before it.
        for at in 1..of_key.len() {
            of_key[at].1 = of_key[at].1.max(of_key[at - 1].1);
        }
    }
    let meets = |write: &&Write| {
        let of_key = loads.get(&write.key).map_or(&[][..], Vec::as_slice);
        let begun = of_key.partition_point(|(start, _)| *start < write.returned);
        begun > 0 && of_key[begun - 1].1 > write.returned
    };
    writes.iter().filter(meets).count()
}
