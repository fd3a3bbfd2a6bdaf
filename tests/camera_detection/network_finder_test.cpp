// The finder in a network of its own: a namespace for it, and one for others on the same wire.
// Needs root; skipped without.

#include "actors/camera_detection/network_finder.hpp"

#include "tests/support/child_process.hpp"
#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder::network_finder_test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using test::descriptor;

constexpr auto mac_of_others = "020000000011";

descriptor own_namespace() {
  return descriptor{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
}

void enter(const descriptor& space) {
  if (::setns(space.get(), CLONE_NEWNET) != 0)
    test::throw_errno("cannot enter a network namespace");
}

// Two namespaces with a wire between them: ours with eth0 10.77.0.2/24, and that of others.
// This process stays in ours; a namespace ends with the last who knows it.
class wire {
public:
  template <class Action>
  auto in_theirs(Action action) const {
    struct back {
      const descriptor& to;
      ~back() { enter(to); }
    };
    enter(theirs_);
    const back home{ours_};
    return action();
  }

  wire() {
    if (::unshare(CLONE_NEWNET) != 0)
      test::throw_errno("cannot make a network namespace");
    theirs_ = own_namespace();
    if (::unshare(CLONE_NEWNET) != 0)
      test::throw_errno("cannot make a network namespace");
    ours_ = own_namespace();
    // `ip` finds the other namespace by this descriptor of ours.
    const auto path = fmt::format("/proc/{}/fd/{}", ::getpid(), theirs_.get());
    ip({"link add eth0 address 02:00:00:00:00:02 type veth peer name eth9 address "
        "02:00:00:00:00:11 netns "
            + path,
        "link set lo up", "link set eth0 up", "addr add 10.77.0.2/24 dev eth0"});
    in_theirs([] { ip({"link set lo up", "link set eth9 up"}); });
    wait_for_carrier();
  }

  static void ip(const std::vector<std::string>& commands) {
    const auto file = fmt::format("/tmp/firefinder-ip-{}", ::getpid());
    {
      std::ofstream out{file};
      for (const auto& x : commands)
        out << x << '\n';
    }
    const auto done = test::run({"ip", "-batch", file}, {}, 20s);
    ::unlink(file.c_str());
    if (done.state != test::exit_state{0, 0})
      throw std::runtime_error(commands.front() + ": " + done.error);
  }

  // They speak from all of these addresses, which are of no segment of ours.
  void settle_elsewhere(const std::string& network) const {
    ip({"route add " + network + " dev eth0"});
    in_theirs([&] { ip({"route add local " + network + " dev lo"}); });
  }

  // They have these addresses of 10.77.0.0/24, besides others.
  void settle(int first, int last, const char* device = "eth9") const {
    std::vector<std::string> commands;
    for (int i = first; i <= last; ++i)
      commands.push_back(fmt::format("addr add 10.77.0.{}/24 dev {}", i, device));
    in_theirs([&] { ip(commands); });
  }

private:
  static void wait_for_carrier() {
    ASSERT_TRUE(test::poll_until(test::patience, [] {
      const auto shown = test::run({"ip", "-br", "link", "show", "eth0"}, {}, 20s);
      return shown.output.find("LOWER_UP") != std::string::npos;
    }));
  }

  descriptor ours_;
  descriptor theirs_;
};

descriptor listen_at(const char* address, std::uint16_t port) {
  descriptor result{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &to.sin_addr);
  if (::bind(result.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0
      || ::listen(result.get(), 16) != 0)
    test::throw_errno("cannot listen");
  return result;
}

network_socket udp_at(const char* address, std::uint16_t port) {
  network_socket result{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  const int yes = 1;
  ::setsockopt(result.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &to.sin_addr);
  if (::bind(result.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0)
    test::throw_errno("cannot bind");
  return result;
}

std::size_t kernel_neighbours(const char* state = "") {
  std::vector<std::string> command{"ip", "neigh", "show"};
  if (*state != 0) {
    command.emplace_back("nud");
    command.emplace_back(state);
  }
  const auto shown = test::run(command, {}, 20s).output;
  return static_cast<std::size_t>(std::count(shown.begin(), shown.end(), '\n'));
}

// Somebody who answers, by a function of what was asked.
class answerer {
public:
  using function = std::function<std::vector<std::string>(std::string_view asked)>;
  using listener = std::function<void(const udp_address& from, std::string_view asked)>;

  answerer(network_socket socket, function answer)
    : answerer(std::move(socket), listener{[this, answer = std::move(answer)](
                                               const udp_address& from, std::string_view asked) {
                 for (const auto& text : answer(asked))
                   send_to(socket_, from, text);
               }}) {}

  // One who answers from elsewhere.
  answerer(network_socket socket, listener hear)
    : socket_(std::move(socket)), hear_(std::move(hear)) {}
  answerer(const answerer&) = delete;
  answerer& operator=(const answerer&) = delete;

  void work() {
    receive(socket_, 64, [this](const udp_address& from, std::string_view asked) {
      hear_(from, asked);
      ++asked_;
    });
  }

  [[nodiscard]] int asked() const { return asked_; }

private:
  network_socket socket_;
  listener hear_;
  int asked_ = 0;
};

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const auto from = text.find(before);
  if (from == std::string_view::npos)
    return {};
  const auto start = from + before.size();
  return std::string{text.substr(start, text.find(after, start) - start)};
}

constexpr std::string_view camera_type = "dn:NetworkVideoTransmitter";

// A message of WS-Discovery about one device.
std::string device(std::string_view kind, std::string_view relates_to, std::string_view types) {
  const bool match = kind == "ProbeMatch";
  return fmt::format(
      R"(<Envelope><Header><RelatesTo>{0}</RelatesTo></Header><Body>{1}<{2}><EndpointReference>)"
      R"(<Address>urn:uuid:CAM-3</Address></EndpointReference><Types>{3}</Types><Scopes>{4}</Scopes>)"
      R"(<XAddrs>http://192.168.1.108/onvif/device_service</XAddrs></{2}>{5}</Body></Envelope>)",
      relates_to, match ? "<ProbeMatches>" : "", kind, types,
      types == camera_type ? "onvif://www.onvif.org/name/Gate" : "",
      match ? "</ProbeMatches>" : "");
}

// Messages of mDNS.

std::string word(std::size_t x) { return {static_cast<char>(x >> 8), static_cast<char>(x & 255)}; }

std::string label(const std::string& x) { return static_cast<char>(x.size()) + x; }

std::string service_name(const std::string& instance) {
  auto result = instance.empty() ? std::string{} : label(instance);
  for (const auto* x : {"_rtsp", "_tcp", "local"})
    result += label(x);
  return result + '\0';
}

std::string mdns_record(const std::string& owner, std::size_t type, const std::string& data) {
  return service_name(owner) + word(type) + word(1) + word(0) + word(10) + word(data.size()) + data;
}

std::string mdns_name(const std::string& instance) {
  return mdns_record("", 12, service_name(instance));
}

std::string mdns_location(const std::string& instance, std::size_t port) {
  return mdns_record(instance, 33, word(0) + word(0) + word(port) + label("cam") + '\0');
}

std::string mdns_path(const std::string& instance, const std::string& text) {
  return mdns_record(instance, 16, label(text));
}

std::string mdns_message(const std::string& id, const std::vector<std::string>& records) {
  auto result = id + word(0x8400) + word(0) + word(records.size()) + word(0) + word(0);
  for (const auto& x : records)
    result += x;
  return result;
}

class network_finder_test : public ::testing::Test {
protected:
  void SetUp() override {
    if (::geteuid() != 0)
      GTEST_SKIP() << "makes network namespaces, which needs root";
    ASSERT_TRUE(test::run({"sh", "-c", "command -v ip"}, {}, test::patience).state.code == 0)
        << "needs the program ip ('scripts/packages test' installs it)";
    try {
      net_.emplace();
    } catch (const std::exception& x) {
      GTEST_SKIP() << "network namespaces cannot be made here: " << x.what();
    }
  }

  void start() {
    subject_.emplace(
        finder_limits{},
        [this](finding&& x) {
          heard_.push_back({clock::now(), std::move(x)});
        },
        [this](search_progress&& x) {
          progress_.push_back({clock::now(), std::move(x)});
        });
  }

  void work() {
    for (auto* x : answerers_)
      x->work();
    subject_->work(answerers_.empty() ? 50ms : 1ms);
  }

  template <class Predicate>
  [[nodiscard]] bool until(Predicate predicate, clock::duration limit = test::patience) {
    const auto deadline = clock::now() + limit;
    while (!predicate()) {
      if (clock::now() > deadline)
        return false;
      work();
    }
    return true;
  }

  [[nodiscard]] int finished(std::uint64_t number) const {
    return static_cast<int>(std::count_if(progress_.begin(), progress_.end(), [&](const auto& x) {
      return x.second.number == number && x.second.finished;
    }));
  }

  std::vector<finding> search(const search_order& order) {
    const auto before = heard_.size();
    asked_at_ = clock::now();
    subject_->begin(order);
    EXPECT_TRUE(until([&] { return finished(order.number) > 0; }, order.limit + test::patience));
    std::vector<finding> result;
    for (auto i = before; i < heard_.size(); ++i)
      if (heard_[i].second.search == order.number)
        result.push_back(heard_[i].second);
    return result;
  }

  [[nodiscard]] std::vector<finding> of_kind(finding_kind kind) const {
    std::vector<finding> result;
    for (const auto& x : heard_)
      if (x.second.kind == kind)
        result.push_back(x.second);
    return result;
  }

  // When the last of a kind was told, since the search was asked for.
  [[nodiscard]] double last_ms(finding_kind kind) const {
    double result = 0;
    for (const auto& [when, x] : heard_)
      if (x.kind == kind)
        result = std::chrono::duration<double, std::milli>(when - asked_at_).count();
    return result;
  }

  [[nodiscard]] const search_progress& last_progress() const { return progress_.back().second; }

  [[nodiscard]] link_map links_of_others() const {
    return net_->in_theirs([] { return netlink{false}.links(); });
  }

  // The others say that they have this address.
  clock::time_point speak(const char* address) {
    if (!mouth_)
      mouth_ = net_->in_theirs([] { return open_arp(); });
    const auto links = links_of_others();
    const auto own = parse_ipv4(address).value();
    const auto when = clock::now();
    EXPECT_TRUE(
        send_arp(mouth_, links.front(), arp_request(parse_mac(mac_of_others).value(), own, own)));
    return when;
  }

  // Sockets of the others.
  [[nodiscard]] network_socket bound_at(const char* address, std::uint16_t port) const {
    return net_->in_theirs([&] { return udp_at(address, port); });
  }
  [[nodiscard]] network_socket hear(const udp_address& group) const {
    auto result = bound_at("0.0.0.0", group.port);
    ip_mreqn request{};
    request.imr_multiaddr.s_addr = htonl(group.address.value);
    request.imr_ifindex = links_of_others().front().index;
    if (::setsockopt(result.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)) != 0)
      test::throw_errno("cannot join a group");
    return result;
  }

  std::optional<wire> net_;
  std::optional<network_finder> subject_;
  std::vector<std::pair<clock::time_point, finding>> heard_;
  std::vector<std::pair<clock::time_point, search_progress>> progress_;
  std::vector<answerer*> answerers_;
  network_socket mouth_;
  clock::time_point asked_at_{};
};

// No search is cut short because the machine is slow for a moment.
search_order listening(std::uint64_t number = 1) {
  search_order result;
  result.number = number;
  result.limit = 2min;
  return result;
}

search_order scan(std::uint64_t number = 1) {
  auto result = listening(number);
  result.onvif = false;
  result.mdns = false;
  result.scan = true;
  return result;
}

// -- scans -------------------------------------------------------------------------------------

TEST_F(network_finder_test, maps_a_crowd_with_hardware_addresses_and_ports) {
  net_->settle(20, 219);
  std::vector<descriptor> servers;
  net_->in_theirs([&] {
    for (const std::uint16_t port : rtsp_ports)
      servers.push_back(listen_at("10.77.0.33", port));
    servers.push_back(listen_at("10.77.0.219", 554));
  });
  start();
  const auto found = search(scan());
  std::set<std::string> neighbours;
  std::set<std::pair<std::string, int>> ports;
  for (const auto& x : found) {
    EXPECT_TRUE(x.on_segment);
    EXPECT_EQ(x.mac, mac_of_others);
    if (x.kind == finding_kind::neighbour) {
      EXPECT_TRUE(neighbours.insert(x.address).second) << x.address;
    }
    if (x.kind == finding_kind::open_port) {
      EXPECT_TRUE(ports.emplace(x.address, x.port).second);
    }
  }
  EXPECT_EQ(neighbours.size(), 200U);
  EXPECT_EQ(ports.size(), rtsp_ports.size() + 1);
  EXPECT_TRUE(ports.contains({"10.77.0.219", 554}));
  const auto& told = last_progress();
  EXPECT_EQ(told.hosts, 200U);
  EXPECT_EQ(told.tried, 200U);
  EXPECT_EQ(told.asked, 253U);
  EXPECT_EQ(told.methods.at("arp"), "on");
  EXPECT_EQ(told.methods.at("network_scan"), "on");
  EXPECT_EQ(told.methods.at("onvif"), "off");
  EXPECT_EQ(finished(1), 1);
  EXPECT_EQ(kernel_neighbours("incomplete"), 0U);
  EXPECT_EQ(kernel_neighbours("failed"), 0U);
  std::cout << "200 hosts of a /24 mapped in " << last_ms(finding_kind::neighbour)
            << " ms, their ports known in " << last_ms(finding_kind::open_port) << " ms\n";
}

TEST_F(network_finder_test, a_large_network_leaves_the_kernel_room) {
  net_->settle(20, 219);
  wire::ip({"addr add 10.100.0.1/20 dev eth0"});
  net_->in_theirs([] { wire::ip({"addr add 10.100.7.7/20 dev eth9"}); });
  const auto server = net_->in_theirs([] { return listen_at("10.77.0.33", 554); });
  start();
  auto large = scan();
  large.networks = {"10.100.0.0/20"};
  const auto far = search(large);
  ASSERT_EQ(far.size(), 1U);
  EXPECT_EQ(far.front().address, "10.100.7.7");
  std::cout << "a /20 took "
            << std::chrono::duration<double>(progress_.back().first - asked_at_).count()
            << " s and left " << kernel_neighbours() << " entries\n";
  EXPECT_LE(kernel_neighbours(), 2U);
  auto small = scan(2);
  small.networks = {"10.77.0.0/24"};
  const auto near = search(small);
  EXPECT_EQ(std::count_if(near.begin(), near.end(),
                          [](const finding& x) { return x.kind == finding_kind::neighbour; }),
            200);
  EXPECT_EQ(std::count_if(near.begin(), near.end(),
                          [](const finding& x) { return x.kind == finding_kind::open_port; }),
            1);
  EXPECT_LE(kernel_neighbours(), 202U);
}

TEST_F(network_finder_test, searches_at_one_time_end_once_each) {
  net_->settle(20, 29);
  start();
  for (std::uint64_t i = 1; i <= 40; ++i)
    subject_->begin(scan(i));
  ASSERT_TRUE(until([&] {
    for (std::uint64_t i = 1; i <= 40; ++i)
      if (finished(i) == 0)
        return false;
    return true;
  }));
  std::map<std::uint64_t, int> told;
  for (const auto& x : of_kind(finding_kind::neighbour))
    ++told[x.search];
  for (std::uint64_t i = 1; i <= 40; ++i) {
    EXPECT_EQ(finished(i), 1) << i;
    EXPECT_EQ(told[i], 10) << i;
  }
}

TEST_F(network_finder_test, a_search_ends_when_the_network_goes_away) {
  net_->settle(20, 29);
  start();
  auto order = scan();
  order.onvif = true;
  order.limit = 4s;
  subject_->begin(order);
  work();
  wire::ip({"link del eth0"});
  EXPECT_TRUE(until([&] { return finished(1) > 0; }));
  EXPECT_EQ(finished(1), 1);
  EXPECT_TRUE(until([&] { return !of_kind(finding_kind::network_changed).empty(); }));
  // The next one says why it finds nothing.
  EXPECT_TRUE(search(listening(2)).empty());
  EXPECT_NE(last_progress().methods.at("onvif"), "on");
  EXPECT_NE(last_progress().methods.at("mdns"), "on");
}

TEST_F(network_finder_test, finds_who_is_wanted_at_once) {
  net_->settle(150, 150);
  start();
  auto order = scan();
  order.scan = false;
  order.wanted = mac_of_others;
  const auto found = search(order);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().kind, finding_kind::neighbour);
  EXPECT_EQ(found.front().address, "10.77.0.150");
  EXPECT_LT(last_progress().asked, 253U);
}

// -- what is heard -----------------------------------------------------------------------------

TEST_F(network_finder_test, tells_a_new_address_by_its_first_packet) {
  net_->settle(11, 11);
  start();
  work();
  speak("10.77.0.11");
  ASSERT_TRUE(until([&] { return of_kind(finding_kind::neighbour).size() == 1; }));
  const auto spoke = speak("10.77.0.12");
  ASSERT_TRUE(until([&] { return of_kind(finding_kind::neighbour).size() == 2; }));
  const auto& [when, told] = heard_.back();
  EXPECT_EQ(told.address, "10.77.0.12");
  EXPECT_EQ(told.mac, mac_of_others);
  EXPECT_EQ(told.search, 0U);
  std::cout << "a new address is told "
            << std::chrono::duration<double, std::milli>(when - spoke).count()
            << " ms after its first packet\n";
  // Repeats are not told, nor what is not of our network.
  speak("10.77.0.12");
  speak("10.99.0.12");
  speak("10.77.0.11");
  speak("10.77.0.14");
  ASSERT_TRUE(until([&] { return heard_.back().second.address == "10.77.0.14"; }));
  EXPECT_EQ(heard_.size(), 3U);
}

TEST_F(network_finder_test, reports_two_that_answer_for_one_address_once) {
  // Two interfaces of the others, on one bridge, with one address.
  net_->in_theirs([] {
    wire::ip({"link add br0 type bridge", "link set eth9 master br0", "link set br0 up",
              "link add m1 link br0 address 02:00:00:00:00:21 type macvlan mode bridge",
              "link add m2 link br0 address 02:00:00:00:00:22 type macvlan mode bridge",
              "link set m1 up", "link set m2 up", "addr add 10.77.0.50/24 dev m1",
              "addr add 10.77.0.50/24 dev m2"});
    // Each interface answers for its own addresses only.
    std::ofstream{"/proc/sys/net/ipv4/conf/all/arp_ignore"} << "1";
  });
  start();
  static_cast<void>(search(scan(1)));
  static_cast<void>(search(scan(2)));
  const auto conflicts = of_kind(finding_kind::conflict);
  ASSERT_EQ(conflicts.size(), 1U);
  EXPECT_EQ(conflicts.front().address, "10.77.0.50");
  EXPECT_EQ((std::set<std::string>{conflicts.front().mac, conflicts.front().other_mac}),
            (std::set<std::string>{"020000000021", "020000000022"}));
}

TEST_F(network_finder_test, joins_an_interface_that_comes_later) {
  start();
  work();
  wire::ip({"addr add 10.99.0.2/24 dev eth0"});
  net_->in_theirs([] { wire::ip({"addr add 10.99.0.9/24 dev eth9"}); });
  ASSERT_TRUE(until([&] { return !of_kind(finding_kind::network_changed).empty(); }));
  auto order = scan();
  order.networks = {"10.99.0.0/24"};
  const auto found = search(order);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().address, "10.99.0.9");
  EXPECT_TRUE(found.front().on_segment);
}

