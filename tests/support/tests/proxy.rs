//! Each fault of the network is what it is called, and can be switched while connections are open.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::Duration;

use larder_test_support::{Client, Fault, Kind, Proxy, Server, Value};

#[test]
fn without_a_fault_everything_is_passed_on() {
    let (_server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    let value = "v".repeat(1_000_000);
    client.command(&["SET", "a", &value]).unwrap();
    assert_eq!(client.command(&["GET", "a"]).unwrap().text(), value);
    assert_eq!(proxy.url(), format!("redis://127.0.0.1:{}", proxy.port()));
}

#[test]
fn replies_are_delayed() {
    let (_server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::Delay(Duration::from_secs(1)));
    client.send(&["PING"]).unwrap();
    assert!(client.is_silent().unwrap());
    assert_pong(client.receive());
}

#[test]
fn a_delay_that_is_cleared_is_over_at_once() {
    let (_server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::Delay(Duration::from_hours(1)));
    client.send(&["PING"]).unwrap();
    assert!(client.is_silent().unwrap());
    proxy.clear();
    assert_pong(client.receive());
}

#[test]
fn a_black_hole_loses_commands() {
    let (server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    assert_pong(client.command(&["PING"]));
    proxy.set(Fault::BlackHole);
    client.send(&["SET", "a", "1"]).unwrap();
    assert!(client.is_silent().unwrap());
    drop(proxy);
    assert_eq!(server.command(&["GET", "a"]), Value::Nil);
}

#[test]
fn a_connection_works_again_after_a_black_hole() {
    let (_server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::BlackHole);
    proxy.clear();
    assert_pong(client.command(&["PING"]));
}

#[test]
fn a_black_hole_hides_that_the_server_is_gone() {
    let (server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    assert_pong(client.command(&["PING"]));
    proxy.set(Fault::BlackHole);
    server.kill();
    assert!(client.is_silent().unwrap());
    proxy.clear();
    assert_broken(client.receive());
}

#[test]
fn swallowed_replies_are_lost_while_commands_are_carried_out() {
    let (server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::SwallowReplies);
    client.send(&["LPUSH", "list", "a"]).unwrap();
    assert_eq!(server.command(&["BLPOP", "list", "4"]).array()[1].text(), "a");
    assert!(client.is_silent().unwrap());
    drop(proxy);
    assert_broken(client.receive());
}

/// What comes after a hole would be taken for the answer to another command; no network delivers it.
#[test]
fn a_connection_that_has_lost_bytes_stays_silent_and_a_new_one_is_not() {
    let (_server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    for fault in [Fault::BlackHole, Fault::SwallowReplies] {
        proxy.set(fault);
        client.send(&["PING"]).unwrap();
        assert!(client.is_silent().unwrap());
        proxy.clear();
        client.send(&["ECHO", "later"]).unwrap();
        assert!(client.is_silent().unwrap());
        client = Client::connect(proxy.port()).unwrap();
        assert_pong(client.command(&["PING"]));
    }
}

#[test]
fn held_replies_arrive_when_they_are_released() {
    let (server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::Hold);
    client.send(&["LPUSH", "list", "a"]).unwrap();
    assert_eq!(server.command(&["BLPOP", "list", "4"]).array()[1].text(), "a");
    assert!(client.is_silent().unwrap());
    proxy.clear();
    assert_eq!(client.receive().unwrap(), Value::Int(1));
}

/// A client that has subscribed to a channel.
fn subscriber(proxy: &Proxy) -> Client {
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    let reply = client.command(&["subscribe", "channel"]).expect("the server answers");
    assert_eq!(reply.array()[0].text(), "subscribe");
    client
}

#[test]
fn held_messages_arrive_when_they_are_released_while_replies_do_at_once() {
    let (server, proxy) = proxied();
    let mut subscriber = subscriber(&proxy);
    proxy.set(Fault::HoldMessages);
    server.command(&["PUBLISH", "channel", "word"]);
    assert!(subscriber.is_silent().unwrap());
    assert_pong(Client::connect(proxy.port()).unwrap().command(&["PING"]));
    proxy.clear();
    assert_eq!(subscriber.receive().unwrap().array()[2].text(), "word");
}

#[test]
fn lost_messages_never_arrive_and_later_ones_do() {
    let (server, proxy) = proxied();
    let mut subscriber = subscriber(&proxy);
    proxy.set(Fault::LoseMessages);
    server.command(&["PUBLISH", "channel", "lost"]);
    assert!(subscriber.is_silent().unwrap());
    assert_pong(Client::connect(proxy.port()).unwrap().command(&["PING"]));
    proxy.clear();
    server.command(&["PUBLISH", "channel", "word"]);
    assert_eq!(subscriber.receive().unwrap().array()[2].text(), "word");
}

#[test]
fn nobody_is_subscribed_while_messages_are_refused() {
    let (server, proxy) = proxied();
    let (mut before, mut other) = (subscriber(&proxy), Client::connect(proxy.port()).unwrap());
    proxy.set(Fault::RefuseMessages);
    assert_broken(Client::connect(proxy.port()).unwrap().command(&["SUBSCRIBE", "channel"]));
    server.command(&["PUBLISH", "channel", "word"]);
    assert_broken(before.receive());
    assert_pong(other.command(&["PING"]));
    proxy.clear();
    subscriber(&proxy);
}

#[test]
fn a_connection_is_reset_after_so_many_bytes() {
    let (server, proxy) = proxied();
    server.command(&["SET", "a", "0123456789"]);
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::CutAfter("+PONG\r\n$10\r\n0123".len()));
    assert_pong(client.command(&["PING"]));
    assert_broken(client.command(&["GET", "a"]));
}

#[test]
fn bytes_are_counted_for_each_connection_and_each_fault() {
    let (_server, proxy) = proxied();
    let pong_and_more = "+PONG\r\n+".len();
    let mut one = Client::connect(proxy.port()).unwrap();
    let mut other = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::CutAfter(pong_and_more));
    assert_pong(one.command(&["PING"]));
    assert_pong(other.command(&["PING"]));
    proxy.set(Fault::CutAfter(pong_and_more));
    assert_pong(one.command(&["PING"]));
    assert_broken(one.command(&["PING"]));
}

#[test]
fn a_connection_can_be_reset_before_the_first_byte() {
    let (server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::CutAfter(0));
    assert_eq!(client.command(&["INCR", "a"]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.command(&["GET", "a"]).text(), "1");
}

#[test]
fn garbage_arrives_for_a_reply() {
    let (_server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    proxy.set(Fault::Garbage(b"\0\xff\r\n".to_vec()));
    assert_eq!(client.command(&["PING"]).unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn new_connections_are_refused_while_old_ones_go_on() {
    let (_server, proxy) = proxied();
    let mut old = Client::connect(proxy.port()).unwrap();
    assert_pong(old.command(&["PING"]));
    proxy.set(Fault::Refuse);
    assert_broken(Client::connect(proxy.port()).and_then(|mut client| client.command(&["PING"])));
    assert_pong(old.command(&["PING"]));
    proxy.clear();
    assert_pong(Client::connect(proxy.port()).unwrap().command(&["PING"]));
}

#[test]
fn open_connections_are_cut_while_new_ones_work() {
    let (_server, proxy) = proxied();
    let mut old = Client::connect(proxy.port()).unwrap();
    assert_pong(old.command(&["PING"]));
    proxy.cut();
    assert_eq!(old.receive().unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_pong(Client::connect(proxy.port()).unwrap().command(&["PING"]));
}

#[test]
fn connections_are_counted() {
    let (_server, proxy) = proxied();
    assert_eq!(proxy.accepted(), 0);
    for _ in 0..3 {
        assert_pong(Client::connect(proxy.port()).unwrap().command(&["PING"]));
    }
    assert_eq!(proxy.accepted(), 3);
}

#[test]
fn a_killed_server_hangs_up_on_its_clients() {
    let (server, proxy) = proxied();
    let mut client = Client::connect(proxy.port()).unwrap();
    assert_pong(client.command(&["PING"]));
    server.kill();
    assert_broken(client.receive());
    assert_broken(Client::connect(proxy.port()).and_then(|mut client| client.command(&["PING"])));
}

#[test]
fn a_restarted_server_is_reached_again() {
    let (server, proxy) = proxied();
    server.restart();
    assert_pong(Client::connect(proxy.port()).unwrap().command(&["PING"]));
}

#[test]
fn a_dropped_proxy_frees_what_it_held() {
    for fault in [Fault::Hold, Fault::BlackHole, Fault::Delay(Duration::from_hours(1))] {
        let (server, proxy) = proxied();
        let port = proxy.port();
        let mut client = Client::connect(port).unwrap();
        assert_pong(client.command(&["PING"]));
        proxy.set(fault);
        client.send(&["PING"]).unwrap();
        server.stop();
        drop(proxy);
        assert_broken(client.receive());
        assert_eq!(TcpStream::connect(("127.0.0.1", port)).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}

fn proxied() -> (Server, Proxy) {
    let server = Server::start(Kind::Redis);
    let proxy = Proxy::in_front_of(server.port());
    (server, proxy)
}

#[track_caller]
fn assert_pong(reply: io::Result<Value>) {
    assert_eq!(reply.expect("there is a reply").text(), "PONG");
}

/// The client learns that its connection is gone: reset, or closed where that arrived first.
#[track_caller]
fn assert_broken(reply: io::Result<Value>) {
    let error = reply.expect_err("there is a reply").kind();
    let broken = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    assert!(broken.contains(&error), "{error}");
}
