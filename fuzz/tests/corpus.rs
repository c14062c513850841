//! Every input that was ever worth keeping, given to its parser again: none stops it.

use fuzz::{Target, kept, seeds};

#[test]
fn no_kept_input_stops_its_parser() {
    for target in Target::ALL {
        let kept = kept(target).expect("the corpus");
        assert!(!kept.is_empty(), "no input is kept for {}", target.name());
        for (name, input) in kept {
            let ran = std::panic::catch_unwind(|| target.run(&input));
            assert!(ran.is_ok(), "{name} of fuzz/corpus/{}.zip stops its parser", target.name());
        }
    }
}

#[test]
fn every_target_has_inputs_to_begin_with() {
    for target in Target::ALL {
        let seeds = seeds(target).expect("the seeds");
        assert!(!seeds.is_empty(), "{} has none", target.name());
        seeds.iter().for_each(|seed| target.run(seed));
        assert_eq!(Target::named(target.name()), Some(target));
    }
}
