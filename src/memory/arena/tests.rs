//! Threads that share arenas; that pages really go back is tested where the system can be asked for each
//! page.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::{Arena, Counter, NoSlot, Slot};
use crate::paging::HUGE_PAGE_BYTES;

const HUGE: u64 = HUGE_PAGE_BYTES;

/// What a thread does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Takes and fills memory.
    Take(u64),
    /// Releases one of those that it holds.
    Release(usize),
    /// Hands one of those that it holds to whoever wants it.
    Give(usize),
    /// Takes over what another thread gave.
    Adopt,
}

/// Sizes of images: mostly small, some that lie on huge pages, some that nearly do.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![
        12 => 1..9000_u64,
        2 => Just(HUGE),
        1 => Just(HUGE - HUGE / 20),
        1 => Just(HUGE + 1),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => size().prop_map(Act::Take),
        2 => any::<usize>().prop_map(Act::Release),
        1 => any::<usize>().prop_map(Act::Give),
        1 => Just(Act::Adopt),
    ]
}

fn taken(work: &[Vec<Act>]) -> impl Iterator<Item = u64> + Clone {
    let bytes = |act: &Act| if let Act::Take(bytes) = act { Some(*bytes) } else { None };
    work.iter().flatten().filter_map(bytes)
}

/// Memory with what it was filled with.
struct Filled(u8, Slot);

impl Filled {
    fn take(arena: &Arena, bytes: u64, value: u8) -> Self {
        let mut slot = arena.take(bytes).expect("reserved");
        assert_eq!(slot.bytes().len() as u64, bytes);
        assert_eq!(slot.bytes().as_ptr() as usize % 8, 0);
        if value.is_multiple_of(2) {
            slot.populate();
        }
        slot.bytes_mut().fill(value);
        Self(value, slot)
    }

    fn check(&self) {
        assert!(self.1.bytes().iter().all(|byte| *byte == self.0), "overlap");
    }
}

/// Does what one thread does; returns what it still holds.
fn perform(arena: &Arena, work: &[Act], first: u8, given: &Mutex<Vec<Filled>>) -> Vec<Filled> {
    let mut held: Vec<Filled> = Vec::new();
    for (act, nth) in work.iter().zip(0_u8..) {
        match *act {
            Act::Take(bytes) => held.push(Filled::take(arena, bytes, first.wrapping_add(nth))),
            Act::Release(place) if !held.is_empty() => {
                held.swap_remove(place % held.len()).check();
            }
            Act::Give(place) if !held.is_empty() => {
                let gift = held.swap_remove(place % held.len());
                given.lock().expect("no panic").push(gift);
            }
            Act::Release(_) | Act::Give(_) => {}
            Act::Adopt => held.extend(given.lock().expect("no panic").pop()),
        }
    }
    held.iter().for_each(Filled::check);
    held
}

/// One combination on its threads; returns what is alive at its end.
fn round(arena: &Arena, work: &[Vec<Act>], salt: u8) -> Vec<Filled> {
    let given = Mutex::default();
    let mut alive: Vec<Filled> = std::thread::scope(|scope| {
        let spawn = |(work, thread): (_, u8)| {
            let (work, given): (&Vec<Act>, _) = (work, &given);
            let first = salt.wrapping_add(thread.wrapping_mul(50));
            scope.spawn(move || perform(arena, work, first, given))
        };
        let threads: Vec<_> = work.iter().zip(1_u8..).map(spawn).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no overlap")).collect()
    });
    alive.append(&mut given.into_inner().expect("no panic"));
    alive
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Threads that take, release and hand over at random in two arenas at once never
    /// see each other's bytes, and the count is exact.
    #[test]
    fn threads_share_arenas(
        returns_early in any::<bool>(),
        work in prop::collection::vec(prop::collection::vec(act(), 0..40), 1..4),
    ) {
        let counter = Arc::<Counter>::default();
        let reserve = || Arena::reserve(taken(&work), returns_early, Arc::clone(&counter));
        let sum = |alive: &[Filled]| alive.iter().map(|one| one.1.bytes().len() as u64).sum::<u64>();
        let mut arenas = [reserve().expect("room"), reserve().expect("room")];
        for salt in 0..3 {
            let [here, next] = &arenas;
            let ahead = round(next, &work, salt + 100);
            let alive = round(here, &work, salt);
            ahead.iter().chain(&alive).for_each(Filled::check);
            let held = sum(&alive) + sum(&ahead);
            prop_assert_eq!(counter.now(), held);
            let peak = counter.take_peak();
            prop_assert!(peak >= held && peak <= 2 * taken(&work).sum::<u64>(), "{peak}");
            here.release_whole();
            drop((alive, ahead));
            prop_assert_eq!(counter.now(), 0);
            arenas = arenas.map(|arena| {
                let arena = arena.emptied().expect("nothing is alive");
                let is_used_again = arena.fits(taken(&work));
                assert_eq!(is_used_again, !returns_early);
                if is_used_again { arena } else { reserve().expect("room") }
            });
        }
    }
}

fn is_used_up(arena: &Arena, bytes: u64) -> bool {
    matches!(arena.take(bytes), Err(NoSlot::UsedUp))
}

#[test]
fn a_reservation_ends_where_it_was_said_to() {
    for returns_early in [true, false] {
        let counter = Arc::<Counter>::default();
        let images = [100, HUGE, 5000];
        let arena = Arena::reserve(images.into_iter(), returns_early, Arc::clone(&counter));
        let arena = arena.expect("room");
        let slots: Vec<_> = images.iter().map(|bytes| arena.take(*bytes).expect("reserved")).collect();
        assert!(is_used_up(&arena, 1));
        assert!(is_used_up(&arena, HUGE));
        assert_eq!(counter.now(), 5100 + HUGE);
        drop(slots);
        assert!(is_used_up(&arena, 1), "a place is handed out once");
        assert_eq!((counter.now(), counter.take_peak()), (0, 5100 + HUGE));
        let arena = arena.emptied().expect("empty");
        assert!(arena.take(1).is_ok());
    }
}

#[cfg(any(target_os = "linux", windows))]
proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Pages of what is released are gone at once, those of all others stay, and large images lie on
    /// huge pages.
    #[test]
    fn pages_go_back_with_their_image(images in prop::collection::vec((size(), any::<bool>()), 1..30)) {
        use crate::paging::has_huge_pages;

        let counter = Arc::<Counter>::default();
        let sizes = images.iter().map(|(bytes, _)| *bytes);
        let arena = Arena::reserve(sizes, true, counter).expect("room");
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for (bytes, is_released) in &images {
            let mut slot = arena.take(*bytes).expect("reserved");
            slot.bytes_mut().fill(7);
            if has_huge_pages(*bytes, true) {
                prop_assert_eq!(slot.bytes().as_ptr() as u64 % HUGE, 0);
            }
            if *is_released { gone.push(slot) } else { kept.push(slot) }
        }
        let gone: Vec<_> = gone.into_iter().map(|slot| slot.resident_pages_later()).collect();
        for resident in gone {
            prop_assert!(resident().iter().all(|is_resident| !is_resident));
        }
        for slot in &kept {
            let written = slot.bytes().len().div_ceil(crate::memory::probe::system_page_bytes());
            prop_assert!(slot.resident_pages().iter().take(written).all(|is_resident| *is_resident));
            prop_assert!(slot.bytes().iter().all(|byte| *byte == 7));
        }
    }
}
