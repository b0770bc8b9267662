// The device engine's kernels: for NVRTC, and for a host C++ compiler, under which the tests run them (tests/library/device/host.h).
//
// A thread makes one value, or goes down one channel of one piece of rows; no thread speaks to another, so a loop over
// `thread_index` computes the same. Sums of pieces are combined by further launches, in an order given by the shapes
// alone. Maps are NHWC in memory as `real` (f32, bf16 or f16); all arithmetic is f32. What is pending on a map is four
// rows of channels: scale, shift, mean, 1 / standard deviation; a null pointer means that nothing is.

#if defined(__CUDACC__)
#define KERNEL extern "C" __global__ void
#define INLINE static __device__ __forceinline__
INLINE int thread_index() { return blockIdx.x * blockDim.x + threadIdx.x; }
INLINE float square_root(float x) { return sqrtf(x); }
#if defined(REAL_F16)
INLINE float half_to_float(unsigned short h) { float f; asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h)); return f; }
INLINE unsigned short float_to_half(float f) { unsigned short h; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h) : "f"(f)); return h; }
#endif
#endif

#if defined(REAL_BF16)
typedef unsigned short real;
union Bits { float f; unsigned u; };
INLINE float load(real h) { Bits bits; bits.u = (unsigned)h << 16; return bits.f; }
INLINE real store(float f) {
    Bits bits;
    bits.f = f;
    if (f != f) return (real)((bits.u >> 16) | 0x40);
    return (real)((bits.u + 0x7fff + ((bits.u >> 16) & 1)) >> 16);
}
#elif defined(REAL_F16)
typedef unsigned short real;
INLINE float load(real h) { return half_to_float(h); }
INLINE real store(float f) { return float_to_half(f); }
#else
typedef float real;
INLINE float load(real f) { return f; }
INLINE real store(float f) { return f; }
#endif

// Comparisons, so that NaN stays NaN.
INLINE float clamped(float z, float low, float high) {
    z = z < low ? low : z;
    return z > high ? high : z;
}

INLINE float settled(float y, const float* pending, int channels, int c, float low, float high) {
    return pending ? clamped(y * pending[c] + pending[channels + c], low, high) : y;
}

// === element by element ===

KERNEL activate(real* out, const real* in, const float* pending, float low, float high, int channels, int count) {
    int i = thread_index();
    if (i >= count) return;
    out[i] = store(settled(load(in[i]), pending, channels, i % channels, low, high));
}

// act(main + skip), each with what is pending on it; `skip` may be null.
KERNEL residual(real* out, const real* main_map, const float* main_pending, float main_low, float main_high, const real* skip,
            const float* skip_pending, float skip_low, float skip_high, float low, float high, int channels, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels;
    float z = settled(load(main_map[i]), main_pending, channels, c, main_low, main_high);
    if (skip) z += settled(load(skip[i]), skip_pending, channels, c, skip_low, skip_high);
    out[i] = store(clamped(z, low, high));
}

// Stops a gradient where the activation of `combined` did.
KERNEL activation_backward(real* g, const real* combined, float low, float high, int count) {
    int i = thread_index();
    if (i >= count) return;
    float z = load(combined[i]);
    if (!(z > low && z < high)) g[i] = store(0.0f);
}

KERNEL add(real* sum, const real* more, int count) {
    int i = thread_index();
    if (i >= count) return;
    sum[i] = store(load(sum[i]) + load(more[i]));
}

// dy = a * g + b * y + d per channel; `out` may be `g`.
KERNEL raw_gradient(real* out, const real* g, const real* y, const float* coefficients, int channels, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels;
    out[i] = store(coefficients[c] * load(g[i]) + (coefficients[channels + c] * load(y[i]) + coefficients[2 * channels + c]));
}

// === layouts ===

KERNEL from_planes(real* out, const float* planes, int channels, int area, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, pixel = i / channels;
    out[i] = store(planes[(pixel / area * channels + c) * area + pixel % area]);
}

KERNEL to_planes(float* planes, const real* in, int channels, int area, int count) {
    int i = thread_index();
    if (i >= count) return;
    int position = i % area, plane = i / area;
    planes[i] = load(in[(plane / channels * area + position) * channels + plane % channels]);
}

// (out, in, taps) to (out, taps, in), and back.
KERNEL weight_in(real* out, const float* weight, int in_channels, int taps, int count) {
    int i = thread_index();
    if (i >= count) return;
    int in = i % in_channels, tap = i / in_channels % taps, o = i / in_channels / taps;
    out[i] = store(weight[(o * in_channels + in) * taps + tap]);
}