// -- cameras that answer -----------------------------------------------------------------------

TEST_F(network_finder_test, finds_cameras_by_ws_discovery_and_no_others) {
  net_->settle(13, 13);
  answerer camera{hear(discovery_group), [](std::string_view asked) -> std::vector<std::string> {
                    const auto id = between(asked, "MessageID>", "<");
                    return {"garbage", device("ProbeMatch", "urn:uuid:another", camera_type),
                            device("ProbeMatch", id, "wsdp:Device"),
                            device("ProbeMatch", id, camera_type)};
                  }};
  answerers_ = {&camera};
  start();
  const auto found = search(listening());
  ASSERT_EQ(found.size(), 1U);
  const auto& x = found.front();
  EXPECT_EQ(x.kind, finding_kind::onvif_device);
  EXPECT_EQ(x.address, "10.77.0.13");
  EXPECT_TRUE(x.on_segment);
  EXPECT_EQ(x.endpoint, "cam-3");
  EXPECT_EQ(x.name, "Gate");
  EXPECT_EQ(x.services, std::vector<std::string>{"http://192.168.1.108/onvif/device_service"});
  EXPECT_EQ(camera.asked(), 6);
  EXPECT_EQ(last_progress().methods.at("onvif"), "on");
  EXPECT_EQ(last_progress().methods.at("network_scan"), "off");
  // Who it is was told with it, or right after.
  const auto neighbours = of_kind(finding_kind::neighbour);
  EXPECT_TRUE(x.mac == mac_of_others
              || std::any_of(neighbours.begin(), neighbours.end(), [](const finding& n) {
                   return n.address == "10.77.0.13" && n.mac == mac_of_others;
                 }));
  std::cout << "a camera that answers WS-Discovery is told after "
            << last_ms(finding_kind::onvif_device) << " ms\n";
}

