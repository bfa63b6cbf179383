//! The run of a refresh on one node.

use std::any::Any;
use std::fmt;
use std::future::pending;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::engine::scopes::{observe, refresh};
use crate::model::error::Error;
use crate::model::operation::Operation;
use crate::model::outcome::Answer;
use crate::refresh::status::End;
use crate::refresh::turn::Turn;
use crate::refresh::{Refresh, SHORTEST};

static REFRESH: Operation = Operation::new("larder::Namespace", "refresh_every", None);

/// What one run remembers.
#[derive(Default)]
struct Course {
    /// Whether it has not begun yet, or has rested.
    begins: bool,
    /// A turn of this node that has not ended, though the value is there.
    overlong: Option<Turn>,
    /// Whether it was said that the server does not answer.
    is_trouble_said: bool,
}

impl<T, E: fmt::Display> Refresh<T, E> {
    /// Refreshes again and again, until it cannot be; gives the reason.
    pub(super) async fn go_on(&self) -> Error {
        if self.every < SHORTEST {
            return Error::config("a refresh comes every 200 ms at most, or the others' turns would end too early");
        }
        if self.stop_after.is_zero() {
            return Error::config("a refresh that stops at once after a read never begins: give `stop_after` a time");
        }
        // The value is there when it is wanted first.
        drop(self.shared.pace.read(self.stop_after));
        let mut course = Course { begins: true, ..Course::default() };
        loop {
            let due = self.shared.pace.next().await;
            if !self.namespace.engine().is_on() {
                return pending().await;
            }
            course.begins |= due.rested;
            if let Err(error) = self.once(&mut course).await {
                return error;
            }
            course.begins = false;
            self.shared.pace.done(due.from);
        }
    }

    /// One refresh, if it is this node's turn.
    ///
    /// # Errors
    /// Where it never will be.
    async fn once(&self, course: &mut Course) -> Result<(), Error> {
        let call = self.namespace.call(&REFRESH)?;
        if let Some(turn) = course.overlong.take() {
            turn.release().await;
        }
        let turn = match Turn::ask(&call, &self.key, self.mark, self.every).await {
            Ok(turn) => turn,
            Err(error) if error.is_config() || error.is_tenant_missing() => return Err(error),
            Err(error) => {
                self.skip(&error, course);
                return Ok(());
            }
        };
        course.is_trouble_said = false;
        if !self.shared.pace.is_due() {
            // While it was asked for, a reader's load has ended.
            course.overlong = turn.leave();
            self.shared.counts.note(End::Skipped(None));
            return Ok(());
        }
        match turn.around(self.load(course.begins)).await {
            Ok(()) => {
                course.overlong = turn.leave();
                self.shared.counts.note(End::Refreshed);
            }
            Err(error) => {
                tracing::warn!(namespace = ?self.namespace, error, "a refresh failed; the old value is left");
                turn.release().await;
                self.shared.counts.note(End::Failed(error));
            }
        }
        Ok(())
    }

    /// Loads and stores the value. The error is the loader's, or what it said in its panic.
    async fn load(&self, begins: bool) -> Result<(), String> {
        match AssertUnwindSafe(self.bring(begins)).catch_unwind().await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(format!("the loader panicked: {}", said(&*panic))),
        }
    }

    /// A fresh value. Where it begins, somebody may load at this moment, here or elsewhere: that is as good, and a refresh would
    /// take his load away.
    async fn bring(&self, begins: bool) -> Result<T, E> {
        if begins {
            let observed = observe((self.call)()).await;
            let answer = observed.outcome().map(|outcome| outcome.answer);
            if !matches!(answer, Some(Answer::Hit | Answer::Negative)) {
                return observed.value;
            }
        }
        refresh((self.call)()).await
    }

    fn skip(&self, error: &Error, course: &mut Course) {
        if error.is_not_acquired() {
            course.is_trouble_said = false;
            self.shared.counts.note(End::Skipped(None));
            return;
        }
        if !std::mem::replace(&mut course.is_trouble_said, true) {
            tracing::warn!(namespace = ?self.namespace, %error, "a refresh is left out: nobody tells whose turn it is");
        }
        self.shared.counts.note(End::Skipped(Some(error.to_string())));
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("nothing that is text")
}
