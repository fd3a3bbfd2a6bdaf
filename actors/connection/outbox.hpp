#pragma once

#include "messages/link.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// Tickets that the outbox never gives: nobody waits for the outcome, the `offline`
/// that ends a connection, and the `online` that begins it.
inline constexpr std::uint64_t no_ticket = 0;
inline constexpr std::uint64_t farewell_ticket = 1;
inline constexpr std::uint64_t greeting_ticket = 2;

/// A publication on its way to the client. The client reports the outcome under
/// the ticket.
struct dispatch {
  std::uint64_t ticket = no_ticket;
  publication what;
};

/// Keeps what must not be lost while the link is down, by the delivery class of
/// each publication. Plain data: it neither sends nor looks at a clock.
class outbox {
public:
  /// A new publication. Returns what is to be sent now, if anything. A durable
  /// one whose id is already waiting is ignored.
  [[nodiscard]] std::optional<dispatch> offer(publication what);

  /// A new value for this link alone: whoever offers it hears its end, and offers it anew in
  /// the next one. It takes the place of the last value of its topic, whichever way that came.
  /// Only while the link is up.
  [[nodiscard]] dispatch offer_once(publication what);

  /// Ticket of the last value of this topic, if the client has it; otherwise `no_ticket`.
  [[nodiscard]] std::uint64_t ticket_of(const std::string& topic) const;

  /// The link is up. Returns what is to be sent, oldest first: the last values
  /// that are not acknowledged and the durable ones. A durable one that the same
  /// client already holds is left to the client if the broker kept the session,
  /// because the client then completes the handshake by itself; sending it again
  /// would repeat it.
  [[nodiscard]] std::vector<dispatch> link_up(bool session_present);

  /// The durable publications that the client does not hold while the link is up: it could
  /// not take them, or the broker refused them. Each is now with the client.
  [[nodiscard]] std::vector<dispatch> resend();

  /// Whether there are any.
  [[nodiscard]] bool has_unsent() const noexcept;

  /// Whether this is the ticket of something that is kept until the broker has it.
  [[nodiscard]] bool keeps(std::uint64_t ticket) const;

  /// Whether this is the ticket of a durable publication.
  [[nodiscard]] bool is_durable(std::uint64_t ticket) const;

  /// The durable publications, each with a new ticket: a new client may have begun to
  /// send some of them in an earlier life.
  [[nodiscard]] std::vector<dispatch> hold();

  /// The client goes on with the durable publication that has this ticket.
  void resume(std::uint64_t ticket);

  /// The link is gone. `client_replaced`: its memory of what is in flight, too.
  void link_down(bool client_replaced);

  /// The client reports the outcome of `ticket`. Returns the durable publication that
  /// has now been delivered, if any.
  [[nodiscard]] std::optional<publication> completed(std::uint64_t ticket, bool acknowledged);

  /// What has expired.
  struct expiry {
    std::vector<std::string> ids;
    /// Whether the client holds one of them.
    bool in_flight = false;
  };

  /// Removes the durable publications that expire at or before `now`.
  [[nodiscard]] expiry expire(monotonic now);

  /// When the next durable publication expires.
  [[nodiscard]] std::optional<monotonic> next_expiry() const;

  /// Durable publications not yet acknowledged.
  [[nodiscard]] std::size_t durable_pending() const noexcept { return durable_.size(); }

  /// Whether the client has a durable publication that is not acknowledged.
  [[nodiscard]] bool durable_with_client() const noexcept;

  /// Live publications dropped so far.
  [[nodiscard]] std::uint64_t dropped_live() const noexcept { return dropped_live_; }

private:
  struct kept_value {
    publication what;
    std::uint64_t ticket = 0;
    std::uint64_t order = 0;
    /// Ends with the link.
    bool once = false;
  };

  struct kept_durable {
    publication what;
    std::uint64_t ticket = 0;
    bool with_client = false;
  };

  kept_value& keep(publication what, bool once);
  [[nodiscard]] dispatch take_out(kept_value& kept);
  [[nodiscard]] dispatch take_out(kept_durable& kept);
  std::uint64_t new_ticket(bool durable, std::string key);

  bool up_ = false;
  std::uint64_t last_ticket_ = greeting_ticket;
  std::uint64_t last_order_ = 0;
  std::uint64_t dropped_live_ = 0;
  /// Last value per topic that the broker has not acknowledged.
  std::unordered_map<std::string, kept_value> latest_;
  /// In the order in which they were offered.
  std::vector<kept_durable> durable_;
  /// Ticket to topic (latest) or id (durable).
  struct ticket_owner {
    bool durable = false;
    std::string key;
  };
  std::unordered_map<std::uint64_t, ticket_owner> tickets_;
};

} // namespace firefinder
