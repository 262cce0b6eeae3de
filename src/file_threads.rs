//! Threads that wait for files.
//!
//! What reads or writes many files does so on threads of its own: a file system that is slow, or that
//! does not answer, holds each of them up for as long as it likes. Rayon's global pool computes the
//! forecasts and the pixels of previews, so none of its threads may ever wait for a file.
//! Deliberately absent: a pool for the whole program, in which a share that does not answer would
//! hold up the files of all other places.

use std::num::NonZero;
use std::sync::{Arc, OnceLock};
use std::thread;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The fewest threads: files on a share come as fast as there are questions on the way.
const FEWEST: usize = 4;

/// The most threads: more of them wait for the same disk.
const MOST: usize = 32;

/// Where this user may have so few processes, threads counted, rayon's global pool takes an eighth of them at most: by itself it takes
/// as many as there are processors, and panics where it gets fewer. To be called before anything is computed.
///
/// # Errors
/// Where the system gives no thread at all.
pub fn compute_with_few_threads(most: u64) -> Result<(), rayon::ThreadPoolBuildError> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let count = usize::try_from(most / 8).unwrap_or(processors).clamp(1, processors);
    ThreadPoolBuilder::new().num_threads(count).build_global()
}

/// A bounded set of named threads for one place's files; clones are the same threads. They start with
/// the first work and end with the last handle.
#[derive(Clone, Debug)]
pub struct FileThreads {
    name: &'static str,
    count: usize,
    pool: Arc<OnceLock<Option<ThreadPool>>>,
}

impl FileThreads {
    /// Threads of this name, as many as suit the machine. None is started yet.
    pub fn new(name: &'static str) -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::of_count(name, processors.clamp(FEWEST, MOST))
    }

    /// This many threads.
    pub(crate) fn of_count(name: &'static str, count: usize) -> Self {
        Self { name, count, pool: Arc::default() }
    }

    /// How many threads there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Does `work` to each of `0..len`, with a state that `init` makes for a share of them, and waits
    /// for all. The results are in order.
    ///
    /// # Errors
    /// One of the errors of `work`; what has not begun by then is left out.
    pub(crate) fn try_map<S, R: Send, E: Send>(
        &self,
        len: usize,
        init: impl Fn() -> S + Send + Sync,
        work: impl Fn(&mut S, usize) -> Result<R, E> + Send + Sync,
    ) -> Result<Vec<R>, E> {
        match self.pool() {
            Some(pool) => pool.install(|| (0..len).into_par_iter().map_init(init, work).collect()),
            // The system has no threads left: slowly is better than not at all.
            None => {
                let mut state = init();
                (0..len).map(|index| work(&mut state, index)).collect()
            }
        }
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let build = || {
            let name = self.name;
            let names = move |index| format!("{name} {}", index + 1);
            ThreadPoolBuilder::new().num_threads(self.count).thread_name(names).build().ok()
        };
        self.pool.get_or_init(build).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_on_named_threads_and_an_error_ends_the_rest() {
        let threads = FileThreads::of_count("test", 3);
        let name = || thread::current().name().unwrap_or_default().to_owned();
        let done = threads.try_map(50, name, |name, index| Ok::<_, ()>((name.clone(), index))).unwrap();
        for (index, (name, done)) in done.iter().enumerate() {
            assert_eq!(*done, index);
            assert!(["test 1", "test 2", "test 3"].contains(&name.as_str()), "{name}");
        }
        let failing = |_: &mut (), index| if index == 7 { Err(index) } else { Ok(()) };
        assert_eq!(threads.try_map(50, || (), failing), Err(7));
    }

    #[test]
    fn without_threads_the_caller_does_the_work() {
        let threads = FileThreads::of_count("test", 3);
        threads.pool.set(None).unwrap();
        let caller = thread::current().id();
        let done = threads.try_map(3, || (), |(), index| Ok::<_, ()>((index, thread::current().id())));
        assert_eq!(done, Ok(vec![(0, caller), (1, caller), (2, caller)]));
    }
}
