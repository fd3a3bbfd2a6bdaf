#pragma once

#include "actors/camera_detection/links.hpp"

#include <memory>
#include <vector>

struct mnl_socket;

namespace firefinder {

/// Somebody whom the kernel knows to be there right now.
struct kernel_neighbour {
  int index = 0;
  ipv4 address;
  mac_address mac;
};

/// What the kernel tells of this machine's network (rtnetlink(7)). Needs no privilege.
class netlink {
public:
  /// Hears changes from now on; with `neighbours`, those of its neighbours too.
  explicit netlink(bool neighbours);
  ~netlink();
  netlink(const netlink&) = delete;
  netlink& operator=(const netlink&) = delete;

  /// Why nothing can be heard, for people; empty: it can.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  /// To wait for; -1: there is none.
  [[nodiscard]] int descriptor() const noexcept;

  /// The segments that this machine is connected to now, without loopback and what is down.
  [[nodiscard]] link_map links();

  /// The neighbours that the kernel knows to be there.
  [[nodiscard]] std::vector<kernel_neighbour> known_neighbours();

  /// What has happened since.
  struct events {
    /// Addresses or interfaces may be others than before.
    bool changed = false;
    std::vector<kernel_neighbour> neighbours;
  };

  /// Reads what waits.
  [[nodiscard]] events read();

private:
  struct close_socket {
    void operator()(mnl_socket* x) const noexcept;
  };

  std::unique_ptr<mnl_socket, close_socket> socket_;
  std::string failure_;
};

} // namespace firefinder
