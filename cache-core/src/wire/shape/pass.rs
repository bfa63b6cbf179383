//! One pass: where it is, which way it takes there, and where it was refused.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::wire::shape::graph::{Format, Key};
use crate::wire::shape::search::{Goal, MAX_VALUES, Search};

/// Values stand in each other to this depth at most, for each takes a piece of the stack.
const MAX_DEPTH: usize = 64;

/// A place where the pass could have gone another way.
#[derive(Debug, Clone)]
pub(crate) struct Fork {
    pub(crate) place: String,
    /// The ways, by preference.
    pub(crate) ways: Vec<usize>,
    pub(crate) at: usize,
}

/// What stands around the current value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Around {
    /// An option, a sequence, a map or an enum: the number of its fork, and its container.
    Fork(usize, Key),
    Field(Key, &'static str),
}

/// A value that is being read.
#[derive(Debug)]
struct Open {
    /// Where its part of the path begins, and its forks.
    path: usize,
    forks: usize,
    format: Option<Format>,
}

/// Where a pass was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) place: String,
    /// The forks inside of what was refused.
    pub(crate) forks: Range<usize>,
    pub(crate) around: Vec<Around>,
    /// Not for what it is: it goes too deep.
    pub(crate) is_too_deep: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) goal: Goal,
    pub(crate) is_done: bool,
    path: String,
    open: Vec<Open>,
    pub(crate) forks: Vec<Fork>,
    around: Vec<Around>,
    pub(crate) refusal: Option<Refusal>,
    /// An adjacently tagged enum is a struct with a field for the variant: that struct's place, and the variant.
    tag: Option<(String, &'static str)>,
    pub(crate) found_alias: bool,
}

/// Which ways were taken around a place.
pub(crate) fn ways(forks: &[Fork], around: &[Around]) -> BTreeMap<String, usize> {
    let fork = |around: &Around| match around {
        Around::Fork(number, _) => Some(&forks[*number]),
        Around::Field(..) => None,
    };
    around.iter().filter_map(fork).map(|fork| (fork.place.clone(), fork.ways[fork.at])).collect()
}

impl Search {
    /// Begins a value; false where there is no going on.
    pub(crate) fn begin(&mut self, label: &str) -> bool {
        self.values += 1;
        let pass = &mut self.pass;
        if pass.is_done || self.values > MAX_VALUES {
            return false;
        }
        if pass.open.len() == MAX_DEPTH {
            pass.refuse(pass.path.clone(), pass.forks.len(), true);
            return false;
        }
        // Whoever asks for a value after a refusal has forgotten the refusal.
        pass.refusal = None;
        pass.open.push(Open { path: pass.path.len(), forks: pass.forks.len(), format: None });
        pass.path.push('/');
        pass.path.push_str(label);
        true
    }

    /// Ends the value, which is a part of a container.
    pub(crate) fn end(&mut self, container: Option<Key>, label: &str, is_ok: bool) {
        let pass = &mut self.pass;
        let Some(open) = pass.open.pop() else { return };
        if !is_ok && pass.refusal.is_none() {
            pass.refuse(pass.path.clone(), open.forks, false);
        }
        if is_ok && pass.goal.place.as_ref() == Some(&pass.path) {
            pass.is_done = true;
        }
        pass.path.truncate(open.path);
        let format = open.format.unwrap_or(Format::Scalar("nothing"));
        match &pass.tag {
            Some((place, variant)) if *place == pass.path => {
                self.graph.add_part(container, &format!("{label}[{variant}]"), format);
            }
            _ => self.graph.add_part(container, label, format),
        }
    }

    /// The current value is a scalar; which of so many examples is it?
    pub(crate) fn scalar(&mut self, kind: &'static str, examples: usize) -> usize {
        self.set_format(Format::Scalar(kind));
        self.take_fork((0..examples).collect())
    }

    /// The current value is a container.
    pub(crate) fn container(&mut self, key: Key, name: Option<&'static str>, head: impl FnOnce() -> String) {
        self.set_format(Format::Container(key));
        self.graph.add(key, name, head);
    }

    /// Goes into an option, a sequence or a map: how many values does it have?
    pub(crate) fn enter(&mut self, key: Key, lengths: &[usize]) -> usize {
        let mut lengths = lengths.to_vec();
        if self.seen.contains(&(key, 1)) || self.pass.is_inside(key) {
            // What is in there is known, or will be: empty is enough, and ends a recursion.
            lengths.sort_unstable();
        }
        let length = self.take_fork(lengths);
        self.pass.go_inside(key);
        length
    }

