//! x
use crate::model::error::{Error, ErrorKind};
use serde::{Serialize, de::DeserializeOwned};
pub(crate) fn encode<V: Serialize + ?Sized>(value: &V, limit: usize) -> Result<Vec<u8>, Error> {
    let bytes = rmp_serde::to_vec_named(value).map_err(|_| Error::new(ErrorKind::Codec, "codec"))?;
    if bytes.len() > limit {
        return Err(Error::new(ErrorKind::TooLarge, "large"));
    }
    Ok(bytes)
}
pub(crate) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, Error> {
    rmp_serde::from_slice(bytes).map_err(|_| Error::new(ErrorKind::Codec, "codec"))
}
