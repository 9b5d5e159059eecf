//! Trainers that share steps end with the bits that one alone gets.

use crate::{Tensors, noise, penalty, penalty_over, run_spec, values};

use kantorovich_encoders::{Convolution, Rule};
use kantorovich_kernels::{Panels, Random, Region, Share};
use kantorovich_lipschitz::{Ball, Sides};
use kantorovich_training::{
    Constraint, LagrangianSpec, PenaltyOver, Phase, StepReport, Trainer, TrainerSpec,
};
use proptest::prelude::*;
use proptest::sample::select;

const OBJECTIVES: [&str; 11] = [
    "cpc",
    "cpc-symmetric",
    "wpc-symmetric",
    "wdm",
    "wdm-all",
    "nwj",
    "dv",
    "jsd",
    "smile",
    "rpc",
    "flo",
];
const CRITICS: [&str; 6] =
    ["separable", "bilinear", "cosine", "distance", "squared-distance", "joint"];

fn constraint() -> impl Strategy<Value = Constraint> {
    (0usize..9, 1usize..150).prop_map(|(kind, points)| match kind {
        0 | 1 => Constraint::None,
        2 | 3 => penalty(Sides::One, 2.0, points),
        4 => penalty_over(Sides::Two, 1.0, points, PenaltyOver::Embeddings),
        5 => Constraint::Orthonormal { every: 2 },
        6 => Constraint::Spectral { norm: 1.0 },
        7 => Constraint::Ball { ball: Ball::new("spectral-ball", 1.0).unwrap(), every: 3 },
        _ => Constraint::Lagrangian(LagrangianSpec { pairs: points, slack: 0.1, multiplier: 1.0 }),
    })
}

/// Trainers of every kind, with batches of up to four blocks.
fn spec() -> impl Strategy<Value = TrainerSpec> {
    let names = (select(&OBJECTIVES[..]), select(&CRITICS[..]));
    let sizes = (2usize..250, 1usize..30, 1usize..40);
    (names, constraint(), sizes, any::<[bool; 4]>(), 0u64..1000).prop_map(
        |((objective, critic), constraint, (batch, width, hidden), flags, seed)| {
            let [shared, convolutional, clips, learns] = flags;
            let convolution = Convolution {
                planes: 2,
                depth: 1,
                height: 5,
                width: 4,
                channels: width,
                kernel: 3,
                stride: 2,
                padding: 1,
            };
            let mut x_widths = vec![13, 2 * hidden, 6];
            let mut convolutions = [Vec::new(), Vec::new()];
            // The power method of convolutions takes long; their constraints are tested where they are made.
            if convolutional && !matches!(constraint, Constraint::Spectral { .. }) {
                x_widths = vec![convolution.inputs(), convolution.outputs(), 2 * hidden, 6];
                convolutions[0].push(convolution);
            }
            if shared {
                convolutions[1] = convolutions[0].clone();
            }
            TrainerSpec {
                y_widths: if shared { None } else { Some(vec![11, 6]) },
                x_widths,
                convolutions,
                batch,
                seed,
                constraint,
                learn_temperature: learns,
                weight_decay: if learns { 0.1 } else { 0.0 },
                clip_norm: clips.then_some(1e-2),
                rule: Rule::from_name(if clips { "sgd" } else { "adam" }).unwrap(),
                ..run_spec(objective, critic)
            }
        },
    )
}

/// Several trainers of one step.
struct Group(Vec<Trainer>);

impl Group {
    fn new(spec: &TrainerSpec, count: usize) -> Result<Self, String> {
        let member = |index| {
            let mut trainer = Trainer::new(spec).map_err(|error| error.message)?;
            trainer.share(Share { index, count });
            Ok(trainer)
        };
        (0..count).map(member).collect::<Result<_, _>>().map(Self)
    }

