//! One release of a service, driven by lines on its standard input: `get 7`, `put 7 Ada`, `evict 7`, `mismatched`.

use std::io::{BufRead, Write};
use std::time::Duration;

use larder::{Cache, Codec, HasCache, Redis, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};

/// The type that changes from one release to the next: a field comes, one goes, one is retyped, two change places.
#[cfg(not(feature = "next"))]
#[derive(Debug, Clone, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    rank: Rank,
    nickname: String,
}

#[cfg(feature = "next")]
#[derive(Debug, Clone, Serialize, Deserialize)]
struct User {
    name: String,
    id: u64,
    rank: Rank,
    email: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Rank {
    Member,
    #[cfg(feature = "next")]
    Admin,
}

/// The type that only has its fields in another order, which changes nothing.
#[cfg(not(feature = "next"))]
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    street: String,
    number: u64,
}

#[cfg(feature = "next")]
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    number: u64,
    street: String,
}

fn user(id: u64, name: String) -> User {
    #[cfg(not(feature = "next"))]
    return User { id, name, rank: Rank::Member, nickname: "none".to_owned() };
    #[cfg(feature = "next")]
    return User { id, name, rank: Rank::Admin, email: None };
}

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}", namespace = "users", tags = ["users"])]
    async fn get(&self, id: u64) -> User {
        user(id, "loaded".to_owned())
    }

    #[cache_put("user:{id}", namespace = "users", tags = ["users"])]
    async fn put(&self, id: u64, name: String) -> User {
        user(id, name)
    }

    #[cache_evict(key = "user:{id}", namespace = "users")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(tags = ["users"])]
    async fn evict_all(&self) {}

    #[cacheable("place:{id}", namespace = "users")]
    async fn place(&self, id: u64) -> Place {
        Place { street: "loaded".to_owned(), number: id }
    }
}

impl Users {
    /// What a line asks for, and how it was answered: from the server, or by running the method.
    async fn answer(&self, line: &str) -> Result<String, Box<dyn std::error::Error>> {
        let mut words = line.split(' ');
        let (command, id) = (words.next().unwrap_or_default(), words.next().map_or(Ok(0), str::parse)?);
        let before = self.cache.stats();
        let value = match command {
            "get" => serde_json::to_string(&self.get(id).await)?,
            "place" => serde_json::to_string(&self.place(id).await)?,
            "put" => serde_json::to_string(&self.put(id, words.next().unwrap_or("put").to_owned()).await)?,
            "evict" => format!("{:?}", self.evict(id).await),
            "evict_all" => format!("{:?}", self.evict_all().await),
            "mismatched" => before.trouble.mismatched.to_string(),
            other => format!("unknown command {other}"),
        };
        let after = self.cache.stats();
        let from = if after.remote_hits > before.remote_hits {
            "server"
        } else if after.misses > before.misses {
            "method"
        } else {
            "done"
        };
        Ok(format!("{from} {value}"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let builder = Cache::builder("rolling").redis(Redis::from_env()?).l1_ttl(Duration::ZERO);
    // Another codec is chosen by a setting, without another build.
    let codec = std::env::var("CODEC").map_or(Ok(Codec::default()), |name| name.parse())?;
    let users = Users { cache: builder.budget(Duration::from_secs(10)).codec(codec).build()? };
    users.cache.ready().await?;
    for line in std::io::stdin().lock().lines() {
        let answer = users.answer(&line?).await?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{answer}")?;
        stdout.flush()?;
    }
    Ok(())
}
