//! Where the bytes of a file are. A file is opened anew for each pass over it, so that no file is held in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::jobs::Upload;
use crate::kernel::encoding::{Encoding, FromGb18030, encoding_of, first_foreign_line};

/// A file that is being read.
pub type Input = Box<dyn BufRead + Send>;

/// The bytes of a file.
#[derive(Debug, Clone)]
pub enum Content {
    Bytes(Arc<[u8]>),
    /// A file of the disk.
    Disk(PathBuf, Encoding),
    /// A file of a request, by its number. It came in JSON, so it is in UTF-8.
    Uploaded(Upload, i32),
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// How many bytes of a file are read from the disk at once.
const READ_AT_ONCE: usize = 262_144;

impl Content {
    /// A file of the disk, in whichever of the two encodings it is. It is read once to find that out.
    pub fn of_disk(path: PathBuf) -> io::Result<Self> {
        let encoding = encoding_of(disk(&path)?)?;
        Ok(Self::Disk(path, encoding))
    }

    /// Opens it at its beginning.
    pub fn open(&self) -> io::Result<Input> {
        Ok(match self {
            Self::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Self::Disk(path, Encoding::AsItIs) => Box::new(disk(path)?),
            Self::Disk(path, Encoding::Gb18030) => Box::new(FromGb18030::new(disk(path)?)),
            Self::Uploaded(upload, file) => Box::new(upload.open(*file)),
        })
    }

    /// The line on which the first byte stands that is not UTF-8. None if all are, or if it cannot be read: whoever reads it is told.
    pub(super) fn first_foreign_line(&self) -> Option<u64> {
        match self {
            Self::Bytes(_) | Self::Disk(_, Encoding::AsItIs) => self.open().and_then(first_foreign_line).ok().flatten(),
            Self::Disk(..) | Self::Uploaded(..) => None,
        }
    }

    /// Why it could not be read, where that is no fault of the file.
    pub(super) fn take_failure(&self) -> Option<Error> {
        match self {
            Self::Uploaded(upload, _) => upload.take_failure(),
            Self::Bytes(_) | Self::Disk(..) => None,
        }
    }
}

fn disk(path: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(READ_AT_ONCE, File::open(path)?))
}
