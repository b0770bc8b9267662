//! Convolutions by cuDNN: descriptors, algorithm and workspace are chosen once for each shape.
//!
//! Only algorithms that give the same sums every time are taken: the same seed gives the same numbers. Products of f32
//! are f32 products, and TF32 ones only where that was asked for; 16-bit maps are multiplied by tensor cores and summed in f32.

#![expect(unsafe_code, reason = "cuDNN's descriptors are handles of C")]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::{c_int, c_void};

use candle_core::cuda_backend::cudarc::cudnn::result::{self, CudnnError};
use candle_core::cuda_backend::cudarc::cudnn::sys;
use candle_core::{CudaDevice, Error, Result};

use crate::device::{ConvArrays, ConvPass, ConvShape, DevicePtr, Element};

type Key = (ConvPass, ConvShape, Element);

/// cuDNN's handle for a GPU, and what was chosen so far.
pub(super) struct Convolutions {
    handle: sys::cudnnHandle_t,
    plans: HashMap<Key, Plan>,
}

// SAFETY: cuDNN lets a handle go from thread to thread as long as one uses it at a time; `CudaMachine` locks it.
unsafe impl Send for Convolutions {}

/// More is not worth the memory.
const LARGEST_WORKSPACE: usize = 1 << 30;

#[derive(Clone, Copy)]
enum Algorithm {
    Output(sys::cudnnConvolutionFwdAlgo_t),
    Input(sys::cudnnConvolutionBwdDataAlgo_t),
    Weight(sys::cudnnConvolutionBwdFilterAlgo_t),
}

struct Plan {
    shapes: Shapes,
    algorithm: Algorithm,
    workspace: usize,
}

/// Descriptors of input, weight, output and window.
struct Shapes {
    input: sys::cudnnTensorDescriptor_t,
    weight: sys::cudnnFilterDescriptor_t,
    output: sys::cudnnTensorDescriptor_t,
    window: sys::cudnnConvolutionDescriptor_t,
}

/// One of cuDNN's proposals.
struct Proposal {
    algorithm: Algorithm,
    workspace: usize,
    math: sys::cudnnMathType_t,
    is_deterministic: bool,
}

impl Convolutions {
    pub fn new(device: &CudaDevice) -> Result<Self> {
        let stream = device.cuda_stream();
        stream.context().bind_to_thread().map_err(Error::wrap)?;
        let handle = result::create_handle()
            .map_err(|error| Error::Msg(format!("cuDNN does not start: {error}")))?;
        let convolutions = Self {
            handle,
            plans: HashMap::new(),
        };
        // SAFETY: both were just made; the device keeps its stream as long as it lives.
        unsafe { result::set_stream(handle, stream.cu_stream().cast()) }.map_err(failed)?;
        Ok(convolutions)
    }

    pub fn run<M: crate::device::Memory>(
        &mut self,
        key: Key,
        arrays: ConvArrays<'_>,
        alloc: impl FnOnce(usize) -> Result<M>,
    ) -> Result<()> {
        let handle = self.handle;
        let plan = match self.plans.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Plan::new(handle, key)?),
        };
        let workspace = alloc(plan.workspace)?;
        plan.run(handle, arrays, workspace.ptr())
    }
}

impl Drop for Convolutions {
    fn drop(&mut self) {
        self.plans.clear();
        // SAFETY: made in `new` and destroyed nowhere else. That it fails at the end of the process does no harm.
        let _ = unsafe { result::destroy_handle(self.handle) };
    }
}

fn failed(error: CudnnError) -> Error {
    Error::Msg(format!("cuDNN failed: {error}"))
}

