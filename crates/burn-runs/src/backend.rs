//! The choice of the backend at run time.

use burn::tensor::Device;
#[cfg(any(feature = "wgpu", feature = "vulkan"))]
use burn::tensor::DeviceKind;
#[cfg(any(feature = "wgpu", feature = "vulkan", feature = "cuda"))]
use burn::tensor::DeviceType;
use serde::{Deserialize, Serialize};

/// Where tensors live and are computed. Each is a cargo feature of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Burn's CPU backend.
    Flex,
    /// The CPU backend on `ndarray`, deprecated by Burn in favour of flex.
    Ndarray,
    /// Any GPU through WebGPU.
    Wgpu,
    /// Any GPU through Vulkan.
    Vulkan,
    /// NVIDIA GPUs.
    Cuda,
    /// CubeCL's CPU runtime.
    Cpu,
    /// Devices of other machines, which Burn's servers serve.
    Remote,
}

/// A backend that this build or this machine does not have.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The backend is not compiled in.
    #[error("the backend {0} is not compiled in; build with `--features {0}`")]
    NotCompiled(&'static str),
    /// The backend is compiled in, but the machine has no device for it.
    #[error(
        "the backend {0} found no device on this machine; check the driver or choose another backend"
    )]
    NoDevice(&'static str),
    /// Devices of other machines are reached by the addresses of their servers.
    #[error("the backend remote has no device of its own; name the server to compute on")]
    NoServer,
    /// The records of an optimizer cannot be read.
    #[error(
        "Burn reads a checkpoint by way of its default device, {default}, which this machine lacks; \
         set BURN_DEVICE={chosen} in the environment"
    )]
    NoDefault {
        /// The backend of the default device.
        default: &'static str,
        /// The backend of the run.
        chosen: &'static str,
    },
}

impl Backend {
    /// All backends.
    pub const ALL: [Backend; 7] = [
        Backend::Flex,
        Backend::Ndarray,
        Backend::Wgpu,
        Backend::Vulkan,
        Backend::Cuda,
        Backend::Cpu,
        Backend::Remote,
    ];

    /// The name on the command line, in files and of the cargo feature.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Vulkan => "vulkan",
            Self::Cuda => "cuda",
            Self::Cpu => "cpu",
            Self::Remote => "remote",
        }
    }

    /// The device of this backend on this machine.
    ///
    /// # Errors
    ///
    /// A [`BackendError`] where the backend is not compiled in or finds no device, as
    /// [`Remote`](Self::Remote) does.
    pub fn device(self) -> Result<Device, BackendError> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            Self::Ndarray => {
                // Burn 0.22 deprecates the backend; both have to work until it is gone.
                #[allow(deprecated)]
                let device = Device::ndarray();
                Ok(device)
            }
            #[cfg(feature = "wgpu")]
            Self::Wgpu => self.found(DeviceType::Wgpu, Device::wgpu(DeviceKind::DefaultDevice)),
            #[cfg(feature = "vulkan")]
            Self::Vulkan => self.found(
                DeviceType::Vulkan,
                Device::vulkan(DeviceKind::DefaultDevice),
            ),
            #[cfg(feature = "cuda")]
            Self::Cuda => self.found(DeviceType::Cuda, Device::cuda(0)),
            #[cfg(feature = "cpu")]
            Self::Cpu => Ok(Device::cpu()),
            #[cfg(feature = "remote")]
            Self::Remote => Err(BackendError::NoServer),
            #[allow(unreachable_patterns)]
            _ => Err(BackendError::NotCompiled(self.name())),
        }
    }

    /// The backend that looks at what this one has computed: flex for what was computed elsewhere.
    pub fn at_home(self) -> Self {
        match self {
            Self::Remote => Self::Flex,
            backend => backend,
        }
    }

    /// Checks that a run on this backend can be resumed. Burn puts the records of an optimizer on its
    /// default device before they come to the run's: the first compiled-in backend of its own order,
    /// or `BURN_DEVICE`, even where the machine has no such device.
    ///
    /// # Errors
    ///
    /// A [`BackendError`] where there is no default device.
    pub fn check_resume(self) -> Result<(), BackendError> {
        let order = [Self::Cuda, Self::Vulkan, Self::Wgpu, Self::Cpu, Self::Flex];
        if std::env::var_os("BURN_DEVICE").is_some() {
            return Ok(());
        }
        for backend in order {
            match backend.device() {
                Ok(_) => return Ok(()),
                Err(BackendError::NotCompiled(_)) => {}
                Err(_) => {
                    return Err(BackendError::NoDefault {
                        default: backend.name(),
                        chosen: self.name(),
                    });
                }
            }
        }
        Ok(())
    }

    /// `device`, if the machine has one of its type; naming a device does not open it yet.
    #[cfg(any(feature = "wgpu", feature = "vulkan", feature = "cuda"))]
    fn found(self, device_type: DeviceType, device: Device) -> Result<Device, BackendError> {
        if Device::enumerate(device_type).into_vec().is_empty() {
            return Err(BackendError::NoDevice(self.name()));
        }
        Ok(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_everywhere() {
        for backend in Backend::ALL {
            #[cfg(feature = "clap")]
            {
                let value = clap::ValueEnum::to_possible_value(&backend).unwrap();
                assert_eq!(value.get_name(), backend.name());
            }
            let json = serde_json::to_string(&backend).unwrap();
            assert_eq!(json, format!("\"{}\"", backend.name()));
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_missing_backend_names_its_feature() {
        let error = Backend::Cuda.device().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the backend cuda is not compiled in; build with `--features cuda`"
        );
    }
}
