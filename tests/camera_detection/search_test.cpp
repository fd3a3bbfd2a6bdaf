#include "actors/camera_detection/search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace firefinder::search_test {
namespace {

using namespace std::chrono_literals;
using kind = search_query::kind;

constexpr monotonic start = 1h;

mac_address mac(std::uint8_t number) { return {{2, 0, 0, 0, 0, number}}; }
ipv4 at(const char* text) { return parse_ipv4(text).value(); }

link_address link(const char* address, std::uint8_t bits, int index = 2) {
  return {index,       "eth" + std::to_string(index), mac(99), true, true,
          at(address), subnet_of(at(address), bits)};
}

search_surroundings home() {
  search_surroundings result;
  result.links = {link("10.77.0.2", 24)};
  return result;
}

search_order nothing() {
  search_order result;
  result.number = 7;
  result.onvif = false;
  result.mdns = false;
  return result;
}

// Runs a search in virtual time against hosts that answer.
struct world {
  struct query_at {
    timespan after;
    search_query query;
  };

  explicit world(const search_order& order, const search_surroundings& around = home())
    : plan(order, around, start) {}

  // Everything that is due at this moment.
  void step() {
    while (const auto x = plan.next_query(now, contacts))
      queries.push_back({now - start, *x});
    for (int i = 0; i < 2; ++i) {
      const auto x = plan.next_ask(now);
      if (!x)
        break;
      ++asks[*x];
      last_ask = now - start;
      plan.on_asked(*x);
      if (const auto who = hosts.find(*x); who != hosts.end() && plan.on_neighbour(*x, who->second))
        told.push_back(*x);
    }
    while (const auto x = plan.next_dial(now, contacts)) {
      dials.push_back(*x);
      const bool live = hosts.contains(x->address);
      plan.on_dialled(*x, open.contains({x->address, x->port}) ? dial_result::open
                          : live                               ? dial_result::refused
                                                               : dial_result::silent);
    }
  }

  void run() {
    while (!plan.finished(now) && now < start + 1h) {
      step();
      now += 1ms;
    }
  }

  [[nodiscard]] std::vector<timespan> times(kind what) const {
    std::vector<timespan> result;
    for (const auto& x : queries)
      if (x.query.what == what)
        result.push_back(x.after);
    return result;
  }

