//! Weights as PyTorch saves them: a zip of a pickle and raw numbers (torch 1.6 and later), plain or in a fastai file.
//!
//! The pickle is read by candle as data; nothing in it is run. The numbers are read here: candle refuses tensors that
//! are not contiguous, and a net that was trained in `torch.channels_last` is saved with such strides.

use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use candle_core::pickle::{Object, Stack, TensorInfo};
use candle_core::{DType, Device, Tensor};
use zip::ZipArchive;
use zip::read::ArchiveOffset;

use super::state_dict::{State, unusable};
use crate::error::{Error, Result};

/// Where fastai (`{'model', 'opt'}`) and many training scripts put the tensors.
const KEYS: [Option<&str>; 4] = [
    None,
    Some("model"),
    Some("state_dict"),
    Some("model_state_dict"),
];

type Archive = ZipArchive<BufReader<File>>;

/// Reads a file that is a zip.
///
/// # Errors
/// [`crate::Error::BadFile`] if it is broken or holds no tensors of numbers; [`crate::Error::Io`].
pub fn load(path: &Path) -> Result<State> {
    // A damaged pickle can make its reader panic; that must not end the program.
    catch_unwind(AssertUnwindSafe(|| read(path))).unwrap_or_else(|_| {
        Err(unusable(
            path,
            "its list of tensors is damaged; download it again",
        ))
    })
}

/// Whether the file is a zip whose pickle is a whole fastai learner (`learn.export`): objects of classes, which only Python
/// can make.
///
/// # Errors
/// [`crate::Error::Io`].
pub fn is_pickled_learner(path: &Path) -> Result<bool> {
    const CLASS: &[u8] = b"fastai.learner";
    let Ok(mut archive) = open(path)? else {
        return Ok(false);
    };
    let Some(list) = pickle_name(&archive) else {
        return Ok(false);
    };
    let mut bytes = Vec::new();
    let is_read = archive
        .by_name(&list)
        .is_ok_and(|mut file| file.read_to_end(&mut bytes).is_ok());
    Ok(is_read && bytes.windows(CLASS.len()).any(|part| part == CLASS))
}

/// The archive, or why it is none.
fn open(path: &Path) -> Result<std::result::Result<Archive, zip::result::ZipError>> {
    let file = File::open(path).map_err(Error::io("read the weights", path))?;
    // The table of contents of a zip is at its end. Left to find out where the archive begins, zip 9.8 takes the second
    // entry for the first if the file's stem has 21 characters.
    let config = zip::read::Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    Ok(ZipArchive::with_config(config, BufReader::new(file)))
}

/// The pickle of what was saved.
fn pickle_name(archive: &Archive) -> Option<String> {
    archive
        .file_names()
        .filter_map(|name| Some(name.ok()?.into_owned()))
        .find(|name| name.ends_with("/data.pkl"))
}

fn read(path: &Path) -> Result<State> {
    let mut archive = open(path)?.map_err(|error| {
        unusable(
            path,
            format!("it is cut off or damaged ({error}); download or copy it again"),
        )
    })?;
    if let Some(list) = pickle_name(&archive) {
        let folder = Path::new(&list).with_extension("");
        let saved = pickled(&mut archive, &list, path)?;
        for key in KEYS {
            let mut state = State::new();
            for info in entry(&saved, key)
                .into_iter()
                .flat_map(|object| tensors(object, &folder))
            {
                let tensor = tensor(&mut archive, &info, path)?;
                state.insert(info.name, tensor);
            }
            if !state.is_empty() {
                return Ok(state);
            }
        }
    }
    Err(unusable(
        path,
        "no tensors are found in it; save the state dict of the net in PyTorch, or a .safetensors file",
    ))
}

/// The object that PyTorch saved, as data.
fn pickled(archive: &mut Archive, list: &str, path: &Path) -> Result<Object> {
    let damaged = |reason: &str| {
        unusable(
            path,
            format!("its list of tensors is damaged ({reason}); download it again"),
        )
    };
    let file = archive
        .by_name(list)
        .map_err(|error| damaged(&error.to_string()))?;
    let mut stack = Stack::empty();
    stack
        .read_loop(&mut BufReader::new(file))
        .and_then(|()| stack.finalize())
        .map_err(|error| damaged(&error.to_string()))
}

