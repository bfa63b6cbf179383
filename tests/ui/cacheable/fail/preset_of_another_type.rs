//! A name that is none of the built in ones is a constant of the user's, which the compiler looks for; and what is no
//! policy is no preset.

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

const SECONDS: u64 = 300;

impl Users {
    #[cacheable(preset = Lokup)]
    async fn misspelled(&self) -> u64 {
        7
    }

    #[cacheable(preset = SECONDS)]
    async fn number(&self) -> u64 {
        7
    }
}

fn main() {}
