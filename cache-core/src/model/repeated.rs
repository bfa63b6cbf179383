//! Whether a body can be run more than once: whether each of the arguments that it takes can be copied, found by type.

/// An argument of a batch's body.
#[doc(hidden)]
#[derive(Debug)]
pub struct Argument<T>(T);

/// An argument, and how to hand it to a body that may run again.
#[doc(hidden)]
pub struct Kept<T> {
    argument: Option<T>,
    copy: Option<fn(&T) -> T>,
}

impl<T> std::fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("repeats", &self.repeats()).finish_non_exhaustive()
    }
}

impl<T> Argument<T> {
    /// Marks an argument.
    pub fn new(argument: T) -> Self {
        Self(argument)
    }
}

/// Preferred to [`KeptOnce`], where its bound holds: methods of the type itself come first.
impl<T: Clone> Argument<T> {
    /// Keeps an argument of which each run gets a copy.
    pub fn keep(self) -> Kept<T> {
        Kept { argument: Some(self.0), copy: Some(T::clone) }
    }
}

/// How an argument that cannot be copied is kept.
#[doc(hidden)]
pub trait KeptOnce<T> {
    /// Keeps an argument that the first run takes.
    fn keep(self) -> Kept<T>;
}

impl<T> KeptOnce<T> for Argument<T> {
    fn keep(self) -> Kept<T> {
        Kept { argument: Some(self.0), copy: None }
    }
}

impl<T> Kept<T> {
    /// Whether every run gets one.
    pub fn repeats(&self) -> bool {
        self.copy.is_some()
    }

    /// The argument for one more run; `None` where the run before took it.
    pub fn take(&mut self) -> Option<T> {
        match self.copy {
            Some(copy) => self.argument.as_ref().map(copy),
            None => self.argument.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Permit;

    #[test]
    fn what_can_be_copied_is_given_to_every_run() {
        let mut kept = Argument::new("text".to_owned()).keep();
        assert!(kept.repeats());
        assert_eq!((kept.take().as_deref(), kept.take().as_deref()), (Some("text"), Some("text")));
    }

    #[test]
    fn what_cannot_is_given_once() {
        let mut kept = Argument::new(Permit).keep();
        assert!(!kept.repeats());
        assert!(kept.take().is_some());
        assert!(kept.take().is_none());
    }
}
