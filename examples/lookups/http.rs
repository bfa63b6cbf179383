//! The routes: they bring what users write into one spelling, call the service, and answer in JSON.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::error::AppError;
use crate::service::Countries;
use crate::store::{Change, Country};

type Service = State<Arc<Countries>>;

pub(crate) fn routes(service: Arc<Countries>) -> Router {
    Router::new()
        .route("/countries/{code}", get(country).put(replace).delete(delete))
        .route("/regions/{region}", get(region))
        .route("/stats", get(stats))
        .with_state(service)
}

async fn country(State(service): Service, Path(code): Path<String>) -> Result<Json<Country>, AppError> {
    let country = service.country(&code_of(&code)?).await?;
    country.map(Json).ok_or(AppError::UnknownCountry)
}

async fn region(State(service): Service, Path(region): Path<String>) -> Result<Json<Arc<Vec<Country>>>, AppError> {
    service.region(&region_of(&region)).await.map(Json)
}

async fn replace(
    State(service): Service,
    Path(code): Path<String>,
    change: Result<Json<Change>, JsonRejection>,
) -> Result<Json<Country>, AppError> {
    let (code, change) = (code_of(&code)?, checked(&change?.0)?);
    let replaced = to_the_end(async move { service.replace(&code, change).await }).await?;
    replaced.map(|replaced| Json(replaced.country)).ok_or(AppError::UnknownCountry)
}

async fn delete(State(service): Service, Path(code): Path<String>) -> Result<Json<Country>, AppError> {
    let code = code_of(&code)?;
    let deleted = to_the_end(async move { service.delete(&code).await }).await?;
    deleted.map(Json).ok_or(AppError::UnknownCountry)
}

/// Runs a change in a task of its own. A handler is dropped when its client hangs up; the change would then be
/// committed by the blocking thread all the same, with nobody left to tell the cache.
async fn to_the_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(change).await?
}

/// What `/stats` shows.
#[derive(Serialize)]
struct StatsReply {
    hits: u64,
    remote_hits: u64,
    misses: u64,
    collapsed: u64,
    stored: u64,
    refused: u64,
    invalidations: u64,
    entries: u64,
    database_queries: u64,
}

async fn stats(State(service): Service) -> Json<StatsReply> {
    let stats = service.cache_stats();
    Json(StatsReply {
        hits: stats.hits,
        remote_hits: stats.remote_hits,
        misses: stats.misses,
        collapsed: stats.collapsed,
        stored: stats.stored,
        refused: stats.refused,
        invalidations: stats.invalidations,
        entries: stats.entries,
        database_queries: service.database_queries(),
    })
}

/// The code in upper case. What cannot be one is not looked up.
fn code_of(text: &str) -> Result<String, AppError> {
    let letters = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters.then(|| text.to_ascii_uppercase()).ok_or(AppError::UnknownCountry)
}

fn region_of(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The change in the table's spelling, if it can stand there.
fn checked(change: &Change) -> Result<Change, AppError> {
    let name = change.name.trim().to_owned();
    let (currency, region) = (change.currency.to_ascii_uppercase(), region_of(&change.region));
    let refused = |why: &str| Err(AppError::Refused(StatusCode::UNPROCESSABLE_ENTITY, why.to_owned()));
    if name.is_empty() || region.is_empty() {
        return refused("`name` and `region` must not be empty");
    }
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return refused("`currency` must be three letters");
    }
    Ok(Change { name, currency, region })
}
