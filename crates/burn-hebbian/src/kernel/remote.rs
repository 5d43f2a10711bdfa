//! The fused operations on devices of other machines: a step is one message.
//!
//! The client names its tensors and sends the constants as scalars; the server runs its own backend's
//! operation on the tensors that it holds, and nothing comes back until somebody reads it. Only a server
//! that knows the operations can: one of Burn's own ends a session that asks for an operation it lacks, so
//! it is asked in a session aside ([`connect`]), and where it does not answer the rule is made of Burn's
//! own operations.
//!
//! ```no_run
//! use burn::server::{RemoteServer, WebSocketTransport};
//! use burn::tensor::Device;
//! use burn_hebbian::remote::{connect, with_fused_operations};
//!
//! // On the machine with the device:
//! let device = Device::flex();
//! let server = with_fused_operations(RemoteServer::new([device.clone()]), &device);
//! server.serve(WebSocketTransport::new(3000))?;
//! // On another one; layers, stacks and strategies take it as any device:
//! let device = connect("ws://gpu:3000", None)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A server that is asked for many small answers, such as losses, is faster on a listener with `TCP_NODELAY`,
//! `WebSocketTransport::from_listener`; `burn_runs::remote::listen` makes one.

// Burn deprecates NdArray in favour of Flex; it is still supported here.
#![allow(deprecated)]

use std::cell::RefCell;
use std::sync::Mutex;

use burn::backend::ir::{BackendIr, CustomOpIr, HandleContainer, ScalarIr, TensorIr};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{DispatchDevice, Remote, TensorMetadata};
use burn::remote::{ConnectError, CustomOpClient, RemoteHost};
use burn::server::RemoteServer;
use burn::tensor::{Device, Shape, Tensor};

use super::extension::{self, HebbianOps, Step, Update};
use super::{Constants, Moment, Shared};

/// The operations by name, with a number that grows when what travels changes.
const LOCAL_UPDATE: &str = "burn_hebbian::local_update/1";
const STEP: &str = "burn_hebbian::step/1";

/// The devices whose servers know the operations.
static FUSED: Mutex<Vec<DispatchDevice>> = Mutex::new(Vec::new());

/// Connects the first device of the WebSocket server at `url`, such as `ws://gpu:3000`, and asks the server
/// whether it knows the fused operations, as one with [`with_fused_operations`] does.
///
/// Any other remote device works too, by Burn's own operations.
///
/// # Errors
///
/// A [`ConnectError`] where no session can be opened.
pub fn connect(url: &str, token: Option<&str>) -> Result<Device, ConnectError> {
    let open = |url: &str| {
        let host = RemoteHost::websocket(url);
        let host = match token {
            Some(token) => host.with_credential(token),
            None => host,
        };
        Device::remote_options(&host).init()
    };
    let device = open(url)?;
    if is_fused_on(device.as_dispatch()) {
        return Ok(device);
    }
    if is_known_to(&open(&aside(url))?) {
        fused().push(device.as_dispatch().clone());
    }
    Ok(device)
}

/// Another address of the same server. A session is known by its address: the name of a user, which the
/// server ignores, makes another one. Without a scheme Burn takes `ws`.
fn aside(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    format!("{scheme}://aside@{rest}")
}

/// Lets a server of `device` take the fused operations of clients, so that a step is one message.
pub fn with_fused_operations(server: RemoteServer, device: &Device) -> RemoteServer {
    match device.clone().without_autodiff().as_dispatch() {
        #[cfg(feature = "flex")]
        DispatchDevice::Flex(_) => with_operations::<burn::backend::Flex>(server),
        #[cfg(feature = "ndarray")]
        DispatchDevice::NdArray(_) => with_operations::<burn::backend::NdArray>(server),
        #[cfg(feature = "cube")]
        DispatchDevice::Cube(_) => with_operations::<burn::backend::Cube>(server),
        _ => server,
    }
}

