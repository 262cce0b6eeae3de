//! What this program asks of Windows beyond Rust's standard library: its own memory, the end of its
//! workers, the terminal that it was called from, free room. Each function is safe to call.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::process::Child;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{GetDiskFreeSpaceExW, GetDriveTypeW, GetVolumePathNameW};
use windows_sys::Win32::System::Console::{
    ATTACH_PARENT_PROCESS, AttachConsole, FreeConsole, GetStdHandle, STD_ERROR_HANDLE, STD_HANDLE,
    STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation, SetInformationJobObject,
};
use windows_sys::Win32::System::ProcessStatus::{
    K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS, PROCESS_MEMORY_COUNTERS_EX,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

/// Memory of this process, in bytes, as the task manager's details name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessMemory {
    /// Pages in memory that it can reach without a fault.
    pub(crate) working_set: u64,
    /// The most of them since it began.
    pub(crate) peak_working_set: u64,
    /// What the system has promised it and no other process, in memory or not; `None` of Wine, which says 0.
    pub(crate) private: Option<u64>,
}

/// Memory of this process now; `None` where the system does not tell. Takes about a microsecond.
pub(crate) fn process_memory() -> Option<ProcessMemory> {
    let mut told = PROCESS_MEMORY_COUNTERS_EX::default();
    let size = size_of_val(&told) as u32;
    let counters: *mut PROCESS_MEMORY_COUNTERS = (&raw mut told).cast();
    // SAFETY: the counters are as large as is said; the longer kind begins as the shorter one does.
    let is_told = unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), counters, size) } != 0;
    is_told.then_some(ProcessMemory {
        working_set: told.WorkingSetSize as u64,
        peak_working_set: told.PeakWorkingSetSize as u64,
        private: Some(told.PrivateUsage as u64).filter(|bytes| *bytes > 0),
    })
}

/// Bytes that this user may still write into a folder, as it is on the disk now; `None` where the system does
/// not tell.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    // The name of a share ends in a backslash here.
    let path: Vec<u16> = folder.as_os_str().encode_wide().chain([u16::from(b'\\'), 0]).collect();
    let mut free = 0;
    // SAFETY: the path ends in a zero, and what is not asked for may be left out.
    let is_told = unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut free, null_mut(), null_mut()) } != 0;
    is_told.then_some(free)
}

/// Whether a path that is there lies on a drive that stays in the computer: others have no bin.
pub(crate) fn is_fixed_drive(path: &Path) -> bool {
    const DRIVE_FIXED: u32 = 3;
    let path: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut drive = vec![0; path.len() + 2];
    let room = u32::try_from(drive.len()).unwrap_or(u32::MAX);
    // SAFETY: both texts end in a zero: the path here, the drive's where the call says that it wrote one into its room.
    unsafe {
        GetVolumePathNameW(path.as_ptr(), drive.as_mut_ptr(), room) != 0
            && GetDriveTypeW(drive.as_ptr()) == DRIVE_FIXED
    }
}

/// A process that the system ends when this one is gone, or when this is dropped: a job that is closed
/// with its last handle, which this process has alone.
#[derive(Debug)]
pub(crate) struct Tied {
    /// Never read: closing it is what it is for.
    _job: OwnedHandle,
}

impl Tied {
    /// Ties a child to this process.
    pub(crate) fn child(child: &Child) -> io::Result<Self> {
        // SAFETY: neither rights nor a name are given; the handle is nobody else's.
        let job = unsafe {
            let job = CreateJobObjectW(null(), null());
            if job.is_null() {
                return Err(io::Error::last_os_error());
            }
            OwnedHandle::from_raw_handle(job)
        };
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        let size = size_of_val(&limits) as u32;
        // SAFETY: both handles are open, and the limits are as large as is said.
        let is_tied = unsafe {
            let job = job.as_raw_handle();
            SetInformationJobObject(job, JobObjectExtendedLimitInformation, (&raw const limits).cast(), size)
                != 0
                && AssignProcessToJobObject(job, child.as_raw_handle()) != 0
        };
        if is_tied { Ok(Self { _job: job }) } else { Err(io::Error::last_os_error()) }
    }
}

/// Whether this process has attached itself to its caller's terminal.
static ATTACHED: AtomicBool = AtomicBool::new(false);

const STREAMS: [STD_HANDLE; 3] = [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE];

/// Has a program of the window kind, which begins without a terminal, write into the one that it was called
/// from. Where its output was redirected it goes there all the same, and where there is no terminal nothing
/// happens.
pub(crate) fn attach_to_terminal() {
    // SAFETY: these calls take no memory of ours.
    unsafe {
        let given = STREAMS.map(|stream| GetStdHandle(stream));
        let is_open = |handle: HANDLE| !handle.is_null() && handle != INVALID_HANDLE_VALUE;
        if given[1..].iter().all(|handle| is_open(*handle)) || AttachConsole(ATTACH_PARENT_PROCESS) == 0 {
            return;
        }
        // Attaching puts the terminal in the place of what was redirected.
        for (stream, handle) in STREAMS.into_iter().zip(given) {
            if is_open(handle) {
                SetStdHandle(stream, handle);
            }
        }
    }
    ATTACHED.store(true, Ordering::Relaxed);
}

/// Leaves a terminal that this process has attached itself to: its caller goes on there, and what is typed
/// there, such as Ctrl-C, is meant for others.
pub(crate) fn leave_terminal() {
    if ATTACHED.swap(false, Ordering::Relaxed) {
        // SAFETY: these calls take no memory of ours; no stream is closed.
        unsafe {
            FreeConsole();
            for stream in STREAMS {
                SetStdHandle(stream, null_mut());
            }
        }
    }
}