// Sends answers to one who asked, from as many addresses.
answerer::listener from_elsewhere(const wire& net, const std::vector<std::string>& senders) {
  return [&net, senders](const udp_address& from, std::string_view asked) {
    const auto text = device("ProbeMatch", between(asked, "MessageID>", "<"), camera_type);
    for (const auto& sender : senders)
      net.in_theirs([&] { send_to(udp_at(sender.c_str(), 0), from, text); });
  };
}

TEST_F(network_finder_test, is_sent_to_no_host_of_the_internet_by_a_forged_answer) {
  net_->settle(13, 13);
  for (const auto* network : {"203.0.113.0/24", "172.16.0.0/24", "100.64.0.0/24"})
    net_->settle_elsewhere(network);
  const auto server = net_->in_theirs([] { return listen_at("203.0.113.9", 554); });
  answerer forger{hear(discovery_group),
                  from_elsewhere(*net_, {"203.0.113.9", "172.16.0.9", "100.64.0.9"})};
  answerers_ = {&forger};
  start();
  const auto addresses = [](const std::vector<finding>& all) {
    std::set<std::string> result;
    for (const auto& x : all)
      result.insert(x.address);
    return result;
  };
  EXPECT_EQ(addresses(search(listening(1))), (std::set<std::string>{"100.64.0.9", "172.16.0.9"}));
  // Nor does it make a camera that says hello unasked.
  const auto links = links_of_others();
  for (const auto* sender : {"203.0.113.9", "172.16.0.9"})
    net_->in_theirs([&] {
      auto from = udp_at(sender, 0);
      ip_mreqn interface {};
      interface.imr_ifindex = links.front().index;
      ::setsockopt(from.get(), IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface));
      send_to(from, discovery_group, device("Hello", "", camera_type));
    });
  ASSERT_TRUE(until([&] {
    return heard_.back().second.search == 0 && heard_.back().second.address == "172.16.0.9";
  }));
  EXPECT_FALSE(addresses(of_kind(finding_kind::onvif_device)).contains("203.0.113.9"));
  // What the owner named is as good as his own.
  auto order = listening(2);
  order.networks = {"203.0.113.0/24"};
  const auto found = search(order);
  EXPECT_TRUE(addresses(found).contains("203.0.113.9"));
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const finding& x) {
    return x.kind == finding_kind::open_port && x.address == "203.0.113.9";
  }));
}

