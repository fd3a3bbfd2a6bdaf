#pragma once

// A broker in the test's own thread, in place of paho: only so can the connection
// be tested in virtual time. That paho itself behaves as told here is shown by
// the tests with a real mosquitto.

#include "actors/connection/client.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::test {

class fake_broker {
public:
  enum class mood { accept, refuse, silent };

  struct sent {
    std::uint32_t endpoint = 0;
    publication what;
    std::uint64_t ticket = 0;
  };

  class client;

  // -- how it behaves ------------------------------------------------------------

  mood connects = mood::accept;
  refusal reason = refusal::unreachable;
  bool session_present = false;
  /// Wall clock at a connect.
  unix_seconds wall = 0;
  /// So much it says that it takes at a time.
  std::uint16_t receive_maximum = 65'535;
  bool acknowledges = true;
  bool answers_subscriptions = true;
  /// The next subscription finds the connection lost.
  bool cut_before_subscribe = false;
  std::vector<std::string> refused_filters;
  /// Payloads whose packets an earlier process has left behind, and whether the broker
  /// has completed them.
  std::map<std::string, bool> kept_packets;
  /// Every operation in order, such as `connect 0`, `subscribe 0 a,b`, `publish 0 topic payload`.
  std::vector<std::string> log;
  std::vector<sent> publications;
  std::map<std::string, std::string> retained;
  /// Publications through a client that was not connected: each is a fault.
  int misdirected = 0;
  /// How often what had come was to be acknowledged at once by the kernel.
  int acknowledgements_of_tcp = 0;
  /// How often what arrives was left to gather.
  int gatherings = 0;
  /// Versions of the clients that were made, in order.
  std::vector<mqtt_version> versions;

  // -- what a test does ------------------------------------------------------------

  client_factory factory() {
    return [this](const client_options& options, client_listener events) {
      return std::unique_ptr<mqtt_client>(std::make_unique<client>(*this, options, events));
    };
  }

  /// Cuts the connection of an endpoint; its will is published, unless it is held back.
  void cut(std::uint32_t endpoint = 0);

  /// The present client of an endpoint.
  client& at(std::uint32_t endpoint) { return *clients.at(endpoint); }

  [[nodiscard]] long count(const std::string& entry) const {
    return std::count(log.begin(), log.end(), entry);
  }

  [[nodiscard]] std::vector<sent> on(const std::string& topic) const {
    std::vector<sent> result;
    for (const auto& x : publications)
      if (x.what.topic == topic)
        result.push_back(x);
    return result;
  }

  /// Acknowledges what was published so far and has no answer yet.
  void answer_all();

  /// Delivers a message to whoever is connected as endpoint 0.
  void deliver(inbound message);

  /// Clients that were left behind; paho's must never be destroyed, these may.
  void free_abandoned();

  /// Endpoint and ticket.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> unanswered;
  std::map<std::uint32_t, client*> clients;
  std::vector<client*> abandoned;

  class client final : public mqtt_client {
  public:
    client(fake_broker& broker, client_options options, client_listener events)
      : broker_(broker), options_(std::move(options)), events_(std::move(events)) {
      broker_.clients[options_.id.endpoint] = this;
      broker_.versions.push_back(options_.version);
    }

    ~client() override {
      note("destroy");
      if (const auto mine = broker_.clients.find(options_.id.endpoint);
          mine != broker_.clients.end() && mine->second == this)
        broker_.clients.erase(mine);
    }

    status connect() override {
      note("connect");
      if (broker_.connects == mood::accept)
        accept();
      else if (broker_.connects == mood::refuse)
        caf::anon_send(events_, client_failed{options_.id, broker_.reason, "refused by the test"});
      return {};
    }

