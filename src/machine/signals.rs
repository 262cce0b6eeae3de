//! Signals that are not to end the program, which neither Rust's library nor `ctrlc` knows of.
#![allow(unsafe_code)] // the system's calls for signals have no safe form

use libc::c_int;

/// The signals that ask a program to end.
const ENDING: [c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// The signals that whoever started the program has it ignore: `nohup` a hang-up, a shell Ctrl-C for what it starts in the
/// background.
#[derive(Debug)]
pub(crate) struct Ignored(Vec<c_int>);

impl Ignored {
    /// Those that ask the program to end and are ignored now.
    pub(crate) fn now() -> Self {
        Self(ENDING.into_iter().filter(|signal| is_ignored(*signal)).collect())
    }

    /// They are ignored again, after a handler was set for all of them.
    pub(crate) fn again(&self) {
        for signal in &self.0 {
            // SAFETY: to ignore a signal takes no handler that could be wrong.
            unsafe { libc::signal(*signal, libc::SIG_IGN) };
        }
    }
}

/// The signals that ask a program to end do so again, as if no handler had been set.
pub(crate) fn end_as_usual() {
    for signal in ENDING {
        // SAFETY: what the system does by itself takes no handler that could be wrong.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

fn is_ignored(signal: c_int) -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: nothing is set, as the second argument is null; the third is a place for one `sigaction`, which is whole where the
    // call says so, and of zeros, which are one too, where it does not.
    let now = unsafe {
        libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr());
        now.assume_init()
    };
    now.sa_sigaction == libc::SIG_IGN
}

/// Where this process may write no file as large as it tries to, that is from now on an error of that file. The system
/// would end the program without a word. Programs that are started are not changed by it.
pub(crate) fn tell_of_large_files() {
    extern "C" fn nothing(_: c_int) {}
    let handler: extern "C" fn(c_int) = nothing;
    // SAFETY: the handler does nothing, so that it may run at any moment.
    unsafe { libc::signal(libc::SIGXFSZ, handler as libc::sighandler_t) };
}