TEST_F(network_finder_test, believes_so_many_answers_of_hosts_that_nothing_else_tells_of) {
  net_->settle(13, 13);
  net_->settle_elsewhere("172.16.0.0/16");
  // A hundred of them answer each question: more at one time do not fit into a socket.
  int asked = 0;
  answerer forger{hear(discovery_group),
                  answerer::listener{[&](const udp_address& from, std::string_view text) {
                    std::vector<std::string> senders;
                    for (int i = 1; i <= 100 && asked < 3; ++i)
                      senders.push_back(fmt::format("172.16.{}.{}", asked, i));
                    if (++asked > 3)
                      senders.emplace_back("10.77.0.13");
                    from_elsewhere(*net_, senders)(from, text);
                  }}};
  answerers_ = {&forger};
  start();
  auto order = listening();
  order.mdns = false;
  order.ports = false;
  std::set<std::string> told;
  for (const auto& x : search(order))
    if (x.kind == finding_kind::onvif_device)
      told.insert(x.address);
  // Who was heard by ARP counts for itself.
  EXPECT_TRUE(told.contains("10.77.0.13"));
  EXPECT_EQ(told.size(), 257U);
}

TEST_F(network_finder_test, asks_a_silent_neighbour_alone) {
  net_->settle(13, 13);
  answerer camera{bound_at("10.77.0.13", discovery_group.port),
                  [](std::string_view asked) -> std::vector<std::string> {
                    return {device("ProbeMatch", between(asked, "MessageID>", "<"), camera_type)};
                  }};
  answerers_ = {&camera};
  start();
  EXPECT_TRUE(search(listening(1)).empty());
  speak("10.77.0.13");
  ASSERT_TRUE(until([&] { return !of_kind(finding_kind::neighbour).empty(); }));
  const auto found = search(listening(2));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().kind, finding_kind::onvif_device);
  EXPECT_EQ(found.front().mac, mac_of_others);
}