    status subscribe(const std::vector<filter_request>& filters, std::uint64_t ticket) override {
      std::string names;
      client_subscribed answer{options_.id, ticket, {}, {}};
      for (std::uint32_t i = 0; i < filters.size(); ++i) {
        names += (i == 0 ? "" : ",") + filters[i].filter;
        if (std::count(broker_.refused_filters.begin(), broker_.refused_filters.end(),
                       filters[i].filter)
            != 0)
          answer.refused.push_back(i);
      }
      note("subscribe", names);
      if (broker_.cut_before_subscribe) {
        broker_.cut_before_subscribe = false;
        connected = false;
        return status::failure("Disconnected");
      }
      if (broker_.answers_subscriptions)
        caf::anon_send(events_, std::move(answer));
      return {};
    }

    void acknowledge_segments() override { ++broker_.acknowledgements_of_tcp; }

    bool gather(timespan /*span*/, const std::function<bool()>& /*is_wanted*/) override {
      ++broker_.gatherings;
      return true;
    }

    status unsubscribe(const std::string& filter) override {
      note("unsubscribe", filter);
      return {};
    }

    status publish(const publication& what, std::uint64_t ticket) override {
      if (!connected) {
        ++broker_.misdirected;
        return status::failure("not connected");
      }
      note("publish", what.topic + " " + what.payload);
      broker_.publications.push_back({options_.id.endpoint, what, ticket});
      if (what.retain)
        broker_.retained[what.topic] = what.payload;
      if (ticket != 0 && broker_.acknowledges)
        acknowledge(ticket);
      else if (ticket != 0)
        broker_.unanswered.push_back({options_.id.endpoint, ticket});
      return {};
    }

    [[nodiscard]] std::vector<resumed_publication> resumed() const override {
      std::vector<resumed_publication> result;
      for (const auto& x : options_.held)
        if (const auto known = broker_.kept_packets.find(x.payload);
            known != broker_.kept_packets.end())
          result.push_back({x.ticket, known->second});
      return result;
    }

    [[nodiscard]] bool begins_clean() const override { return options_.clean_start; }

    void settle(const held_publication& what) override {
      note("settle", what.payload);
      broker_.kept_packets.erase(what.payload);
    }

    void fall_silent() override { broker_.abandoned.push_back(this); }

    void disconnect() override {
      if (connected)
        note("disconnect");
      connected = false;
    }

    void accept() {
      connected = true;
      // As paho does when the broker has no session for it.
      if (!broker_.session_present)
        std::erase_if(broker_.kept_packets, [](const auto& x) { return !x.second; });
      caf::anon_send(events_, client_connected{options_.id, broker_.session_present, broker_.wall,
                                               broker_.receive_maximum});
    }

    void acknowledge(std::uint64_t ticket, bool good = true) {
      caf::anon_send(events_,
                     client_published{options_.id, ticket, good, false, good ? "" : "refused"});
    }

    [[nodiscard]] const client_options& options() const { return options_; }
    [[nodiscard]] const client_listener& events() const { return events_; }

    bool connected = false;

  private:
    void note(const std::string& operation, const std::string& detail = {}) {
      broker_.log.push_back(operation + " " + std::to_string(options_.id.endpoint)
                            + (detail.empty() ? "" : " " + detail));
    }

    fake_broker& broker_;
    client_options options_;
    client_listener events_;
  };
};

inline void fake_broker::free_abandoned() {
  for (auto* c : std::exchange(abandoned, {}))
    delete c;
}

inline void fake_broker::cut(std::uint32_t endpoint) {
  auto& c = at(endpoint);
  c.connected = false;
  if (!c.options().will_topic.empty() && c.options().will_delay.count() == 0)
    retained[c.options().will_topic] = c.options().will_payload;
  caf::anon_send(c.events(), client_lost{c.options().id, "cut by the test"});
}

inline void fake_broker::answer_all() {
  for (const auto& [endpoint, ticket] : std::exchange(unanswered, {}))
    at(endpoint).acknowledge(ticket);
}

inline void fake_broker::deliver(inbound message) {
  if (const auto found = clients.find(0); found != clients.end() && found->second->connected)
    caf::anon_send(found->second->events(), std::move(message));
}

} // namespace firefinder::test