KERNEL weight_out(float* weight, const real* in_map, int in_channels, int taps, int count) {
    int i = thread_index();
    if (i >= count) return;
    int tap = i % taps, in = i / taps % in_channels, o = i / taps / in_channels;
    weight[i] = load(in_map[(o * taps + tap) * in_channels + in]);
}

// A map inside a larger one of zeros, with what is pending on it applied; and the inside of a larger one.
KERNEL pad(real* out, const real* in, const float* pending, float low, float high, int channels, int height, int width,
           int out_height, int out_width, int top, int left, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, x = i / channels % out_width - left;
    int y = i / channels / out_width % out_height - top, image = i / channels / out_width / out_height;
    bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
    out[i] = is_inside
        ? store(settled(load(in[((image * height + y) * width + x) * channels + c]), pending, channels, c, low, high))
        : store(0.0f);
}

KERNEL crop(real* out, const real* in, int channels, int height, int width, int in_height, int in_width, int top,
            int left, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, x = i / channels % width;
    int y = i / channels / width % height, image = i / channels / width / height;
    out[i] = in[((image * in_height + y + top) * in_width + x + left) * channels + c];
}

// === normalisation ===

// Mean and sum of squared deviations of each piece (Welford 1962): two rows of channels a piece.
KERNEL moments(float* parts, const real* y, int channels, int rows, int piece, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, first = i / channels * piece;
    int last = first + piece < rows ? first + piece : rows;
    float mean = 0.0f, squares = 0.0f, n = 0.0f;
    for (int row = first; row < last; row++) {
        float value = load(y[row * channels + c]);
        float delta = value - mean;
        n += 1.0f;
        mean += delta / n;
        squares += delta * (value - mean);
    }
    float* part = parts + i / channels * 2 * channels;
    part[c] = mean;
    part[channels + c] = squares;
}

// Joins `per` pieces into one (Chan, Golub, LeVeque 1979).
KERNEL combine_moments(float* out, const float* parts, int channels, int rows, int piece, int per, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, group = i / channels, pieces = (rows + piece - 1) / piece;
    int last = (group + 1) * per < pieces ? (group + 1) * per : pieces;
    float mean = 0.0f, squares = 0.0f, n = 0.0f;
    for (int p = group * per; p < last; p++) {
        const float* part = parts + p * 2 * channels;
        float more = (float)(rows - p * piece < piece ? rows - p * piece : piece);
        float delta = part[c] - mean, share = more / (n + more);
        mean += delta * share;
        squares += part[channels + c] + delta * delta * n * share;
        n += more;
    }
    out[group * 2 * channels + c] = mean;
    out[group * 2 * channels + channels + c] = squares;
}

KERNEL batch_moments(float* mean, float* variance, const float* combined, int rows, int channels) {
    int c = thread_index();
    if (c >= channels) return;
    mean[c] = combined[c];
    variance[c] = combined[channels + c] / (float)rows;
}

KERNEL normalization(float* pending, const float* mean, const float* variance, const float* gamma, const float* beta,
                     float eps, int channels) {
    int c = thread_index();
    if (c >= channels) return;
    float inverse_std = 1.0f / square_root(variance[c] + eps);
    float scale = gamma[c] * inverse_std;
    pending[c] = scale;
    pending[channels + c] = beta[c] - mean[c] * scale;
    pending[2 * channels + c] = mean[c];
    pending[3 * channels + c] = inverse_std;
}

// A bias alone.
KERNEL bias(float* pending, const float* values, int channels) {
    int c = thread_index();
    if (c >= channels) return;
    pending[c] = 1.0f;
    pending[channels + c] = values[c];
    pending[2 * channels + c] = 0.0f;
    pending[3 * channels + c] = 1.0f;
}

// Passes `g` back through the activation, in place; per piece two rows of channels: its sum, and that of g * (y - mean).
KERNEL mask_and_sum(real* g, const real* y, const float* pending, float low, float high, float* parts, int channels,
                    int rows, int piece, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, first = i / channels * piece;
    int last = first + piece < rows ? first + piece : rows;
    float scale = pending[c], shift = pending[channels + c], mean = pending[2 * channels + c];
    float sum = 0.0f, deviation = 0.0f;
    for (int row = first; row < last; row++) {
        int at = row * channels + c;
        float value = load(y[at]), z = value * scale + shift;
        float passed = z > low && z < high ? load(g[at]) : 0.0f;
        g[at] = store(passed);
        sum += passed;
        deviation += passed * (value - mean);
    }
    float* part = parts + i / channels * 2 * channels;
    part[c] = sum;
    part[channels + c] = deviation;
}

