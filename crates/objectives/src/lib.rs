//! Critics, objectives, and the streaming driver that joins them.
//!
//! A critic turns embeddings into scores `S[i, j] = f(x_i, y_j)` and derivatives by scores into
//! derivatives by embeddings; an objective turns scores into a value and derivatives by scores.
//! Neither knows the other. [`Loss`] joins one of each over blocks of 64 rows of S, so that memory
//! is O(64 m + (n + m) d) and any critic runs with any objective, over the general case of
//! [`Pairs`]: n queries against m candidates, several and graded positives, excluded pairs.
#![forbid(unsafe_code)]

pub mod critics;
pub mod loss;
pub mod objectives;
pub mod pairs;
pub mod panel;
pub mod partials;

pub use critics::{Critic, CriticShape, CriticSpec};
pub use loss::{Gradients, Loss, LossSpec};
pub use objectives::{Objective, ObjectiveOptions};
pub use pairs::Pairs;
pub use panel::Panel;
