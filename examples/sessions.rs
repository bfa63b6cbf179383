//! Sessions: logged in, used, left alone, logged out. Run with: cargo run --example sessions
//!
//! In memory, so that a clock can be moved; with `.redis(..)` all nodes share the sessions.

use std::time::Duration;

use larder::recipes::{SessionId, Sessions};
use larder::{Cache, Error, ManualClock};
use serde::{Deserialize, Serialize};

const MINUTE: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Basket {
    products: Vec<u64>,
}

/// What a request with this cookie sees.
async fn request(sessions: &Sessions<Basket>, cookie: &str) -> Result<String, Error> {
    let Some(id) = SessionId::parse(cookie) else { return Ok("no session of ours".to_owned()) };
    Ok(match sessions.get(&id).await? {
        Some(session) => format!("{} with {:?}", session.user(), session.data().products),
        None => "nobody".to_owned(),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let clock = ManualClock::new();
    let cache = Cache::builder("shop").clock(clock.clock()).build()?;
    let sessions = Sessions::new(&cache, 30 * MINUTE).max_age(120 * MINUTE);

    let [phone, laptop] =
        [sessions.create("ada", Basket::default()).await?, sessions.create("ada", Basket::default()).await?];
    sessions.update(&phone, |basket| basket.products.push(7)).await?;
    let seen = request(&sessions, phone.as_str()).await?;
    println!("on the phone: {seen}");
    assert_eq!(seen, "ada with [7]");
    assert_eq!(request(&sessions, "' OR 1=1").await?, "no session of ours");

    for _ in 0..3 {
        clock.advance(20 * MINUTE);
        assert_eq!(request(&sessions, phone.as_str()).await?, "ada with [7]");
    }
    let seen = request(&sessions, laptop.as_str()).await?;
    println!("an hour later the phone was used, and the laptop not: {seen}");
    assert_eq!(seen, "nobody");

    for _ in 0..3 {
        clock.advance(20 * MINUTE);
        request(&sessions, phone.as_str()).await?;
    }
    let seen = request(&sessions, phone.as_str()).await?;
    println!("two hours after the log-in: {seen}");
    assert_eq!(seen, "nobody");

    let again = sessions.create("ada", Basket::default()).await?;
    let other = sessions.create("grace", Basket::default()).await?;
    sessions.delete_all_of("ada").await?;
    let seen = [request(&sessions, again.as_str()).await?, request(&sessions, other.as_str()).await?];
    println!("Ada has a new password: {seen:?}");
    assert_eq!(seen, ["nobody", "grace with []"]);

    assert!(sessions.delete(&other).await?);
    let late = sessions.update(&other, |basket| basket.products.push(8)).await?;
    println!("Grace has logged out, and a late update finds a session: {late}");
    assert!(!late && sessions.get(&other).await?.is_none());
    Ok(())
}
