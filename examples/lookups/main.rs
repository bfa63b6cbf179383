//! An HTTP service over an `SQLite` file: the countries of the world, looked up by code and by region.
//!
//! Reads are answered from memory once they have been loaded; a `PUT` puts the country it wrote into the cache and
//! evicts the lists it changed. `/stats` shows what the cache did and how many statements reached the database.
//!
//! Run with: cargo run --example lookups
//!
//! Then, in this order, each with what the answer contains:
//!
//! ```sh
//! curl -s 127.0.0.1:3000/countries/de         # Germany
//! curl -s 127.0.0.1:3000/countries/DE         # Germany, from memory
//! curl -s 127.0.0.1:3000/regions/europe       # no Cyprus
//! curl -s 127.0.0.1:3000/regions/asia         # Cyprus
//! curl -s 127.0.0.1:3000/regions/Asia         # Cyprus, from memory
//! curl -s -X PUT 127.0.0.1:3000/countries/cy -H content-type:application/json \
//!   -d '{"name":"Cyprus","currency":"EUR","region":"europe"}'       # europe
//! curl -s 127.0.0.1:3000/countries/cy         # europe, from memory
//! curl -s 127.0.0.1:3000/regions/europe       # Cyprus
//! curl -s 127.0.0.1:3000/regions/asia         # no Cyprus
//! curl -s -X DELETE 127.0.0.1:3000/countries/cy                     # Cyprus
//! curl -s 127.0.0.1:3000/countries/cy         # unknown
//! curl -s 127.0.0.1:3000/regions/europe       # no Cyprus
//! curl -s 127.0.0.1:3000/stats                # hits, from memory
//! ```
//!
//! `cargo run --example lookups -- --self-test` sends these requests itself and checks the answers.
//!
//! With `REDIS_URL=redis://127.0.0.1:6379` in the environment, Redis or Valkey stands behind the memory: what one process
//! has loaded the others need not, and a `PUT` at one is what all serve a moment later. Give them the same `--database`.
//!
//! Arguments: `--port N` (3000; 0: any), `--database PATH` (a temporary file), `--self-test`.

mod arguments;
mod error;
mod http;
mod seed;
mod self_test;
mod service;
mod store;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use larder::{Cache, Redis};
use tokio::net::TcpListener;

use crate::arguments::{Arguments, DatabaseFile};
use crate::service::Countries;
use crate::store::Store;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("lookups: {message}\nusage: lookups [--port N] [--database PATH] [--self-test]");
            return ExitCode::from(2);
        }
    };
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lookups: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let file = DatabaseFile::new(arguments.database)?;
    let store = Store::open(file.path())?;
    let service = Arc::new(Countries::new(cache(arguments.self_test).await?, store));

    let port = if arguments.self_test { 0 } else { arguments.port };
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}"))?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on {address}")?;
    stdout.flush()?;

    let server = axum::serve(listener, http::routes(service));
    if arguments.self_test {
        let client = tokio::task::spawn_blocking(move || self_test::run(&address));
        tokio::select! {
            stopped = server => Ok(stopped?),
            passed = client => passed?,
        }
    } else {
        Ok(server.with_graceful_shutdown(interrupted()).await?)
    }
}

/// The cache: in this process, and on the server that `REDIS_URL` names.
///
/// Other processes' changes reach this one's memory by a message; its own do at once.
async fn cache(self_test: bool) -> Result<Cache, Failure> {
    // The self-test counts loads, so it begins with an empty cache of its own.
    let name = if self_test { "lookups-self-test" } else { "lookups" };
    let cache = Cache::builder(name).redis(Redis::from_env()?).build()?;
    if let Err(error) = cache.ready().await {
        eprintln!("lookups: going on without the second level: {error}");
    } else if self_test {
        cache.clear().await?;
    }
    Ok(cache)
}

/// Ends with the first ctrl-c. Without a handler for it the service runs until it is killed.
async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("lookups: ctrl-c is not noticed: {error}");
        std::future::pending::<()>().await;
    }
}
