#include "tests/support/wire_record.hpp"

#include <stdexcept>
#include <utility>

namespace firefinder::test {

void wire_record::take(std::size_t connection, std::string_view bytes) {
  const std::lock_guard guard{mutex_};
  try {
    auto& said = talks_[connection];
    said.unread += bytes;
    while (const auto packet = wire::take_packet(said.unread))
      note(said, *packet);
  } catch (const std::exception& fault) {
    fault_ = fault.what();
  }
}

void wire_record::note(talk& said, const wire::packet& packet) {
  switch (packet.type) {
  case wire::packet_type::connect: {
    auto connect = wire::read_connect(packet);
    said.protocol = connect.protocol;
    entries_.emplace_back(std::move(connect));
    break;
  }
  case wire::packet_type::subscribe:
    entries_.emplace_back(wire::read_subscribe(packet, said.protocol));
    break;
  case wire::packet_type::publish:
    entries_.emplace_back(wire::read_publish(packet, said.protocol));
    break;
  default:
    break;
  }
}

std::vector<wire_record::entry> wire_record::entries() const {
  const std::lock_guard guard{mutex_};
  if (!fault_.empty())
    throw std::runtime_error("no MQTT was sent: " + fault_);
  return entries_;
}

} // namespace firefinder::test
