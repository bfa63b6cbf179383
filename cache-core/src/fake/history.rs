//! The control record and the tokens: what every operation reads first and writes last.

use crate::ledger::keyspace::Keyspace;
use crate::wire::records::{Generation, Stamp, Token};

/// A real server's scripts count in floating-point numbers, which are exact up to here. A control record beyond it could
/// not be counted up, and an invalidation would not be seen.
const MAX_SEQUENCE: u64 = (1 << 53) - 1;

/// Where the history stands; `None` where the control record is missing or altered.
pub(crate) fn stands(keys: &Keyspace, control: &[u8]) -> Option<Stamp> {
    keys.bytes(control).and_then(Stamp::decode).filter(|stamp| stamp.sequence < MAX_SEQUENCE)
}

/// The same; a missing or altered control record begins a new one.
pub(crate) fn stand(keys: &mut Keyspace, control: &[u8], fresh: Generation) -> Stamp {
    stands(keys, control).unwrap_or_else(|| {
        let stamp = Stamp { generation: fresh, sequence: 0 };
        keys.put(control, stamp.encode().to_vec(), None);
        stamp
    })
}

/// One invalidation more.
pub(crate) fn bump(keys: &mut Keyspace, control: &[u8], at: Stamp) -> Stamp {
    let stamp = Stamp { sequence: at.sequence + 1, ..at };
    keys.put(control, stamp.encode().to_vec(), None);
    stamp
}

/// A token; `None` where it is missing, altered, another's, of another history or ahead of this one.
pub(crate) fn token(keys: &Keyspace, name: &[u8], at: Stamp) -> Option<Token> {
    let token = keys.signed(name).and_then(Token::decode)?;
    let valid = token.generation == at.generation && token.minted <= at.sequence && token.barrier <= at.sequence;
    valid.then_some(token)
}

/// Writes a token that refuses every load that began earlier.
pub(crate) fn mint(keys: &mut Keyspace, name: &[u8], at: Stamp, ttl: Option<u64>) -> Token {
    let token = Token { generation: at.generation, minted: at.sequence, barrier: at.sequence };
    keys.put_signed(name, &token.encode(), ttl);
    token
}

/// Sees to it that a token lives as long as it is needed; where it would not, it is given more. `None`: for ever.
pub(crate) fn keep(keys: &mut Keyspace, name: &[u8], need: u64, give: Option<u64>) {
    if let Some(left) = keys.left(name)
        && (give.is_none() || left < need)
    {
        keys.set_end(name, give);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_record_that_cannot_be_counted_up_begins_a_new_history() {
        let mut keys = Keyspace::default();
        let end = Stamp { generation: [1; 16], sequence: MAX_SEQUENCE };
        keys.put(b"c", end.encode().to_vec(), None);
        assert_eq!(stand(&mut keys, b"c", [2; 16]), Stamp { generation: [2; 16], sequence: 0 });
    }
}
