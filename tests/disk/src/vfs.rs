//! The face towards SQLite: a VFS named `footing-disk` of functions that C calls.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

use libsqlite3_sys as ffi;

use crate::chance;
use crate::disk::Opening;
use crate::locks::Level;
use crate::opened::{self, Opened};
use crate::registry;

/// The VFS's name in database URIs.
pub(crate) const NAME: &CStr = c"footing-disk";

/// The longest path in bytes.
const MAX_PATH_BYTES: c_int = 512;

/// What drives report, and what SQLite takes for its default.
const SECTOR_BYTES: c_int = 4096;

/// An open file in the memory SQLite gives to it.
#[repr(C)]
struct Slot {
    base: ffi::sqlite3_file,
    opened: *mut Opened,
}

// Connections move between threads, and with them what they have open.
const _: fn() = || {
    fn may_be_used_from_any_thread<T: Send + Sync>() {}
    may_be_used_from_any_thread::<Opened>();
};

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(raise_lock),
    xUnlock: Some(lower_lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Makes the VFS known to SQLite, once for the process and not as its default. Where SQLite cannot even start, opening
/// a database says so.
pub(crate) fn register() {
    static REGISTERED: OnceLock<c_int> = OnceLock::new();
    REGISTERED.get_or_init(|| {
        let vfs = Box::into_raw(Box::new(description()));
        // SAFETY: the description is complete for its version, and lives as long as the process.
        unsafe { ffi::sqlite3_vfs_register(vfs, 0) }
    });
}

fn description() -> ffi::sqlite3_vfs {
    let slot_bytes = size_of::<Slot>();
    ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(slot_bytes).unwrap_or(c_int::MAX),
        mxPathname: MAX_PATH_BYTES,
        pNext: ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: Some(dl_open),
        xDlError: Some(dl_error),
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(get_last_error),
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// The text of a C string, where it is UTF-8.
///
/// # Safety
/// `text` is null or a C string that outlives the use of the result.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a str> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, so a C string by this function's contract.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

/// The open file in a slot.
///
/// # Safety
/// `file` was opened by [`open`] with success and is not closed while the result is in use.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a Opened {
    // SAFETY: `open` put a pointer from `Box::into_raw` there, which `close` alone takes back. Only shared
    // references are made of it.
    unsafe { &*(*file.cast::<Slot>()).opened }
}

/// Writes an answer through SQLite's pointer, or hands the code of a failure on.
///
/// # Safety
/// `to` is valid for a write.
unsafe fn give<T>(to: *mut T, result: Result<T, opened::Code>) -> c_int {
    match result {
        Ok(value) => {
            // SAFETY: valid for a write by this function's contract.
            unsafe { to.write(value) };
            ffi::SQLITE_OK
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let slot = file.cast::<Slot>();
    let closed = Slot {
        base: ffi::sqlite3_file {
            pMethods: ptr::null(),
        },
        opened: ptr::null_mut(),
    };
    // SAFETY: SQLite gives `szOsFile` bytes for the slot; null methods say that nothing is open.
    unsafe { slot.write(closed) };
    let result = if name.is_null() || flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0 {
        Ok(Opened::Temporary(std::sync::Mutex::default()))
    } else {
        // SAFETY: SQLite gives a C string.
        let path = unsafe { text(name) };
        let opening = Opening {
            create: flags & ffi::SQLITE_OPEN_CREATE != 0,
            exclusive: flags & ffi::SQLITE_OPEN_EXCLUSIVE != 0,
        };
        path.ok_or(ffi::SQLITE_CANTOPEN)
            .and_then(|path| opened::open(path, opening))
    };
    let opened = match result {
        Ok(opened) => Box::into_raw(Box::new(opened)),
        Err(code) => return code,
    };
    let open = Slot {
        base: ffi::sqlite3_file {
            pMethods: &raw const METHODS,
        },
        opened,
    };
    // SAFETY: as above.
    unsafe { slot.write(open) };
    if !out_flags.is_null() {
        // SAFETY: not null, so SQLite's place for the flags.
        unsafe { out_flags.write(flags) };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_dir: c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string.
    match unsafe { text(name) } {
        Some(path) => opened::delete(path, sync_dir != 0),
        None => ffi::SQLITE_IOERR_DELETE_NOENT,
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    result: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string.
    let path = unsafe { text(name) };
    let there = path.map_or(Ok(false), opened::exists);
    // SAFETY: SQLite gives a place for the answer.
    unsafe { give(result, there.map(c_int::from)) }
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    out_bytes: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite gives a C string.
    let path = unsafe { text(name) }.map(registry::full_path);
    let Some(path) = path.and_then(|path| CString::new(path).ok()) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let path = path.as_bytes_with_nul();
    if path.len() > usize::try_from(out_bytes).unwrap_or(0) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has room for `out_bytes`, which the path does not exceed, and is not part of it.
    unsafe { ptr::copy_nonoverlapping(path.as_ptr(), out.cast(), path.len()) };
    ffi::SQLITE_OK
}

/// Extensions are files of a real disk; there are none on this one.
unsafe extern "C" fn dl_open(_: *mut ffi::sqlite3_vfs, _: *const c_char) -> *mut c_void {
    ptr::null_mut()
}

unsafe extern "C" fn dl_error(_: *mut ffi::sqlite3_vfs, bytes: c_int, message: *mut c_char) {
    if bytes > 0 {
        // SAFETY: SQLite gives room for `bytes`, so for the end of an empty text.
        unsafe { message.write(0) };
    }
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    static STATE: AtomicU64 = AtomicU64::new(0);
    let count = usize::try_from(bytes).unwrap_or(0);
    let words = std::iter::repeat_with(|| STATE.fetch_add(chance::STEP, Ordering::Relaxed));
    let random: Vec<u8> = words
        .take(count.div_ceil(8))
        .flat_map(|state| chance::mix(state).to_ne_bytes())
        .collect();
    // SAFETY: `out` has room for `bytes`, and there are at least as many.
    unsafe { ptr::copy_nonoverlapping(random.as_ptr(), out.cast(), count) };
    bytes
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: SQLite's default VFS lives as long as the process and is called with itself.
    unsafe {
        let default = ffi::sqlite3_vfs_find(ptr::null());
        let sleep = default.as_ref().and_then(|vfs| vfs.xSleep);
        sleep.map_or(0, |sleep| sleep(default, microseconds))
    }
}

/// What a clock that nobody else has says, in milliseconds of Julian days: a millisecond more at each look, from the beginning of
/// 2026 on. By the machine's, what a run writes would differ from one run to the next.
fn look_at_clock() -> i64 {
    const BEGIN: i64 = 210_866_760_000_000 + 1_767_225_600_000;
    static LOOKS: AtomicI64 = AtomicI64::new(BEGIN);
    LOOKS.fetch_add(1, Ordering::Relaxed)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits hold the milliseconds of centuries"
)]
unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, days: *mut f64) -> c_int {
    // SAFETY: SQLite's own pointer for the answer.
    unsafe { days.write(look_at_clock() as f64 / 86_400_000.0) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn current_time_int64(
    _: *mut ffi::sqlite3_vfs,
    milliseconds: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite's own pointer for the answer.
    unsafe { milliseconds.write(look_at_clock()) };
    ffi::SQLITE_OK
}

/// There is no operating system with a code of its own beneath.
unsafe extern "C" fn get_last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let slot = file.cast::<Slot>();
    // SAFETY: SQLite closes what it opened once. The box is the one `open` made; null methods say that it is gone.
    let opened = unsafe {
        (*slot).base.pMethods = ptr::null();
        Box::from_raw((*slot).opened)
    };
    opened.close();
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let count = usize::try_from(amount).unwrap_or(0);
    // SAFETY: SQLite gives an open file and a buffer of its own for `amount` bytes, which are written before they
    // are looked at.
    unsafe {
        ptr::write_bytes(into.cast::<u8>(), 0, count);
        let into = std::slice::from_raw_parts_mut(into.cast::<u8>(), count);
        opened(file).read(offset, into)
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let count = usize::try_from(amount).unwrap_or(0);
    // SAFETY: SQLite gives an open file and a buffer of `amount` bytes that it does not change during the call.
    unsafe {
        let data = std::slice::from_raw_parts(from.cast::<u8>(), count);
        opened(file).write(offset, data)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite gives an open file.
    unsafe { opened(file) }.truncate(size)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    unsafe { opened(file) }.sync()
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and a place for the answer.
    unsafe { give(size, opened(file).length()) }
}

fn level(number: c_int) -> Level {
    match number {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

unsafe extern "C" fn raise_lock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    unsafe { opened(file) }.lock(level(to))
}

unsafe extern "C" fn lower_lock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    unsafe { opened(file) }.unlock(level(to))
}

unsafe extern "C" fn check_reserved_lock(
    file: *mut ffi::sqlite3_file,
    result: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives an open file and a place for the answer.
    unsafe { give(result, opened(file).is_reserved().map(c_int::from)) }
}

/// Nothing that SQLite could ask for is needed.
unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    SECTOR_BYTES
}

/// As on Unix: a power cut during a write leaves the bytes beside it alone.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    number: c_int,
    size_bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    let (Ok(number), Ok(size_bytes)) = (usize::try_from(number), usize::try_from(size_bytes))
    else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    // SAFETY: SQLite gives an open file.
    let region = unsafe { opened(file) }.map(number, size_bytes, extend != 0);
    // Atomic words may be changed through a pointer made from a shared reference; the file holds the region
    // until SQLite unmaps it.
    let address = |region: Option<crate::locks::Region>| {
        region.map_or(ptr::null_mut(), |region| {
            region.as_ptr().cast_mut().cast::<c_void>()
        })
    };
    // SAFETY: SQLite gives a place for the answer.
    unsafe { give(out, region.map(address)) }
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    let (Ok(first), Ok(count)) = (u32::try_from(first), u32::try_from(count)) else {
        return ffi::SQLITE_IOERR_SHMLOCK;
    };
    let bits = (1_u32.checked_shl(count).unwrap_or(0).wrapping_sub(1)).checked_shl(first);
    let Some(Ok(mask)) = bits.map(u8::try_from) else {
        return ffi::SQLITE_IOERR_SHMLOCK;
    };
    let take =
        (flags & ffi::SQLITE_SHM_LOCK != 0).then_some(flags & ffi::SQLITE_SHM_EXCLUSIVE != 0);
    // SAFETY: SQLite gives an open file.
    unsafe { opened(file) }.lock_shared_memory(mask, take)
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    unsafe { opened(file) }.unmap();
    ffi::SQLITE_OK
}
