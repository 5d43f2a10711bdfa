//! The rule on CubeCL's runtimes, the whole step in four kernels: one source for wgpu, Vulkan, CUDA and CPU.
//!
//! A step is Burn's product and four kernels: select, change, judge, apply. A cube (a workgroup) takes one
//! example or one unit. Judging in a kernel of its own keeps the scale of the step on the device.
//!
//! Every sum is taken in one fixed order and nothing is added atomically, so that the same seed
//! gives the same weights twice. Nothing is read back: what is not finite is noted in a tensor and
//! makes the last kernel, and those of all steps that follow, leave the synapses as they are.

use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{DType, Shape, TensorMetadata};
use burn_cubecl::CubeBackend;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;

use super::{Constants, Fault, Moment};
use crate::power::Power;

/// Threads to a unit or to an example; a power of 2, for the reductions.
const THREADS: usize = 64;

/// From here on a float32 counts as infinite: shading languages have no infinity of their own.
const HUGE: f32 = 3.0e38;

/// The raw change summed over the batch, and the winners.
pub fn local_update(
    synapses: CubeTensor,
    powered: CubeTensor,
    examples: CubeTensor,
    like: CubeTensor,
    constants: Constants,
) -> (CubeTensor, CubeTensor) {
    let (synapses, examples) = (into_contiguous(synapses), into_contiguous(examples));
    let outcome = select(currents(&examples, &powered), like.dtype, constants.k);
    let (change, _) = change(&synapses, &examples, &outcome, constants, Rows::All);
    (change, outcome.winners)
}

/// One step: the synapses, their powers, the first fault, and the winners.
pub fn step(
    synapses: CubeTensor,
    powered: CubeTensor,
    fault: CubeTensor,
    examples: CubeTensor,
    constants: Constants,
    moment: Moment,
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let (fault, examples) = (into_contiguous(fault), into_contiguous(examples));
    let (synapses, powered) = (alone(synapses), alone(powered));
    let [hidden, _] = synapses.shape().dims();
    let client = synapses.client.clone();
    let outcome = select(currents(&examples, &powered), fault.dtype, constants.k);
    let (change, largest) = change(&synapses, &examples, &outcome, constants, Rows::Changed);

    let next_fault = new(&synapses, [2], fault.dtype);
    let scale = new(&synapses, [1], DType::F32);
    judge_kernel::launch(
        &client,
        cubes(1),
        threads(),
        examples.into_tensor_arg(),
        outcome.strengths.into_tensor_arg(),
        largest.clone().into_tensor_arg(),
        fault.clone().into_tensor_arg(),
        next_fault.clone().into_tensor_arg(),
        scale.clone().into_tensor_arg(),
        moment.rate as f32,
        moment.number as u32,
        dtype_to_storage_type(fault.dtype),
    );
    apply_kernel::launch(
        &client,
        cubes(hidden),
        threads(),
        synapses.clone().into_tensor_arg(),
        powered.clone().into_tensor_arg(),
        change.into_tensor_arg(),
        largest.into_tensor_arg(),
        scale.into_tensor_arg(),
        (constants.p - 1.0) as f32,
        // A shading language knows numbers only.
        match constants.power() {
            Power::Zero => 0,
            Power::One => 1,
            Power::Two => 2,
            Power::Three | Power::Other(_) => 3,
        },
    );
    (synapses, powered, next_fault, outcome.winners)
}

/// `I = v P^T` by Burn's own product, `[batch, hidden]`.
fn currents(examples: &CubeTensor, powered: &CubeTensor) -> CubeTensor {
    let transposed = CubeBackend::float_transpose(powered.clone());
    CubeBackend::float_matmul(examples.clone(), transposed)
}

/// Who won, who is pushed away, and by which currents.
struct Outcome {
    /// `[batch]`
    winners: CubeTensor,
    /// `[batch]`
    ranked_k: CubeTensor,
    /// Of the winners, then of the units ranked k, `[2, batch]`.
    strengths: CubeTensor,
}

fn select(currents: CubeTensor, integer: DType, k: usize) -> Outcome {
    let currents = into_contiguous(currents);
    let [batch, _] = currents.shape().dims();
    let outcome = Outcome {
        winners: new(&currents, [batch], integer),
        ranked_k: new(&currents, [batch], integer),
        strengths: new(&currents, [2, batch], DType::F32),
    };
    select_kernel::launch(
        &currents.client.clone(),
        cubes(batch),
        threads(),
        currents.into_tensor_arg(),
        outcome.winners.clone().into_tensor_arg(),
        outcome.ranked_k.clone().into_tensor_arg(),
        outcome.strengths.clone().into_tensor_arg(),
        k as u32,
        dtype_to_storage_type(integer),
    );
    outcome
}

/// Which rows of the change are written.
#[derive(Clone, Copy, PartialEq)]
enum Rows {
    All,
    Changed,
}

