//! A preset is a name or an expression, and neither a time nor a closure.

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(preset = "Lookup")]
    async fn name_as_text(&self) -> u64 {
        7
    }

    #[cacheable(preset = "rates")]
    async fn other_text(&self) -> u64 {
        7
    }

    #[cacheable(preset = "5m")]
    async fn time_as_text(&self) -> u64 {
        7
    }

    #[cacheable(preset = 300)]
    async fn number(&self) -> u64 {
        7
    }

    #[cacheable(preset = true)]
    async fn flag(&self) -> u64 {
        7
    }

    #[cacheable(preset = |v| Lookup)]
    async fn closure(&self) -> u64 {
        7
    }

    #[cacheable(preset)]
    async fn nothing(&self) -> u64 {
        7
    }
}

fn main() {}