    /// Goes into an enum: which variant is it? None where each of them holds the enum itself, as far as is known.
    pub(crate) fn enter_enum(&mut self, key: Key, variants: usize) -> Option<usize> {
        let pass = &self.pass;
        let leaf = self.leaves.get(key).copied().filter(|leaf| *leaf < variants);
        let taken = pass.ways_inside(key);
        let others = (0..variants).filter(|way| Some(*way) != leaf && !taken.contains(way));
        let order: Vec<_> = leaf.into_iter().chain(others).collect();
        // Before variants are put into each other, each of them is tried alone: one may hold no other.
        let is_early = leaf.is_none() && !taken.is_empty() && self.can_postpone(&self.pass.goal);
        if order.is_empty() || is_early {
            let place = self.pass.path.clone();
            self.pass.refuse(place, self.pass.forks.len(), true);
            return None;
        }
        let variant = self.take_fork(order);
        if taken.is_empty() && self.met_enums.insert(key) {
            // The one that is taken, too: a refusal further on may lead elsewhere.
            for way in 0..variants {
                self.add_goal(ways(&self.pass.forks, &self.pass.around), self.pass.path.clone(), (key, way));
            }
        }
        self.pass.go_inside(key);
        Some(variant)
    }

    /// Comes out of what was entered last.
    pub(crate) fn leave(&mut self, is_ok: bool) {
        let Some(Around::Fork(number, key)) = self.pass.around.pop() else { return };
        let fork = &self.pass.forks[number];
        let way = fork.ways[fork.at];
        if is_ok {
            self.seen.insert((key, way));
            self.pass.is_done |= self.pass.goal.place.as_ref() == Some(&fork.place);
        }
    }

    /// Comes out of an enum, of this name and with this variant.
    pub(crate) fn leave_enum(&mut self, name: &'static str, variant: (usize, &'static str), is_ok: bool) {
        let inside = self.pass.around.len().checked_sub(2).map(|at| self.pass.around[at]);
        if is_ok && let Some(Around::Fork(_, key)) = self.pass.around.last() {
            self.leaves.entry(key).or_insert(variant.0);
        }
        // The variant of an adjacently tagged enum: what it holds is another field of the struct around it.
        let is_tag = match inside {
            Some(Around::Field(key, _)) => self.graph.name(key) == Some(name),
            _ => false,
        };
        if is_ok
            && is_tag
            && let Some(open) = self.pass.open.last()
        {
            let place = self.pass.path[..open.path].to_owned();
            if self.pass.goal.place.as_ref() == Some(&self.pass.path) {
                self.pass.goal.place = Some(place.clone());
            }
            self.pass.tag = Some((place, variant.1));
        }
        self.leave(is_ok);
    }

    pub(crate) fn enter_field(&mut self, key: Key, name: &'static str) {
        self.pass.around.push(Around::Field(key, name));
    }

    pub(crate) fn leave_field(&mut self) {
        self.pass.around.pop();
    }

    /// The fields of a struct, in the order in which they are handed out: first what leads to the goal, and last what
    /// takes no example.
    pub(crate) fn order(&self, key: Key, prefix: &str, fields: &'static [&'static str]) -> Vec<&'static str> {
        let place = self.pass.goal.place.as_deref();
        let rest = place.and_then(|place| place.strip_prefix(&self.pass.path)?.strip_prefix('/')?.strip_prefix(prefix));
        let to_goal = rest.and_then(|rest| rest.split('/').next()?.strip_prefix('.'));
        let mut order: Vec<_> = fields.iter().copied().filter(|name| !self.aliases.contains(&(key, *name))).collect();
        order.sort_by_key(|name| (Some(*name) != to_goal, self.last.contains(&(key, *name))));
        order
    }

    /// A name turned out to be another name of a field that was handed out already.
    pub(crate) fn found_alias(&mut self, key: Key, name: &'static str) {
        self.aliases.insert((key, name));
        self.pass.found_alias = true;
    }

    fn set_format(&mut self, format: Format) {
        if let Some(open) = self.pass.open.last_mut() {
            open.format = Some(format);
        }
    }

    fn take_fork(&mut self, ways: Vec<usize>) -> usize {
        let place = self.pass.path.clone();
        let fork = match (self.pass.goal.ways.get(&place), self.learned.get(&place)) {
            (Some(way), _) => Fork { place, ways: vec![*way], at: 0 },
            (None, Some(learned)) => learned.clone(),
            (None, None) => Fork { place, ways, at: 0 },
        };
        let way = fork.ways[fork.at];
        self.pass.forks.push(fork);
        way
    }
}

impl Pass {
    pub(crate) fn new(goal: Goal) -> Self {
        Self { goal, ..Self::default() }
    }

    fn refuse(&mut self, place: String, forks: usize, is_too_deep: bool) {
        let forks = forks..self.forks.len();
        self.refusal = Some(Refusal { place, forks, around: self.around.clone(), is_too_deep });
    }

    fn go_inside(&mut self, key: Key) {
        self.around.push(Around::Fork(self.forks.len() - 1, key));
    }

    fn is_inside(&self, key: Key) -> bool {
        self.around.iter().any(|around| matches!(around, Around::Fork(_, inside) if *inside == key))
    }

    /// The ways that were taken at the containers of a key around here.
    fn ways_inside(&self, key: Key) -> Vec<usize> {
        let way = |around: &Around| match around {
            Around::Fork(number, inside) if *inside == key => {
                let fork = &self.forks[*number];
                Some(fork.ways[fork.at])
            }
            _ => None,
        };
        self.around.iter().filter_map(way).collect()
    }
}
