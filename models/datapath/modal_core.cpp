// SPDX-License-Identifier: Apache-2.0
// A core for each mode behind one seam. One runs at a time, so they have one time: the next tile starts, in whatever mode, when the
// one before it has ended.
#include <utility>
#include <vector>

#include "models/datapath/check_command.h"
#include "models/numerics/error.h"

namespace binade::datapath {
namespace {

class ModalCore final : public Core {
 public:
  ModalCore(CoreConfig config, std::vector<std::unique_ptr<Core>> modes) : config_(std::move(config)), modes_(std::move(modes)) {}

  const CoreConfig& config() const override { return config_; }
  std::uint64_t clocks_to_event() const override { return current().clocks_to_event(); }
  const TileClocks& clocks() const override { return current().clocks(); }
  const TileStats& stats() const override { return current().stats(); }

  void reset() override {
    for (const auto& core : modes_) core->reset();
    mode_ = 0;
  }

  void start(const CoreCommand& command, TileStreams& streams) override {
    if (clocks_to_event() != 0) throw InvariantError("core: a tile starts while another runs");
    const std::string problem = command_problem(config_, command, mode_);
    if (!problem.empty()) throw InvariantError("core command: " + problem);
    mode_ = command.mode;
    CoreCommand alone = command;
    alone.mode = 0;
    current().start(alone, streams);
  }

  bool advance(std::uint64_t clocks) override { return current().advance(clocks); }

 private:
  Core& current() const { return *modes_[static_cast<std::size_t>(mode_)]; }

  const CoreConfig config_;
  const std::vector<std::unique_ptr<Core>> modes_;
  int mode_ = 0;
};

}  // namespace

std::unique_ptr<Core> make_modal_core(const CoreConfig& config,
                                      const std::function<std::unique_ptr<Core>(const CoreConfig&)>& make) {
  if (mode_count(config) == 1) return make(config);
  std::vector<std::unique_ptr<Core>> modes;
  modes.reserve(static_cast<std::size_t>(mode_count(config)));
  for (int index = 0; index < mode_count(config); ++index) modes.push_back(make(in_mode(config, index)));
  return std::make_unique<ModalCore>(config, std::move(modes));
}

}  // namespace binade::datapath
