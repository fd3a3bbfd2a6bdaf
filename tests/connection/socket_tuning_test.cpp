#include "actors/connection/socket_tuning.hpp"

#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace firefinder::socket_tuning_test {
namespace {

using namespace std::chrono_literals;
using test::descriptor;
using test::poll_until;

// Both ends of a TCP connection over the loopback interface.
struct connection {
  std::uint16_t port = test::free_port();
  descriptor far;
  descriptor near;

  connection() {
    const auto listener = test::listen_on(port);
    near = test::connect_to(port);
    EXPECT_TRUE(poll_until(test::patience, [&] {
      far = descriptor{::accept(listener.get(), nullptr, nullptr)};
      return static_cast<bool>(far);
    }));
  }

  void send(std::size_t bytes) const {
    const std::string what(bytes, 'x');
    ASSERT_EQ(::send(far.get(), what.data(), what.size(), 0), static_cast<ssize_t>(bytes));
  }

  [[nodiscard]] int low_water() const {
    int result = 0;
    socklen_t size = sizeof result;
    EXPECT_EQ(getsockopt(near.get(), SOL_SOCKET, SO_RCVLOWAT, &result, &size), 0);
    return result;
  }

  [[nodiscard]] bool becomes_readable() const {
    pollfd who{near.get(), POLLIN, 0};
    constexpr auto limit = std::chrono::milliseconds{test::patience}.count();
    return poll(&who, 1, static_cast<int>(limit)) == 1;
  }
};

// Bytes that the far end has sent and that the near end's kernel has not acknowledged.
int unacknowledged(const connection& it) {
  int result = 0;
  EXPECT_EQ(ioctl(it.far.get(), TIOCOUTQ, &result), 0);
  return result;
}

// What the near end has read while the far one still waits for its acknowledgement: the near end
// answers each time, so its kernel expects it to do so again.
[[nodiscard]] bool leaves_unacknowledged(const connection& it) {
  char byte = 'x';
  const auto hear = [&] {
    it.send(1);
    EXPECT_TRUE(it.becomes_readable());
    EXPECT_EQ(::recv(it.near.get(), &byte, 1, 0), 1);
  };
  for (int i = 0; i < 5; ++i) {
    hear();
    EXPECT_EQ(::send(it.near.get(), &byte, 1, 0), 1);
    EXPECT_EQ(::recv(it.far.get(), &byte, 1, 0), 1);
  }
  hear();
  return unacknowledged(it) > 0;
}

// By itself the kernel waits for 40 ms. A machine that is busy for so long is given another try.
bool is_acknowledged_at_once(const connection& it, std::uint16_t port) {
  const auto begin = std::chrono::steady_clock::now();
  if (!leaves_unacknowledged(it))
    return false;
  acknowledge_segments({it.near.get(), -1}, port);
  return poll_until(5ms, [&it] { return unacknowledged(it) == 0; })
         && std::chrono::steady_clock::now() - begin < 20ms;
}

TEST(acknowledge_segments, does_not_wait_for_an_answer) {
  const connection it;
  EXPECT_TRUE(poll_until(test::patience, [&] { return is_acknowledged_at_once(it, it.port); }));
}

TEST(acknowledge_segments, passes_over_what_is_another_connection_by_now) {
  const connection it;
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(is_acknowledged_at_once(it, static_cast<std::uint16_t>(it.port + 1)));
}

bool nobody_is_wanted() { return false; }

// Gathers in a thread of its own, until its end at the latest.
class gathering {
public:
  gathering(const std::vector<int>& sockets, std::uint16_t port, timespan span)
    : thread_([this, sockets, port, span] {
        EXPECT_TRUE(gather(sockets, port, span, [this] { return wanted_.load(); }));
      }) {}

  ~gathering() {
    wanted_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> wanted_{false};
  std::thread thread_;
};

TEST(gather, finds_the_sockets_to_a_port) {
  const connection it;
  const connection other;
  EXPECT_EQ(sockets_to(it.port), std::vector<int>{it.near.get()});
}

TEST(gather, wakes_nobody_for_what_is_little_and_then_tells_of_it) {
  const connection it;
  const gathering now{{it.near.get()}, it.port, 500ms};
  ASSERT_TRUE(poll_until(test::patience, [&] { return it.low_water() > 1; }));
  it.send(1000);
  EXPECT_TRUE(it.becomes_readable());
  // Not before it was over.
  EXPECT_EQ(it.low_water(), 1);
}

TEST(gather, tells_of_what_is_much_at_once) {
  const connection it;
  const gathering now{{it.near.get()}, it.port, 1h};
  ASSERT_TRUE(poll_until(test::patience, [&] { return it.low_water() > 1; }));
  it.send(40'000);
  EXPECT_TRUE(it.becomes_readable());
  EXPECT_GT(it.low_water(), 1);
}

TEST(gather, does_not_begin_while_something_waits) {
  const connection it;
  it.send(1);
  EXPECT_TRUE(it.becomes_readable());
  EXPECT_FALSE(gather({it.near.get()}, it.port, 1h, nobody_is_wanted));
  EXPECT_EQ(it.low_water(), 1);
}

TEST(gather, ends_when_the_caller_is_wanted) {
  const connection it;
  {
    const gathering now{{it.near.get()}, it.port, 1h};
    ASSERT_TRUE(poll_until(test::patience, [&] { return it.low_water() > 1; }));
    it.send(1);
  }
  EXPECT_EQ(it.low_water(), 1);
  EXPECT_TRUE(it.becomes_readable());
}

TEST(gather, passes_over_what_is_no_longer_a_connection_to_that_port) {
  const connection it;
  const connection other;
  other.send(1);
  EXPECT_TRUE(other.becomes_readable());
  const int closed = test::connect_to(other.port).get();
  const gathering now{{closed, 0, other.near.get(), it.near.get()}, it.port, 1h};
  ASSERT_TRUE(poll_until(test::patience, [&] { return it.low_water() > 1; }));
  EXPECT_EQ(other.low_water(), 1);
}

} // namespace
} // namespace firefinder::socket_tuning_test
