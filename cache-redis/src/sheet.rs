//! [`Sheet`]: one `MGET` for many look-ups, so that each of them sees its entry, the control record and its tokens at one
//! moment; what several look at is asked for once.

use std::collections::HashMap;

use cache_core::port::{Read, Snapshot};

use crate::client::Command;
use crate::names::Names;
use crate::reply::{Record, Reply};

/// What is asked for: the entries, the control record, the tokens.
#[derive(Debug)]
pub(crate) struct Sheet {
    entries: Vec<Vec<u8>>,
    control: Vec<u8>,
    tokens: Vec<Vec<u8>>,
    /// For each entry, which of the tokens it lies on.
    lies_on: Vec<Vec<usize>>,
}

impl Sheet {
    pub(crate) fn new(names: &Names, reads: &[Read<'_>]) -> Self {
        let (mut tokens, mut places) = (Vec::new(), HashMap::new());
        let mut place = |token: &[u8]| {
            *places.entry(token.to_vec()).or_insert_with(|| {
                tokens.push(names.token(token));
                tokens.len() - 1
            })
        };
        let lies_on = reads.iter().map(|read| read.tokens.iter().map(|token| place(token)).collect()).collect();
        let entries = reads.iter().map(|read| names.entry(read.key)).collect();
        Self { entries, control: names.control(), tokens, lies_on }
    }

    pub(crate) fn command(&self) -> Command {
        let names = self.entries.iter().chain([&self.control]).chain(&self.tokens);
        names.fold(Command::new("MGET"), |command, name| command.arg(name))
    }

    /// What each look-up sees. A token ends with its name: under another's it is none.
    pub(crate) fn snapshots(&self, reply: Reply, server_now: u64) -> Option<Vec<Snapshot>> {
        let mut records = reply.list()?.into_iter().map(Reply::record);
        let entries = records.by_ref().take(self.entries.len()).collect::<Option<Vec<Record>>>()?;
        let (control, tokens) = (records.next()??, records.collect::<Option<Vec<Record>>>()?);
        if entries.len() != self.entries.len() || tokens.len() != self.tokens.len() {
            return None;
        }
        let unsigned = tokens.iter().zip(&self.tokens);
        let tokens: Vec<Record> =
            unsigned.map(|(token, name)| Some(token.as_deref()?.strip_suffix(&**name)?.to_vec())).collect();
        let snapshot = |(entry, lies_on): (Record, &Vec<usize>)| Snapshot {
            control: control.clone(),
            entry,
            tokens: lies_on.iter().map(|place| tokens[*place].clone()).collect(),
            server_now,
        };
        Some(entries.into_iter().zip(&self.lies_on).map(snapshot).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names::Shards;

    fn sheet(reads: &[(&str, &[&str])]) -> Sheet {
        let tokens = |names: &[&str]| names.iter().map(|name| Box::from(name.as_bytes())).collect::<Vec<Box<[u8]>>>();
        let tokens: Vec<_> = reads.iter().map(|(_, names)| tokens(names)).collect();
        let reads = reads.iter().zip(&tokens).map(|((key, _), tokens)| Read { key: key.as_bytes(), tokens });
        let names = Names::new("p", Shards::ONE, 0).expect("a prefix that can be used");
        Sheet::new(&names, &reads.collect::<Vec<_>>())
    }

    fn list<const N: usize>(replies: [&str; N]) -> Reply {
        let reply = |text: &str| if text.is_empty() { Reply::Nil } else { Reply::Bytes(text.as_bytes().to_vec()) };
        Reply::List(replies.map(reply).into())
    }

    #[test]
    fn each_look_up_has_what_it_asked_for() {
        let sheet = sheet(&[("k", &["a", "b"]), ("l", &[]), ("m", &["c", "a"])]);
        let reply = list(["entry", "", "another", "control", "1p:#t:a", "", "3p:#t:c"]);
        let [k, l, m] = sheet.snapshots(reply, 5).expect("snapshots").try_into().expect("three");
        assert_eq!((k.entry, k.control, k.server_now), (Some(b"entry".to_vec()), Some(b"control".to_vec()), 5));
        assert_eq!(k.tokens, [Some(b"1".to_vec()), None]);
        assert_eq!((l.entry, l.tokens.len()), (None, 0));
        assert_eq!(m.entry, Some(b"another".to_vec()));
        assert_eq!(m.tokens, [Some(b"3".to_vec()), Some(b"1".to_vec())]);
    }

    #[test]
    fn a_token_under_anothers_name_is_none() {
        let reply = list(["", "", "1p:#t:b"]);
        assert_eq!(sheet(&[("k", &["a"])]).snapshots(reply, 5).expect("a snapshot")[0].tokens, [None]);
    }

    proptest! {
        #[test]
        fn an_answer_of_another_size_is_refused(tokens in 0_usize..6, more in 0_usize..6) {
            let names: Vec<String> = (0..tokens).map(|name| name.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let reply = Reply::List(vec![Reply::Nil; 2 + more]);
            prop_assert_eq!(sheet(&[("k", &names)]).snapshots(reply, 0).is_some(), tokens == more);
        }
    }
}
