// Groups: sets published under traffic, and what an idle group costs.
#include "upstream/group.h"

#include <malloc.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <thread>

namespace sluice::test {
namespace {

Members two(const std::string& group, int number) {
  Members members;
  for (int i = 0; i < 2; ++i)
    members.push_back({std::make_shared<Endpoint>(
        group, *Address::parse("10.0." + std::to_string(number % 250) + "." + std::to_string(i) + ":80"))});
  return members;
}

TEST_CASE("a view takes a new set when there is one, and only then") {
  Group group("app", {}, two("app", 1));
  GroupView view;
  const auto first = view.set(group);
  CHECK(view.set(group) == first);
  group.refresh();
  CHECK(view.set(group) != first);
  CHECK(view.set(group)->members_pointer() == first->members_pointer());
  group.update(two("app", 2));
  CHECK(view.set(group)->find("10.0.2.1:80") == 1);
  // Who chose in the old set still sees it.
  CHECK(first->find("10.0.1.1:80") == 1);
}

TEST_CASE("workers pick while sets are published") {
  const auto algorithm = GENERATE(Algorithm::round_robin, Algorithm::maglev);
  GroupSettings settings;
  settings.balance.algorithm = algorithm;
  Group group("app", settings, two("app", 1));
  std::atomic<int> stage{0}, bad{0};
  const auto work = [&](std::uint64_t seed) {
    GroupView view;
    Random random(seed);
    while (stage.load() == 0) {
      const auto set = view.set(group);
      PickQuery query{1, random, {}, random.next()};
      const int index = set->pick(query);
      if (index < 0) {
        ++bad;
        continue;
      }
      auto& endpoint = *set->members()[static_cast<std::size_t>(index)].endpoint;
      endpoint.enter(0);
      endpoint.note_latency(1000, 1);
      endpoint.leave();
    }
  };
  std::thread one(work, 1), other(work, 2);
  auto members = two("app", 1);
  for (int i = 0; i < 200; ++i) {
    // Of two one is blocked at most: a pick always finds one.
    const auto& endpoint = members[static_cast<std::size_t>(i % 2)].endpoint;
    endpoint->set_block(block_ejected);
    group.refresh();
    endpoint->clear_block(block_ejected);
    if (i % 20 == 0) members = two("app", 2 + i);
    group.update(members);
  }
  stage = 1;
  one.join();
  other.join();
  CHECK(bad == 0);
  for (auto& member : members)
    CHECK(member.endpoint->in_flight() == 0);
  if (algorithm == Algorithm::maglev) CHECK(members[0].endpoint->load()->in_flight == 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("an idle group costs under 2 KiB, two workers' views included, its two endpoints not") {
  constexpr int kGroups = 10'000;
  std::vector<std::unique_ptr<Group>> groups(kGroups);
  std::vector<GroupView> views(2 * kGroups);
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < kGroups; ++i) {
    const auto name = "upstream-" + std::to_string(i);
    groups[static_cast<std::size_t>(i)] = std::make_unique<Group>(name, GroupSettings{}, two(name, i));
    for (int worker = 0; worker < 2; ++worker)
      views[static_cast<std::size_t>(2 * i + worker)].set(*groups[static_cast<std::size_t>(i)]);
  }
  const auto each = (mallinfo2().uordblks - before) / kGroups + 2 * sizeof(GroupView);
  INFO("bytes: " << each << ", of them Group " << sizeof(Group) << ", Endpoint " << 2 * sizeof(Endpoint));
  CHECK(each - 2 * sizeof(Endpoint) < 2048);
  CHECK(each > 2 * sizeof(Endpoint));
}
#endif

}  // namespace
}  // namespace sluice::test
