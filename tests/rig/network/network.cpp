#include "tests/rig/network/network.hpp"

#include "tests/support/wait.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace firefinder::test {

using namespace std::chrono_literals;

namespace {

constexpr const char* names = "/run/netns";
// The namespace of the switch; its bridges are named after the segments.
constexpr const char* the_switch = "switch";

const char* bridge(segment where) {
  return where == segment::a ? "a" : where == segment::b ? "b" : "far";
}

// Distributions put many of them where an ordinary user's PATH does not look.
std::string program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"})
    if (::access((folder + name).c_str(), X_OK) == 0)
      return folder + name;
  return {};
}

void must_run(std::vector<std::string> argv) {
  const auto name = argv.at(0);
  const auto done = run(std::move(argv), {}, patience);
  if (done.state != exit_state{0, 0})
    throw std::runtime_error(name + " failed: " + done.error);
}

// Runs lines of ip's own language at once, in the namespace given; empty: in ours.
void ip(const std::string& where, const std::vector<std::string>& lines) {
  const temporary_directory scratch;
  std::string text;
  for (const auto& line : lines)
    text += line + '\n';
  std::vector<std::string> argv{program("ip")};
  if (!where.empty())
    argv.insert(argv.end(), {"-n", where});
  argv.insert(argv.end(), {"-batch", scratch.write("lines", text)});
  must_run(std::move(argv));
}

// Nothing is sent to a group without a route: there is no default one here.
const std::vector<std::string> group_routes{"route replace 239.0.0.0/8 dev eth0",
                                            "route replace 224.0.0.0/24 dev eth0"};

// Whether a process has a UDP socket that is bound to this port.
bool listens(child_process& process, std::uint16_t port) {
  std::ostringstream wanted;
  wanted << ':' << std::uppercase << std::hex;
  wanted.width(4);
  wanted.fill('0');
  wanted << port << ' ';
  return read_file("/proc/" + std::to_string(process.pid()) + "/net/udp").find(wanted.str())
         != std::string::npos;
}

std::array<std::uint8_t, 6> bytes_of(const std::string& mac) {
  std::array<std::uint8_t, 6> result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<std::uint8_t>(std::stoul(mac.substr(3 * i, 2), nullptr, 16));
  return result;
}

} // namespace

void on_host(const std::string& name, const std::function<void()>& what) {
  std::exception_ptr failure;
  std::thread{[&] {
    try {
      const descriptor there{::open((names + ('/' + name)).c_str(), O_RDONLY | O_CLOEXEC)};
      if (!there || ::setns(there.get(), CLONE_NEWNET) != 0)
        throw_errno("cannot enter " + name);
      what();
    } catch (...) {
      failure = std::current_exception();
    }
  }}.join();
  if (failure)
    std::rethrow_exception(failure);
}

// -- server ------------------------------------------------------------------------------

server::server(std::vector<std::string> argv, std::filesystem::path log,
               std::filesystem::path events, std::function<bool(child_process&)> serves)
  : events_(std::move(events)), serves_(std::move(serves)),
    process_(std::move(argv), {}, std::move(log)) {
  // nop
}

void server::await() {
  const bool ready = poll_until(patience, [&] { return serves_(process_) || !process_.running(); });
  if (!ready || !process_.running())
    throw std::runtime_error("a server of the rig does not start: " + process_.standard_output()
                             + process_.standard_error());
}

std::vector<nlohmann::json> server::events(const std::string& kind) const {
  std::istringstream lines{read_file(events_)};
  std::vector<nlohmann::json> result;
  for (std::string line; std::getline(lines, line);)
    // The last line may be half written.
    if (auto one = nlohmann::json::parse(line, nullptr, false); one.is_object())
      if (kind.empty() || one.at("event") == kind)
        result.push_back(std::move(one));
  return result;
}

std::size_t server::refused_logins() const {
  const auto all = events("login");
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [](const auto& x) { return x.at("ok") == false; }));
}

// -- network_host ------------------------------------------------------------------------

