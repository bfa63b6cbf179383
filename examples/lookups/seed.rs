//! The public data set: the countries of ISO 3166-1 as the crate `keshvar` has them.

use keshvar::CountryIterator;
use rusqlite::{Connection, Result, TransactionBehavior, params};

/// Creates and fills the table where the file does not have it yet.
pub(crate) fn fill(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if transaction.table_exists(None, "countries")? {
        return Ok(());
    }
    transaction.execute_batch(
        "CREATE TABLE countries (
            code     TEXT PRIMARY KEY,
            name     TEXT NOT NULL,
            region   TEXT NOT NULL,
            currency TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX countries_by_region ON countries (region);",
    )?;
    {
        let mut insert = transaction.prepare("INSERT INTO countries VALUES (?1, ?2, ?3, ?4)")?;
        for country in CountryIterator::new() {
            insert.execute(params![
                country.alpha2().to_string(),
                country.iso_short_name(),
                region(&country),
                country.currency_code().to_string(),
            ])?;
        }
    }
    transaction.commit()
}

/// The region; the three territories without one go by their continent, `antarctica`.
fn region(country: &keshvar::Country) -> String {
    country.maybe_region().map_or_else(|| country.continent().to_string(), |region| region.to_string())
}
