//! Defaults are for the methods of a block.

use larder::{cache_config, cacheable};

#[cache_config(namespace = "a")]
struct OnStruct;

#[cache_config(namespace = "a")]
async fn on_function() {}

#[cacheable(namespace = "a")]
impl OnStruct {}

fn main() {}