/// Whether the server of this device knows the fused operations.
pub(super) fn is_fused_on(device: &DispatchDevice) -> bool {
    fused().contains(device)
}

fn fused() -> std::sync::MutexGuard<'static, Vec<DispatchDevice>> {
    FUSED.lock().expect("no holder of the lock panics")
}

/// Whether the server of this device gives the right answer to the smallest question.
fn is_known_to(aside: &Device) -> bool {
    let synapses = Tensor::<2>::from_data([[0.5], [1.0]], aside);
    let examples = Tensor::<2>::from_data([[1.0]], aside);
    let constants = Constants {
        p: 2.0,
        k: 2,
        delta: 0.0,
        radius: 1.0,
    };
    let (_, winners) = extension::local_update(synapses, examples, constants);
    let winners = winners.try_into_data();
    winners.is_ok_and(|winners| winners.iter::<i64>().eq([1]))
}

impl HebbianOps for Remote {
    fn local_update(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        examples: FloatTensor<Self>,
        like: IntTensor<Self>,
        constants: Constants,
    ) -> Update<Self> {
        let client = CustomOpClient::new(&synapses.device());
        let inputs = [synapses, powered, examples, like].map(|tensor| tensor.into_ir());
        let [synapses, _, examples, like] = &inputs;
        let outputs = [
            output(&client, synapses.shape.clone(), synapses),
            output(&client, Shape::new([examples.shape[0]]), like),
        ];
        let scalars = scalars(constants).to_vec();
        let operation = CustomOpIr::with_scalars(LOCAL_UPDATE, &inputs, &outputs, scalars);
        let [change, winners] = all(client.register(operation));
        (change, winners)
    }

    fn step(
        synapses: FloatTensor<Self>,
        powered: FloatTensor<Self>,
        fault: IntTensor<Self>,
        examples: FloatTensor<Self>,
        constants: Constants,
        moment: Moment,
        workspace: Shared,
    ) -> Step<Self> {
        let client = CustomOpClient::new(&synapses.device());
        let inputs = [synapses, powered, fault, examples].map(|tensor| tensor.into_ir());
        let [synapses, powered, fault, examples] = &inputs;
        let outputs = [
            output(&client, synapses.shape.clone(), synapses),
            output(&client, powered.shape.clone(), powered),
            output(&client, fault.shape.clone(), fault),
            output(&client, Shape::new([examples.shape[0]]), fault),
        ];
        let mut scalars = scalars(constants).to_vec();
        scalars.extend([
            ScalarIr::UInt(moment.number as u64),
            ScalarIr::Float(moment.rate),
            ScalarIr::UInt(workspace.number()),
        ]);
        let operation = CustomOpIr::with_scalars(STEP, &inputs, &outputs, scalars);
        let [synapses, powered, fault, winners] = all(client.register(operation));
        (synapses, powered, fault, winners)
    }
}

/// A tensor that the server will make, of the type of `like`.
fn output(client: &CustomOpClient, shape: Shape, like: &TensorIr) -> TensorIr {
    TensorIr::uninit(client.create_empty_handle(), shape, like.dtype)
}

fn all<T, const N: usize>(outputs: Vec<T>) -> [T; N] {
    let outputs = outputs.try_into().ok();
    outputs.expect("an operation returns what it announced")
}

fn scalars(constants: Constants) -> [ScalarIr; 4] {
    [
        ScalarIr::Float(constants.p),
        ScalarIr::UInt(constants.k as u64),
        ScalarIr::Float(constants.delta),
        ScalarIr::Float(constants.radius),
    ]
}

const SCALARS: &str = "an operation of this number has these scalars";