/// The dictionary of tensors: `object` itself, or what it has under `key`.
fn entry<'a>(object: &'a Object, key: Option<&str>) -> Option<&'a Object> {
    let Some(key) = key else { return Some(object) };
    let Object::Dict(entries) = object else {
        return None;
    };
    let is_key = |name: &Object| matches!(name, Object::Unicode(name) if name == key);
    entries
        .iter()
        .find_map(|(name, value)| is_key(name).then_some(value))
}

/// The tensors of floating-point numbers in a dictionary; PyTorch's counters of batches are left out.
fn tensors(object: &Object, folder: &Path) -> Vec<TensorInfo> {
    let Object::Dict(entries) = object else {
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(name, value)| value.clone().into_tensor_info(name.clone(), folder).ok()?)
        .filter(|info| {
            matches!(
                info.dtype,
                DType::F16 | DType::BF16 | DType::F32 | DType::F64
            )
        })
        .collect()
}

/// The numbers of `info` as a contiguous f32 tensor, whatever the strides they are stored with.
fn tensor(archive: &mut Archive, info: &TensorInfo, path: &Path) -> Result<Tensor> {
    let damaged = |reason: &str| {
        let name = &info.name;
        unusable(
            path,
            format!("its tensor {name} is damaged ({reason}); download it again"),
        )
    };
    let mut bytes = Vec::new();
    archive
        .by_name(&info.path)
        .map_err(|error| damaged(&error.to_string()))?
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(&error.to_string()))?;
    let size = info.dtype.size_in_bytes();
    let stored = bytes.len() / size;
    // candle gives the offset in bytes.
    let offset = info.layout.start_offset() / size;
    let dims = info.layout.dims();
    let strides = info.layout.stride();
    let elements = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim));
    let last = dims
        .iter()
        .zip(strides)
        .try_fold(offset, |last, (&dim, &stride)| {
            last.checked_add(dim.saturating_sub(1).checked_mul(stride)?)
        });
    let (Some(elements), Some(last)) = (elements, last) else {
        return Err(damaged("its size is out of range"));
    };
    // An expanded tensor (stride 0) could claim any size.
    if elements > stored || elements > 0 && last >= stored {
        return Err(damaged("it is longer than its numbers"));
    }
    bytes.truncate(stored * size);
    let values = Tensor::from_raw_buffer(&bytes, info.dtype, &[stored], &Device::Cpu)?
        .to_dtype(DType::F32)?;
    if info.layout.is_contiguous() {
        return Ok(values.narrow(0, offset, elements)?.reshape(dims)?.copy()?);
    }
    let values = values.to_vec1::<f32>()?;
    let ordered: Vec<f32> = Offsets::new(dims, strides)
        .take(elements)
        .filter_map(|index| values.get(offset + index).copied())
        .collect();
    Ok(Tensor::from_vec(ordered, dims, &Device::Cpu)?)
}

/// Where the elements of a strided tensor lie, in row-major order.
struct Offsets<'a> {
    dims: &'a [usize],
    strides: &'a [usize],
    index: Vec<usize>,
    offset: usize,
}

impl<'a> Offsets<'a> {
    fn new(dims: &'a [usize], strides: &'a [usize]) -> Self {
        Self {
            dims,
            strides,
            index: vec![0; dims.len()],
            offset: 0,
        }
    }
}

impl Iterator for Offsets<'_> {
    type Item = usize;

    /// Goes round for ever; the caller takes as many as there are elements.
    fn next(&mut self) -> Option<usize> {
        let present = self.offset;
        for ((index, &dim), &stride) in self.index.iter_mut().zip(self.dims).zip(self.strides).rev()
        {
            if *index + 1 < dim {
                *index += 1;
                self.offset += stride;
                break;
            }
            self.offset -= *index * stride;
            *index = 0;
        }
        Some(present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_the_strides() {
        // Two channels of two by two pixels, channels last.
        let offsets: Vec<usize> = Offsets::new(&[2, 2, 2], &[1, 4, 2]).take(8).collect();
        assert_eq!(offsets, [0, 2, 4, 6, 1, 3, 5, 7]);
    }
}
