// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs/failure.h"

#include <fmt/format.h>

#include <exception>
#include <new>
#include <system_error>

#include "models/numerics/error.h"
#include "rtl/cosim/tool_process.h"
#include "sim/jobs/exit_codes.h"

namespace binade::sim {

Failure current_failure() {
  try {
    throw;
  } catch (const InputError& error) {
    return {error.what(), kUserErrorExit};
  } catch (const MismatchError& error) {
    return {error.what(), kMismatchExit};
  } catch (const rtl::BuildInterrupted& error) {
    return {error.what(), kInterruptedExit};
  } catch (const std::bad_alloc&) {
    return {"not enough memory; allowed: fewer --samples, a smaller --batch, fewer --jobs or --threads, or more memory",
            kUserErrorExit};
  } catch (const std::system_error& error) {  // threads, files and folders of the standard library
    return {fmt::format("the system refused: {}; allowed: fewer --threads or --jobs, or a higher limit", error.what()),
            kUserErrorExit};
  } catch (const std::exception& error) {
    return {error.what(), kInvariantErrorExit};
  } catch (...) {
    return {"an exception of unknown type", kInvariantErrorExit};
  }
}

}  // namespace binade::sim
