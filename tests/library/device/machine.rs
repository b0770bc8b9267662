//! A [`Machine`] of main memory: the device's kernels through the host's C++ compiler, convolutions written out plainly.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::process::Command;

use candle_core::Result;
use cutting_room::ops::device::{
    Arg, ConvArrays, ConvPass, ConvShape, DevicePtr, Element, Kernel, Machine, Memory, SOURCE,
};
use half::{bf16, f16};
use libloading::{Library, Symbol};

pub struct HostMachine {
    /// In the order of [`Element::ALL`].
    libraries: Vec<Library>,
}

impl HostMachine {
    /// Compiles the kernels for every element; `None`, said aloud, where there is no C++ compiler.
    pub fn compiled() -> Option<Self> {
        if Command::new("c++").arg("--version").output().is_err() {
            println!("skipped: there is no C++ compiler called c++");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let exports: Vec<String> = Kernel::ALL
            .iter()
            .map(|kernel| format!("EXPORT({})", kernel.name()))
            .collect();
        let exports = exports.join("\n");
        let host = include_str!("host.h");
        let source = folder.path().join("kernels.cpp");
        std::fs::write(&source, format!("{host}\n{SOURCE}\n{exports}\n")).unwrap();
        let libraries = Element::ALL
            .iter()
            .map(|element| load(&source, folder.path(), *element))
            .collect();
        Some(Self { libraries })
    }
}

fn load(source: &Path, folder: &Path, element: Element) -> Library {
    let library = folder.join(format!("{}.so", element.define()));
    let compiler = Command::new("c++")
        .args(["-std=c++17", "-O2", "-shared", "-fPIC"])
        .arg(format!("-D{}", element.define()))
        .arg("-o")
        .args([&library, source])
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&compiler.stderr);
    assert!(compiler.status.success(), "{complaints}");
    // SAFETY: what was just compiled has no initializers.
    unsafe { Library::new(&library) }.unwrap()
}

pub struct HostMemory {
    pointer: *mut u8,
    layout: Layout,
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this very layout.
        unsafe { dealloc(self.pointer, self.layout) }
    }
}

impl Memory for HostMemory {
    fn ptr(&self) -> DevicePtr<'_> {
        DevicePtr::new(self.pointer as u64)
    }
}

impl Machine for HostMachine {
    type Memory = HostMemory;

    /// Filled with what reads as NaN in every element, so that a value nobody wrote is seen.
    fn alloc(&self, bytes: usize) -> Result<HostMemory> {
        let layout = Layout::from_size_align(bytes.max(16), 16).unwrap();
        // SAFETY: the layout has a size, and the memory is written within it.
        unsafe {
            let pointer = alloc_zeroed(layout);
            pointer.write_bytes(0xff, layout.size());
            Ok(HostMemory { pointer, layout })
        }
    }

    fn fill_zeros(&self, memory: &HostMemory) -> Result<()> {
        // SAFETY: within the allocation.
        unsafe { memory.pointer.write_bytes(0, memory.layout.size()) };
        Ok(())
    }

    fn upload(&self, values: &[f32]) -> Result<HostMemory> {
        let memory = self.alloc(4 * values.len())?;
        // SAFETY: the allocation has room for the values.
        unsafe { floats(memory.ptr(), values.len()) }.copy_from_slice(values);
        Ok(memory)
    }

    fn download(&self, memory: &HostMemory, values: &mut [f32]) -> Result<()> {
        assert!(4 * values.len() <= memory.layout.size());
        // SAFETY: checked above.
        values.copy_from_slice(unsafe { floats(memory.ptr(), values.len()) });
        Ok(())
    }

