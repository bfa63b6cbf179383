//! What can go wrong, and how it is answered.

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request failed.
///
/// It is `Clone`, so calls that waited for a load which failed are given its error; they do not each try again.
#[derive(Debug, Clone)]
pub(crate) enum AppError {
    UnknownCountry,
    /// The request cannot be carried out as it is.
    Refused(StatusCode, String),
    Database(Arc<rusqlite::Error>),
    /// A task of ours panicked or was stopped.
    Task(Arc<tokio::task::JoinError>),
}

impl AppError {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownCountry => StatusCode::NOT_FOUND,
            Self::Refused(status, _) => *status,
            Self::Database(_) | Self::Task(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCountry => f.write_str("unknown country"),
            Self::Refused(_, why) => f.write_str(why),
            Self::Database(error) => write!(f, "database: {error}"),
            Self::Task(error) => write!(f, "task: {error}"),
        }
    }
}

impl std::error::Error for AppError {}

impl From<rusqlite::Error> for AppError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl From<JsonRejection> for AppError {
    fn from(rejection: JsonRejection) -> Self {
        Self::Refused(rejection.status(), rejection.body_text())
    }
}

impl From<tokio::task::JoinError> for AppError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Task(Arc::new(error))
    }
}

impl IntoResponse for AppError {
    /// The client is told what it can mend; the rest goes to the log.
    fn into_response(self) -> Response {
        let status = self.status();
        let message = if status.is_server_error() {
            eprintln!("lookups: {self}");
            "internal error".to_owned()
        } else {
            self.to_string()
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}
