//! Servers that are not what they should be answer as told.

use std::sync::atomic::{AtomicUsize, Ordering};

use larder_test_support::{Client, OldServer, ScriptedServer, Value};

#[test]
fn an_old_server_says_its_version() {
    let server = OldServer::start("6.0.16", None);
    let mut client = Client::connect(server.port()).unwrap();
    let info = client.command(&["INFO", "server"]).unwrap().text();
    assert!(info.contains("\r\nredis_version:6.0.16\r\n"));
    assert!(!info.contains("valkey"));
}

#[test]
fn an_old_valkey_says_both_versions() {
    let server = OldServer::start("7.2.4", Some("7.2.5"));
    let info = Client::connect(server.port()).unwrap().command(&["info"]).unwrap().text();
    assert!(info.contains("\r\nredis_version:7.2.4\r\n"));
    assert!(info.contains("\r\nvalkey_version:7.2.5\r\n"));
}

#[test]
fn an_old_server_knows_what_clients_begin_with() {
    let server = OldServer::start("6.0.16", None);
    let mut client = Client::connect(server.port()).unwrap();
    assert_eq!(client.command(&["PING"]).unwrap().text(), "PONG");
    assert_eq!(client.command(&["CLIENT", "SETINFO", "LIB-NAME", "any"]).unwrap().text(), "OK");
    assert_eq!(client.command(&["SELECT", "1"]).unwrap().text(), "OK");
}

#[test]
fn an_old_server_refuses_what_it_does_not_know() {
    let server = OldServer::start("6.0.16", None);
    let mut client = Client::connect(server.port()).unwrap();
    for (command, refusal) in [("HELLO", "NOPROTO"), ("FUNCTION", "ERR unknown command")] {
        let reply = client.command(&[command, "3"]).unwrap();
        assert!(matches!(&reply, Value::Error(why) if why.starts_with(refusal)), "{reply:?}");
    }
}

#[test]
fn a_scripted_server_sees_each_command_and_answers_as_told() {
    let asked = AtomicUsize::new(0);
    let server = ScriptedServer::start(move |command| {
        let count = asked.fetch_add(1, Ordering::SeqCst);
        format!(":{}\r\n", 10 * count + command.len()).into_bytes()
    });
    let mut client = Client::connect(server.port()).unwrap();
    assert_eq!(client.command(&["GET", "a"]).unwrap(), Value::Int(2));
    assert_eq!(client.command(&["SET", "a", "b"]).unwrap(), Value::Int(13));
    assert_eq!(server.accepted(), 1);
}

#[test]
fn a_dropped_scripted_server_hangs_up() {
    let server = ScriptedServer::start(|_| b"+OK\r\n".to_vec());
    let mut client = Client::connect(server.port()).unwrap();
    client.command(&["PING"]).unwrap();
    let port = server.port();
    drop(server);
    assert!(client.receive().is_err());
    assert!(Client::connect(port).is_err());
}
