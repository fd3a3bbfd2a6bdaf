#include "actors/camera_detection/netlink.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

namespace firefinder {

namespace {

// The kernel sends no more in one piece (libmnl's MNL_SOCKET_DUMP_SIZE).
constexpr std::size_t buffer_size = 32'768;

// Messages that are read at once, so that a flood of them holds up nothing.
constexpr int max_messages = 64;

// An address or a name that is this long is none of those that we read.
template <class Value>
std::optional<Value> value_of(const nlattr* x) {
  if (mnl_attr_get_payload_len(x) < sizeof(Value))
    return {};
  Value result;
  std::memcpy(&result, mnl_attr_get_payload(x), sizeof(Value));
  return result;
}

std::optional<ipv4> address_of(const nlattr* x) {
  const auto value = value_of<std::uint32_t>(x);
  return value ? std::optional{ipv4{ntohl(*value)}} : std::nullopt;
}

// An interface that is up, on which somebody can be.
struct interface {
  std::string name;
  mac_address mac;
  bool arp = false;
  bool multicast = false;
};

struct network {
  std::map<int, interface> interfaces;
  link_map links;
};

// Gives each attribute that follows a header of this size. (libmnl's macro is for C alone.)
template <class Take>
void each_attribute(const nlmsghdr* header, std::size_t size, Take take) {
  constexpr auto one = [](const nlattr* x, void* to) noexcept -> int {
    (*static_cast<Take*>(to))(x);
    return MNL_CB_OK;
  };
  mnl_attr_parse(header, static_cast<unsigned>(size), one, &take);
}

// -- callbacks of libmnl: through C, so nothing is thrown past them ---------------------------

int on_link(const nlmsghdr* header, void* data) noexcept {
  auto& to = *static_cast<network*>(data);
  if (mnl_nlmsg_get_payload_len(header) < sizeof(ifinfomsg))
    return MNL_CB_OK;
  const auto* const info = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(header));
  constexpr unsigned up = IFF_UP | IFF_RUNNING;
  if ((info->ifi_flags & up) != up || (info->ifi_flags & IFF_LOOPBACK) != 0)
    return MNL_CB_OK;
  interface x;
  bool ethernet = false;
  each_attribute(header, sizeof(*info), [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == IFLA_IFNAME
        && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
      x.name = mnl_attr_get_str(attribute);
    else if (mnl_attr_get_type(attribute) == IFLA_ADDRESS)
      if (const auto mac = value_of<mac_address>(attribute)) {
        x.mac = *mac;
        ethernet = info->ifi_type == ARPHRD_ETHER;
      }
  });
  x.arp = ethernet && (info->ifi_flags & IFF_NOARP) == 0;
  x.multicast = (info->ifi_flags & IFF_MULTICAST) != 0;
  to.interfaces[info->ifi_index] = std::move(x);
  return MNL_CB_OK;
}

int on_address(const nlmsghdr* header, void* data) noexcept {
  auto& to = *static_cast<network*>(data);
  if (mnl_nlmsg_get_payload_len(header) < sizeof(ifaddrmsg))
    return MNL_CB_OK;
  const auto* const info = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(header));
  const auto at = to.interfaces.find(static_cast<int>(info->ifa_index));
  if (info->ifa_family != AF_INET || info->ifa_prefixlen > 32 || at == to.interfaces.end())
    return MNL_CB_OK;
  std::optional<ipv4> address;
  each_attribute(header, sizeof(*info), [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == IFA_LOCAL)
      address = address_of(attribute);
  });
  if (!address)
    return MNL_CB_OK;
  const auto& interface = at->second;
  to.links.push_back({at->first, interface.name, interface.mac, interface.arp, interface.multicast,
                      *address, subnet_of(*address, info->ifa_prefixlen)});
  return MNL_CB_OK;
}

std::optional<kernel_neighbour> neighbour_of(const nlmsghdr* header) {
  if (mnl_nlmsg_get_payload_len(header) < sizeof(ndmsg))
    return {};
  const auto* const info = static_cast<const ndmsg*>(mnl_nlmsg_get_payload(header));
  // Only this state says that somebody has just answered.
  if (info->ndm_family != AF_INET || (info->ndm_state & NUD_REACHABLE) == 0)
    return {};
  std::optional<ipv4> address;
  std::optional<mac_address> mac;
  each_attribute(header, sizeof(*info), [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == NDA_DST)
      address = address_of(attribute);
    else if (mnl_attr_get_type(attribute) == NDA_LLADDR)
      mac = value_of<mac_address>(attribute);
  });
  if (!address || !mac)
    return {};
  return kernel_neighbour{info->ndm_ifindex, *address, *mac};
}