impl Plan {
    fn new(handle: sys::cudnnHandle_t, (pass, shape, element): Key) -> Result<Self> {
        let shapes = Shapes::new(&shape, element).map_err(failed)?;
        let proposals = shapes.proposals(handle, pass).map_err(failed)?;
        let fits = |p: &&Proposal| p.workspace <= LARGEST_WORKSPACE;
        let chosen = proposals
            .iter()
            .filter(fits)
            .find(|proposal| proposal.is_deterministic)
            .or_else(|| proposals.iter().find(fits))
            .or_else(|| proposals.iter().min_by_key(|p| p.workspace));
        let Some(chosen) = chosen else {
            candle_core::bail!("cuDNN has no way to compute {pass:?} of {shape:?} in {element:?}")
        };
        if element != Element::F32 {
            // SAFETY: the descriptor lives in `shapes`.
            unsafe { result::set_convolution_math_type(shapes.window, chosen.math) }
                .map_err(failed)?;
        }
        Ok(Self {
            algorithm: chosen.algorithm,
            workspace: chosen.workspace,
            shapes,
        })
    }

    fn run(
        &self,
        handle: sys::cudnnHandle_t,
        arrays: ConvArrays<'_>,
        workspace: DevicePtr<'_>,
    ) -> Result<()> {
        // The scaling factors of f32, f16 and bf16 are all f32.
        let (one, zero) = (1f32, 0f32);
        let (one, zero): (*const c_void, *const c_void) = (
            std::ptr::from_ref(&one).cast(),
            std::ptr::from_ref(&zero).cast(),
        );
        let at = |ptr: DevicePtr<'_>| ptr.address() as *mut c_void;
        let (input, weight, output) = (at(arrays.input), at(arrays.weight), at(arrays.output));
        let (workspace, bytes) = (at(workspace), self.workspace);
        let shapes = &self.shapes;
        // SAFETY: the descriptors live in `self` and say what the arrays hold; the workspace is as large as was asked for.
        unsafe {
            match self.algorithm {
                Algorithm::Output(algorithm) => result::convolution_forward(
                    handle,
                    one,
                    shapes.input,
                    input,
                    shapes.weight,
                    weight,
                    shapes.window,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    shapes.output,
                    output,
                ),
                Algorithm::Input(algorithm) => result::convolution_backward_data(
                    handle,
                    one,
                    shapes.weight,
                    weight,
                    shapes.output,
                    output,
                    shapes.window,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    shapes.input,
                    input,
                ),
                Algorithm::Weight(algorithm) => result::convolution_backward_filter(
                    handle,
                    one,
                    shapes.input,
                    input,
                    shapes.output,
                    output,
                    shapes.window,
                    algorithm,
                    workspace,
                    bytes,
                    zero,
                    shapes.weight,
                    weight,
                ),
            }
        }
        .map_err(failed)
    }
}

impl Shapes {
    fn new(s: &ConvShape, element: Element) -> std::result::Result<Self, CudnnError> {
        let kind = match element {
            Element::F32 | Element::Tf32 => sys::cudnnDataType_t::CUDNN_DATA_FLOAT,
            Element::Bf16 => sys::cudnnDataType_t::CUDNN_DATA_BFLOAT16,
            Element::F16 => sys::cudnnDataType_t::CUDNN_DATA_HALF,
        };
        let layout = sys::cudnnTensorFormat_t::CUDNN_TENSOR_NHWC;
        // cuDNN takes sizes in this order whatever the layout.
        let nchw = |n, channels, height, width| [n, channels, height, width].map(int);
        // Each is held at once, so that an error further on destroys it.
        let mut shapes = Self {
            input: std::ptr::null_mut(),
            weight: std::ptr::null_mut(),
            output: std::ptr::null_mut(),
            window: std::ptr::null_mut(),
        };
        shapes.input = result::create_tensor_descriptor()?;
        shapes.weight = result::create_filter_descriptor()?;
        shapes.output = result::create_tensor_descriptor()?;
        shapes.window = result::create_convolution_descriptor()?;
        // SAFETY: the four descriptors were just made.
        unsafe {
            let sizes = nchw(s.n, s.in_channels, s.height, s.width);
            result::set_tensor4d_descriptor(shapes.input, layout, kind, sizes)?;
            let (kernel, ins) = (s.kernel, s.in_channels / s.groups);
            let sizes = nchw(s.out_channels, ins, kernel.0, kernel.1);
            result::set_filter4d_descriptor(shapes.weight, kind, layout, sizes)?;
            let sizes = nchw(s.n, s.out_channels, s.out_height, s.out_width);
            result::set_tensor4d_descriptor(shapes.output, layout, kind, sizes)?;
            result::set_convolution2d_descriptor(
                shapes.window,
                int(s.padding.0),
                int(s.padding.1),
                int(s.stride),
                int(s.stride),
                1,
                1,
                sys::cudnnConvolutionMode_t::CUDNN_CROSS_CORRELATION,
                // The type of the sums.
                sys::cudnnDataType_t::CUDNN_DATA_FLOAT,
            )?;
            result::set_convolution_group_count(shapes.window, int(s.groups))?;
            let math = match element {
                Element::F32 => sys::cudnnMathType_t::CUDNN_FMA_MATH,
                Element::Bf16 | Element::F16 => sys::cudnnMathType_t::CUDNN_TENSOR_OP_MATH,
                // Of f32 arrays it means TF32 where the GPU has it.
                Element::Tf32 => sys::cudnnMathType_t::CUDNN_DEFAULT_MATH,
            };
            result::set_convolution_math_type(shapes.window, math)?;
        }
        Ok(shapes)
    }