network_host::network_host(host_options options, std::filesystem::path directory)
  : options_(std::move(options)), directory_(std::move(directory)) {
  std::filesystem::create_directory(directory_);
  const auto port = "p-" + options_.name;
  ip({}, {"netns add " + options_.name, "link add eth0 netns " + options_.name + " address "
                                            + options_.mac + " type veth peer name " + port
                                            + " netns " + the_switch});
  ip(the_switch, {"link set " + port + " master " + bridge(options_.where) + " up"});
  std::vector<std::string> lines{"link set lo up", "link set eth0 up"};
  if (!options_.address.empty())
    lines.push_back("address add " + options_.address + "/24 dev eth0");
  lines.insert(lines.end(), group_routes.begin(), group_routes.end());
  ip(options_.name, lines);
}

std::string network_host::id() const {
  auto result = options_.mac;
  std::erase(result, ':');
  return result;
}

std::string network_host::mac() const {
  auto result = options_.mac;
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

server& network_host::start(std::vector<std::string> argv,
                            std::function<bool(child_process&)> serves,
                            std::filesystem::path events) {
  argv.insert(argv.begin(),
              {program("nsenter"), "--net=" + std::string{names} + '/' + options_.name});
  servers_.push_back(std::make_unique<server>(std::move(argv),
                                              directory_ / ("log" + std::to_string(started_++)),
                                              std::move(events), std::move(serves)));
  return *servers_.back();
}

server& network_host::start_script(const std::string& script, const nlohmann::json& settings) {
  const auto stem = directory_ / std::to_string(started_);
  const auto file = stem.string() + ".json";
  const auto events = stem.string() + ".events";
  // In a file, because anybody can read a command line, and there are passwords in it.
  std::ofstream{file} << settings.dump();
  std::ofstream{events}.flush();
  return start(
      {"/usr/bin/python3", FIREFINDER_NETWORK_RIG "/" + script, file, events},
      [](child_process& p) { return p.standard_output().find("ready\n") != std::string::npos; },
      events);
}

server& network_host::rtsp(const nlohmann::json& settings) {
  return start_script("rtsp_server.py", settings);
}

server& network_host::onvif(const nlohmann::json& settings) {
  return start_script("onvif_camera.py", settings);
}

server& network_host::odd(const nlohmann::json& settings) {
  return start_script("odd_server.py", settings);
}

server& network_host::mdns(const std::string& name, int port, const std::string& path) {
  const auto folder = directory_ / ("avahi" + std::to_string(started_));
  std::filesystem::create_directories(folder / "services");
  std::ofstream{folder / "avahi-daemon.conf"} << "[server]\nhost-name=cam-" << options_.name
                                              << "\nuse-ipv6=no\nenable-dbus=no\n"
                                                 "allow-interfaces=eth0\n[publish]\n"
                                                 "publish-workstation=no\n";
  std::ofstream{folder / "services" / "camera.service"}
      << "<service-group><name>" << name << "</name><service><type>_rtsp._tcp</type><port>" << port
      << "</port>" << (path.empty() ? "" : "<txt-record>path=" + path + "</txt-record>")
      << "</service></service-group>\n";
  // It has one place for its files, whoever runs it: here each has a place of its own.
  const auto script = "mount -t tmpfs none /run && mkdir /run/avahi-daemon && mount --bind '"
                      + folder.string() + "' /etc/avahi && exec " + program("avahi-daemon")
                      + " --no-drop-root --no-rlimits --no-chroot";
  return start({program("unshare"), "-m", "sh", "-c", script}, [](child_process& p) {
    return p.standard_error().find("successfully established") != std::string::npos;
  });
}

server& network_host::wsdd() {
  return start({program("wsdd"), "-4", "-i", "eth0", "-n", options_.name},
               [](child_process& p) { return listens(p, 3702); });
}

server& network_host::dhcp(const std::string& mac, const std::string& address) {
  const auto leases = directory_ / ("leases" + std::to_string(started_));
  return start({program("dnsmasq"), "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
                "--user=root", "--pid-file=", "--interface=eth0", "--bind-interfaces", "--no-ping",
                "--dhcp-authoritative", "--dhcp-range=" + address + ',' + address + ",1h",
                "--dhcp-host=" + mac + ',' + address, "--dhcp-leasefile=" + leases.string()},
               [](child_process& p) { return listens(p, 67); });
}

void network_host::end(server& one) {
  std::erase_if(servers_, [&](const auto& x) { return x.get() == &one; });
}

void network_host::take_lease() {
  must_run({program("nsenter"), "--net=" + std::string{names} + '/' + options_.name,
            program("udhcpc"), "-f", "-q", "-n", "-i", "eth0", "-t", "10", "-T", "1", "-s",
            FIREFINDER_NETWORK_RIG "/lease"});
}

void network_host::move(const std::string& address) {
  options_.address = address;
  std::vector<std::string> lines{"address flush dev eth0",
                                 "address add " + address + "/24 dev eth0"};
  lines.insert(lines.end(), group_routes.begin(), group_routes.end());
  ip(options_.name, lines);
  announce();
}

void network_host::announce() const {
  on_host(options_.name, [&] {
    const descriptor packets{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!packets)
      throw_errno("cannot open a packet socket");
    const auto hardware = bytes_of(options_.mac);
    ether_arp request{};
    request.ea_hdr.ar_hrd = htons(ARPHRD_ETHER);
    request.ea_hdr.ar_pro = htons(ETH_P_IP);
    request.ea_hdr.ar_hln = ETH_ALEN;
    request.ea_hdr.ar_pln = 4;
    request.ea_hdr.ar_op = htons(ARPOP_REQUEST);
    std::memcpy(request.arp_sha, hardware.data(), hardware.size());
    ::inet_pton(AF_INET, options_.address.c_str(), request.arp_spa);
    ::inet_pton(AF_INET, options_.address.c_str(), request.arp_tpa);
    sockaddr_ll everybody{};
    everybody.sll_family = AF_PACKET;
    everybody.sll_protocol = htons(ETH_P_ARP);
    everybody.sll_ifindex = static_cast<int>(::if_nametoindex("eth0"));
    everybody.sll_halen = ETH_ALEN;
    std::memset(everybody.sll_addr, 0xff, ETH_ALEN);
    if (::sendto(packets.get(), &request, sizeof(request), 0,
                 reinterpret_cast<const sockaddr*>(&everybody), sizeof(everybody))
        < 0)
      throw_errno("cannot send ARP");
  });
}

void network_host::add_addresses(const std::vector<std::string>& addresses) {
  std::vector<std::string> lines;
  for (const auto& address : addresses)
    lines.push_back("address add " + address + "/24 dev eth0");
  ip(options_.name, lines);
}

void network_host::add_neighbours(int count) {
  on_host(options_.name, [] {
    // Each interface answers for its own address only.
    std::ofstream{"/proc/sys/net/ipv4/conf/all/arp_ignore"} << 1;
    std::ofstream{"/proc/sys/net/ipv4/conf/all/arp_announce"} << 2;
  });
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    std::ostringstream mac;
    mac << "02:77:00:00:01:" << std::hex << std::setw(2) << std::setfill('0') << i;
    const auto name = "n" + std::to_string(i);
    lines.push_back("link add " + name + " link eth0 address " + mac.str()
                    + " type macvlan mode bridge");
    lines.push_back("address add 10.77.0." + std::to_string(20 + i) + "/24 dev " + name);
    lines.push_back("link set " + name + " up");
  }
  ip(options_.name, lines);
}