// Adds `per` pieces of `len` values into one.
KERNEL add_pieces(float* out, const float* parts, int len, int pieces, int per, int count) {
    int i = thread_index();
    if (i >= count) return;
    int at = i % len, group = i / len;
    int last = (group + 1) * per < pieces ? (group + 1) * per : pieces;
    float sum = 0.0f;
    for (int p = group * per; p < last; p++) sum += parts[p * len + at];
    out[i] = sum;
}

// What `raw_gradient` needs, and the gradients of gain and bias (Ioffe and Szegedy 2015, section 3).
KERNEL coefficients(float* out, float* gamma_gradient, float* beta_gradient, const float* sums, const float* gamma,
                    const float* pending, int is_batch, int rows, int channels) {
    int c = thread_index();
    if (c >= channels) return;
    float mean = pending[2 * channels + c], inverse_std = pending[3 * channels + c];
    float of_beta = sums[c], of_gamma = sums[channels + c] * inverse_std;
    gamma_gradient[c] = of_gamma;
    beta_gradient[c] = of_beta;
    float a = gamma[c] * inverse_std;
    float b = is_batch ? -a * inverse_std * of_gamma / (float)rows : 0.0f;
    out[c] = a;
    out[channels + c] = b;
    out[2 * channels + c] = is_batch ? -a * of_beta / (float)rows - b * mean : 0.0f;
}

// === pools ===

// The largest of each window, the first of equal ones, and where in the window it was.
KERNEL max_pool(real* out, unsigned char* winners, const real* in, const float* pending, float low, float high,
                int channels, int height, int width, int out_height, int out_width, int kernel, int stride, int padding,
                int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, top = i / channels / out_width % out_height * stride - padding;
    int left = i / channels % out_width * stride - padding, image = i / channels / out_width / out_height;
    float best = -1.0f / 0.0f;
    int winner = 0;
    for (int tap = 0; tap < kernel * kernel; tap++) {
        int y = top + tap / kernel, x = left + tap % kernel;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        float z = settled(load(in[((image * height + y) * width + x) * channels + c]), pending, channels, c, low, high);
        // NaN wins and stays, so that a diverged net is seen.
        if (z > best || z != z) {
            best = z;
            winner = tap;
        }
    }
    out[i] = store(best);
    winners[i] = (unsigned char)winner;
}

KERNEL max_pool_back(real* out, const real* g, const unsigned char* winners, int channels, int height, int width,
                     int out_height, int out_width, int kernel, int stride, int padding, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, x = i / channels % width + padding;
    int y = i / channels / width % height + padding, image = i / channels / width / height;
    float sum = 0.0f;
    for (int oy = y < kernel ? 0 : (y - kernel) / stride + 1; oy < out_height && oy * stride <= y; oy++) {
        for (int ox = x < kernel ? 0 : (x - kernel) / stride + 1; ox < out_width && ox * stride <= x; ox++) {
            int at = ((image * out_height + oy) * out_width + ox) * channels + c;
            if (winners[at] == (y - oy * stride) * kernel + x - ox * stride) sum += load(g[at]);
        }
    }
    out[i] = store(sum);
}

// The mean of each window; padding counts as zeros, what a last window has beyond it does not count.
INLINE float window_share(int oy, int ox, int height, int width, int kernel, int stride, int padding) {
    int rows = height + 2 * padding - oy * stride, columns = width + 2 * padding - ox * stride;
    return 1.0f / (float)((rows < kernel ? rows : kernel) * (columns < kernel ? columns : kernel));
}

KERNEL mean_pool(real* out, const real* in, const float* pending, float low, float high, int channels, int height,
                 int width, int out_height, int out_width, int kernel, int stride, int padding, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, ox = i / channels % out_width, oy = i / channels / out_width % out_height;
    int top = oy * stride - padding, left = ox * stride - padding, image = i / channels / out_width / out_height;
    float sum = 0.0f;
    for (int tap = 0; tap < kernel * kernel; tap++) {
        int y = top + tap / kernel, x = left + tap % kernel;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        sum += settled(load(in[((image * height + y) * width + x) * channels + c]), pending, channels, c, low, high);
    }
    out[i] = store(sum * window_share(oy, ox, height, width, kernel, stride, padding));
}

