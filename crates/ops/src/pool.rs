//! The pools that end a backbone: maximum and mean of every channel, with the gradient going to the first maximum only.
//!
//! candle sends a full gradient to every tie, and a ReLU6 map is full of ties at 0 and 6.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

struct ConcatPool;

impl CustomOp1 for ConcatPool {
    fn name(&self) -> &'static str {
        "concat-pool"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, c, h, w) = layout.shape().dims4()?;
        let x = super::contiguous(storage, layout)?;
        let mut pooled = vec![0f32; n * 2 * c];
        for (image, row) in x
            .chunks_exact((c * h * w).max(1))
            .zip(pooled.chunks_exact_mut((2 * c).max(1)))
        {
            let (max, mean) = row.split_at_mut(c);
            for ((plane, max), mean) in image.chunks_exact((h * w).max(1)).zip(max).zip(mean) {
                *max = plane[first_maximum(plane)];
                *mean = plane.iter().sum::<f32>() / plane.len() as f32;
            }
        }
        Ok((CpuStorage::F32(pooled), Shape::from((n, 2 * c))))
    }

    fn bwd(&self, arg: &Tensor, _res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let (_, c, h, w) = arg.dims4()?;
        let x = arg.flatten_all()?.to_vec1::<f32>()?;
        let g = grad_res.flatten_all()?.to_vec1::<f32>()?;
        let mut dx = vec![0f32; x.len()];
        let area = h * w;
        for (image, (dx, x)) in dx
            .chunks_exact_mut(c * area)
            .zip(x.chunks_exact(c * area))
            .enumerate()
        {
            let g = &g[image * 2 * c..(image + 1) * 2 * c];
            for (channel, (dx, x)) in dx
                .chunks_exact_mut(area)
                .zip(x.chunks_exact(area))
                .enumerate()
            {
                dx.fill(g[c + channel] / area as f32);
                dx[first_maximum(x)] += g[channel];
            }
        }
        Ok(Some(Tensor::from_vec(dx, arg.shape(), arg.device())?))
    }
}

fn first_maximum(plane: &[f32]) -> usize {
    let mut best = 0;
    for (index, &value) in plane.iter().enumerate() {
        if value > plane[best] || value.is_nan() {
            best = index;
            if value.is_nan() {
                break;
            }
        }
    }
    best
}

/// `x`: `(N, C, h, w)` f32 with h, w > 0; returns `(N, 2C)`: all maxima, then all means (fastai's order).
pub fn concat_pool(x: &Tensor) -> Result<Tensor> {
    let (_, _, h, w) = x.dims4()?;
    if h * w == 0 {
        candle_core::bail!(
            "an empty feature map ({h}x{w}) cannot be pooled: the image is too small"
        )
    }
    if x.device().is_cpu() {
        x.contiguous()?.apply_op1(ConcatPool)
    } else {
        by_gather(x)
    }
}

/// [`concat_pool`] of candle's own operations, for any device: gathering one maximum sends the gradient to it alone.
fn by_gather(x: &Tensor) -> Result<Tensor> {
    let planes = x.flatten_from(2)?.contiguous()?;
    let at = planes.detach().argmax_keepdim(2)?;
    let max = planes.gather(&at, 2)?.squeeze(2)?;
    Tensor::cat(&[&max, &planes.mean(2)?], 1)
}

/// `x`: `(N, C, h, w)`; returns the means, `(N, C)`.
pub fn mean_pool(x: &Tensor) -> Result<Tensor> {
    x.flatten_from(2)?.mean(2)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn gathering_gives_the_same_values_and_gradients() {
        let values: Vec<f32> = (0..24).map(|i| ((i * 7) % 11) as f32 - 4.0).collect();
        let x = Var::from_vec(values, (2, 3, 2, 2), &Device::Cpu).unwrap();
        let weights = Tensor::arange(0f32, 12.0, &Device::Cpu).unwrap();
        let weights = weights.reshape((2, 6)).unwrap();
        let [custom, gathered] = [concat_pool, by_gather].map(|pool| {
            let y = pool(x.as_tensor()).unwrap();
            let loss = (&y * &weights).unwrap().sum_all().unwrap();
            let gradients = loss.backward().unwrap();
            let gradient = gradients.get(x.as_tensor()).unwrap();
            [y, gradient.clone()].map(|t| t.flatten_all().unwrap().to_vec1::<f32>().unwrap())
        });
        assert_eq!(custom, gathered);
    }
}
