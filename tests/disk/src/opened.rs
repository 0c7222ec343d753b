//! What SQLite has open: files of a disk, and temporary files, which belong to none. Answers in SQLite's codes.

use std::sync::{Arc, Mutex};

use libsqlite3_sys as ffi;

use crate::disk::{Handle, Opening};
use crate::fault::Failure;
use crate::file::Bytes;
use crate::locks::{Level, Region};
use crate::registry::{self, Shared, lock};

/// SQLite's answer to a call.
pub(crate) type Code = i32;

/// An open file.
pub(crate) enum Opened {
    /// A file of a disk.
    OnDisk(OnDisk),
    /// A file without a name, which goes when it is closed and has no faults.
    Temporary(Mutex<Bytes>),
}

/// An open file of a disk.
pub(crate) struct OnDisk {
    disk: Arc<Shared>,
    handle: Handle,
    /// The shared memory SQLite has pointers to. It outlives the death of the disk: the dead may still look at it.
    mapped: Mutex<Vec<Region>>,
}

/// The code of a failure, where an I/O error has this one.
fn code(failure: Failure, io: Code) -> Code {
    match failure {
        Failure::Dead | Failure::Io => io,
        Failure::Full => ffi::SQLITE_FULL,
        Failure::Missing => ffi::SQLITE_CANTOPEN,
    }
}

fn answer(outcome: Result<(), Failure>, io: Code) -> Code {
    outcome.map_or_else(|failure| code(failure, io), |()| ffi::SQLITE_OK)
}

fn free(is_free: bool) -> Code {
    if is_free {
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_BUSY
    }
}

/// Opens the file at a path.
pub(crate) fn open(path: &str, opening: Opening) -> Result<Opened, Code> {
    let place = registry::place(path).ok_or(ffi::SQLITE_CANTOPEN)?;
    let opened = lock(&place.disk).open(place.life, place.file, opening);
    let handle = opened.map_err(|failure| code(failure, ffi::SQLITE_IOERR))?;
    Ok(Opened::OnDisk(OnDisk {
        disk: place.disk,
        handle,
        mapped: Mutex::default(),
    }))
}