/// The constants, and the scalars that follow them.
///
/// # Panics
///
/// Panics at other scalars, which ends the session that sent them.
fn constants(scalars: &[ScalarIr]) -> (Constants, &[ScalarIr]) {
    let (constants, rest) = scalars.split_at(4);
    let &[
        ScalarIr::Float(p),
        ScalarIr::UInt(k),
        ScalarIr::Float(delta),
        ScalarIr::Float(radius),
    ] = constants
    else {
        panic!("{SCALARS}");
    };
    let k = k as usize;
    (
        Constants {
            p,
            k,
            delta,
            radius,
        },
        rest,
    )
}

/// The server's part.
fn with_operations<B: BackendIr + HebbianOps>(server: RemoteServer) -> RemoteServer {
    server
        .with_custom_op::<B, _>(LOCAL_UPDATE, |handles, operation, _| {
            local_update::<B>(handles, operation);
        })
        .with_custom_op::<B, _>(STEP, |handles, operation, _| step::<B>(handles, operation))
}

fn local_update<B: BackendIr + HebbianOps>(
    handles: &mut HandleContainer<B::Handle>,
    operation: &CustomOpIr,
) {
    let ([synapses, powered, examples, like], [change, winners]) = operation.as_fixed();
    let (constants, _) = constants(&operation.scalars);
    let (new_change, new_winners) = B::local_update(
        handles.get_float_tensor::<B>(synapses),
        handles.get_float_tensor::<B>(powered),
        handles.get_float_tensor::<B>(examples),
        handles.get_int_tensor::<B>(like),
        constants,
    );
    handles.register_float_tensor::<B>(&change.id, new_change);
    handles.register_int_tensor::<B>(&winners.id, new_winners);
}

fn step<B: BackendIr + HebbianOps>(
    handles: &mut HandleContainer<B::Handle>,
    operation: &CustomOpIr,
) {
    let (inputs, outputs) = operation.as_fixed::<4, 4>();
    let (constants, rest) = constants(&operation.scalars);
    let &[
        ScalarIr::UInt(number),
        ScalarIr::Float(rate),
        ScalarIr::UInt(workspace),
    ] = rest
    else {
        panic!("{SCALARS}");
    };
    let moment = Moment {
        number: number as usize,
        rate,
    };
    let (synapses, powered, fault, winners) = B::step(
        handles.get_float_tensor::<B>(&inputs[0]),
        handles.get_float_tensor::<B>(&inputs[1]),
        handles.get_int_tensor::<B>(&inputs[2]),
        handles.get_float_tensor::<B>(&inputs[3]),
        constants,
        moment,
        workspace_of(workspace),
    );
    handles.register_float_tensor::<B>(&outputs[0].id, synapses);
    handles.register_float_tensor::<B>(&outputs[1].id, powered);
    handles.register_int_tensor::<B>(&outputs[2].id, fault);
    handles.register_int_tensor::<B>(&outputs[3].id, winners);
}

/// How many layers of a session may learn in turn before one has to raise its synapses anew.
const MOST_WORKSPACES: usize = 4;

thread_local! {
    /// The workspaces of a session, which has a thread of its own, by the client's number of them; the one
    /// that was used last stands last.
    static WORKSPACES: RefCell<Vec<(u64, Shared)>> = const { RefCell::new(Vec::new()) };
}

fn workspace_of(number: u64) -> Shared {
    WORKSPACES.with_borrow_mut(|workspaces| {
        let place = workspaces.iter().position(|(known, _)| *known == number);
        let known = place.map(|place| workspaces.remove(place).1);
        let workspace = known.unwrap_or_default();
        if workspaces.len() == MOST_WORKSPACES {
            workspaces.remove(0);
        }
        workspaces.push((number, workspace.clone()));
        workspace
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_or_without_a_scheme_has_one_aside() {
        assert_eq!(aside("ws://gpu:3000"), "ws://aside@gpu:3000");
        assert_eq!(aside("wss://gpu"), "wss://aside@gpu");
        assert_eq!(aside("gpu:3000"), "ws://aside@gpu:3000");
        assert_eq!(aside("[::1]:3000"), "ws://aside@[::1]:3000");
    }
}