void network_host::route_to_far(const std::string& mac, const std::string& address) {
  const auto port = "q-" + options_.name;
  ip({}, {"link add eth1 netns " + options_.name + " address " + mac + " type veth peer name "
          + port + " netns " + the_switch});
  ip(the_switch, {"link set " + port + " master " + bridge(segment::far) + " up"});
  ip(options_.name, {"link set eth1 up", "address add " + address + "/24 dev eth1"});
  on_host(options_.name, [] { std::ofstream{"/proc/sys/net/ipv4/ip_forward"} << 1; });
}

void network_host::add_route(const std::string& route) {
  ip(options_.name, {"route add " + route});
}

void network_host::pull() { ip(the_switch, {"link set p-" + options_.name + " down"}); }

void network_host::plug() { ip(the_switch, {"link set p-" + options_.name + " up"}); }

void network_host::await() {
  for (const auto& one : servers_)
    one->await();
}

// -- camera_network ----------------------------------------------------------------------

namespace {

// Tries once all that a network is made of: the kernel of a container may have some of it only.
std::string find_obstacle() {
  if (::geteuid() != 0)
    return "needs root, for network namespaces";
  for (const char* one : {"ip", "nsenter", "unshare", "python3", "avahi-daemon", "dnsmasq",
                          "udhcpc", "wsdd", "setpriv", "mosquitto"})
    if (program(one).empty())
      return "needs the program " + std::string{one} + " ('scripts/packages test' installs it)";
  const auto all = run({program("unshare"), "-n", "-m", "sh", "-ec",
                        "mount --make-rprivate /\n"
                        "mount -t tmpfs none /run\n"
                        "mkdir /run/a /run/b\n"
                        "mount --bind /run/a /run/b\n"
                        "\"$0\" link set lo up\n"
                        "\"$0\" link add v0 type veth peer name v1\n"
                        "\"$0\" link add b0 type bridge stp_state 0 mcast_snooping 0\n"
                        "\"$0\" link set v1 master b0 up\n"
                        "\"$0\" link add m0 link v0 type macvlan mode bridge\n"
                        "unshare -n true",
                        program("ip")},
                       {{"LC_ALL", "C"}}, patience);
  if (all.state != exit_state{0, 0})
    return "there can be no network of our own here: " + all.error;
  const auto gstreamer = run({"/usr/bin/python3", "-c",
                              "import gi\n"
                              "gi.require_version('GstRtspServer', '1.0')\n"
                              "from gi.repository import GstRtspServer"},
                             {}, patience);
  if (gstreamer.state != exit_state{0, 0})
    return "needs GStreamer's RTSP server ('scripts/packages test' installs it): "
           + gstreamer.error;
  return {};
}

} // namespace

