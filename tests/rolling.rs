//! Two releases of one program at the same time: the same type by path and name, with other fields, on one server.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use larder_test_support::{Kind, Server, Value};

/// The executables of the old and the new release: one package, built without and with its feature `next`.
fn releases() -> &'static [PathBuf; 2] {
    static RELEASES: OnceLock<[PathBuf; 2]> = OnceLock::new();
    RELEASES.get_or_init(|| {
        [("old", &[][..]), ("new", &["--features", "next"])].map(|(name, features)| build(name, features))
    })
}

/// Builds a release as users do, by `cargo build`, and takes the executable aside before the next one replaces it.
fn build(name: &str, features: &[&str]) -> PathBuf {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "larder-test-builds", "--target-dir"])
        .arg(target.join("builds"))
        .args(features)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(built.success(), "`cargo build -p larder-test-builds` fails: run it by hand");
    let name = format!("release-{}-{name}{}", std::process::id(), std::env::consts::EXE_SUFFIX);
    let kept = target.join(name);
    let executable = format!("larder-test-builds{}", std::env::consts::EXE_SUFFIX);
    std::fs::copy(target.join("builds/debug").join(executable), &kept).expect("the executable is there");
    kept
}

/// A running release.
struct Release {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Release {
    fn start(executable: &PathBuf, server: &Server) -> Self {
        Self::writing("messagepack", executable, server)
    }

    /// One with this codec.
    fn writing(codec: &str, executable: &PathBuf, server: &Server) -> Self {
        let mut command = Command::new(executable);
        command.env("CODEC", codec);
        command.env("REDIS_URL", server.url()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the release starts");
        let (input, output) = (process.stdin.take(), process.stdout.take());
        Self { process, input: input.expect("it is piped"), output: BufReader::new(output.expect("it is piped")) }
    }

    /// Sends a line, and reads where the answer came from and what it was.
    fn ask(&mut self, line: &str) -> (String, String) {
        writeln!(self.input, "{line}").expect("the release reads");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("the release answers");
        let (from, value) = answer.trim_end().split_once(' ').expect("an answer has two parts");
        (from.to_owned(), value.to_owned())
    }

    fn from(&mut self, line: &str) -> String {
        self.ask(line).0
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        // Each fails where there is nothing left to do.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn on_each_server(test: impl Fn(&Server, &mut Release, &mut Release)) {
    let [old, new] = releases();
    for kind in Kind::ALL {
        let server = Server::start(kind);
        test(&server, &mut Release::start(old, &server), &mut Release::start(new, &server));
    }
}

#[test]
fn each_counts_the_others_entries_as_misses_and_overwrites_them() {
    on_each_server(|_, old, new| {
        assert_eq!((old.from("get 7"), old.from("get 7")), ("method".to_owned(), "server".to_owned()));
        assert_eq!((new.from("get 7"), new.from("get 7")), ("method".to_owned(), "server".to_owned()));
        assert_eq!(new.ask("mismatched").1, "1");
        assert_eq!(old.from("get 7"), "method");
        assert_eq!(old.ask("mismatched").1, "1");
    });
}

#[test]
fn neither_reads_what_the_other_puts() {
    on_each_server(|_, old, new| {
        new.ask("put 7 Ada");
        let (from, value) = old.ask("get 7");
        assert_eq!((&*from, value.contains("loaded")), ("method", true), "{value}");
        new.ask("put 7 Ada");
        assert!(new.ask("get 7").1.contains("Ada"));
    });
}

/// The same program twice, with another setting.
#[test]
fn processes_with_different_codecs_read_each_others_entries() {
    let [program, _] = releases();
    for kind in Kind::ALL {
        let server = Server::start(kind);
        let mut json = Release::writing("json", program, &server);
        let mut message_pack = Release::writing("messagepack", program, &server);
        let (_, loaded) = json.ask("get 7");
        assert_eq!(message_pack.ask("get 7"), ("server".to_owned(), loaded));
        message_pack.ask("put 8 Ada");
        let (from, value) = json.ask("get 8");
        assert_eq!((&*from, value.contains("Ada")), ("server", true), "{value}");
        for (id, text) in [(7, true), (8, false)] {
            let entry = server.command(&["GET", &format!("rolling:global:users:user:{id}")]);
            let Value::Bytes(bytes) = entry else { panic!("it is stored") };
            assert_eq!(bytes.ends_with(b"\"nickname\":\"none\"}"), text, "{bytes:x?}");
        }
        assert_eq!([json.ask("mismatched").1, message_pack.ask("mismatched").1], ["0", "0"]);
    }
}

#[test]
fn an_eviction_by_either_reaches_both() {
    on_each_server(|_, old, new| {
        for eviction in ["evict 7", "evict_all"] {
            old.ask("get 7");
            new.ask(eviction);
            assert_eq!(old.from("get 7"), "method", "the new release's {eviction}");
            new.ask("get 7");
            old.ask(eviction);
            assert_eq!(new.from("get 7"), "method", "the old release's {eviction}");
        }
    });
}

#[test]
fn rolling_back_works() {
    on_each_server(|server, old, new| {
        old.ask("get 7");
        new.ask("get 7");
        let [before, _] = releases();
        let mut back = Release::start(before, server);
        assert_eq!((back.from("get 7"), back.from("get 7")), ("method".to_owned(), "server".to_owned()));
        assert!(back.ask("get 7").1.contains("nickname"));
    });
}

#[test]
fn a_type_whose_fields_only_change_places_is_shared() {
    on_each_server(|_, old, new| {
        let (from, loaded) = old.ask("place 7");
        assert_eq!(from, "method");
        let (from, shared) = new.ask("place 7");
        assert_eq!(from, "server");
        assert_ne!(shared, loaded, "they are written in another order");
        assert!(shared.contains(r#""street":"loaded""#) && shared.contains(r#""number":7"#), "{shared}");
    });
}
