use larder::cacheable;

#[cacheable]
struct OnStruct;

#[cacheable]
enum OnEnum {}

#[cacheable]
trait OnTrait {}

#[cacheable]
mod on_module {}

#[cacheable]
impl OnStruct {}

fn main() {}
