//! Tags on two levels: known from the arguments, from the value, or from both.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cacheable};
use serde::{Deserialize, Serialize};

use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Post {
    id: u64,
    author: u64,
    load: u64,
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn two(level: &Level) -> [Self; 2] {
        let loads = Arc::new(Loads::default());
        [(); 2].map(|()| Self { cache: level.node_without_memory(), loads: Arc::clone(&loads) })
    }

    fn load(&self, id: u64) -> Post {
        Post { id, author: id % 10, load: self.loads.next() }
    }

    #[cacheable("post:{id}", tags = ["post-{id}"])]
    async fn by_argument(&self, id: u64) -> Post {
        self.load(id)
    }

    #[cacheable("post:{id}", tags = ["author-{result.author}"])]
    async fn by_template(&self, id: u64) -> Post {
        self.load(id)
    }

    #[cacheable("post:{id}", tags = |post| [format!("author-{}", post.author), "posts".to_owned()])]
    async fn by_closure(&self, id: u64) -> Post {
        self.load(id)
    }

    #[cacheable("post:{id}", tags = ["post-{id}", "author-{result.author}"])]
    async fn by_both(&self, id: u64) -> Post {
        self.load(id)
    }

    /// What an older release of the code said: no tags at all.
    #[cacheable("post:{id}")]
    async fn untagged(&self, id: u64) -> Post {
        self.load(id)
    }

    #[cache_evict(key = "post:{id}")]
    async fn evict_key(&self, id: u64) {}

    #[cache_evict(tags = ["post-{id}"])]
    async fn evict_post(&self, id: u64) {}

    #[cache_evict(tags = ["author-{author}"])]
    async fn evict_author(&self, author: u64) {}

    async fn call(&self, kind: Tagged, id: u64) -> u64 {
        let post = within(async {
            match kind {
                Tagged::Argument => self.by_argument(id).await,
                Tagged::Template => self.by_template(id).await,
                Tagged::Closure => self.by_closure(id).await,
                Tagged::Both => self.by_both(id).await,
                Tagged::Not => self.untagged(id).await,
            }
        });
        post.await.load
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tagged {
    Argument,
    Template,
    Closure,
    Both,
    Not,
}

const BY_VALUE: [Tagged; 3] = [Tagged::Template, Tagged::Closure, Tagged::Both];

/// Evicts at one node a tag that an entry carries, and the other node loads; one that it does not carry does nothing.
async fn reached([a, b]: &[Node; 2], kinds: &[Tagged], evict: impl AsyncFn(&Node, u64)) {
    for kind in kinds {
        let load = a.call(*kind, 17).await;
        assert_eq!(b.call(*kind, 17).await, load, "{kind:?}: it is stored");
        within(evict(a, 18)).await;
        assert_eq!(b.call(*kind, 17).await, load, "{kind:?}: another tag");
        within(evict(a, 17)).await;
        assert_eq!(b.call(*kind, 17).await, load + 1, "{kind:?}");
        assert_eq!(a.call(*kind, 17).await, load + 1, "{kind:?}: it is stored again");
        a.cache.clear().await.expect("the server is there");
    }
}

/// Code with fewer tags has stored; a reader that would give more does not serve it, and stores anew.
async fn heals([a, b]: &[Node; 2], old: Tagged, new: Tagged, evict: impl AsyncFn(&Node, u64)) {
    // The tokens are there, so that nothing but the missing tag is the matter.
    b.call(new, 17).await;
    within(b.evict_key(17)).await;
    let stored = a.call(old, 17).await;
    let before = b.cache.stats().trouble.mismatched;
    let load = b.call(new, 17).await;
    assert_eq!(load, stored + 1, "{old:?} {new:?}: what lacks a tag is not served");
    assert!(b.cache.stats().trouble.mismatched > before, "{old:?} {new:?}: and it is counted");
    // Where the value had to be decoded to know its tags, the call after that stores.
    let healed = within(async {
        loop {
            let (one, other) = (b.call(new, 17).await, a.call(new, 17).await);
            if one == other {
                break one;
            }
        }
    });
    let healed = healed.await;
    within(evict(a, 17)).await;
    assert!(b.call(new, 17).await > healed, "{old:?} {new:?}: its tags reach it now");
    a.cache.clear().await.expect("the server is there");
}

on_every_level! {
    async fn a_tag_of_the_arguments_reaches_the_entry_from_another_node(level: Level) {
        reached(&Node::two(&level), &[Tagged::Argument, Tagged::Both], async |node, id| node.evict_post(id).await).await;
    }

    async fn a_tag_of_the_value_reaches_the_entry_from_another_node(level: Level) {
        reached(&Node::two(&level), &BY_VALUE, async |node, id| node.evict_author(id % 10).await).await;
    }

    async fn a_value_with_a_tag_seen_for_the_first_time_is_stored_by_its_first_load(level: Level) {
        let [a, b] = Node::two(&level);
        for (kind, id) in BY_VALUE.into_iter().zip(1..) {
            assert_eq!(a.call(kind, id).await, b.call(kind, id).await, "{kind:?}");
        }
    }

    async fn an_entry_without_a_tag_of_the_arguments_is_not_served(level: Level) {
        let nodes = Node::two(&level);
        for new in [Tagged::Argument, Tagged::Both] {
            heals(&nodes, Tagged::Not, new, async |node, id| node.evict_post(id).await).await;
        }
        heals(&nodes, Tagged::Template, Tagged::Both, async |node, id| node.evict_post(id).await).await;
    }

    async fn an_entry_without_a_tag_of_the_value_is_not_served(level: Level) {
        let nodes = Node::two(&level);
        for new in BY_VALUE {
            heals(&nodes, Tagged::Not, new, async |node, id| node.evict_author(id % 10).await).await;
        }
        heals(&nodes, Tagged::Argument, Tagged::Both, async |node, id| node.evict_author(id % 10).await).await;
        heals(&nodes, Tagged::Template, Tagged::Closure, async |node, _| {
            node.cache.invalidate_tags(["posts"]).await.expect("the server is there");
        })
        .await;
    }

    async fn an_entry_with_more_tags_than_its_reader_gives_is_served(level: Level) {
        let [a, b] = Node::two(&level);
        for (kind, id) in [Tagged::Argument, Tagged::Template, Tagged::Closure, Tagged::Both].into_iter().zip(1..) {
            let load = a.call(kind, id).await;
            assert_eq!(b.call(Tagged::Not, id).await, load, "{kind:?}");
        }
        assert_eq!(b.cache.stats().trouble.mismatched, 0);
    }

    async fn a_tag_reaches_an_entry_that_its_reader_does_not_know_it_on(level: Level) {
        let [a, b] = Node::two(&level);
        let load = a.call(Tagged::Both, 17).await;
        assert_eq!(b.call(Tagged::Not, 17).await, load);
        within(a.evict_author(7)).await;
        assert!(b.call(Tagged::Not, 17).await > load);
    }
}
