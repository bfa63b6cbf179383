//! The floors of tags: one cell for each name, held by the entries and loads that carry the tag.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::entry::{Floor, Sequence};
use crate::model::space::Space;
use crate::sync::Mutex;
use crate::wire::names;

/// Below this many cells nothing is thrown away.
const KEEP: usize = 1024;

/// The cells by the names of the tags' tokens, which tell spaces apart.
#[derive(Debug)]
pub(crate) struct Tags(Mutex<Cells>);

#[derive(Debug)]
struct Cells {
    floors: HashMap<Box<[u8]>, Arc<Floor>, foldhash::fast::RandomState>,
    /// The highest floor among the cells thrown away: where a new cell begins. A load whose tags come from its value
    /// holds no cell while it runs, so it may ask for one that was thrown away meanwhile, and must find it raised.
    thrown_away: Sequence,
    limit: usize,
}

impl Tags {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Cells { floors: HashMap::default(), thrown_away: Sequence::default(), limit: KEEP }))
    }

    /// The cell of a tag, to be held by whatever carries the tag.
    pub(crate) fn hold(&self, space: &Space, name: &[u8]) -> Arc<Floor> {
        self.0.lock().cell(space, name)
    }

    /// Raises the floor of a tag to a number that is drawn once everything from before `first` finds itself refused.
    ///
    /// In two steps, so that a load which is made of a cached value sees the value's floor raised, or has begun before
    /// the number: in one, it could begin with the number and still be given the value.
    pub(crate) fn raise(&self, space: &Space, name: &[u8], first: Sequence, number: impl FnOnce() -> Sequence) {
        let mut cells = self.0.lock();
        let cell = cells.cell(space, name);
        cell.raise(first);
        cell.raise(number());
    }
}

impl Cells {
    fn cell(&mut self, space: &Space, name: &[u8]) -> Arc<Floor> {
        let token = names::of_tag(space, name);
        if let Some(floor) = self.floors.get(&token) {
            return Arc::clone(floor);
        }
        if self.floors.len() >= self.limit {
            self.throw_away_unheld();
        }
        let floor = Arc::new(Floor::of_tag(&token, self.thrown_away));
        self.floors.insert(token, Arc::clone(&floor));
        floor
    }

    fn throw_away_unheld(&mut self) {
        let mut thrown_away = self.thrown_away;
        self.floors.retain(|_, floor| {
            let held = Arc::strong_count(floor) > 1;
            if !held {
                thrown_away = thrown_away.max(floor.get());
            }
            held
        });
        self.thrown_away = thrown_away;
        self.limit = KEEP.max(2 * self.floors.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tag: usize) -> Vec<u8> {
        tag.to_string().into_bytes()
    }

    #[test]
    fn a_held_tag_sees_its_own_invalidations_only() {
        let tags = Tags::new();
        let (a, b) = (tags.hold(&Space::Global, b"a"), tags.hold(&Space::Global, b"b"));
        tags.raise(&Space::Global, b"a", Sequence(1), || Sequence(3));
        assert_eq!((a.get(), b.get()), (Sequence(3), Sequence(0)));
    }

    #[test]
    fn the_floor_is_raised_before_the_number_is_drawn() {
        let tags = Tags::new();
        let held = tags.hold(&Space::Global, b"a");
        tags.raise(&Space::Global, b"a", Sequence(4), || {
            assert_eq!(held.get(), Sequence(4));
            Sequence(6)
        });
        assert_eq!(held.get(), Sequence(6));
    }

    #[test]
    fn tags_that_nothing_holds_are_thrown_away() {
        let tags = Tags::new();
        let held = tags.hold(&Space::Global, b"held");
        for tag in 0..100_000 {
            tags.raise(&Space::Global, &name(tag), Sequence(1), || Sequence(1));
        }
        assert!(tags.0.lock().floors.len() <= 2 * KEEP);
        tags.raise(&Space::Global, b"held", Sequence(9), || Sequence(9));
        assert_eq!(held.get(), Sequence(9));
    }

    #[test]
    fn a_tag_that_was_thrown_away_comes_back_no_lower_than_it_was() {
        let tags = Tags::new();
        tags.raise(&Space::Global, b"old", Sequence(7), || Sequence(7));
        for tag in 0..10_000 {
            tags.hold(&Space::Global, &name(tag));
        }
        assert!(tags.hold(&Space::Global, b"old").get() >= Sequence(7));
    }
}
