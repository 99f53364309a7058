// SPDX-License-Identifier: Apache-2.0
// A machine of memory and golden arithmetic alone: what programs are executed on where no accelerator is wanted, and what the
// accelerator is compared with.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "models/operations/chain/chain_arithmetic.h"
#include "models/operations/window_arithmetic.h"
#include "models/programs/golden_arithmetic.h"
#include "models/programs/storage.h"

namespace binade::programs {

class GoldenMachine final : public Machine {
 public:
  /// `core`: in whatever mode, each work names its own. `threads`: change no result.
  explicit GoldenMachine(const datapath::CoreConfig& core, int threads = 1)
      : core_(core), division_(std::make_shared<Division>(threads)), windows_(static_cast<std::size_t>(threads)) {}

  std::int64_t allocate(std::int64_t bytes) override;
  void release(std::int64_t address) override;
  void write(std::int64_t address, std::span<const std::byte> bytes) override;
  void read(std::int64_t address, std::span<std::byte> bytes) override;
  TensorStats run(const operations::GemmForm& form, const Work& work) override;
  TensorStats run(std::span<const operations::VectorForm> forms, const Work& work) override { return run_forms(forms, work); }
  std::vector<TensorStats> run(const operations::ChainForm& form, const Work& work) override;
  TensorStats run(const operations::MaximumForm& form, const Work& work) override;
  TensorStats run(const operations::WindowGradientForm& form, const Work& work) override;

  /// Among the machine's threads. The machine outlives it.
  Divide divide();

  /// Tensors that are held.
  std::size_t tensors() const { return tensors_.size(); }
  /// Of everything that was computed.
  const numerics::Events& events() const { return events_; }

 private:
  template <class Forms>
  TensorStats run_forms(const Forms& forms, const Work& work);
  /// The bytes from `address` on, of one tensor.
  std::span<std::byte> memory(std::int64_t address, std::int64_t bytes);
  std::span<std::byte> bytes_of(const StoredTensor& tensor) { return memory(tensor.address, tensor.bytes()); }
  TensorStats run_windows(const spec::Windows& record, const Work& work, const operations::WindowBytes& bytes);
  GoldenArithmetic& arithmetic_of(const datapath::CoreMode& mode);

  const datapath::CoreConfig core_;
  const std::shared_ptr<Division> division_;
  std::vector<std::pair<datapath::CoreMode, std::unique_ptr<GoldenArithmetic>>> arithmetics_;  // a program has few modes
  operations::ChainArithmetic chain_;
  std::vector<operations::WindowArithmetic> windows_;  ///< one of each worker
  /// Bytes of released tensors that are kept for the next ones of their size: a step makes the tensors of the one before it, and
  /// pages that the system gives anew cost more than a pass over them.
  static constexpr std::size_t kMostKept = std::size_t{1} << 26;

  std::map<std::int64_t, std::vector<std::byte>> tensors_;
  std::multimap<std::size_t, std::vector<std::byte>> kept_;
  std::size_t kept_bytes_ = 0;
  std::int64_t next_ = 0;
  numerics::Events events_;
};

}  // namespace binade::programs