    /// The report of each, or the first one's error.
    fn step(&mut self, [x, y]: &[Panels; 2]) -> Result<Vec<StepReport>, String> {
        for phase in Phase::ALL {
            let run = |trainer: &mut Trainer| trainer.phase(phase, x.view(), y.view());
            let outcomes: Vec<_> = self.0.iter_mut().map(run).collect();
            if let Some(Err(error)) = outcomes.iter().find(|outcome| outcome.is_err()) {
                assert!(
                    outcomes
                        .iter()
                        .all(|other| other.as_ref().is_err_and(|e| e.kind == error.kind))
                );
                return Err(error.message.clone());
            }
            let list = |trainer: &mut Trainer| {
                let mut list = Vec::new();
                trainer.regions(phase, &mut list);
                list
            };
            exchange(&self.0.iter_mut().map(list).collect::<Vec<_>>());
        }
        Ok(self.0.iter().map(Trainer::report).collect())
    }

    fn states(&mut self) -> Vec<Vec<f32>> {
        let list = |trainer: &mut Trainer| {
            let mut list = Vec::new();
            trainer.state_regions(&mut list);
            list
        };
        exchange(&self.0.iter_mut().map(list).collect::<Vec<_>>());
        self.0.iter_mut().map(|trainer| values(trainer, Tensors::State)).collect()
    }
}

/// Copies each region from its owner to all others.
fn exchange(lists: &[Vec<Region>]) {
    for (at, region) in lists[0].iter().enumerate() {
        let from = lists[region.owner][at];
        for (to, list) in lists.iter().enumerate().filter(|(to, _)| *to != region.owner) {
            assert_eq!((list[at].owner, list[at].bytes), (region.owner, region.bytes), "of {to}");
            let (from, to) = (from.address as *const u8, list[at].address as *mut u8);
            // SAFETY: both are memory of trainers that live, of that length, and of different ones.
            unsafe { std::ptr::copy_nonoverlapping(from, to, region.bytes) };
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn w2_any_number_of_trainers_gives_the_bits_of_one(spec in spec(), count in 1usize..5) {
        let Ok(mut alone) = Trainer::new(&spec) else {
            // Some objectives refuse some batches.
            return Ok(());
        };
        let mut group = Group::new(&spec, count).unwrap();
        let mut random = Random::new(spec.seed);
        for _ in 0..4 {
            let batch = noise(&spec, &mut random);
            let expected = alone.step(batch[0].view(), batch[1].view()).map_err(|e| e.message);
            let found = group.step(&batch);
            match expected {
                Ok(report) => prop_assert_eq!(found.unwrap(), vec![report; count]),
                Err(_) => prop_assert!(found.is_err()),
            }
        }
        let state = values(&mut alone, Tensors::State);
        for found in group.states() {
            prop_assert!(state.iter().zip(&found).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        for trainer in &group.0 {
            prop_assert_eq!(trainer.counters(), alone.counters());
        }
    }
}

#[test]
fn a4_a_step_that_is_refused_changes_nothing_in_any_of_them() {
    let spec = TrainerSpec { batch: 130, ..run_spec("wpc", "separable") };
    let mut group = Group::new(&spec, 2).unwrap();
    let mut batch = noise(&spec, &mut Random::new(1));
    group.step(&batch).unwrap();
    let before = group.states();
    let good = batch[0].get(129, 1);
    batch[0].set(129, 1, f32::NAN);
    let message = group.step(&batch).unwrap_err();
    assert!(message.starts_with("step 2 was not taken: the batch of x"), "{message}");
    assert_eq!(group.states(), before);
    batch[0].set(129, 1, good);
    let reports = group.step(&batch).unwrap();
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0].step, 2);
}

#[test]
fn a4_a_gradient_that_cannot_be_followed_changes_nothing_in_any_of_them() {
    let spec = TrainerSpec { batch: 130, ..run_spec("wdm", "separable") };
    let mut group = Group::new(&spec, 2).unwrap();
    let batch = noise(&spec, &mut Random::new(1));
    let large = batch.clone().map(|mut side| {
        side.view_mut().scale(1e17);
        side
    });
    let before = group.states();
    let message = group.step(&large).unwrap_err();
    assert!(message.contains("the gradient's norm"), "{message}");
    assert_eq!(group.states(), before);
    assert_eq!(group.step(&batch).unwrap()[0].step, 1);
}
