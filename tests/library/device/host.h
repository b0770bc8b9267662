// Stands in for NVRTC: under a host compiler a kernel is a function, and a loop over `host_index` the grid.
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#define KERNEL static void
#define INLINE static inline

static thread_local int host_index;
INLINE int thread_index() { return host_index; }
INLINE float square_root(float x) { return std::sqrt(x); }

// IEEE 754 half precision, rounded to the nearest even.
INLINE float half_to_float(unsigned short h) {
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    float size = exponent == 0    ? std::ldexp((float)mantissa, -24)
                 : exponent == 31 ? (mantissa ? NAN : INFINITY)
                                  : std::ldexp((float)(mantissa + 1024), exponent - 25);
    return h & 0x8000 ? -size : size;
}

INLINE unsigned short float_to_half(float f) {
    unsigned short sign = std::signbit(f) ? 0x8000 : 0;
    float size = std::fabs(f);
    if (size != size) return sign | 0x7e00;
    if (size >= 65520.0f) return sign | 0x7c00;
    int exponent;
    std::frexp(size, &exponent);
    if (exponent < -13) exponent = -13;
    // `nearbyint` rounds to the nearest even; a mantissa that grows to 2048 carries into the exponent by itself.
    int steps = (int)std::nearbyint(std::ldexp(size, 11 - exponent));
    return sign | (unsigned short)(steps < 1024 ? steps : ((exponent + 13) << 10) + steps);
}

template <class... A, std::size_t... I>
void call(void (*kernel)(A...), void** args, std::index_sequence<I...>) {
    kernel(*static_cast<A*>(args[I])...);
}

template <class... A>
void call_all(void (*kernel)(A...), int threads, void** args) {
    for (host_index = 0; host_index < threads; host_index++) call(kernel, args, std::index_sequence_for<A...>{});
}

// A letter for each parameter: p a pointer, i an int, f a float.
template <class... A>
const char* letters(void (*)(A...)) {
    static const char text[] = {(std::is_pointer<A>::value ? 'p' : std::is_same<A, int>::value ? 'i' : 'f')..., 0};
    return text;
}

#define EXPORT(name)                                                                                      \
    extern "C" void run_##name(int threads, void** args) { call_all(name, threads, args); }               \
    extern "C" const char* letters_##name() { return letters(name); }
