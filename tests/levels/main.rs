//! Two levels: what a user of the macros sees of several nodes that share a server.
//!
//! Each behaviour is three tests: on the fake, on Redis and on Valkey.

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of one level, which uses all of it")]
mod support;

mod following;
mod level;
mod nodes;
mod of_readers;
mod versions;
mod watch;

mod across_tenants;
mod batches;
mod codecs;
mod coherence;
mod coherence_faults;
mod commands;
mod compression;
mod early_return;
mod evictions_and_loads;
mod evictions_and_reads;
mod forged;
mod formats;
mod generated;
mod idle;
mod inherited_tags;
mod keys;
mod leases;
mod lifetimes;
mod losses;
mod nested_calls;
mod policies;
mod puts;
mod refreshes;
mod replays;
mod review;
mod round_trips;
mod scopes;
mod send;
mod shared_truth;
mod stacked;
mod stamps;
mod sync;
mod tags;
mod tenant_rules;
mod tenants;
mod transactions;
mod unreachable;
mod verified;
mod walks;
mod without_secret;