    fn launch(
        &self,
        kernel: Kernel,
        element: Element,
        threads: usize,
        args: &[Arg<'_>],
    ) -> Result<()> {
        let library = &self.libraries[Element::ALL.iter().position(|e| *e == element).unwrap()];
        let name = kernel.name();
        // SAFETY: `EXPORT` in host.h defines both symbols for every kernel, with these types; the letters are checked.
        unsafe {
            let letters: Symbol<'_, extern "C" fn() -> *const c_char> =
                library.get(format!("letters_{name}")).unwrap();
            let wanted = CStr::from_ptr(letters()).to_str().unwrap();
            let given: String = args
                .iter()
                .map(|arg| match arg {
                    Arg::Ptr(_) => 'p',
                    Arg::Int(_) => 'i',
                    Arg::Float(_) => 'f',
                })
                .collect();
            assert_eq!(given, wanted, "arguments of {name}");
            let run: Symbol<'_, extern "C" fn(i32, *mut *mut c_void)> =
                library.get(format!("run_{name}")).unwrap();
            let mut words: Vec<u64> = args
                .iter()
                .map(|arg| match *arg {
                    Arg::Ptr(ptr) => ptr.address(),
                    Arg::Int(value) => u64::from(value.cast_unsigned()),
                    Arg::Float(value) => u64::from(value.to_bits()),
                })
                .collect();
            let mut pointers: Vec<*mut c_void> = words
                .iter_mut()
                .map(|word| std::ptr::from_mut(word).cast())
                .collect();
            run(i32::try_from(threads).unwrap(), pointers.as_mut_ptr());
        }
        Ok(())
    }

    fn convolve(
        &self,
        pass: ConvPass,
        shape: &ConvShape,
        element: Element,
        arrays: ConvArrays<'_>,
    ) -> Result<()> {
        let lens = lens(shape);
        let mut values = [arrays.input, arrays.weight, arrays.output]
            .into_iter()
            .zip(lens)
            .map(|(ptr, len)| read(ptr, len, element))
            .collect::<Vec<_>>();
        let (written, ptr) = match pass {
            ConvPass::Input => (0, arrays.input),
            ConvPass::Weight => (1, arrays.weight),
            ConvPass::Output => (2, arrays.output),
        };
        values[written].fill(0.0);
        let [input, weight, output] = &mut values[..] else {
            unreachable!()
        };
        each_product(shape, |x, w, y| match pass {
            ConvPass::Input => input[x] += weight[w] * output[y],
            ConvPass::Weight => weight[w] += input[x] * output[y],
            ConvPass::Output => output[y] += input[x] * weight[w],
        });
        write(ptr, &values[written], element);
        Ok(())
    }
}

fn lens(s: &ConvShape) -> [usize; 3] {
    [
        s.n * s.height * s.width * s.in_channels,
        s.out_channels * s.kernel.0 * s.kernel.1 * s.in_channels / s.groups,
        s.n * s.out_height * s.out_width * s.out_channels,
    ]
}

/// Every triple of places in input, weight and output that a convolution multiplies.
fn each_product(s: &ConvShape, mut product: impl FnMut(usize, usize, usize)) {
    let (ins, outs) = (s.in_channels / s.groups, s.out_channels / s.groups);
    for n in 0..s.n {
        for oy in 0..s.out_height {
            for ox in 0..s.out_width {
                for tap in 0..s.kernel.0 * s.kernel.1 {
                    let y = (oy * s.stride + tap / s.kernel.1).wrapping_sub(s.padding.0);
                    let x = (ox * s.stride + tap % s.kernel.1).wrapping_sub(s.padding.1);
                    if y >= s.height || x >= s.width {
                        continue;
                    }
                    for o in 0..s.out_channels {
                        for i in 0..ins {
                            product(
                                ((n * s.height + y) * s.width + x) * s.in_channels
                                    + o / outs * ins
                                    + i,
                                (o * s.kernel.0 * s.kernel.1 + tap) * ins + i,
                                ((n * s.out_height + oy) * s.out_width + ox) * s.out_channels + o,
                            );
                        }
                    }
                }
            }
        }
    }
}

/// # Safety
/// `place` has `len` f32, and nobody else uses them meanwhile.
unsafe fn floats<'a>(ptr: DevicePtr<'_>, len: usize) -> &'a mut [f32] {
    // SAFETY: the caller's.
    unsafe { std::slice::from_raw_parts_mut(ptr.address() as *mut f32, len) }
}

/// # Safety
/// As [`floats`], for 16-bit values.
unsafe fn halves<'a>(ptr: DevicePtr<'_>, len: usize) -> &'a mut [u16] {
    // SAFETY: the caller's.
    unsafe { std::slice::from_raw_parts_mut(ptr.address() as *mut u16, len) }
}

fn read(ptr: DevicePtr<'_>, len: usize, element: Element) -> Vec<f32> {
    // SAFETY: the engine under test hands places with room for the convolution's arrays.
    unsafe {
        match element {
            Element::F32 | Element::Tf32 => floats(ptr, len).to_vec(),
            Element::Bf16 => halves(ptr, len)
                .iter()
                .map(|&bits| bf16::from_bits(bits).to_f32())
                .collect(),
            Element::F16 => halves(ptr, len)
                .iter()
                .map(|&bits| f16::from_bits(bits).to_f32())
                .collect(),
        }
    }
}

fn write(ptr: DevicePtr<'_>, values: &[f32], element: Element) {
    // SAFETY: as in `read`.
    unsafe {
        match element {
            Element::F32 | Element::Tf32 => floats(ptr, values.len()).copy_from_slice(values),
            Element::Bf16 => halves(ptr, values.len())
                .iter_mut()
                .zip(values)
                .for_each(|(bits, &value)| *bits = bf16::from_f32(value).to_bits()),
            Element::F16 => halves(ptr, values.len())
                .iter_mut()
                .zip(values)
                .for_each(|(bits, &value)| *bits = f16::from_f32(value).to_bits()),
        }
    }
}
