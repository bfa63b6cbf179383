//! Servers start, answer, fail as told, and are gone with their owner.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;

use larder_test_support::{Client, Kind, Server, Value};

#[test]
fn both_kinds_start_and_answer() {
    for (kind, field) in [(Kind::Redis, "redis_version:"), (Kind::Valkey, "valkey_version:")] {
        let server = Server::start(kind);
        assert!(server.command(&["INFO", "server"]).text().contains(field));
        assert_eq!(server.command(&["SET", "a", "1"]).text(), "OK");
        assert_eq!(server.command(&["GET", "a"]).text(), "1");
    }
}

#[test]
fn servers_of_one_kind_do_not_share_their_keys() {
    let (one, other) = (Server::start(Kind::Redis), Server::start(Kind::Redis));
    one.command(&["SET", "a", "1"]);
    assert_eq!(other.command(&["GET", "a"]), Value::Nil);
}

#[test]
fn a_server_outlives_the_thread_that_started_it() {
    let server = thread::spawn(|| Server::start(Kind::Valkey)).join().unwrap();
    assert_eq!(server.command(&["PING"]).text(), "PONG");
}

#[test]
fn a_refusal_is_a_value() {
    let server = Server::start(Kind::Redis);
    assert!(matches!(server.command(&["NONSENSE"]), Value::Error(why) if why.contains("unknown command")));
}

#[test]
fn a_killed_server_refuses_connections() {
    for kind in Kind::ALL {
        let server = Server::start(kind);
        server.kill();
        assert_eq!(server.client().unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(server.process_id(), None);
    }
}

#[test]
fn a_restarted_server_is_empty_and_has_its_port_again() {
    for kind in Kind::ALL {
        let server = Server::start(kind);
        let port = server.port();
        server.command(&["SET", "a", "1"]);
        server.kill();
        server.restart();
        assert_eq!(server.port(), port);
        assert_eq!(server.command(&["GET", "a"]), Value::Nil);
    }
}

#[test]
fn a_running_server_is_restarted() {
    let server = Server::start(Kind::Redis);
    let before = server.process_id();
    server.restart();
    assert_ne!(server.process_id(), before);
    assert_eq!(server.command(&["PING"]).text(), "PONG");
}

#[test]
fn a_stopped_server_is_silent_until_it_goes_on() {
    for kind in Kind::ALL {
        let server = Server::start(kind);
        let mut client = server.client().unwrap();
        server.stop();
        client.send(&["PING"]).unwrap();
        assert!(client.is_silent().unwrap());
        server.cont();
        assert_eq!(client.receive().unwrap().text(), "PONG");
    }
}

#[test]
fn a_dropped_server_leaves_nothing() {
    for kind in Kind::ALL {
        let server = Server::start(kind);
        let (process, folder, port) = (process(&server), server.folder().to_owned(), server.port());
        assert!(process.exists() && folder.exists());
        drop(server);
        assert!(!process.exists(), "{}", process.display());
        assert!(!folder.exists(), "{}", folder.display());
        assert!(Client::connect(port).is_err());
    }
}

#[test]
fn a_server_that_is_dropped_while_stopped_leaves_nothing() {
    let server = Server::start(Kind::Redis);
    server.stop();
    let process = process(&server);
    drop(server);
    assert!(!process.exists(), "{}", process.display());
}

#[test]
fn a_password_is_asked_for_and_stands_in_the_url() {
    let server = Server::options(Kind::Redis).password("secret").start();
    assert_eq!(server.url(), format!("redis://:secret@127.0.0.1:{}", server.port()));
    assert_eq!(server.command(&["PING"]).text(), "PONG");
    let refusal = Client::connect(server.port()).unwrap().command(&["PING"]).unwrap();
    assert!(matches!(refusal, Value::Error(why) if why.starts_with("NOAUTH")));
}

#[test]
fn settings_reach_the_server() {
    for kind in Kind::ALL {
        let options = Server::options(kind).max_memory("3mb", "allkeys-lru");
        let server = options.config("client-output-buffer-limit", "pubsub 1mb 1mb 1").start();
        assert_eq!(setting(&server, "maxmemory"), "3145728");
        assert_eq!(setting(&server, "maxmemory-policy"), "allkeys-lru");
        assert!(setting(&server, "client-output-buffer-limit").contains("pubsub 1048576 1048576 1"));
        assert_eq!(setting(&server, "save"), "");
    }
}

#[test]
fn a_unix_socket_is_there_when_asked_for() {
    for kind in Kind::ALL {
        let server = Server::options(kind).unix_socket().start();
        UnixStream::connect(server.unix_socket().unwrap()).unwrap();
    }
}

#[test]
fn a_fixed_port_is_taken() {
    let port = Server::start(Kind::Redis).port();
    let server = Server::options(Kind::Redis).port(port).start();
    assert_eq!(server.url(), format!("redis://127.0.0.1:{port}"));
}

#[test]
#[should_panic(expected = "Address already in use")]
fn a_fixed_port_that_is_taken_already_fails_the_test() {
    let server = Server::start(Kind::Redis);
    let _second = Server::options(Kind::Redis).port(server.port()).start();
}

#[test]
#[should_panic(expected = "it ended before it was ready")]
fn a_setting_that_the_server_does_not_know_fails_the_test_with_its_log() {
    let _server = Server::options(Kind::Valkey).config("nonsense", "1").start();
}

#[test]
fn several_commands_share_a_connection() {
    let server = Server::start(Kind::Redis);
    let mut client = server.client().unwrap();
    client.command(&["MULTI"]).unwrap();
    assert_eq!(client.command(&["RPUSH", "list", "a", "b"]).unwrap().text(), "QUEUED");
    assert_eq!(client.command(&["EXEC"]).unwrap().array()[0].int(), 2);
}

/// What the server says about a setting of its own.
fn setting(server: &Server, name: &str) -> String {
    server.command(&["CONFIG", "GET", name]).array()[1].text()
}

/// Where the system shows the server's process for as long as there is one.
fn process(server: &Server) -> PathBuf {
    Path::new("/proc").join(server.process_id().expect("it runs").to_string())
}
