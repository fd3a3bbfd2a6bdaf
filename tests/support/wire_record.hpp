#pragma once

#include "tests/support/mqtt_wire.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace firefinder::test {

/// What clients say to a broker, read along from the bytes on their way to it, of MQTT 3.1.1 and 5.
/// May be fed by one thread and asked by another.
class wire_record {
public:
  using entry = std::variant<wire::connect, wire::subscribe, wire::publish>;

  /// The next bytes of a connection.
  void take(std::size_t connection, std::string_view bytes);

  /// CONNECTs, SUBSCRIBEs and PUBLISHes of all connections, in the order in which they came by.
  /// Throws when something else than MQTT came by.
  [[nodiscard]] std::vector<entry> entries() const;

private:
  struct talk {
    std::string unread;
    int protocol = 4;
  };

  void note(talk& said, const wire::packet& packet);

  mutable std::mutex mutex_;
  std::map<std::size_t, talk> talks_;
  std::vector<entry> entries_;
  /// Why the bytes could not be read, if so; the thread that feeds must not end by it.
  std::string fault_;
};

} // namespace firefinder::test