    /// The quickest first, by cuDNN's rules of thumb.
    fn proposals(
        &self,
        handle: sys::cudnnHandle_t,
        pass: ConvPass,
    ) -> std::result::Result<Vec<Proposal>, CudnnError> {
        let mut found: c_int = 0;
        // SAFETY: plain numbers, for which zeros are sound; cuDNN writes at most as many as it is given room for, and returns how many.
        macro_rules! ask {
            ($call:path, $kind:path, $most:expr, [$($descriptor:expr),*]) => {{
                const MOST: usize = $most as usize;
                let mut rows = [unsafe { std::mem::zeroed() }; MOST];
                unsafe {
                    $call(handle, $($descriptor,)* MOST as c_int, &raw mut found, rows.as_mut_ptr())
                }?;
                rows.iter()
                    .take(usize::try_from(found).unwrap_or(0))
                    .filter(|row| row.status == sys::cudnnStatus_t::CUDNN_STATUS_SUCCESS)
                    .map(|row| Proposal {
                        algorithm: $kind(row.algo),
                        workspace: row.memory,
                        math: row.mathType,
                        is_deterministic: row.determinism
                            == sys::cudnnDeterminism_t::CUDNN_DETERMINISTIC,
                    })
                    .collect()
            }};
        }
        Ok(match pass {
            ConvPass::Output => ask!(
                result::get_convolution_forward_algorithm,
                Algorithm::Output,
                sys::cudnnConvolutionFwdAlgo_t::CUDNN_CONVOLUTION_FWD_ALGO_COUNT,
                [self.input, self.weight, self.window, self.output]
            ),
            ConvPass::Input => ask!(
                result::get_convolution_backward_data_algorithm,
                Algorithm::Input,
                sys::cudnnConvolutionBwdDataAlgo_t::CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT,
                [self.weight, self.output, self.window, self.input]
            ),
            ConvPass::Weight => ask!(
                result::get_convolution_backward_filter_algorithm,
                Algorithm::Weight,
                sys::cudnnConvolutionBwdFilterAlgo_t::CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT,
                [self.input, self.output, self.window, self.weight]
            ),
        })
    }
}

fn int(size: usize) -> c_int {
    c_int::try_from(size).unwrap_or(c_int::MAX)
}

impl Drop for Shapes {
    fn drop(&mut self) {
        // SAFETY: each was made in `new`, if at all, and is destroyed nowhere else. A failure leaks a few bytes.
        unsafe {
            if !self.input.is_null() {
                let _ = result::destroy_tensor_descriptor(self.input);
            }
            if !self.weight.is_null() {
                let _ = result::destroy_filter_descriptor(self.weight);
            }
            if !self.output.is_null() {
                let _ = result::destroy_tensor_descriptor(self.output);
            }
            if !self.window.is_null() {
                let _ = result::destroy_convolution_descriptor(self.window);
            }
        }
    }
}
