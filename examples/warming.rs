//! Warming: lookups are loaded before the first request, four at a time. Run with: cargo run --example warming
//!
//! In a terminal a bar shows how far it has come.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use larder::recipes::Warming;
use larder::recipes::warming::Existing;
use larder::{Cache, Error, Preset};

/// A query that takes its time, and knows no table of this number.
async fn query(table: u64) -> Result<Vec<u64>, String> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    if table == 13 { Err(format!("there is no table {table}")) } else { Ok((0..table).collect()) }
}

fn tables(cache: &Cache) -> Warming {
    let lookups = cache.namespace("lookups");
    (0..40).fold(Warming::new(&lookups), |warming, table| warming.item(table, Preset::Lookup, move || query(table)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let cache = Cache::in_process();
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}").expect("the template is valid");
    let bar = ProgressBar::new(0).with_style(style);

    let mut progress = pin!(tables(&cache).concurrency(4).progress());
    let mut failed = Vec::new();
    while let Some(step) = progress.next().await {
        bar.set_length(step.total as u64);
        bar.set_position(step.done as u64);
        bar.set_message(format!("{} failed", step.failed));
        if let Err(why) = step.outcome {
            failed.push(why.to_string());
        }
    }
    bar.finish();
    println!("40 tables, but for {failed:?}");
    assert_eq!(failed, ["there is no table 13"]);
    assert_eq!(cache.namespace("lookups").get::<Vec<u64>>(3).await?, Some(vec![0, 1, 2]));

    let report = tables(&cache).run().await;
    println!("once more: {} were there, {} failed again", report.present, report.failed.len());
    assert_eq!((report.loaded, report.present, report.failed.len()), (0, 39, 1));

    let report = tables(&cache).existing(Existing::Refreshed).concurrency(16).run().await;
    println!("refreshed: {} were loaded anew", report.loaded);
    assert_eq!((report.loaded, report.present), (39, 0));
    Ok(())
}
