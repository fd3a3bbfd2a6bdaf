#include "actors/connection/outbox.hpp"

#include <algorithm>
#include <utility>

namespace firefinder {

std::optional<dispatch> outbox::offer(publication what) {
  switch (what.how) {
  case delivery::live:
    if (!up_) {
      ++dropped_live_;
      return std::nullopt;
    }
    return dispatch{what.qos > 0 ? ++last_ticket_ : no_ticket, std::move(what)};
  case delivery::latest: {
    auto& kept = keep(std::move(what), false);
    if (!up_)
      return std::nullopt;
    return take_out(kept);
  }
  case delivery::durable: {
    const auto known = std::any_of(durable_.begin(), durable_.end(),
                                   [&what](const auto& x) { return x.what.id == what.id; });
    if (known)
      return std::nullopt;
    auto& kept = durable_.emplace_back(kept_durable{std::move(what), 0, false});
    if (!up_)
      return std::nullopt;
    kept.ticket = new_ticket(true, kept.what.id);
    kept.with_client = true;
    return dispatch{kept.ticket, kept.what};
  }
  }
  return std::nullopt;
}

dispatch outbox::offer_once(publication what) { return take_out(keep(std::move(what), true)); }

std::uint64_t outbox::ticket_of(const std::string& topic) const {
  const auto kept = latest_.find(topic);
  return kept == latest_.end() ? no_ticket : kept->second.ticket;
}

outbox::kept_value& outbox::keep(publication what, bool once) {
  auto& kept = latest_[what.topic];
  tickets_.erase(kept.ticket);
  kept = {std::move(what), 0, ++last_order_, once};
  return kept;
}

std::vector<dispatch> outbox::link_up(bool session_present) {
  up_ = true;
  std::vector<dispatch> result;
  for (auto& kept : durable_) {
    if (kept.with_client && session_present)
      continue;
    result.push_back(take_out(kept));
  }
  std::vector<kept_value*> values;
  values.reserve(latest_.size());
  for (auto& [topic, kept] : latest_)
    values.push_back(&kept);
  std::sort(values.begin(), values.end(),
            [](const auto* x, const auto* y) { return x->order < y->order; });
  for (auto* kept : values)
    result.push_back(take_out(*kept));
  return result;
}

std::vector<dispatch> outbox::resend() {
  std::vector<dispatch> result;
  for (auto& kept : durable_)
    if (!kept.with_client)
      result.push_back(take_out(kept));
  return result;
}

bool outbox::has_unsent() const noexcept {
  return std::any_of(durable_.begin(), durable_.end(),
                     [](const auto& kept) { return !kept.with_client; });
}

bool outbox::keeps(std::uint64_t ticket) const { return tickets_.contains(ticket); }

bool outbox::is_durable(std::uint64_t ticket) const {
  const auto found = tickets_.find(ticket);
  return found != tickets_.end() && found->second.durable;
}

dispatch outbox::take_out(kept_value& kept) {
  tickets_.erase(kept.ticket);
  kept.ticket = new_ticket(false, kept.what.topic);
  return {kept.ticket, kept.what};
}

dispatch outbox::take_out(kept_durable& kept) {
  tickets_.erase(kept.ticket);
  kept.ticket = new_ticket(true, kept.what.id);
  kept.with_client = true;
  return {kept.ticket, kept.what};
}

std::vector<dispatch> outbox::hold() {
  std::vector<dispatch> result;
  for (auto& kept : durable_) {
    tickets_.erase(kept.ticket);
    kept.ticket = new_ticket(true, kept.what.id);
    kept.with_client = false;
    result.push_back({kept.ticket, kept.what});
  }
  return result;
}

void outbox::resume(std::uint64_t ticket) {
  for (auto& kept : durable_)
    if (kept.ticket == ticket)
      kept.with_client = true;
}

void outbox::link_down(bool client_replaced) {
  up_ = false;
  std::erase_if(latest_, [this](const auto& x) {
    if (!x.second.once)
      return false;
    tickets_.erase(x.second.ticket);
    return true;
  });
  if (!client_replaced)
    return;
  for (auto& kept : durable_) {
    tickets_.erase(kept.ticket);
    kept.ticket = 0;
    kept.with_client = false;
  }
}

std::optional<publication> outbox::completed(std::uint64_t ticket, bool acknowledged) {
  auto node = tickets_.extract(ticket);
  if (node.empty())
    return std::nullopt;
  const auto& owner = node.mapped();
  if (!owner.durable) {
    // A failed value stays: the next link sends it again.
    const auto kept = latest_.find(owner.key);
    if (kept != latest_.end() && (acknowledged || kept->second.once))
      latest_.erase(kept);
    return std::nullopt;
  }
  const auto kept = std::find_if(durable_.begin(), durable_.end(),
                                 [&owner](const auto& x) { return x.what.id == owner.key; });
  if (kept == durable_.end())
    return std::nullopt;
  if (!acknowledged) {
    kept->ticket = 0;
    kept->with_client = false;
    return std::nullopt;
  }
  auto result = std::move(kept->what);
  durable_.erase(kept);
  return result;
}

outbox::expiry outbox::expire(monotonic now) {
  expiry result;
  std::erase_if(durable_, [&](const auto& kept) {
    if (kept.what.expires > now)
      return false;
    tickets_.erase(kept.ticket);
    result.ids.push_back(kept.what.id);
    result.in_flight = result.in_flight || kept.with_client;
    return true;
  });
  return result;
}

std::optional<monotonic> outbox::next_expiry() const {
  const auto first
      = std::min_element(durable_.begin(), durable_.end(), [](const auto& x, const auto& y) {
          return x.what.expires < y.what.expires;
        });
  if (first == durable_.end())
    return std::nullopt;
  return first->what.expires;
}

bool outbox::durable_with_client() const noexcept {
  return std::any_of(durable_.begin(), durable_.end(),
                     [](const auto& kept) { return kept.with_client; });
}

std::uint64_t outbox::new_ticket(bool durable, std::string key) {
  tickets_.emplace(++last_ticket_, ticket_owner{durable, std::move(key)});
  return last_ticket_;
}

} // namespace firefinder
