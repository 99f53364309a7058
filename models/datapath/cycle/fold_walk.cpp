// SPDX-License-Identifier: Apache-2.0
#include "models/datapath/cycle/fold_walk.h"

namespace binade::datapath {

FoldWalk::FoldWalk(const CoreConfig& config, const CoreCommand& command)
    : config_(&config),
      rules_(&rules_of(config)),
      command_(command),
      fold_(rules_->fold_at(config, command, first_)),
      done_(false) {
  rules_->place(config, nullptr, fold_);
}

void FoldWalk::next() {
  done_ = !rules_->next(*config_, command_, first_);
  if (done_) return;
  Fold following = rules_->fold_at(*config_, command_, first_);
  rules_->place(*config_, &fold_, following);
  fold_ = following;
}

}  // namespace binade::datapath
