//! Counters that several processes step at once.

use std::time::Duration;

use futures::future::{join_all, try_join_all};
use larder_test_support::Kind;

use crate::processes::{Processes, on_both_servers};

/// How many steps each of these tasks of a process takes.
const TASKS: usize = 4;
const STEPS: usize = 250;

fn numbers(lines: &[String]) -> Vec<i64> {
    lines.iter().flat_map(|line| line.split(' ')).map(|number| number.parse().expect("a number")).collect()
}

fn text<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

on_both_servers! {
    /// Each step has seen a number of its own, and together they are all that there are.
    fn no_increment_of_many_processes_is_lost(processes: Processes) {
        let said = processes.run(async |cache| {
            let counter = cache.counter("a");
            let task = async || {
                let mut seen = Vec::new();
                for _ in 0..STEPS {
                    seen.push(counter.increment().await.expect("the server is there"));
                }
                seen
            };
            text(&join_all((0..TASKS).map(|_| task())).await.concat())
        });
        let Some(said) = said else { return };
        let mut numbers = numbers(&said.lines);
        numbers.sort_unstable();
        let all = i64::try_from(4 * TASKS * STEPS).expect("it is small");
        assert_eq!(numbers, (1..=all).collect::<Vec<_>>());
        assert_eq!(said.server.command(&["GET", "nodes:#n:global:_:a"]).text(), all.to_string());
    }

    /// Of counters that all processes create at the same time, each has an end, and only one step has created it.
    fn every_counter_that_many_processes_create_at_once_has_an_end(processes: Processes) {
        let said = processes.run(async |cache| {
            let counters = (0..300).map(|number| cache.counter(number).expires_after(Duration::from_mins(10)));
            let steps = try_join_all(counters.map(async |counter| counter.increment().await)).await;
            text(&steps.expect("the server is there"))
        });
        let Some(said) = said else { return };
        assert_eq!(numbers(&said.lines).into_iter().filter(|number| *number == 1).count(), 300);
        for number in 0..300 {
            let left = said.server.command(&["PTTL", &format!("nodes:#n:global:_:{number}")]).int();
            assert!(left > 0 && left <= 600_000, "{left}");
        }
    }
}
