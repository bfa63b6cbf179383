//! What became of a call, in words for whoever reads a test that failed.

use crate::model::outcome::{Answer, Level, Outcome, Reason};

/// What the call was.
pub(super) fn of(outcome: &Outcome) -> String {
    let was = match (outcome.answer, outcome.level) {
        (Answer::Hit, Level::Memory) => "was a hit in memory".to_owned(),
        (Answer::Hit, _) => format!("was a hit on the second level{}", in_memory(outcome)),
        (Answer::Stale, _) => {
            "was a stale hit: memory had it, and nobody could say whether it is still true".to_owned()
        }
        (Answer::Negative, Level::Memory) => "was a hit in memory, of a `None` or an error".to_owned(),
        (Answer::Negative, _) => {
            format!("was a hit on the second level, of a `None` or an error{}", in_memory(outcome))
        }
        (Answer::Miss, _) => format!("was a miss, and its body ran{}{}", in_memory(outcome), remote(outcome)),
        (Answer::Collapsed, _) => "was given the result of another call's load, which it waited for".to_owned(),
        (Answer::Refreshed, _) => "ran its body, because it was inside of `refresh`".to_owned(),
        (Answer::Bypassed, _) => "left the cache out: it was inside of `bypass` or of a transaction that had changed \
                                  something, or it lacks its tenant or a `key_secret`"
            .to_owned(),
        (Answer::Failed, _) => format!("failed for trouble with the second level{}", remote(outcome)),
    };
    format!("`{}` {was}", outcome.function)
}

fn in_memory(outcome: &Outcome) -> String {
    outcome.not_in_memory.map_or_else(String::new, |reason| format!("; in memory {}", because(reason)))
}

fn remote(outcome: &Outcome) -> String {
    outcome.not_remote.map_or_else(String::new, |reason| format!("; on the second level {}", because(reason)))
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::Nothing => "there was nothing",
        Reason::Expired => "the entry's time was over",
        Reason::Invalidated => "one of its tags, its namespace or everything was evicted",
        Reason::OtherType => "there was a value of another type, shape or `version`",
        Reason::FewerTags => "the entry lacked a tag",
        Reason::Unreadable => "the entry could not be read",
        Reason::Unconfirmed => "nobody could say whether it is still true",
        Reason::Unreachable => "nobody answered in time, or could be asked",
    }
}
