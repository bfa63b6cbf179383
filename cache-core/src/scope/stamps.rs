//! What is noted of writes, and asked of reads, so that reads elsewhere follow them.

use parking_lot::Mutex;

use crate::model::causal::Stamp;
use crate::model::error::Error;
use crate::model::stamp::Stamp as Place;
use crate::scope::{CURRENT, Scope, Wish};

/// What was noted so far: trouble as soon as there was some.
#[derive(Debug)]
pub(crate) struct Noted(Mutex<Result<Stamp, Error>>);

impl Scope {
    /// One that is told where what is written inside stands.
    pub(crate) fn stamping() -> std::sync::Arc<Self> {
        Self::new(Wish::Stamp(Noted(Mutex::new(Ok(Stamp::default())))))
    }

    /// What it was told.
    pub(crate) fn stamp(&self) -> Result<Stamp, Error> {
        match &self.wish {
            Wish::Stamp(noted) => noted.0.lock().clone(),
            _ => Ok(Stamp::default()),
        }
    }
}

/// Tells every scope around that wants to know where a write stands, or why nobody knows.
pub(crate) fn note(place: Result<Place, &Error>) {
    each(|wish| {
        if let Wish::Stamp(noted) = wish {
            let mut noted = noted.0.lock();
            match (&mut *noted, place) {
                (Ok(stamp), Ok(place)) => stamp.note(place),
                (Ok(_), Err(error)) => *noted = Err(error.clone()),
                (Err(_), _) => {}
            }
        }
    });
}

/// Whether every scope around that asks for something is given it.
pub(crate) fn are_met(is_met: impl Fn(&Stamp) -> bool) -> bool {
    let mut all = true;
    each(|wish| {
        if let Wish::AtLeast(stamp) = wish {
            all &= is_met(stamp);
        }
    });
    all
}

fn each(mut each: impl FnMut(&Wish)) {
    CURRENT.with_borrow(|current| {
        for scope in std::iter::successors(current.as_deref(), |scope| scope.outer.as_deref()) {
            each(&scope.wish);
        }
    });
}
