use larder::cacheable;

#[cacheable("user:{id}", cache = global)]
const fn by_id(id: u64) -> u64 {
    id
}

fn main() {}