TEST_F(network_finder_test, hears_hello_and_bye) {
  net_->settle(13, 13);
  start();
  work();
  const auto links = links_of_others();
  const auto from = net_->in_theirs([&] { return open_segment(links.front()); });
  send_to(from, discovery_group, device("Hello", "", "wsdp:Device"));
  send_to(from, discovery_group, device("Hello", "", camera_type));
  ASSERT_TRUE(until([&] { return !of_kind(finding_kind::onvif_device).empty(); }));
  const auto hello = of_kind(finding_kind::onvif_device).front();
  EXPECT_EQ(hello.search, 0U);
  EXPECT_EQ(hello.address, "10.77.0.13");
  EXPECT_EQ(hello.endpoint, "cam-3");
  // Nobody knew who that is: it is asked for.
  ASSERT_TRUE(until([&] { return !of_kind(finding_kind::neighbour).empty(); }));
  EXPECT_EQ(of_kind(finding_kind::neighbour).front().mac, mac_of_others);
  send_to(from, discovery_group, device("Bye", "", ""));
  ASSERT_TRUE(until([&] { return !of_kind(finding_kind::onvif_goodbye).empty(); }));
  EXPECT_EQ(of_kind(finding_kind::onvif_goodbye).front().endpoint, "cam-3");
  EXPECT_EQ(of_kind(finding_kind::onvif_device).size(), 1U);
}

