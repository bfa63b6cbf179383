//! [`Stamp`]: where writes stand in their servers' histories, for reads elsewhere that must follow them.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::error::Error;
use crate::model::stamp::Position;
use crate::model::stamp::Stamp as Place;

/// A stamp of more histories than these forgets some, which only costs questions.
const PLACES: usize = 16;

/// What one thread, process or client has written, for reads elsewhere that must see it.
///
/// [`stamped`](crate::stamped) makes one, [`at_least`](crate::at_least) takes it. On the way it may be text, in a header or
/// a cookie: letters, digits, `-` and `.`, some 40 bytes. It tells no key and no value. A stamp that somebody has made up
/// makes calls ask the second level, and never makes anything older be served.
///
/// The empty one, which is the default, asks for nothing: nothing was invalidated, or caches without a second level.
///
/// ```
/// use cache_core::Stamp;
///
/// let stamp = "000102030405060708090a0b0c0d0e0f-42".parse::<Stamp>()?;
/// assert_eq!(stamp.to_string(), "000102030405060708090a0b0c0d0e0f-42");
/// assert!(Stamp::default().is_empty());
/// assert!("42".parse::<Stamp>().is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// At most one of each history, in the order in which they were noted.
    places: Vec<Place>,
}

impl Stamp {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What both have written: of two stamps of one client, keep this.
    ///
    /// ```
    /// use cache_core::Stamp;
    ///
    /// let earlier = "000102030405060708090a0b0c0d0e0f-41".parse::<Stamp>()?;
    /// let later = "000102030405060708090a0b0c0d0e0f-42".parse::<Stamp>()?;
    /// assert_eq!(earlier.clone().and(&later), later);
    /// assert_eq!(later.clone().and(&earlier), later);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        other.places.iter().for_each(|place| self.note(*place));
        self
    }

    /// Adds a place.
    pub(crate) fn note(&mut self, place: Place) {
        if let Some(noted) = self.places.iter_mut().find(|noted| noted.generation == place.generation) {
            noted.sequence = noted.sequence.max(place.sequence);
            return;
        }
        if self.places.len() == PLACES {
            self.places.remove(0);
        }
        self.places.push(place);
    }

    /// Whether the memory of a node that stands there has seen all this. Of a history that it does not know it cannot tell.
    pub(crate) fn is_reached_at(&self, position: Position) -> bool {
        let reaches = |at: Place| {
            let mut places = self.places.iter();
            places.any(|place| place.generation == at.generation && place.sequence <= at.sequence)
        };
        self.is_empty() || position.is_some_and(reaches)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, place) in self.places.iter().enumerate() {
            if at > 0 {
                f.write_char('.')?;
            }
            for byte in place.generation {
                write!(f, "{byte:02x}")?;
            }
            write!(f, "-{}", place.sequence)?;
        }
        Ok(())
    }
}

/// A place as its text.
fn place(text: &str) -> Option<Place> {
    let (generation, sequence) = text.split_once('-')?;
    let is_canonical = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    if generation.len() != 32 || !is_canonical(generation) || !sequence.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let generation = u128::from_str_radix(generation, 16).ok()?.to_be_bytes();
    Some(Place { generation, sequence: sequence.parse().ok()? })
}

impl FromStr for Stamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut stamp = Self::default();
        let places = text.split('.').filter(|_| !text.is_empty());
        for (at, text) in places.enumerate() {
            let place = place(text).filter(|_| at < PLACES);
            stamp.note(place.ok_or_else(|| Error::config("this is no stamp: take its text from `Stamp::to_string`"))?);
        }
        Ok(stamp)
    }
}

impl Serialize for Stamp {
    /// As its text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    /// From its text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A value, and where what was written on the way to it stands: the result of [`stamped`](crate::stamped).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Stamped<T> {
    /// What the future returned.
    pub value: T,
    /// For reads that must follow. An error: other nodes have not been told of everything yet, and may serve what was
    /// invalidated; it waits for its delivery.
    pub stamp: Result<Stamp, Error>,
}

impl<T> Stamped<T> {
    pub(crate) fn new(value: T, stamp: Result<Stamp, Error>) -> Self {
        Self { value, stamp }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(history: u8, sequence: u64) -> Place {
        Place { generation: [history; 16], sequence }
    }

    fn stamp(places: &[(u8, u64)]) -> Stamp {
        let mut stamp = Stamp::default();
        for (history, sequence) in places {
            stamp.note(at(*history, *sequence));
        }
        stamp
    }

    #[test]
    fn it_is_reached_where_its_history_has_come_so_far() {
        let stamp = stamp(&[(1, 5), (2, 8)]);
        for (position, expected) in [
            (Some(at(1, 4)), false),
            (Some(at(1, 5)), true),
            (Some(at(1, 6)), true),
            (Some(at(2, 7)), false),
            (Some(at(2, 8)), true),
            (Some(at(3, 99)), false),
            (None, false),
        ] {
            assert_eq!(stamp.is_reached_at(position), expected, "{position:?}");
        }
        assert!(Stamp::default().is_reached_at(None));
    }

    #[test]
    fn of_two_places_in_a_history_the_later_counts() {
        assert_eq!(stamp(&[(1, 5), (2, 1)]).and(&stamp(&[(2, 3), (1, 4)])), stamp(&[(1, 5), (2, 3)]));
    }

    #[test]
    fn it_is_bounded_and_what_it_forgets_is_not_reached() {
        let many: Vec<_> = (0..100).map(|history| (history, 1)).collect();
        let stamp = stamp(&many);
        assert_eq!(stamp.places.len(), PLACES);
        assert!(!stamp.is_reached_at(Some(at(0, 1))));
        assert!(stamp.is_reached_at(Some(at(99, 1))));
    }

    #[test]
    fn what_is_no_stamp_is_refused() {
        let place = "000102030405060708090a0b0c0d0e0f-42";
        for text in [
            "-",
            ".",
            "x",
            "42",
            "0-1",
            &format!("{place}."),
            &place.to_uppercase(),
            &place.replace('-', "-+"),
            &format!("+{}", &place[1..]),
            &place.replace("-42", "-"),
            &place.replace("-42", "-99999999999999999999"),
            &[place; 17].join("."),
        ] {
            assert!(text.parse::<Stamp>().is_err(), "{text}");
        }
        assert_eq!("".parse::<Stamp>().map_err(|error| error.to_string()), Ok(Stamp::default()));
    }

    proptest! {
        #[test]
        fn its_text_and_its_serialized_form_are_read_back(places in proptest::collection::vec((any::<u8>(), any::<u64>()), 0..20)) {
            let stamp = stamp(&places);
            prop_assert_eq!(stamp.to_string().parse::<Stamp>().ok(), Some(stamp.clone()));
            let bytes = rmp_serde::to_vec(&stamp).expect("text can be written");
            prop_assert_eq!(rmp_serde::from_slice::<Stamp>(&bytes).ok(), Some(stamp));
        }
    }
}
