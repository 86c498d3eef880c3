//! The file of an acknowledgement while it arrives: it is small enough to be kept in memory.

use std::future::{Future, ready};
use std::sync::{Arc, Mutex, PoisonError};

use super::dto::MAX_BASE64;
use crate::error::{Code, Error, Result};
use crate::http::{Shelf, TextPart};

/// Keeps the file of one request, as it was sent.
#[derive(Debug, Clone, Default)]
pub struct FileShelf(Arc<Mutex<Vec<u8>>>);

impl FileShelf {
    fn take(&self, part: TextPart) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len().saturating_add(part.bytes.len()) > MAX_BASE64 {
            return Err(Error::new(Code::PayloadTooLarge).with("max", MAX_BASE64));
        }
        kept.extend(part.bytes);
        Ok(())
    }

    /// What was kept.
    pub fn bytes(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shelf for FileShelf {
    const MEMBER: &'static str = "content_base64";

    fn keep(&self, part: TextPart) -> impl Future<Output = Result<()>> {
        ready(self.take(part))
    }

    fn forget(&self) -> impl Future<Output = ()> {
        ready(())
    }
}
