//! A step asks for no memory: the allocator's calls are counted over 100 steps.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use kantorovich_encoders::{Activation, Convolution, Decay, Initialisation, Rule, Schedule};
use kantorovich_kernels::{Panels, Random};
use kantorovich_lipschitz::{Ball, Penalty, Sides};
use kantorovich_training::{
    Constraint, LagrangianSpec, PenaltyOver, PenaltySpec, Trainer, TrainerSpec,
};

/// The system's allocator, counting.
struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const OBJECTIVES: [&str; 10] =
    ["cpc", "cpc-symmetric", "wdm", "wdm-all", "nwj", "dv", "jsd", "smile", "rpc", "flo"];

fn spec(objective: &str, critic: &str, constraint: Constraint) -> TrainerSpec {
    TrainerSpec {
        objective: objective.to_string(),
        objective_options: Default::default(),
        critic: critic.to_string(),
        critic_hidden: vec![40, 12],
        temperature: 0.5,
        learn_temperature: true,
        x_widths: vec![33, 16, 8],
        y_widths: Some(vec![21, 16, 8]),
        convolutions: [Vec::new(), Vec::new()],
        activation: Activation::MaxMin,
        bias: true,
        initialisation: Initialisation::Glorot,
        constraint,
        rule: Rule::from_name("adamw").unwrap(),
        weight_decay: 0.01,
        schedule: Schedule::new(1e-3, 3, Decay::Cosine { steps: 200 }).unwrap(),
        clip_norm: Some(1.0),
        batch: 13,
        seed: 1,
    }
}

/// Convolutions over 3 x 11 and 3 x 7 images.
fn convolutional(objective: &str, critic: &str, constraint: Constraint) -> TrainerSpec {
    let first = |width| Convolution {
        planes: 1,
        depth: 1,
        height: 3,
        width,
        channels: 4,
        kernel: 3,
        stride: 2,
        padding: 1,
    };
    let convolutions = [11, 7].map(|width| vec![first(width), first(width).then(8, 2, 1, 1)]);
    TrainerSpec { convolutions, ..spec(objective, critic, constraint) }
}

fn calls_over_100_steps(spec: &TrainerSpec) -> usize {
    let mut trainer = Trainer::new(spec).unwrap();
    let mut random = Random::new(2);
    let mut rows = |width: usize| {
        let values: Vec<f32> = (0..spec.batch * width).map(|_| random.normal()).collect();
        Panels::from_row_major(spec.batch, width, &values)
    };
    let (x, y) = (rows(33), rows(21));
    let before = CALLS.load(Ordering::Relaxed);
    for _ in 0..100 {
        trainer.step(x.view(), y.view()).unwrap();
    }
    CALLS.load(Ordering::Relaxed) - before
}

/// One test, since the count is the process's.
#[test]
fn a_step_allocates_nothing() {
    let rule = Penalty::new(Sides::Two, 1.0, 1.0).unwrap();
    let penalty = |over| Constraint::GradientPenalty(PenaltySpec { rule, points: 5, over });
    let ball = |name| Ball::new(name, 0.5).unwrap();
    let lagrangian = LagrangianSpec { pairs: 5, slack: 1e-3, multiplier: 30.0 };
    let mut specs = vec![
        spec("wpc", "separable", penalty(PenaltyOver::Inputs)),
        spec("wdm", "bilinear", penalty(PenaltyOver::Inputs)),
        spec("wdm", "cosine", penalty(PenaltyOver::Embeddings)),
        spec("wpc", "distance", Constraint::Orthonormal { every: 4 }),
        spec("wdm", "distance", Constraint::Spectral { norm: 0.5 }),
        spec("wdm", "distance", Constraint::Ball { ball: ball("spectral-ball"), every: 3 }),
        spec("wdm", "distance", Constraint::Ball { ball: ball("l1"), every: 1 }),
        spec("wdm", "distance", Constraint::Lagrangian(lagrangian)),
    ];
    specs.extend([
        convolutional("wpc", "separable", penalty(PenaltyOver::Inputs)),
        convolutional("wpc", "distance", Constraint::Orthonormal { every: 4 }),
        convolutional("wdm", "distance", Constraint::Spectral { norm: 0.5 }),
    ]);
    for critic in ["separable", "bilinear", "cosine", "distance", "squared-distance", "joint"] {
        for objective in OBJECTIVES {
            specs.push(spec(objective, critic, Constraint::None));
        }
    }
    for spec in &specs {
        let what = format!("{} {} {:?}", spec.objective, spec.critic, spec.constraint);
        assert_eq!(calls_over_100_steps(spec), 0, "{what}");
    }
}