/// Deletes the file at a path.
pub(crate) fn delete(path: &str, durably: bool) -> Code {
    let Some(place) = registry::place(path) else {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    };
    let deleted = lock(&place.disk).delete(place.life, place.file, durably);
    match deleted {
        Err(Failure::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        other => answer(other, ffi::SQLITE_IOERR_DELETE),
    }
}

/// Whether there is a file at a path; all can be read and written.
pub(crate) fn exists(path: &str) -> Result<bool, Code> {
    let Some(place) = registry::place(path) else {
        return Ok(false);
    };
    let there = lock(&place.disk).exists(place.life, place.file);
    there.map_err(|failure| code(failure, ffi::SQLITE_IOERR_ACCESS))
}

fn position(offset: i64) -> Result<usize, Failure> {
    usize::try_from(offset).map_err(|_| Failure::Io)
}

impl Opened {
    /// Closes it.
    pub(crate) fn close(self) {
        if let Self::OnDisk(file) = self {
            lock(&file.disk).close(file.handle);
        }
    }

    /// Reads from `offset` on into a buffer of zeros.
    pub(crate) fn read(&self, offset: i64, into: &mut [u8]) -> Code {
        let wanted = into.len();
        let read = position(offset).and_then(|offset| match self {
            Self::OnDisk(file) => lock(&file.disk).read(file.handle, offset, into),
            Self::Temporary(bytes) => Ok(lock(bytes).read(offset, into)),
        });
        match read {
            Ok(count) if count < wanted => ffi::SQLITE_IOERR_SHORT_READ,
            Ok(_) => ffi::SQLITE_OK,
            Err(failure) => code(failure, ffi::SQLITE_IOERR_READ),
        }
    }

    /// Writes at `offset`.
    pub(crate) fn write(&self, offset: i64, data: &[u8]) -> Code {
        let written = position(offset).and_then(|offset| match self {
            Self::OnDisk(file) => lock(&file.disk).write(file.handle, offset, data),
            Self::Temporary(bytes) => {
                let mut bytes = lock(bytes);
                bytes.write(0, offset, data);
                bytes.sync();
                Ok(())
            }
        });
        answer(written, ffi::SQLITE_IOERR_WRITE)
    }

    /// Gives it a length in bytes.
    pub(crate) fn truncate(&self, length: i64) -> Code {
        let truncated = position(length).and_then(|length| match self {
            Self::OnDisk(file) => lock(&file.disk).truncate(file.handle, length),
            Self::Temporary(bytes) => {
                let mut bytes = lock(bytes);
                bytes.truncate(0, length);
                bytes.sync();
                Ok(())
            }
        });
        answer(truncated, ffi::SQLITE_IOERR_TRUNCATE)
    }

    /// Makes it durable.
    pub(crate) fn sync(&self) -> Code {
        match self {
            Self::OnDisk(file) => {
                let synced = lock(&file.disk).sync(file.handle);
                answer(synced, ffi::SQLITE_IOERR_FSYNC)
            }
            Self::Temporary(_) => ffi::SQLITE_OK,
        }
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> Result<i64, Code> {
        let length = match self {
            Self::OnDisk(file) => lock(&file.disk).length(file.handle),
            Self::Temporary(bytes) => Ok(lock(bytes).live().len()),
        };
        length
            .and_then(|length| i64::try_from(length).map_err(|_| Failure::Io))
            .map_err(|failure| code(failure, ffi::SQLITE_IOERR_FSTAT))
    }

    /// Raises the lock.
    pub(crate) fn lock(&self, level: Level) -> Code {
        let Self::OnDisk(file) = self else {
            return ffi::SQLITE_OK;
        };
        let mut disk = lock(&file.disk);
        let raised = disk.file(file.handle);
        match raised.map(|state| state.locks.lock(file.handle.id, level)) {
            Ok(is_free) => free(is_free),
            Err(failure) => code(failure, ffi::SQLITE_IOERR_LOCK),
        }
    }

    /// Lowers the lock.
    pub(crate) fn unlock(&self, level: Level) -> Code {
        let Self::OnDisk(file) = self else {
            return ffi::SQLITE_OK;
        };
        let mut disk = lock(&file.disk);
        let lowered = disk.file(file.handle);
        let lowered = lowered.map(|state| state.locks.unlock(file.handle.id, level));
        answer(lowered, ffi::SQLITE_IOERR_UNLOCK)
    }

    /// Whether anyone is about to write to it.
    pub(crate) fn is_reserved(&self) -> Result<bool, Code> {
        let Self::OnDisk(file) = self else {
            return Ok(false);
        };
        let mut disk = lock(&file.disk);
        let state = disk.file(file.handle);
        state
            .map(|state| state.locks.is_reserved())
            .map_err(|failure| code(failure, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK))
    }

    /// A region of shared memory; `None` where there is none yet and none may be made.
    pub(crate) fn map(
        &self,
        number: usize,
        size_bytes: usize,
        make: bool,
    ) -> Result<Option<Region>, Code> {
        let Self::OnDisk(file) = self else {
            return Err(ffi::SQLITE_IOERR_SHMMAP);
        };
        let mut disk = lock(&file.disk);
        let state = disk.file(file.handle);
        let state = state.map_err(|failure| code(failure, ffi::SQLITE_IOERR_SHMMAP))?;
        let region = state.shared.map(file.handle.id, number, size_bytes, make);
        lock(&file.mapped).extend(region.clone());
        Ok(region)
    }

    /// Takes (`Some(exclusive)`) or gives back (`None`) the locks of a mask on the shared memory.
    pub(crate) fn lock_shared_memory(&self, mask: u8, take: Option<bool>) -> Code {
        let Self::OnDisk(file) = self else {
            return ffi::SQLITE_IOERR_SHMLOCK;
        };
        let mut disk = lock(&file.disk);
        let state = match disk.file(file.handle) {
            Ok(state) => state,
            Err(failure) => return code(failure, ffi::SQLITE_IOERR_SHMLOCK),
        };
        match take {
            Some(exclusive) => free(state.shared.lock(file.handle.id, mask, exclusive)),
            None => {
                state.shared.unlock(file.handle.id, mask);
                ffi::SQLITE_OK
            }
        }
    }

    /// Maps no shared memory any more.
    pub(crate) fn unmap(&self) {
        if let Self::OnDisk(file) = self {
            if let Ok(state) = lock(&file.disk).file(file.handle) {
                state.shared.leave(file.handle.id);
            }
            lock(&file.mapped).clear();
        }
    }
}
