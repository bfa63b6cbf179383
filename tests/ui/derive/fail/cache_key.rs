use larder::CacheKey;

#[derive(CacheKey)]
struct WithFloat {
    id: u64,
    weight: f64,
}

#[derive(CacheKey)]
struct Unknown {
    #[cache_key(skp)]
    id: u64,
}

#[derive(CacheKey)]
union Either {
    a: u32,
    b: f32,
}

#[derive(CacheKey)]
#[cache_key(crat = larder)]
struct Misspelled(u64);

#[derive(CacheKey)]
#[cache_key(crate = larder, crate = larder)]
struct Twice(u64);

fn main() {}
