//! Shares: how many entries each tenant, and each namespace, may have in memory, so that none can push the others out.

use std::collections::HashMap;

use lru::LruCache;
use smallvec::SmallVec;

use crate::model::entry_key::EntryKey;
use crate::model::namespace_settings::NamespaceRules;
use crate::model::space::Space;
use crate::sync::Mutex;

/// The keys that each has in memory, in the order in which they were stored.
#[derive(Debug)]
pub(crate) struct Shares {
    limits: Limits,
    groups: Mutex<Groups>,
}

type Groups = HashMap<Group, LruCache<EntryKey, ()>>;

/// How many each may have.
#[derive(Debug)]
struct Limits {
    /// A tenant; `None`: as many as there is room for.
    tenant: Option<usize>,
    /// The namespaces that have a limit.
    namespaces: NamespaceRules,
}

/// Whose entries are counted together.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Group {
    Tenant(Box<str>),
    Namespace(Box<str>),
}

impl Shares {
    /// `None`: nobody has a limit. A tenant's share is at least one.
    pub(crate) fn new(tenant: Option<usize>, namespaces: &NamespaceRules) -> Option<Self> {
        let limited = namespaces.iter().filter(|(_, settings)| settings.capacity.is_some());
        let limited: Vec<_> = limited.map(|(name, settings)| (name.to_owned(), settings.clone())).collect();
        if tenant.is_none() && limited.is_empty() {
            return None;
        }
        let limits = Limits { tenant: tenant.map(|share| share.max(1)), namespaces: NamespaceRules::new(limited) };
        Some(Self { limits, groups: Mutex::default() })
    }

    /// Notes an entry that is stored. Gives back the keys that have to go for it: of each share that is full, the one that was
    /// stored first.
    ///
    /// What belongs to no tenant has no tenant's share: it can have all that there is.
    pub(super) fn enter(&self, key: &EntryKey) -> SmallVec<[EntryKey; 2]> {
        let mine = self.limits.of(key);
        let mut groups = self.groups.lock();
        let mut gone = SmallVec::new();
        for (group, limit) in mine {
            let keys = groups.entry(group).or_insert_with(LruCache::unbounded);
            keys.put(key.clone(), ());
            if keys.len() > limit
                && let Some((first, ())) = keys.pop_lru()
            {
                // At once, so that the next share does not give one up for it too.
                self.limits.forget(&mut groups, &first);
                gone.push(first);
            }
        }
        gone
    }

    /// Notes an entry that is gone.
    pub(super) fn leave(&self, key: &EntryKey) {
        self.limits.forget(&mut self.groups.lock(), key);
    }
}

impl Limits {
    fn forget(&self, groups: &mut Groups, key: &EntryKey) {
        for (group, _) in self.of(key) {
            if let Some(keys) = groups.get_mut(&group) {
                keys.pop(key);
                if keys.is_empty() {
                    groups.remove(&group);
                }
            }
        }
    }

    /// The groups that an entry is counted in, and how many each may have.
    fn of(&self, key: &EntryKey) -> SmallVec<[(Group, usize); 2]> {
        let mut groups = SmallVec::new();
        let Some((space, rest)) = Space::split(key.bytes()) else { return groups };
        if let (Some(limit), false) = (self.tenant, space == Space::Global) {
            groups.push((Group::Tenant(space.as_str().into()), limit));
        }
        let namespace = rest.split(|byte| *byte == b':').next().and_then(|name| str::from_utf8(name).ok());
        if let Some((name, limit)) = namespace.and_then(|name| self.namespaces.find(name, |settings| settings.capacity))
        {
            groups.push((Group::Namespace(name.into()), usize::try_from(limit).unwrap_or(usize::MAX)));
        }
        groups
    }
}
