// HTTP requests as they come over a connection: in whatever pieces, they are the same.

#include "actors/web/request_reader.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace firefinder::fuzz {
namespace {

using progress = request_reader::progress;

constexpr std::size_t max_body = 64;
constexpr std::size_t max_request = 4096;

constexpr auto* fault = "refused";
constexpr auto* limit = "too long";

// What a server would see, up to what is refused or cut off.
std::vector<std::string> seen(std::string_view input, std::size_t piece) {
  std::vector<std::string> result;
  request_reader reader{max_body, max_request};
  while (!input.empty()) {
    reader.take(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    for (bool more = true; more;)
      switch (reader.go_on()) {
      case progress::needs_more:
        more = false;
        break;
      case progress::has_head: {
        const auto& x = reader.head();
        expect(!x.method.empty() && !x.path.empty(), "a request names a method and a path");
        result.push_back(x.method + ' ' + x.path + ' ' + x.host + ' ' + x.content_type);
        for (const auto& [name, value] : x.query)
          result.push_back(name + '=' + value);
        break;
      }
      case progress::is_whole:
        expect(reader.body().size() <= max_body, "a body is bounded");
        expect(reader.head().has_body || reader.body().empty(), "a body was announced");
        result.push_back(reader.body());
        reader.next();
        break;
      case progress::is_refused:
        expect(reader.status() >= 400 && !reader.why().empty(), "it says why");
        // Which limit is met first depends on the pieces.
        result.emplace_back(reader.status() == 413 || reader.status() == 431 ? limit : fault);
        return result;
      }
  }
  return result;
}

void run(std::string_view input) {
  const auto whole = seen(input, std::max<std::size_t>(input.size(), 1));
  for (const std::size_t piece : {1, 7}) {
    auto parts = seen(input.substr(0, max_request), piece);
    // In pieces a fault may be found later, when the end of the headers has come.
    if (parts.size() + 1 == whole.size() && (whole.back() == fault || whole.back() == limit))
      parts.push_back(whole.back());
    if (input.size() < max_request)
      expect(parts == whole, "pieces do not matter");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