int on_neighbour(const nlmsghdr* header, void* data) noexcept {
  if (const auto x = neighbour_of(header))
    static_cast<std::vector<kernel_neighbour>*>(data)->push_back(*x);
  return MNL_CB_OK;
}

int on_event(const nlmsghdr* header, void* data) noexcept {
  auto& to = *static_cast<netlink::events*>(data);
  switch (header->nlmsg_type) {
  case RTM_NEWLINK:
  case RTM_DELLINK:
  case RTM_NEWADDR:
  case RTM_DELADDR:
    to.changed = true;
    break;
  case RTM_NEWNEIGH:
    if (const auto x = neighbour_of(header))
      to.neighbours.push_back(*x);
    break;
  default:
    break;
  }
  return MNL_CB_OK;
}

using listener = int (*)(const nlmsghdr*, void*) noexcept;

// Asks the kernel for all it has of a kind. It answers at once, so this does not wait.
template <class Close>
void dump(std::uint16_t type, std::uint8_t family, listener take, void* to, Close) {
  const std::unique_ptr<mnl_socket, Close> socket{mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC)};
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0)
    return;
  const timeval longest{1, 0};
  static_cast<void>(::setsockopt(mnl_socket_get_fd(socket.get()), SOL_SOCKET, SO_RCVTIMEO, &longest,
                                 sizeof(longest)));
  std::vector<char> buffer(buffer_size);
  auto* const header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  constexpr unsigned sequence = 1;
  header->nlmsg_seq = sequence;
  // The three kinds begin alike, and their rest is 0.
  constexpr auto request = std::max({sizeof(ifinfomsg), sizeof(ifaddrmsg), sizeof(ndmsg)});
  auto* const content = static_cast<rtgenmsg*>(mnl_nlmsg_put_extra_header(header, request));
  content->rtgen_family = family;
  if (mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0)
    return;
  const auto port = mnl_socket_get_portid(socket.get());
  for (;;) {
    const auto bytes = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (bytes <= 0
        || mnl_cb_run(buffer.data(), static_cast<std::size_t>(bytes), sequence, port, take, to)
               <= MNL_CB_STOP)
      return;
  }
}

} // namespace

void netlink::close_socket::operator()(mnl_socket* x) const noexcept { mnl_socket_close(x); }

netlink::netlink(bool neighbours)
  : socket_(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK)) {
  const unsigned groups
      = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | (neighbours ? static_cast<unsigned>(RTMGRP_NEIGH) : 0U);
  if (!socket_ || mnl_socket_bind(socket_.get(), groups, MNL_SOCKET_AUTOPID) != 0) {
    failure_ = fmt::format("the kernel does not tell of the network (netlink): {}",
                           std::strerror(errno));
    socket_.reset();
  }
}

netlink::~netlink() = default;

int netlink::descriptor() const noexcept { return socket_ ? mnl_socket_get_fd(socket_.get()) : -1; }

link_map netlink::links() {
  network result;
  dump(RTM_GETLINK, AF_UNSPEC, &on_link, &result, close_socket{});
  dump(RTM_GETADDR, AF_INET, &on_address, &result, close_socket{});
  return std::move(result.links);
}

std::vector<kernel_neighbour> netlink::known_neighbours() {
  std::vector<kernel_neighbour> result;
  dump(RTM_GETNEIGH, AF_INET, &on_neighbour, &result, close_socket{});
  return result;
}

netlink::events netlink::read() {
  events result;
  std::vector<char> buffer;
  for (int i = 0; socket_ && i < max_messages; ++i) {
    buffer.resize(buffer_size);
    const auto bytes = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (bytes <= 0) {
      // Too much happened to be told one by one.
      result.changed = result.changed || (bytes < 0 && errno == ENOBUFS);
      break;
    }
    mnl_cb_run(buffer.data(), static_cast<std::size_t>(bytes), 0, 0, &on_event, &result);
  }
  return result;
}

} // namespace firefinder
