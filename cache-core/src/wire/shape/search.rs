//! Which example is handed out where, and what a refusal teaches.
//!
//! A place is named by the path of fields and variants that lead to it, not by its number in a pass: so what was learned
//! about one place holds in every pass, whatever the order of fields.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::wire::shape::graph::{Graph, Key};
use crate::wire::shape::pass::{Around, Fork, Pass, Refusal, ways};

/// So many values are asked for in all passes together: a struct of structs of structs has more of them than fields.
pub(crate) const MAX_VALUES: usize = 1 << 16;
/// So often one value may refuse what is in it: a date takes some combinations, a checksum none.
const MAX_TRIES: usize = 256;

/// How a pass ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Read,
    Refused,
}

/// A pass that is to be made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Goal {
    /// Which way is taken at the places around what is to be seen, and there.
    pub(crate) ways: BTreeMap<String, usize>,
    /// The place which is to be seen; the whole value where there is none.
    pub(crate) place: Option<String>,
    /// The container there, and the way.
    sees: Option<(Key, usize)>,
    pub(crate) was_postponed: bool,
}

#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) graph: Graph,
    pub(crate) pass: Pass,
    pub(crate) goals: VecDeque<Goal>,
    /// Where a refusal has led to another way than the first.
    pub(crate) learned: BTreeMap<String, Fork>,
    tries: BTreeMap<String, usize>,
    /// Fields that are asked for last, and names that are another name of a field.
    pub(crate) last: BTreeSet<(Key, &'static str)>,
    pub(crate) aliases: BTreeSet<(Key, &'static str)>,
    /// Ways of containers that have, or had, a goal; and that were read to their end.
    met: BTreeSet<(Key, usize)>,
    pub(crate) seen: BTreeSet<(Key, usize)>,
    pub(crate) met_enums: BTreeSet<Key>,
    /// For an enum the variant that was read first: it needs no other value of that enum.
    pub(crate) leaves: BTreeMap<Key, usize>,
    pub(crate) values: usize,
    gave_up: bool,
}

impl Search {
    pub(crate) fn new() -> Self {
        Self {
            graph: Graph::default(),
            pass: Pass::default(),
            goals: VecDeque::from([Goal::default()]),
            learned: BTreeMap::new(),
            tries: BTreeMap::new(),
            last: BTreeSet::new(),
            aliases: BTreeSet::new(),
            met: BTreeSet::new(),
            seen: BTreeSet::new(),
            met_enums: BTreeSet::new(),
            leaves: BTreeMap::new(),
            values: 0,
            gave_up: false,
        }
    }

    /// Begins the next pass; false where nothing is left to be seen.
    pub(crate) fn start(&mut self) -> bool {
        if self.values >= MAX_VALUES {
            return false;
        }
        let is_new = |goal: &Goal| goal.sees.is_none_or(|way| !self.seen.contains(&way));
        let Some(goal) = std::iter::from_fn(|| self.goals.pop_front()).find(is_new) else {
            return false;
        };
        self.pass = Pass::new(goal);
        true
    }

    pub(crate) fn saw_everything(&self) -> bool {
        !self.gave_up && self.values < MAX_VALUES
    }

    /// Something asks for whatever there is, or reads names by itself: what it makes of them is not seen.
    pub(crate) fn is_opaque(&mut self) {
        self.gave_up = true;
    }

    /// Ends a pass, and says what is to be done about a refusal.
    pub(crate) fn finish(&mut self, end: End) {
        let mut pass = std::mem::take(&mut self.pass);
        if end == End::Read || pass.is_done {
            return;
        }
        if pass.found_alias {
            return self.goals.push_front(pass.goal);
        }
        let Some(refusal) = pass.refusal.take() else {
            self.gave_up = true;
            return;
        };
        // Another goal may find a variant that ends the recursion.
        if refusal.is_too_deep && self.can_postpone(&pass.goal) {
            pass.goal.was_postponed = true;
            return self.goals.push_back(pass.goal);
        }
        let knows_better = !refusal.is_too_deep && self.takes_the_next(&pass, &refusal);
        if knows_better || self.goes_around(&pass, &refusal) {
            self.goals.push_front(pass.goal);
        } else {
            self.gave_up = true;
        }
    }

    /// Whether other goals come before this one is tried again.
    pub(crate) fn can_postpone(&self, goal: &Goal) -> bool {
        !goal.was_postponed && !self.goals.is_empty()
    }

    /// Takes the next combination of examples in what was refused.
    fn takes_the_next(&mut self, pass: &Pass, refusal: &Refusal) -> bool {
        let tries = self.tries.entry(refusal.place.clone()).or_default();
        *tries += 1;
        if *tries > MAX_TRIES {
            return false;
        }
        let forks = &pass.forks[refusal.forks.clone()];
        let Some(last) = forks.iter().rposition(|fork| fork.at + 1 < fork.ways.len()) else {
            return false;
        };
        for fork in &forks[last + 1..] {
            self.learned.remove(&fork.place);
        }
        self.learn(&forks[last]);
        true
    }

    /// Takes another way around what was refused, so that the rest is seen.
    fn goes_around(&mut self, pass: &Pass, refusal: &Refusal) -> bool {
        for (depth, around) in refusal.around.iter().enumerate().rev() {
            match *around {
                Around::Field(key, name) => {
                    if !refusal.is_too_deep && self.last.insert((key, name)) {
                        return true;
                    }
                }
                Around::Fork(fork, key) => {
                    let fork = &pass.forks[fork];
                    if fork.at + 1 == fork.ways.len() {
                        continue;
                    }
                    let way = fork.ways[fork.at];
                    let around = ways(&pass.forks, &refusal.around[..depth]);
                    self.add_goal(around, fork.place.clone(), (key, way));
                    self.learn(fork);
                    return true;
                }
            }
        }
        false
    }

    /// A way of a container that is to be seen, unless it was or will be.
    pub(crate) fn add_goal(&mut self, around: BTreeMap<String, usize>, place: String, sees: (Key, usize)) {
        if !self.seen.contains(&sees) && self.met.insert(sees) {
            let mut ways = around;
            ways.insert(place.clone(), sees.1);
            self.goals.push_back(Goal { ways, place: Some(place), sees: Some(sees), was_postponed: false });
        }
    }

    fn learn(&mut self, fork: &Fork) {
        self.learned.insert(fork.place.clone(), Fork { at: fork.at + 1, ..fork.clone() });
    }
}
