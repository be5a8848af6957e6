// Elementary functions and the row operations of a transformer, with the same bits on every
// machine: own polynomials, fused multiply-adds where written, no library function but sqrt.
//
// float32 results are within 1.5 units in the last place of the true value unless a function says
// otherwise. Sums over a row follow the 16 lanes of ck_dot.h. NaN in gives NaN out.

#ifndef CK_MATH_H
#define CK_MATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ck_isa.h"

// MARK: Scalars in double, the same code everywhere

/// sine and cosine for |angle| <= 1e6, absolute error below 1e-15.
void ck_sin_cos(double angle, double *sine, double *cosine);

/// The natural logarithm of a positive normal number, relative error below 1e-15.
double ck_log(double x);

/// e^x in double, relative error below 1e-15; 0 below -745, infinity above 709.8.
double ck_exp(double x);

// MARK: Rows. `out` may be `x`.

/// out[i] = e^x[i]
void ck_exp_f32(const float *x, float *out, size_t count, int32_t isa);

/// x[i] = e^(x[i] - shift); returns the 16-lane sum of the new values.
float ck_exp_sum_f32(float *x, size_t count, float shift, int32_t isa);

/// The largest value of a row, NaN if there is one in it, -infinity for no values.
float ck_max_f32(const float *x, size_t count, int32_t isa);

/// The 16-lane sum of a row.
float ck_sum_f32(const float *x, size_t count, int32_t isa);

/// out[i] = x[i] * factor
void ck_scale_f32(const float *x, float factor, float *out, size_t count, int32_t isa);

/// out[i] = x[i] / divisor
void ck_divide_f32(const float *x, float divisor, float *out, size_t count, int32_t isa);

/// out[i] += x[i]
void ck_add_f32(float *out, const float *x, size_t count, int32_t isa);

/// out[i] = fma(factor, x[i], out[i])
void ck_add_scaled_f32(float *out, float factor, const float *x, size_t count, int32_t isa);

/// x[i] = cap * tanh(x[i] / cap)
void ck_soft_cap_f32(float *x, float cap, size_t count, int32_t isa);

/// out[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i]; `weight` may be null (all ones).
void ck_rms_norm_f32(const float *x, const float *weight, float epsilon, float *out, size_t count,
                     int32_t isa);

/// out[i] = (x[i] - mean) / sqrt(variance + epsilon) * weight[i] + bias[i]; `bias` may be null.
void ck_layer_norm_f32(const float *x, const float *weight, const float *bias, float epsilon,
                       float *out, size_t count, int32_t isa);

/// x[i] = x[i] / (1 + e^-x[i])
void ck_silu_f32(float *x, size_t count, int32_t isa);

/// x[i] = x[i] * (1 + tanh(sqrt(2/pi) (x[i] + 0.044715 x[i]^3))) / 2, evaluated in double.
void ck_gelu_tanh_f32(float *x, size_t count, int32_t isa);

/// x[i] = x[i] * (1 + erf(x[i] / sqrt 2)) / 2, evaluated in double.
void ck_gelu_erf_f32(float *x, size_t count, int32_t isa);

/// x[i] *= y[i]
void ck_multiply_f32(float *x, const float *y, size_t count, int32_t isa);

/// Rotates the pairs (a[i], b[i]) by angles whose cosines and sines are given.
void ck_rotate_f32(float *a, float *b, const float *cosine, const float *sine, size_t count,
                   int32_t isa);

/// out[i] = x[i] - log(sum of e^x), the maximum taken in float32, exponentials summed in 8 double
/// lanes in index order, one rounding at the end. Returns false, with `out` undefined, if the row
/// is not finite.
bool ck_log_softmax_f32(const float *x, float *out, size_t count, int32_t isa);

#endif