TEST_F(network_finder_test, finds_services_by_mdns) {
  net_->settle(11, 11);
  const auto server = net_->in_theirs([] { return listen_at("10.77.0.11", 5554); });
  answerer camera{
      hear(mdns_group), [&](std::string_view asked) -> std::vector<std::string> {
        // All of one, and of another only the name, until it is asked for.
        const std::string id{asked.substr(0, 2)};
        if (asked.find("Back") != std::string_view::npos)
          return {mdns_message(id, {mdns_location("Back", 8554)})};
        return {"garbage", mdns_message("xx", {mdns_location("Forged", 1)}),
                mdns_message(id, {mdns_location("Front Camera", 5554),
                                  mdns_path("Front Camera", "path=/stream1"), mdns_name("Back")})};
      }};
  answerers_ = {&camera};
  start();
  const auto found = search(listening());
  std::map<std::string, finding> services;
  for (const auto& x : found)
    if (x.kind == finding_kind::mdns_service) {
      EXPECT_TRUE(services.emplace(x.name, x).second) << x.name;
    }
  ASSERT_EQ(services.size(), 2U);
  EXPECT_EQ(services.at("Front Camera").port, 5554);
  EXPECT_EQ(services.at("Front Camera").path, "/stream1");
  EXPECT_EQ(services.at("Front Camera").address, "10.77.0.11");
  EXPECT_EQ(services.at("Back").port, 8554);
  // And its ports are tried.
  EXPECT_EQ(std::count_if(found.begin(), found.end(),
                          [](const finding& x) {
                            return x.kind == finding_kind::open_port && x.port == 5554;
                          }),
            1);
}