/// The change, `[hidden, visible]`, and the largest magnitude of each row, `[hidden]`.
fn change(
    synapses: &CubeTensor,
    examples: &CubeTensor,
    outcome: &Outcome,
    constants: Constants,
    rows: Rows,
) -> (CubeTensor, CubeTensor) {
    let [hidden, visible] = synapses.shape().dims();
    let change = new(synapses, [hidden, visible], DType::F32);
    let largest = new(synapses, [hidden], DType::F32);
    change_kernel::launch(
        &synapses.client,
        cubes(hidden),
        threads(),
        synapses.clone().into_tensor_arg(),
        examples.clone().into_tensor_arg(),
        outcome.winners.clone().into_tensor_arg(),
        outcome.ranked_k.clone().into_tensor_arg(),
        outcome.strengths.clone().into_tensor_arg(),
        change.clone().into_tensor_arg(),
        largest.clone().into_tensor_arg(),
        constants.delta as f32,
        constants.radius_to_the_p() as f32,
        rows == Rows::All,
        dtype_to_storage_type(outcome.winners.dtype),
    );
    (change, largest)
}

/// A tensor of its own on the device of `like`, not yet written.
fn new<const D: usize>(like: &CubeTensor, shape: [usize; D], dtype: DType) -> CubeTensor {
    let (client, device) = (like.client.clone(), like.device.clone());
    empty_device_contiguous_dtype(client, device, Shape::new(shape), dtype)
}

/// A cube for each of `count` examples or units.
fn cubes(count: usize) -> CubeCount {
    CubeCount::Static(count as u32, 1, 1)
}

fn threads() -> CubeDim {
    CubeDim::new_1d(THREADS as u32)
}

/// The tensor in one piece, copied where somebody else holds it too.
fn alone(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() {
        tensor
    } else {
        tensor.copy()
    }
}

#[cube]
fn is_finite(value: f32) -> bool {
    value.abs() < HUGE
}

/// The strongest unit and the unit ranked k of each example, one cube to an example: k times the
/// strongest of those that rank behind the last one. Between equals the lower index ranks first.
#[cube(launch)]
fn select_kernel<I: Int>(
    currents: &Tensor<f32>,
    winners: &mut Tensor<I>,
    ranked_k: &mut Tensor<I>,
    strengths: &mut Tensor<f32>,
    k: u32,
    #[define(I)] _integer: ElemType,
) {
    let example = CUBE_POS_X as usize;
    let thread = UNIT_POS_X as usize;
    let hidden = currents.shape(1);
    let batch = currents.shape(0);
    let mut best = Shared::<[f32]>::new_slice(THREADS);
    let mut place = Shared::<[u32]>::new_slice(THREADS);
    let mut last = HUGE.runtime();
    let mut last_place = 0u32;
    for rank in 0..k {
        // Nobody ranks behind all others.
        let mut strongest = (-HUGE).runtime();
        let mut strongest_place = u32::MAX.runtime();
        let mut unit = thread;
        while unit < hidden {
            let current = currents[example * hidden + unit];
            let behind =
                rank == 0 || current < last || (current == last && unit as u32 > last_place);
            if behind && current > strongest {
                strongest = current;
                strongest_place = unit as u32;
            }
            unit += THREADS;
        }
        best[thread] = strongest;
        place[thread] = strongest_place;
        sync_cube();
        let mut half = (THREADS / 2).runtime();
        while half > 0 {
            if thread < half {
                let other = best[thread + half];
                let other_place = place[thread + half];
                if other > best[thread] || (other == best[thread] && other_place < place[thread]) {
                    best[thread] = other;
                    place[thread] = other_place;
                }
            }
            sync_cube();
            half /= 2;
        }
        last = best[0];
        last_place = place[0];
        sync_cube();
        if thread == 0 {
            // A row of values that are no numbers has no winner: unit 0, and a strength that tells.
            let mut found = last_place;
            if found == u32::MAX {
                found = 0;
            }
            if rank == 0 {
                winners[example] = I::cast_from(found);
                strengths[example] = last;
            }
            if rank == k - 1 {
                ranked_k[example] = I::cast_from(found);
                strengths[batch + example] = last;
            }
        }
    }
}

