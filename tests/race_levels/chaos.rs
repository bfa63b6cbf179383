//! What goes wrong with a server's data meanwhile: records are lost, cut, altered and exchanged, or memory runs out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use larder_test_support::{Client, Server, Value};

use crate::node::NAME;

/// Between two blows. A node loads an entry anew in about as long.
const PAUSE: Duration = Duration::from_millis(3);
/// Between two values that fill the memory.
const FILLING: Duration = Duration::from_micros(300);

/// A thread that does harm until it is dropped.
#[derive(Debug)]
pub(crate) struct Chaos {
    over: Arc<AtomicBool>,
    blows: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Chaos {
    /// Damages records at random, and forgets all scripts or all data now and then.
    pub(crate) fn damage(server: &Server) -> Self {
        Self::start(server, PAUSE, |client, count| match count % 500 {
            250 => is_done(&command(client, &["SCRIPT", "FLUSH"])),
            0 => is_done(&command(client, &["FLUSHALL"])),
            _ => blow(client),
        })
    }

    /// Fills the memory with values that nobody reads.
    pub(crate) fn fill(server: &Server) -> Self {
        let filler = "x".repeat(2_000);
        Self::start(server, FILLING, move |client, count| {
            is_done(&command(client, &["SET", &format!("filler:{}", count % 10_000), &filler]))
        })
    }

    fn start(server: &Server, pause: Duration, mut act: impl FnMut(&mut Client, u64) -> bool + Send + 'static) -> Self {
        let mut client = server.client().expect("the server is there");
        let (over, blows) = <(Arc<AtomicBool>, Arc<AtomicU64>)>::default();
        let thread = thread::spawn({
            let (over, blows) = (Arc::clone(&over), Arc::clone(&blows));
            move || {
                for count in 1.. {
                    if over.load(Ordering::SeqCst) {
                        return;
                    }
                    blows.fetch_add(u64::from(act(&mut client, count)), Ordering::SeqCst);
                    thread::sleep(pause);
                }
            }
        });
        Self { over, blows, thread: Some(thread) }
    }

    /// Ends it, and says how often it has struck.
    pub(crate) fn end(mut self) -> u64 {
        self.over.store(true, Ordering::SeqCst);
        let thread = self.thread.take().expect("it is ended once");
        thread.join().expect("it has come to its end");
        self.blows.load(Ordering::SeqCst)
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Alters what is there in one step: bytes that were read before an invalidation and written back after it would be
/// an older history, which no cache can tell from the present one. For the same reason nothing is exchanged that does
/// not stand under its own name, which it has in it: what is somewhere else already is not brought back. A lease has no
/// name in it, and is not exchanged.
///
/// KEYS one or two names. ARGV 1 what to do, 2 a number, 3 a byte, 4 bytes
const ALTER: &str = r"
local function put(k,v) redis.call('SET',k,v,'KEEPTTL') end
local function is_at_home(k,v) return k=='race:#c' or string.find(v,string.gsub(string.sub(k,6),'^#t:',''),1,true) end
local v=redis.pcall('GET',KEYS[1])
local at=tonumber(ARGV[2])
if type(v)~='string' or #v==0 then return redis.call('DEL',KEYS[1]) end
at=at%#v
if ARGV[1]=='lose' then redis.call('DEL',KEYS[1])
elseif ARGV[1]=='cut' then put(KEYS[1],string.sub(v,1,at))
elseif ARGV[1]=='replace' then put(KEYS[1],ARGV[4])
elseif ARGV[1]=='flip' then
  local byte=bit.bxor(string.byte(v,at+1),tonumber(ARGV[3]))
  put(KEYS[1],string.sub(v,1,at)..string.char(byte)..string.sub(v,at+2))
elseif ARGV[1]=='exchange' then
  local w=redis.pcall('GET',KEYS[2])
  if type(w)~='string' or not is_at_home(KEYS[1],v) or not is_at_home(KEYS[2],w) then return 0 end
  put(KEYS[1],w)
  put(KEYS[2],v)
elseif ARGV[1]=='retype' then
  redis.call('DEL',KEYS[1])
  redis.call('RPUSH',KEYS[1],v)
end
return 1";

const BLOWS: [&str; 5] = ["lose", "cut", "replace", "flip", "exchange"];

/// One blow, at a record of a kind that is chosen first: there is one control record, and many entries.
fn blow(client: &mut Client) -> bool {
    let Value::Array(names) = command(client, &["KEYS", &format!("{NAME}:*")]) else {
        panic!("KEYS answers with a list");
    };
    // Whoever finds another format there refuses the server, as it should.
    let names: Vec<String> = names.iter().map(Value::text).filter(|name| !name.ends_with(":#meta")).collect();
    let kind = fastrand::usize(..KINDS.len());
    let of_kind: Vec<&String> = names.iter().filter(|name| KINDS[kind](name)).collect();
    let Some(name) = fastrand::choice(&of_kind) else { return false };
    // With one of its kind or with any other.
    let other = if fastrand::bool() { fastrand::choice(&of_kind) } else { None };
    let Some(other) = other.copied().or_else(|| fastrand::choice(&names)) else { return false };
    // What of ours has another type is told as an error, but for entries, which heal.
    let blow = if is_entry(name) && fastrand::u8(..8) == 0 { "retype" } else { BLOWS[fastrand::usize(..BLOWS.len())] };
    let number = fastrand::u16(..).to_string();
    let byte = if fastrand::bool() { 1 << fastrand::u8(..8) } else { fastrand::u8(1..) }.to_string();
    let garbage = "\u{0}\u{1}garbage".repeat(fastrand::usize(..10));
    let parts = ["EVAL", ALTER, "2", name, other, blow, &number, &byte, &garbage];
    match command(client, &parts) {
        Value::Int(done) => done == 1,
        other => panic!("the server does no harm: {other:?}"),
    }
}

const KINDS: [fn(&str) -> bool; 4] =
    [|name| name.contains(":#c"), |name| name.contains(":#l:"), |name| name.contains(":#t:"), is_entry];

fn is_entry(name: &str) -> bool {
    name.strip_prefix(NAME).is_some_and(|rest| !rest.starts_with(":#"))
}

fn is_done(answer: &Value) -> bool {
    !matches!(answer, Value::Error(_))
}

fn command(client: &mut Client, parts: &[&str]) -> Value {
    client.command(parts).expect("the server answers")
}

/// A number of the server's own statistics.
pub(crate) fn info(server: &Server, name: &str) -> u64 {
    let info = server.command(&["INFO"]).text();
    let number = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok());
    number.unwrap_or_else(|| panic!("the server says nothing about {name}"))
}