// -- without the right to speak ARP ------------------------------------------------------------

// Takes CAP_NET_RAW away from this thread for a while (capabilities(7)).
class without_raw {
public:
  without_raw() {
    get(before_);
    auto less = before_;
    less[0].effective &= ~(1U << CAP_NET_RAW);
    set(less);
  }
  without_raw(const without_raw&) = delete;
  without_raw& operator=(const without_raw&) = delete;
  ~without_raw() { set(before_); }

private:
  using sets = std::array<__user_cap_data_struct, 2>;

  static void get(sets& to) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    if (::syscall(SYS_capget, &header, to.data()) != 0)
      test::throw_errno("cannot read capabilities");
  }
  static void set(const sets& to) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    static_cast<void>(::syscall(SYS_capset, &header, to.data()));
  }

  sets before_{};
};

TEST_F(network_finder_test, finds_hosts_by_connecting_without_arp) {
  net_->settle(20, 29);
  const auto server = net_->in_theirs([] { return listen_at("10.77.0.25", 8554); });
  const without_raw poor;
  start();
  const auto found = search(scan());
  std::set<std::string> ports;
  for (const auto& x : found)
    if (x.kind == finding_kind::open_port) {
      EXPECT_TRUE(ports.insert(fmt::format("{}:{}", x.address, x.port)).second);
    }
  EXPECT_EQ(ports, std::set<std::string>{"10.77.0.25:8554"});
  EXPECT_EQ(last_progress().hosts, 10U);
  std::set<std::string> neighbours;
  for (const auto& x : of_kind(finding_kind::neighbour))
    if (x.mac == mac_of_others)
      neighbours.insert(x.address);
  EXPECT_EQ(neighbours.size(), 10U);
  const auto how = last_progress().methods.at("arp");
  EXPECT_NE(how.find("AmbientCapabilities=CAP_NET_RAW"), std::string::npos) << how;
}

} // namespace
} // namespace firefinder::network_finder_test
