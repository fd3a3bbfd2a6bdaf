// ARP packets: the input is one, without its Ethernet header.

#include "actors/camera_detection/arp.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>

namespace firefinder::fuzz {
namespace {

void run(std::string_view input) {
  static_cast<void>(parse_mac(input));
  static_cast<void>(parse_ipv4(input));
  const auto parsed = parse_subnet(input);
  expect(parsed.net.has_value() == parsed.error.empty(), "it is a network or refused");
  if (parsed.net)
    expect(host_count(*parsed.net) <= max_hosts
               && contains(*parsed.net, host_at(*parsed.net, host_count(*parsed.net) - 1)),
           "a network has no more hosts than are searched");
  const auto x = parse_arp(input);
  if (!x)
    return;
  const auto again = encode(*x);
  expect(input.size() >= again.size()
             && std::equal(
                 again.begin(), again.end(), input.begin(),
                 [](auto ours, char theirs) { return ours == static_cast<std::uint8_t>(theirs); }),
         "what was read is written the same");
  expect(parse_mac(to_string(x->sender)) == x->sender, "a hardware address reads the same");
  expect(parse_ipv4(to_string(x->sender_address)) == x->sender_address,
         "an address reads the same");
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