  search plan;
  contact_limits contacts;
  monotonic now = start;
  std::map<ipv4, mac_address> hosts;
  std::set<std::pair<ipv4, std::uint16_t>> open;
  std::vector<query_at> queries;
  std::map<ipv4, int> asks;
  timespan last_ask{};
  std::vector<dial> dials;
  std::vector<ipv4> told;
};

TEST(search, asks_everybody_twice_and_listens) {
  search_order order;
  order.number = 1;
  world x{order};
  x.run();
  EXPECT_EQ(x.times(kind::mdns), (std::vector<timespan>{0ms, 400ms}));
  const auto probes = x.times(kind::probe);
  ASSERT_EQ(probes.size(), 6U);
  EXPECT_EQ(probes[3] - probes[0], 400ms);
  EXPECT_EQ(x.queries[1].query.types, probe_types::video_transmitter);
  EXPECT_EQ(x.queries[2].query.types, probe_types::device);
  EXPECT_EQ(x.queries[3].query.types, probe_types::all);
  EXPECT_GE(x.now - start, probes.back() + 1'200ms);
  EXPECT_LE(x.now - start, 2s);
  // No host is asked for that nobody heard of.
  EXPECT_TRUE(x.asks.empty());
  EXPECT_TRUE(x.dials.empty());
  EXPECT_TRUE(x.times(kind::probe_one).empty());
}

TEST(search, asks_silent_neighbours_alone) {
  search_order order;
  order.mdns = false;
  auto around = home();
  around.heard = {at("10.77.0.11"), at("10.77.0.12")};
  world x{order, around};
  x.plan.on_device(at("10.77.0.11"), true);
  x.run();
  EXPECT_EQ(x.times(kind::probe_one), (std::vector<timespan>{700ms, 1'200ms}));
  for (const auto& q : x.queries) {
    if (q.query.what == kind::probe_one) {
      EXPECT_EQ(q.query.address, at("10.77.0.12"));
    }
  }
  EXPECT_GE(x.now - start, 2'400ms);
}

TEST(search, sweeps_twice_and_dials_who_lives) {
  auto order = nothing();
  order.scan = true;
  world x{order};
  x.hosts = {{at("10.77.0.11"), mac(11)}, {at("10.77.0.200"), mac(200)}};
  x.open = {{at("10.77.0.11"), 554}};
  x.run();
  EXPECT_EQ(x.asks.size(), 253U);
  EXPECT_FALSE(x.asks.contains(at("10.77.0.2")));
  EXPECT_EQ(x.asks[at("10.77.0.11")], 1);
  EXPECT_EQ(x.asks[at("10.77.0.12")], 2);
  EXPECT_EQ(x.told, (std::vector<ipv4>{at("10.77.0.11"), at("10.77.0.200")}));
  ASSERT_EQ(x.dials.size(), 2 * rtsp_ports.size());
  for (const auto& task : x.dials)
    EXPECT_TRUE(x.hosts.contains(task.address));
  EXPECT_EQ(x.dials.front().port, 554);
  const auto progress = x.plan.progress();
  EXPECT_EQ(progress.hosts, 2U);
  EXPECT_EQ(progress.tried, 2U);
  EXPECT_EQ(progress.addresses, 253U);
  EXPECT_EQ(progress.asked, 253U);
  EXPECT_EQ(progress.methods.at("network_scan"), "on");
}

TEST(search, leaves_time_between_two_questions_to_one_host) {
  auto order = nothing();
  order.addresses = {"10.77.0.11"};
  world x{order};
  x.run();
  EXPECT_EQ(x.asks[at("10.77.0.11")], 2);
  EXPECT_GE(x.last_ask, 100ms);
  EXPECT_GE(x.now - start, x.last_ask + 100ms);
}

TEST(search, does_not_ask_again_what_another_asked) {
  auto order = nothing();
  order.scan = true;
  world x{order};
  for (std::uint64_t i = 0; i < 254; ++i)
    x.plan.on_asked(host_at({at("10.77.0.0"), 24}, i));
  x.run();
  for (const auto& [address, times] : x.asks)
    EXPECT_EQ(times, 1) << to_string(address);
}

TEST(search, begins_with_the_small_network) {
  auto order = nothing();
  order.scan = true;
  auto around = home();
  around.links = {link("10.10.0.1", 20), link("10.77.0.2", 24, 3)};
  world x{order, around};
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(contains({at("10.77.0.0"), 24}, x.plan.next_ask(start).value()));
}

TEST(search, refuses_large_and_public_networks_in_words) {
  auto order = nothing();
  order.scan = true;
  auto around = home();
  around.links = {link("172.17.0.1", 16), link("8.8.8.8", 24, 3)};
  world x{order, around};
  x.run();
  EXPECT_TRUE(x.asks.empty());
  const auto how = x.plan.progress().methods.at("network_scan");
  EXPECT_NE(how.find("172.17.0.0/16 has 65534 addresses"), std::string::npos) << how;
  EXPECT_NE(how.find("8.8.8.0/24 is public"), std::string::npos) << how;
  order.networks = {"8.8.8.0/24", "nonsense"};
  world named{order, around};
  named.run();
  EXPECT_EQ(named.asks.size(), 253U);
}

TEST(search, dials_blindly_and_within_bounds_behind_a_router) {
  auto order = nothing();
  order.scan = true;
  order.networks = {"10.88.0.0/22"};
  world x{order};
  x.hosts = {{at("10.88.0.14"), mac(14)}};
  x.run();
  EXPECT_TRUE(x.asks.empty());
  std::set<ipv4> dialled;
  std::size_t ports = 0;
  for (const auto& task : x.dials) {
    dialled.insert(task.address);
    ports += task.address == at("10.88.0.14") ? 1U : 0U;
  }
  EXPECT_EQ(dialled.size(), 512U);
  EXPECT_EQ(ports, rtsp_ports.size());
  EXPECT_EQ(x.now - start, order.limit);
  // The next one goes on where this one stopped.
  auto around = home();
  around.last_blind = *dialled.rbegin();
  world next{order, around};
  EXPECT_EQ(next.plan.next_dial(start, next.contacts)->address,
            (ipv4{around.last_blind.value + 1}));
}

TEST(search, dials_blindly_without_arp) {
  auto order = nothing();
  order.scan = true;
  auto around = home();
  around.arp = false;
  world x{order, around};
  x.hosts = {{at("10.77.0.11"), mac(11)}};
  x.run();
  EXPECT_TRUE(x.asks.empty());
  EXPECT_EQ(x.dials.size(), 253 * blind_ports + rtsp_ports.size() - blind_ports);
  EXPECT_EQ(x.plan.progress().hosts, 1U);
  // What the kernel has learned from that is a finding.
  EXPECT_TRUE(x.plan.on_neighbour(at("10.77.0.11"), mac(11)));
}

TEST(search, ends_when_who_was_wanted_answers) {
  auto order = nothing();
  order.wanted = "020000000064";
  world x{order};
  x.hosts = {{at("10.77.0.50"), mac(50)}, {at("10.77.0.100"), mac(100)}};
  x.open = {{at("10.77.0.100"), 554}};
  x.run();
  EXPECT_EQ(x.told, std::vector<ipv4>{at("10.77.0.100")});
  EXPECT_FALSE(x.asks.contains(at("10.77.0.110")));
  EXPECT_LE(x.now - start, 60ms);
  for (const auto& task : x.dials)
    EXPECT_EQ(task.address, at("10.77.0.100"));
  EXPECT_EQ(x.dials.size(), rtsp_ports.size());
}

TEST(search, looks_first_where_who_is_wanted_was_last) {
  auto order = nothing();
  order.wanted = "020000000064";
  auto around = home();
  around.last_seen = at("10.77.0.100");
  world x{order, around};
  EXPECT_EQ(x.plan.next_ask(start), at("10.77.0.100"));
}

TEST(search, ends_when_who_is_wanted_is_nowhere) {
  auto order = nothing();
  order.wanted = "020000000064";
  world x{order};
  x.run();
  EXPECT_EQ(x.asks.size(), 253U);
  EXPECT_TRUE(x.told.empty());
  EXPECT_LE(x.now - start, 500ms);
}

TEST(search, dials_devices_that_were_found_without_a_scan) {
  search_order order;
  world x{order};
  x.plan.on_device(at("10.77.0.13"), true);
  x.plan.on_device(at("10.99.0.13"), false);
  x.run();
  EXPECT_EQ(x.dials.size(), 2 * rtsp_ports.size());
  order.ports = false;
  world y{order};
  y.plan.on_device(at("10.77.0.13"), true);
  y.run();
  EXPECT_TRUE(y.dials.empty());
}

TEST(search, looks_at_single_addresses) {
  auto order = nothing();
  order.onvif = true;
  order.addresses = {"10.77.0.11", "10.99.0.5", "127.0.0.1", "nonsense"};
  world x{order};
  x.hosts = {{at("10.77.0.11"), mac(11)}, {at("10.99.0.5"), mac(5)}};
  x.run();
  EXPECT_EQ(x.asks.size(), 1U);
  EXPECT_EQ(x.dials.size(), 2 * rtsp_ports.size());
  std::set<ipv4> probed;
  for (const auto& q : x.queries)
    if (q.query.what == kind::probe_one)
      probed.insert(q.query.address);
  EXPECT_EQ(probed, (std::set<ipv4>{at("10.77.0.11"), at("10.99.0.5")}));
}

TEST(search, ends_by_its_limit) {
  auto order = nothing();
  order.onvif = true;
  order.limit = 300ms;
  world x{order};
  x.run();
  EXPECT_EQ(x.now - start, 300ms);
}

TEST(search, says_when_it_has_something_to_do) {
  search_order order;
  order.scan = true;
  world x{order};
  // Going only by what it says, and what may be asked at once, misses nothing.
  int steps = 0;
  while (!x.plan.finished(x.now) && ++steps < 10'000) {
    x.step();
    auto next = x.plan.due(x.now, x.contacts);
    if (const auto ask = x.plan.ask_due())
      next = std::min(next, std::max(*ask, x.now + 1ms));
    ASSERT_GT(next, x.now - 1ms);
    x.now = std::max(next, x.now);
  }
  EXPECT_EQ(x.asks.size(), 253U);
  EXPECT_EQ(x.times(kind::probe).size(), 6U);
  EXPECT_LT(steps, 700);
}

TEST(pacing, is_even_after_a_burst) {
  pace x{500us, 20};
  int sent = 0;
  for (monotonic now = 1h; now < 1h + 1s; now += 10us)
    sent += x.take(now) ? 1 : 0;
  EXPECT_GE(sent, 2'000);
  EXPECT_LE(sent, 2'020);
}

TEST(pacing, lets_so_many_through_in_any_span) {
  rate_window x{3, 1s};
  EXPECT_TRUE(x.take(1s));
  EXPECT_TRUE(x.take(1'500ms));
  EXPECT_TRUE(x.take(1'900ms));
  EXPECT_FALSE(x.take(1'999ms));
  EXPECT_EQ(x.next(), 2s);
  EXPECT_TRUE(x.take(2s));
  EXPECT_FALSE(x.take(2'400ms));
  EXPECT_TRUE(x.take(2'500ms));
}

} // namespace
} // namespace firefinder::search_test
