//! Where the attribute does not go.

use larder::cache_put;

#[cache_put("user:{id}", cache = global)]
struct User {
    id: u64,
}

#[cache_put("user:{id}", cache = global)]
trait Repo {}

trait Store {
    #[cache_put("user:{id}", cache = global)]
    async fn save(&self, id: u64) -> u64;
}

#[cache_put("user:{id}", cache = global)]
impl User {}

#[cache_put("user:{id}", cache = global)]
const fn constant(id: u64) -> u64 {
    id
}

#[cache_put("user:{id}")]
async fn without_cache(id: u64) -> u64 {
    id
}

async fn callers_see_no_second_error() -> u64 {
    without_cache(constant(1)).await
}

fn main() {}