/// The changed rows and the largest magnitude of each, one cube to a unit. Rows of units without a
/// part in any example are 0, and only written as such for `all_rows`.
#[cube(launch)]
fn change_kernel<I: Int>(
    synapses: &Tensor<f32>,
    examples: &Tensor<f32>,
    winners: &Tensor<I>,
    ranked_k: &Tensor<I>,
    strengths: &Tensor<f32>,
    change: &mut Tensor<f32>,
    largest: &mut Tensor<f32>,
    delta: f32,
    radius_to_the_p: f32,
    #[comptime] all_rows: bool,
    #[define(I)] _integer: ElemType,
) {
    let unit = CUBE_POS_X as usize;
    let thread = UNIT_POS_X as usize;
    let visible = synapses.shape(1);
    let batch = examples.shape(0);
    let this = I::cast_from(unit as u32);
    let mut decay = 0.0f32;
    let mut parts = 0u32;
    for example in 0..batch {
        if winners[example] == this {
            decay += strengths[example];
            parts += 1;
        }
        if ranked_k[example] == this {
            decay -= delta * strengths[batch + example];
            parts += 1;
        }
    }
    let mut most = 0.0f32;
    if parts > 0 {
        let mut neuron = thread;
        while neuron < visible {
            let mut toward = 0.0f32;
            for example in 0..batch {
                let value = examples[example * visible + neuron];
                if winners[example] == this {
                    toward += value;
                }
                if ranked_k[example] == this {
                    toward -= delta * value;
                }
            }
            let place = unit * visible + neuron;
            let value = radius_to_the_p * toward - decay * synapses[place];
            change[place] = value;
            let mut magnitude = value.abs();
            if !is_finite(value) {
                magnitude = HUGE.runtime();
            }
            if magnitude > most {
                most = magnitude;
            }
            neuron += THREADS;
        }
    }
    if comptime!(all_rows) && parts == 0 {
        let mut neuron = thread;
        while neuron < visible {
            change[unit * visible + neuron] = 0.0f32;
            neuron += THREADS;
        }
    }
    let mut maxima = Shared::<[f32]>::new_slice(THREADS);
    maxima[thread] = most;
    sync_cube();
    if thread == 0 {
        for other in 1..THREADS {
            if maxima[other] > most {
                most = maxima[other];
            }
        }
        largest[unit] = most;
    }
}

/// The scale of the step, which is 0 from the first fault on. One cube.
#[cube(launch)]
fn judge_kernel<I: Int>(
    examples: &Tensor<f32>,
    strengths: &Tensor<f32>,
    largest: &Tensor<f32>,
    fault: &Tensor<I>,
    next_fault: &mut Tensor<I>,
    scale: &mut Tensor<f32>,
    rate: f32,
    number: u32,
    #[define(I)] _integer: ElemType,
) {
    let thread = UNIT_POS_X as usize;
    let mut maxima = Shared::<[f32]>::new_slice(THREADS);
    let mut most = 0.0f32;
    let mut unit = thread;
    while unit < largest.len() {
        if largest[unit] > most {
            most = largest[unit];
        }
        unit += THREADS;
    }
    let mut place = thread;
    while place < strengths.len() {
        if !is_finite(strengths[place]) {
            most = HUGE.runtime();
        }
        place += THREADS;
    }
    maxima[thread] = most;
    sync_cube();
    if thread == 0 {
        for other in 1..THREADS {
            if maxima[other] > most {
                most = maxima[other];
            }
        }
        let mut kind = fault[0];
        let mut step = fault[1];
        if kind == I::cast_from(0u32) && most >= HUGE {
            let mut found = comptime!(Fault::Update as u32).runtime();
            for place in 0..examples.len() {
                if !is_finite(examples[place]) {
                    found = comptime!(Fault::Examples as u32).runtime();
                }
            }
            kind = I::cast_from(found);
            step = I::cast_from(number);
        }
        next_fault[0] = kind;
        next_fault[1] = step;
        let mut factor = 0.0f32;
        if kind == I::cast_from(0u32) {
            if most < 1e-30f32 {
                most = 1e-30f32;
            }
            factor = rate / most;
        }
        scale[0] = factor;
    }
}

/// Adds the changed rows and refreshes their powers, one cube to a unit.
#[cube(launch)]
fn apply_kernel(
    synapses: &mut Tensor<f32>,
    powered: &mut Tensor<f32>,
    change: &Tensor<f32>,
    largest: &Tensor<f32>,
    scale: &Tensor<f32>,
    exponent: f32,
    #[comptime] power: u32,
) {
    let unit = CUBE_POS_X as usize;
    let visible = synapses.shape(1);
    let factor = scale[0];
    if factor != 0.0f32 && largest[unit] > 0.0f32 {
        let mut neuron = UNIT_POS_X as usize;
        while neuron < visible {
            let place = unit * visible + neuron;
            let synapse = synapses[place] + factor * change[place];
            synapses[place] = synapse;
            let magnitude = synapse.abs();
            let mut raised = synapse;
            if comptime!(power == 0 || power == 3) {
                let mut strength = 1.0f32;
                if comptime!(power == 3) {
                    strength = magnitude.powf(exponent);
                }
                raised = 0.0f32;
                if synapse > 0.0f32 {
                    raised = strength;
                }
                if synapse < 0.0f32 {
                    raised = -strength;
                }
            }
            if comptime!(power == 2) {
                raised = synapse * magnitude;
            }
            powered[place] = raised;
            neuron += THREADS;
        }
    }
}
