// SPDX-License-Identifier: Apache-2.0
// Schedules as counted tokens: under any order the queues may work in, every descriptor runs after those it waits for.
#include "sim/host/schedule.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>

#include "models/numerics/error.h"

namespace binade::sim {
namespace {

struct Planned {
  std::size_t queue, block;  ///< the first of its blocks in the list
  std::vector<Schedule::Id> after;
};

struct Machine {
  std::array<std::deque<std::size_t>, 3> queues;
  std::array<int, 3> to_next{}, to_prev{};
};

// Executes the list with queues advancing in random order; false: stuck.
bool execute(const std::vector<spec::DescriptorWords>& list, const std::vector<Planned>& plan, std::mt19937& random) {
  Machine machine;
  for (std::size_t i = 0; i < plan.size(); ++i) machine.queues[plan[i].queue].push_back(i);
  std::vector<bool> done(plan.size(), false);
  for (std::size_t executed = 0; executed < plan.size();) {
    std::array<std::size_t, 3> order{0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    bool progress = false;
    for (const std::size_t q : order) {
      if (machine.queues[q].empty()) continue;
      const std::size_t i = machine.queues[q].front();
      const spec::Header header = spec::unpack_header(list[plan[i].block]);
      if (header.pop_prev != 0 && machine.to_next.at(q - 1) == 0) continue;
      if (header.pop_next != 0 && machine.to_prev.at(q + 1) == 0) continue;
      if (header.pop_prev != 0) --machine.to_next.at(q - 1);
      if (header.pop_next != 0) --machine.to_prev.at(q + 1);
      for (const auto id : plan[i].after) EXPECT_TRUE(done[id]) << i << " ran before " << id;
      done[i] = true;
      machine.queues[q].pop_front();
      if (header.push_prev != 0) ++machine.to_prev.at(q);
      if (header.push_next != 0) ++machine.to_next.at(q);
      ++executed;
      progress = true;
      break;
    }
    if (!progress) return false;
  }
  EXPECT_EQ(machine.to_next, (std::array<int, 3>{}));
  EXPECT_EQ(machine.to_prev, (std::array<int, 3>{}));
  return true;
}

TEST(Schedule, RandomDependencesHoldInEveryOrder) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Schedule schedule(3);
    std::vector<Planned> plan;
    std::size_t blocks = 0;
    for (int i = 0; i < 40; ++i) {
      Planned p{random() % 3, blocks++, {}};
      for (std::size_t j = 0; j < plan.size(); ++j) {
        const bool neighbours = p.queue != plan[j].queue && (p.queue == 1 || plan[j].queue == 1);
        if (neighbours && random() % 6 == 0) p.after.push_back(j);
      }
      Schedule::Id id = 0;
      if (p.queue == 0 && random() % 2 == 0) {  // of two blocks
        id = schedule.load_walk({}, p.after);
        ++blocks;
      } else if (p.queue == 0) {
        id = schedule.load({}, p.after);
      }
      if (p.queue == 1) id = random() % 2 == 0 ? schedule.gemm({}, p.after) : schedule.vector({}, p.after);
      if (p.queue == 2) id = schedule.store({}, p.after);
      ASSERT_EQ(id, plan.size());
      plan.push_back(p);
    }
    const auto list = schedule.finish();
    ASSERT_EQ(list.size(), blocks + 1);
    EXPECT_EQ(spec::unpack_header(list.back()).opcode, static_cast<std::int64_t>(spec::Opcode::Finish));
    EXPECT_EQ(spec::unpack_header(list.front()).layer, 3);
    for (int repeat = 0; repeat < 5; ++repeat) ASSERT_TRUE(execute(list, plan, random));
  }
}

TEST(Schedule, ImpliedDependencesCostNoTokens) {
  Schedule schedule(0);
  const auto first = schedule.load({}, {});
  const auto second = schedule.load({}, {});
  schedule.gemm({}, std::array{second});
  schedule.gemm({}, std::array{first, second});  // already implied
  const auto list = schedule.finish();
  EXPECT_EQ(spec::unpack_header(list[0]).push_next, 0);
  EXPECT_EQ(spec::unpack_header(list[1]).push_next, 1);
  EXPECT_EQ(spec::unpack_header(list[2]).pop_prev, 1);
  EXPECT_EQ(spec::unpack_header(list[3]).pop_prev, 0);
}

TEST(Schedule, RefusesDependencesNoTokenCanExpress) {
  Schedule schedule(0);
  const auto load = schedule.load({}, {});
  EXPECT_THROW(schedule.store({}, std::array{load}), InvariantError);
  EXPECT_THROW(schedule.load({}, std::array{load}), InvariantError);
  EXPECT_THROW(schedule.gemm({}, std::array<Schedule::Id, 1>{9}), InvariantError);
}

}  // namespace
}  // namespace binade::sim
