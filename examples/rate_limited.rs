//! An axum route with a limit for each client. Run with: cargo run --example `rate_limited`, then ask more often than it allows:
//!
//! curl -i -H 'X-Api-Key: ada' 127.0.0.1:3000/quote
//!
//! With `REDIS_URL` set, all nodes count together; else this process counts alone. `--self-test` sends the requests itself.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use larder::{Cache, RateLimit, RateLimiter, Redis};
use tokio::net::TcpListener;
use ureq::Agent;

type Failure = Box<dyn Error + Send + Sync>;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

async fn quote() -> &'static str {
    "What gets measured gets managed."
}

/// Asks before each request, and tells the client how it stands.
async fn limited(State(limiter): State<RateLimiter>, request: Request, next: Next) -> Response {
    let client = request.headers().get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or("anonymous");
    let decision = match limiter.check(client).await {
        Ok(decision) => decision,
        Err(error) => {
            // Rather too many requests than none. For log-ins it would be the other way round.
            eprintln!("rate_limited: nobody counts: {error}");
            return next.run(request).await;
        }
    };
    let mut response = match decision.retry_after() {
        None => next.run(request).await,
        Some(after) => {
            let refused = (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds(after))], "come again later\n");
            refused.into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(decision.limit()));
    headers.insert(REMAINING, HeaderValue::from(decision.remaining()));
    headers.insert(RESET, seconds(decision.reset_after()));
    response
}

/// Whole seconds; who comes after so many is not too early.
fn seconds(time: Duration) -> HeaderValue {
    HeaderValue::from(time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX))
}

/// A request each two seconds for each client, and three at once where few have come before.
fn routes(cache: &Cache) -> Router {
    let limiter = cache.rate_limiter("quotes", RateLimit::gcra(30, Duration::from_mins(1)).burst(3));
    Router::new().route("/quote", get(quote)).layer(from_fn_with_state(limiter, limited))
}

fn cache(name: &str) -> Result<Cache, Failure> {
    let builder = Cache::builder(name);
    let has_server = std::env::var_os("REDIS_URL").is_some();
    Ok(if has_server { builder.redis(Redis::from_env()?).build()? } else { builder.build()? })
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    if !std::env::args().any(|argument| argument == "--self-test") {
        let listener = TcpListener::bind("127.0.0.1:3000").await?;
        println!("listening on http://{}", listener.local_addr()?);
        return Ok(axum::serve(listener, routes(&cache("rate-limited")?)).await?);
    }
    // Nobody has asked under this name before.
    let cache = cache(&format!("rate-limited-{}", std::process::id()))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/quote", listener.local_addr()?);
    let server = axum::serve(listener, routes(&cache));
    tokio::select! {
        stopped = server => Ok(stopped?),
        passed = tokio::task::spawn_blocking(move || self_test(&url)) => passed?,
    }
}

/// The status of an answer, `RateLimit-Remaining` and `Retry-After`.
type Answer = (u16, Option<u64>, Option<u64>);

fn ask(agent: &Agent, url: &str, client: &str) -> Result<Answer, Failure> {
    let answer = agent.get(url).header("x-api-key", client).call()?;
    let number = |name: &HeaderName| answer.headers().get(name.as_str())?.to_str().ok()?.parse().ok();
    let (remaining, after) = (number(&REMAINING), number(&RETRY_AFTER));
    println!("{client}: {}, {remaining:?} remaining, retry after {after:?} s", answer.status());
    Ok((answer.status().as_u16(), remaining, after))
}

fn self_test(url: &str) -> Result<(), Failure> {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(10)));
    let agent = config.build().new_agent();
    for remaining in [2, 1, 0] {
        assert_eq!(ask(&agent, url, "ada")?, (200, Some(remaining), None));
    }
    let (status, remaining, after) = ask(&agent, url, "ada")?;
    assert_eq!((status, remaining), (429, Some(0)));
    assert_eq!(ask(&agent, url, "grace")?, (200, Some(2), None), "another client has a limit of its own");

    let after = after.ok_or("who is refused is told when to come again")?;
    assert!((1..=2).contains(&after));
    std::thread::sleep(Duration::from_secs(after));
    assert_eq!(ask(&agent, url, "ada")?.0, 200, "who waits as long as he was told is allowed");
    println!("passed");
    Ok(())
}
