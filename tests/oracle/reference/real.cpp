// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/reference/real.h"

#include <stdexcept>

namespace binade::oracle {

mpq_class Real::rational() const {
  if (mpfr_zero_p(value_) != 0 || (mpfr_regular_p(value_) != 0 && mpfr_get_exp(value_) < -4000)) return 0;
  if (mpfr_regular_p(value_) == 0 || mpfr_get_exp(value_) > 4000) throw std::logic_error("oracle: a real number out of range");
  mpq_class result;
  mpfr_get_q(result.get_mpq_t(), value_);
  return result;
}

}  // namespace binade::oracle
