//! The receiving half alone.

use proptest::prelude::*;

use super::*;

fn receiver(buffer: u64, shift: u8) -> Receiver {
    Receiver::new(Numbering::default(), ReceiverSetup { buffer, shift, mss: 1_000, delays_acks: true })
}

#[test]
fn a_segment_is_acceptable_if_any_byte_of_it_lies_in_the_window() {
    let it = receiver(5_000, 0);
    // The window is [1, 5001).
    for (start, len, expected) in [
        (1, 1, true),
        (0, 1, false),
        (0, 2, true),
        (5_000, 1, true),
        (5_001, 1, false),
        (5_001, 0, true),
        (5_002, 0, false),
    ] {
        assert_eq!(it.is_acceptable(start, len), expected, "{start} {len}");
    }
}

#[test]
fn a_closed_window_accepts_nothing_but_empty_segments_at_its_edge() {
    let mut it = receiver(1_000, 0);
    it.on_segment(1, 1_001, false);
    assert_eq!((it.window(), it.is_acceptable(1_001, 1), it.is_acceptable(1_001, 0)), (0, false, true));
}

#[test]
fn a_fin_needs_room_of_its_own() {
    let mut it = receiver(1_000, 0);
    it.on_segment(1, 1_001, true);
    assert!(!it.has_fin());
    let mut it = receiver(1_001, 0);
    it.on_segment(1, 1_001, true);
    assert!(it.has_fin());
    assert_eq!(it.unread(), 1_000);
}

proptest! {
    #[test]
    fn the_right_edge_never_moves_back_by_a_unit_and_the_buffer_is_never_overrun(
        buffer in 1_u64..200_000,
        shift in 0_u8..8,
        steps in prop::collection::vec((0_u64..3_000, 1_u64..3_000, 0_u64..5_000), 1..200),
    ) {
        let buffer = buffer.min(UNSCALED_WINDOW << shift);
        let mut it = receiver(buffer, shift);
        let mut edge = 0;
        for (offset, len, read) in steps {
            let start = it.next() + offset.saturating_sub(1_000);
            if it.is_acceptable(start, len) {
                it.on_segment(start, start + len, false);
            }
            let field = it.advertise();
            let advertised = it.next() + (u64::from(field) << shift);
            prop_assert!(advertised + (1 << shift) > edge, "{advertised} after {edge}");
            edge = edge.max(advertised);
            prop_assert_eq!(it.next() + it.window(), edge.max(it.next() + it.window()));
            let held = it.unread() + it.beyond.iter().map(Range::len).sum::<u64>();
            prop_assert!(held < buffer + (1 << shift), "{held} of {buffer}");
            it.read(read);
        }
    }
}
