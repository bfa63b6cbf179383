//! `--self-test`: sends the requests in the header of `main.rs` and checks what it says about the answers.

use std::time::Duration;

use ureq::Agent;
use ureq::http::Request;

use crate::Failure;

/// The address that the header's lines name.
const DEFAULT: &str = "127.0.0.1:3000";

/// One line of the header.
struct Step {
    method: String,
    path: String,
    body: String,
    /// A word that the answer contains, or must not contain.
    word: String,
    contained: bool,
    /// Whether the answer must come without a query.
    from_memory: bool,
}

/// Runs every step against the server at `address`.
pub(crate) fn run(address: &str) -> Result<(), Failure> {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(10)));
    let agent = config.build().new_agent();
    let steps = steps(include_str!("main.rs"))?;
    assert!(!steps.is_empty(), "the header shows no request");
    for step in steps {
        let before = queries(&agent, address)?;
        let Step { method, path, body, word, contained, from_memory } = step;
        let answer = send(&agent, &method, &format!("{address}{path}"), body)?;
        let queries = queries(&agent, address)? - before;
        println!("{method:6} {path:18} {queries} statements  {answer:.80}");
        assert_eq!(answer.contains(&word), contained, "{method} {path}: `{word}` in {answer}");
        assert_eq!(queries == 0, from_memory, "{method} {path}: {queries} statements");
    }
    println!("passed");
    Ok(())
}

fn send(agent: &Agent, method: &str, url: &str, body: String) -> Result<String, Failure> {
    let request = Request::builder().method(method).uri(url);
    let mut response = if body.is_empty() {
        agent.run(request.body(())?)?
    } else {
        agent.run(request.header("content-type", "application/json").body(body)?)?
    };
    Ok(response.body_mut().read_to_string()?)
}

/// How many statements the database has begun.
fn queries(agent: &Agent, address: &str) -> Result<u64, Failure> {
    let stats: serde_json::Value =
        serde_json::from_str(&send(agent, "GET", &format!("{address}/stats"), String::new())?)?;
    Ok(stats["database_queries"].as_u64().ok_or("`database_queries` is a number")?)
}

/// The steps in a header of `//!` lines.
fn steps(source: &str) -> Result<Vec<Step>, Failure> {
    let joined = source.replace("\\\n//!", "");
    joined.lines().filter_map(|line| line.strip_prefix("//! curl ")).map(step).collect()
}

/// Reads `-X METHOD -d 'BODY' ADDRESS/PATH # [no] WORD[, from memory]`.
fn step(line: &str) -> Result<Step, Failure> {
    let (command, expected) = line.split_once('#').ok_or("a line without the answer to expect")?;
    let (word, from_memory) = match expected.trim().strip_suffix(", from memory") {
        Some(word) => (word, true),
        None => (expected.trim(), false),
    };
    let (word, contained) = word.strip_prefix("no ").map_or((word, true), |word| (word, false));
    // Every second piece was quoted; no body holds a quote of this kind.
    let pieces = command.split('\'').enumerate();
    let body = pieces.clone().find(|(at, _)| at % 2 == 1).map_or("", |(_, quoted)| quoted);
    let words: Vec<&str> = pieces.filter(|(at, _)| at % 2 == 0).flat_map(|(_, plain)| plain.split(' ')).collect();
    let method = words.iter().position(|word| *word == "-X").and_then(|at| words.get(at + 1)).unwrap_or(&"GET");
    let path = words.iter().find_map(|word| word.strip_prefix(DEFAULT)).ok_or("a line without the address")?;
    Ok(Step {
        method: (*method).to_owned(),
        path: path.to_owned(),
        body: body.to_owned(),
        word: word.to_owned(),
        contained,
        from_memory,
    })
}
