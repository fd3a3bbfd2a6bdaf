#include "actors/web/gatekeeper.hpp"

#include "actors/web/http_status.hpp"
#include "actors/web/peer_address.hpp"
#include "actors/web/request.hpp"
#include "messages/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace firefinder {

namespace {

// Addresses whose failures are remembered; whoever has more is not one person who mistypes.
constexpr std::size_t max_addresses = 1'000;

bool is_address(const std::string& host) {
  in6_addr scratch{};
  return inet_pton(AF_INET, host.c_str(), &scratch) == 1
         || inet_pton(AF_INET6, host.c_str(), &scratch) == 1;
}

// Every byte of what was shown is looked at.
bool same(std::string_view shown, std::string_view token) {
  volatile unsigned difference = shown.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto expected = token.empty() ? '\0' : token[i % token.size()];
    difference = difference | static_cast<unsigned char>(shown[i] ^ expected);
  }
  return difference == 0;
}

} // namespace

shown_token token_of(std::string_view authorization, std::string_view token) {
  constexpr std::string_view scheme = "bearer ";
  if (lower_case(authorization.substr(0, scheme.size())) != scheme)
    return authorization.empty() ? shown_token::none : shown_token::wrong;
  authorization.remove_prefix(scheme.size());
  const auto begin = std::min(authorization.find_first_not_of(' '), authorization.size());
  return same(authorization.substr(begin), token) ? shown_token::right : shown_token::wrong;
}

bool is_own_host(std::string_view header, std::string_view configured) {
  if (header.starts_with('[')) {
    const auto end = header.find(']');
    return end != std::string_view::npos && is_address(std::string{header.substr(1, end - 1)});
  }
  const auto host = lower_case(header.substr(0, header.find(':')));
  return host == "localhost" || host == lower_case(configured) || is_address(host);
}

bool gatekeeper::is_shut_out(const std::string& address, monotonic now) {
  const auto found = failures_.find(address);
  if (found == failures_.end())
    return false;
  auto& times = found->second;
  while (!times.empty() && now - times.front() >= wrong_token_span)
    times.pop_front();
  if (!times.empty())
    return times.size() >= max_wrong_tokens;
  failures_.erase(found);
  return false;
}

void gatekeeper::note_failure(const std::string& address, monotonic now) {
  if (failures_.size() >= max_addresses && !failures_.contains(address)) {
    const auto oldest
        = std::ranges::min_element(failures_, {}, [](const auto& x) { return x.second.back(); });
    failures_.erase(oldest);
  }
  failures_[address].push_back(now);
}

std::optional<gatekeeper::refusal> gatekeeper::look_at(const web_question& question,
                                                       monotonic now) {
  const bool acts = question.path == "/api/command";
  if (!has_token_) {
    if (acts)
      return refusal{http_status::forbidden, "set web.token to act from the page"};
    return std::nullopt;
  }
  if (!is_guarded(question.path))
    return std::nullopt;
  // Whoever has it is let in whatever others show from the same address, such as that of a proxy:
  // there may be an alarm to acknowledge.
  if (question.token == shown_token::right)
    return std::nullopt;
  const auto from = network_of(question.address);
  if (is_shut_out(from, now))
    return refusal{http_status::too_many, "too many wrong tokens from this address; wait a minute"};
  switch (question.token) {
  case shown_token::right:
    break;
  case shown_token::none:
    return refusal{http_status::unauthorized,
                   "this needs the header Authorization: Bearer <web.token>"};
  case shown_token::wrong:
    break;
  }
  note_failure(from, now);
  return refusal{http_status::unauthorized,
                 "the token is wrong; it is web.token of the configuration"};
}

} // namespace firefinder