std::string camera_network::obstacle() {
  static const auto result = find_obstacle();
  return result;
}

camera_network::camera_network()
  : outside_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  ::mkdir(names, 0755);
  if (!outside_ || ::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0
      || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
      || ::mount("none", names, "tmpfs", 0, nullptr) != 0)
    throw_errno("cannot make namespaces");
  const std::string further = " netns " + std::string{the_switch};
  ip({}, {"netns add " + std::string{the_switch}, "link set lo up",
          "link add eth0 address 02:77:00:00:00:02 type veth peer name d-a" + further,
          "link add eth1 address 02:88:00:00:00:02 type veth peer name d-b" + further});
  ip(the_switch, {"link add name a type bridge stp_state 0 mcast_snooping 0",
                  "link add name b type bridge stp_state 0 mcast_snooping 0",
                  "link add name far type bridge stp_state 0 mcast_snooping 0", "link set dev a up",
                  "link set dev b up", "link set dev far up", "link set d-a master a up",
                  "link set d-b master b up"});
  std::vector<std::string> own{"link set eth0 up", "link set eth1 up",
                               "address add " + std::string{daemon_a} + "/24 dev eth0",
                               "address add " + std::string{daemon_b} + "/24 dev eth1"};
  own.insert(own.end(), group_routes.begin(), group_routes.end());
  ip({}, own);
}

camera_network::~camera_network() {
  hosts_.clear();
  ::umount2(names, MNT_DETACH);
  ::setns(outside_.get(), CLONE_NEWNET);
}

network_host& camera_network::add(host_options options) {
  auto folder = directory() / options.name;
  hosts_.push_back(std::make_unique<network_host>(std::move(options), std::move(folder)));
  return *hosts_.back();
}

void camera_network::await() {
  for (const auto& host : hosts_)
    host->await();
}

void camera_network::add_own_address(const std::string& address_and_prefix) {
  ip({}, {"address add " + address_and_prefix + " dev eth1"});
}

void camera_network::add_own_route(const std::string& route) { ip({}, {"route add " + route}); }

nlohmann::json camera_network::neighbours() {
  const auto done = run({program("ip"), "-json", "-4", "neighbour", "show"}, {}, patience);
  return nlohmann::json::parse(done.output);
}

} // namespace firefinder::test
