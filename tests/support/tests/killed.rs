//! A server does not outlive the test's process, however that ends.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::process::{Command, Stdio};
use std::{env, io};

use larder_test_support::{Client, Kind, Server};

/// Set where this file's test runs as the process that is to be killed.
const HOLDS: &str = "LARDER_TEST_HOLDS_A_SERVER";

#[test]
fn a_server_ends_with_the_test_that_is_killed() {
    if env::var_os(HOLDS).is_some() {
        return hold();
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("--nocapture").env(HOLDS, "1");
    let mut test = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(test.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.split_once("port ")?.1.parse().ok()).unwrap();
    let mut client = Client::connect(port).unwrap();

    test.kill().unwrap();
    test.wait().unwrap();

    let error = client.receive().unwrap_err().kind();
    assert!([ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset].contains(&error), "{error}");
}

/// Has a server, until it is killed.
fn hold() {
    let server = Server::start(Kind::Redis);
    println!("port {}", server.port());
    io::stdin().read_to_end(&mut Vec::new()).expect("it waits until nobody can write");
}
