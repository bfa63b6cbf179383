//! What a node makes of what it hears of the server's history, as pure functions. `engine/coherence/` does what they say.
//!
//! A node *stands* where every invalidation up to there has reached its memory. Messages move it on, one by one; a poll
//! asks the server where the history stands, and finds out when messages were lost. So messages make it fast, and the
//! poll makes it true.

use crate::model::stamp::{Position, Stamp};

/// What a message comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is the next: drop what it names, and stand there.
    Next,
    /// It comes late or again: drop what it names, and stand where you stood. To go back would let the next message look
    /// as if none were missing.
    Late,
    /// Others before it were lost: drop everything, and stand there.
    Gap,
    /// It belongs to another history: this one is lost.
    Elsewhere,
    /// The node stands nowhere: it drops everything before it stands again.
    Unheeded,
}

/// What a message comes to for a node that stands there.
pub(crate) fn on_message(position: Position, message: Stamp) -> Told {
    let Some(stands) = position else { return Told::Unheeded };
    if message.generation != stands.generation {
        return Told::Elsewhere;
    }
    match message.sequence {
        sequence if sequence <= stands.sequence => Told::Late,
        sequence if sequence == stands.sequence + 1 => Told::Next,
        _ => Told::Gap,
    }
}

/// What a node knew when it asked where the history stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question {
    /// How often it had lost the history by then.
    pub(crate) losses: u64,
    /// Where it stood.
    pub(crate) position: Position,
}

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polled {
    /// Memory was true when the question was sent.
    True,
    /// The server is ahead: the messages may be on their way. Where they do not come soon, drop everything and stand there.
    Ahead,
    /// The node stood nowhere: drop everything, and stand there.
    Attach,
    /// The history went back, or is another one: it is lost.
    Lost,
    /// It was asked before the history was lost, and says nothing about now.
    Void,
}

/// What an answer comes to for a node that has lost the history so often and stands there.
///
/// It is compared with where the node stood when it *asked*: messages overtake answers, which come on another way.
pub(crate) fn on_poll(asked: Question, losses: u64, position: Position, answer: Stamp) -> Polled {
    if asked.losses != losses {
        return Polled::Void;
    }
    let Some(stands) = position else { return Polled::Attach };
    if answer.generation != stands.generation {
        return Polled::Lost;
    }
    match asked.position {
        Some(stood) if answer.sequence < stood.sequence => Polled::Lost,
        // Another answer was faster, and has made it stand since.
        None if answer.sequence < stands.sequence => Polled::Void,
        _ if answer.sequence <= stands.sequence => Polled::True,
        _ => Polled::Ahead,
    }
}

/// Whether the server that answers may have lost the end of the history and kept what came before: it is another run of it
/// or another server, or stands further back than it did. `before`: what was known when it was asked.
///
/// Another history of the same run has kept nothing that counts. A run is not known where it is empty.
pub(crate) fn has_lost_its_end(before: (Stamp, &[u8]), answer: (Stamp, &[u8])) -> bool {
    let ((stood, ran), (stands, runs)) = (before, answer);
    if ran.is_empty() || runs.is_empty() {
        return stood.generation != stands.generation || stands.sequence < stood.sequence;
    }
    ran != runs || stood.generation == stands.generation && stands.sequence < stood.sequence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sequence: u64) -> Stamp {
        Stamp { generation: [1; 16], sequence }
    }

    const ELSEWHERE: Stamp = Stamp { generation: [2; 16], sequence: 5 };

    #[test]
    fn messages_move_a_node_on_one_by_one() {
        let stands = Some(at(4));
        assert_eq!(on_message(stands, at(5)), Told::Next);
        assert_eq!(on_message(stands, at(6)), Told::Gap);
        assert_eq!(on_message(stands, at(4)), Told::Late);
        assert_eq!(on_message(stands, at(1)), Told::Late);
        assert_eq!(on_message(stands, ELSEWHERE), Told::Elsewhere);
        assert_eq!(on_message(None, at(5)), Told::Unheeded);
    }

    #[test]
    fn an_answer_confirms_what_the_node_knows_already() {
        let asked = Question { losses: 2, position: Some(at(4)) };
        assert_eq!(on_poll(asked, 2, Some(at(4)), at(4)), Polled::True);
        // Messages have come meanwhile.
        assert_eq!(on_poll(asked, 2, Some(at(9)), at(6)), Polled::True);
        assert_eq!(on_poll(asked, 2, Some(at(4)), at(5)), Polled::Ahead);
    }

    #[test]
    fn a_history_that_went_back_or_is_another_one_is_lost() {
        let asked = Question { losses: 2, position: Some(at(4)) };
        assert_eq!(on_poll(asked, 2, Some(at(4)), at(3)), Polled::Lost);
        assert_eq!(on_poll(asked, 2, Some(at(9)), at(3)), Polled::Lost);
        assert_eq!(on_poll(asked, 2, Some(at(4)), ELSEWHERE), Polled::Lost);
    }

    #[test]
    fn a_node_that_stands_nowhere_attaches_at_the_answer_to_a_question_since() {
        let asked = Question { losses: 2, position: None };
        assert_eq!(on_poll(asked, 2, None, at(4)), Polled::Attach);
        assert_eq!(on_poll(asked, 3, None, at(4)), Polled::Void);
        assert_eq!(on_poll(Question { losses: 1, position: Some(at(4)) }, 2, Some(at(4)), at(4)), Polled::Void);
    }

    #[test]
    fn the_end_of_a_history_may_be_lost_where_another_run_answers_or_it_goes_back() {
        let before = (at(4), &b"a"[..]);
        for (answer, expected) in [
            ((at(4), &b"a"[..]), false),
            ((at(9), b"a"), false),
            ((at(9), b""), false),
            ((at(9), b"b"), true),
            ((at(3), b"a"), true),
            ((ELSEWHERE, b"a"), false),
            ((ELSEWHERE, b""), true),
        ] {
            assert_eq!(has_lost_its_end(before, answer), expected, "{answer:?}");
        }
    }

    #[test]
    fn of_two_answers_that_could_attach_the_slower_is_judged_by_the_faster() {
        let asked = Question { losses: 2, position: None };
        assert_eq!(on_poll(asked, 2, Some(at(7)), at(6)), Polled::Void);
        assert_eq!(on_poll(asked, 2, Some(at(7)), at(7)), Polled::True);
        assert_eq!(on_poll(asked, 2, Some(at(7)), at(8)), Polled::Ahead);
    }
}
