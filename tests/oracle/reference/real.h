// SPDX-License-Identifier: Apache-2.0
// Real numbers of 256 bits (MPFR), for functions whose values are not rational.
#pragma once

#include <gmpxx.h>
#include <mpfr.h>

namespace binade::oracle {

class Real {
 public:
  Real() { mpfr_init2(value_, kBits), mpfr_set_zero(value_, 1); }
  Real(const mpq_class& q) : Real() { mpfr_set_q(value_, q.get_mpq_t(), MPFR_RNDN); }  // NOLINT(google-explicit-constructor)
  Real(double d) : Real() { mpfr_set_d(value_, d, MPFR_RNDN); }                        // NOLINT(google-explicit-constructor)
  Real(const Real& other) : Real() { mpfr_set(value_, other.value_, MPFR_RNDN); }
  Real& operator=(const Real& other) {
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  ~Real() { mpfr_clear(value_); }

  /// Exact, but for magnitudes below 2^-4000, which become 0.
  mpq_class rational() const;

  friend Real operator+(const Real& a, const Real& b) { return of(mpfr_add, a, b); }
  friend Real operator-(const Real& a, const Real& b) { return of(mpfr_sub, a, b); }
  friend Real operator*(const Real& a, const Real& b) { return of(mpfr_mul, a, b); }
  friend Real operator/(const Real& a, const Real& b) { return of(mpfr_div, a, b); }
  friend bool operator<(const Real& a, const Real& b) { return mpfr_less_p(a.value_, b.value_) != 0; }
  friend Real exp(const Real& a) { return of(mpfr_exp, a); }
  friend Real log(const Real& a) { return of(mpfr_log, a); }
  friend Real tanh(const Real& a) { return of(mpfr_tanh, a); }
  friend Real erf(const Real& a) { return of(mpfr_erf, a); }
  friend Real sqrt(const Real& a) { return of(mpfr_sqrt, a); }
  friend Real abs(const Real& a) { return of(mpfr_abs, a); }

 private:
  static constexpr mpfr_prec_t kBits = 256;
  template <class Function>
  static Real of(Function function, const Real& a, const Real& b) {
    Real result;
    function(result.value_, a.value_, b.value_, MPFR_RNDN);
    return result;
  }
  template <class Function>
  static Real of(Function function, const Real& a) {
    Real result;
    function(result.value_, a.value_, MPFR_RNDN);
    return result;
  }

  mpfr_t value_;
};

}  // namespace binade::oracle