KERNEL mean_pool_back(real* out, const real* g, int channels, int height, int width, int out_height, int out_width,
                      int kernel, int stride, int padding, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, x = i / channels % width + padding;
    int y = i / channels / width % height + padding, image = i / channels / width / height;
    float sum = 0.0f;
    for (int oy = y < kernel ? 0 : (y - kernel) / stride + 1; oy < out_height && oy * stride <= y; oy++) {
        for (int ox = x < kernel ? 0 : (x - kernel) / stride + 1; ox < out_width && ox * stride <= x; ox++) {
            float share = window_share(oy, ox, height, width, kernel, stride, padding);
            sum += load(g[((image * out_height + oy) * out_width + ox) * channels + c]) * share;
        }
    }
    out[i] = store(sum);
}

// === concatenations ===

// The channels of one map from `offset` on among those of others, with what is pending on it applied.
KERNEL put_part(real* out, const real* part, const float* pending, float low, float high, int channels,
                int out_channels, int offset, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels;
    out[i / channels * out_channels + offset + c] = store(settled(load(part[i]), pending, channels, c, low, high));
}

// One map's share of the gradient of all, added to what is there if `adds`.
KERNEL take_part(real* out, const real* g, int channels, int g_channels, int offset, int adds, int count) {
    int i = thread_index();
    if (i >= count) return;
    float share = load(g[i / channels * g_channels + offset + i % channels]);
    out[i] = store(adds ? load(out[i]) + share : share);
}

// === depthwise convolutions: weights (channels, taps) in f32 ===

KERNEL depthwise(real* out, const real* in, const float* pending, float low, float high, const float* weight,
                 int channels, int height, int width, int out_height, int out_width, int kernel, int stride, int top,
                 int left, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, first_x = i / channels % out_width * stride - left;
    int first_y = i / channels / out_width % out_height * stride - top, image = i / channels / out_width / out_height;
    float sum = 0.0f;
    for (int tap = 0; tap < kernel * kernel; tap++) {
        int y = first_y + tap / kernel, x = first_x + tap % kernel;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        float z = settled(load(in[((image * height + y) * width + x) * channels + c]), pending, channels, c, low, high);
        sum += z * weight[c * kernel * kernel + tap];
    }
    out[i] = store(sum);
}

KERNEL depthwise_data(real* out, const real* g, const float* weight, int channels, int height, int width,
                      int out_height, int out_width, int kernel, int stride, int top, int left, int count) {
    int i = thread_index();
    if (i >= count) return;
    int c = i % channels, x = i / channels % width + left;
    int y = i / channels / width % height + top, image = i / channels / width / height;
    float sum = 0.0f;
    for (int tap = 0; tap < kernel * kernel; tap++) {
        int from_y = y - tap / kernel, from_x = x - tap % kernel;
        if (from_y < 0 || from_x < 0 || from_y % stride || from_x % stride) continue;
        int oy = from_y / stride, ox = from_x / stride;
        if (oy >= out_height || ox >= out_width) continue;
        sum += load(g[((image * out_height + oy) * out_width + ox) * channels + c]) * weight[c * kernel * kernel + tap];
    }
    out[i] = store(sum);
}

// Per piece of output rows a whole weight gradient.
KERNEL depthwise_filter(float* parts, const real* in, const float* pending, float low, float high, const real* g,
                        int channels, int height, int width, int out_height, int out_width, int kernel, int stride,
                        int top, int left, int rows, int piece, int count) {
    int i = thread_index();
    if (i >= count) return;
    int taps = kernel * kernel, c = i % channels, tap = i / channels % taps, p = i / channels / taps;
    int last = (p + 1) * piece < rows ? (p + 1) * piece : rows;
    float sum = 0.0f;
    for (int row = p * piece; row < last; row++) {
        int x = row % out_width * stride - left + tap % kernel, image = row / out_width / out_height;
        int y = row / out_width % out_height * stride - top + tap / kernel;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        float z = settled(load(in[((image * height + y) * width + x) * channels + c]), pending, channels, c, low, high);
        sum += z * load(g[row * channels + c]);
    }
    parts[(p * channels + c) * taps + tap] = sum;
}

// === optimizer ===

KERNEL adamw(float* param, const float* gradient, float* m, float* v, float decay, float beta1, float one_less_beta1,
             float beta2, float one_less_beta2, float eps, float size, int count) {
    int i = thread_index();
    if (i >= count) return;
    float g = gradient[i];
    m[i] = beta1 * m[i] + one_less_beta1 * g;
    v[i] = beta2 * v[i] + one_less_beta2 * (g * g);
    param[i] = param[i] * decay - size * m[i] / (square_root(v[i]) + eps);
}
