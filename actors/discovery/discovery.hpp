#pragma once

#include "actors/discovery/announcer.hpp"
#include "actors/discovery/house.hpp"
#include "actors/discovery/migration.hpp"
#include "actors/discovery/presentation.hpp"
#include "actors/discovery/record_queue.hpp"
#include "actors/discovery/settings.hpp"
#include "messages/actors.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// Hands out the forms.
struct presentations {
  /// The form of a mode; of `off` too: it says what our own topics say, its documents are left
  /// out.
  std::function<std::unique_ptr<presentation>(discovery_mode)> make;
  /// The form `device` that takes these cameras over from the form `argusai`.
  std::function<std::unique_ptr<presentation>(const std::set<std::string>&)> make_migrated;
  /// One that knows the documents of another instance, in the forms `device` and `argusai`.
  std::function<std::unique_ptr<presentation>(const std::string&)> make_of_instance;
};

/// State of the discovery actor: what there is to show, in which form, and what of it stands at
/// the broker.
class discovery_state {
public:
  static inline const char* name = "discovery";

  /// After the first link: so long documents that the broker has retained are looked at.
  static constexpr timespan search_span = std::chrono::seconds{5};
  /// Most documents without a camera that are remembered in that time.
  static constexpr std::size_t max_orphans = 10'000;
  /// After the first link: so long a camera of the time before, that nobody has told of yet, is
  /// not taken for one that is gone. Home Assistant forgets what people have set about a device
  /// whose document is taken away, and a camera that only Frigate knows is heard of after a
  /// minute or later.
  static constexpr timespan settle_span = std::chrono::minutes{5};
  /// So long the store has to tell what it knows, before everything goes on without.
  static constexpr timespan store_deadline = std::chrono::seconds{5};
  /// So long after the first link the announcement waits for a word of the decision.
  static constexpr timespan house_deadline = std::chrono::seconds{6};
  /// A store that did not tell is asked again after this.
  static constexpr timespan store_pause = std::chrono::seconds{30};
  static constexpr timespan counter_interval = std::chrono::minutes{1};

  explicit discovery_state(discovery_actor::stateful_pointer<discovery_state> self);
  discovery_state(const discovery_state&) = delete;
  discovery_state& operator=(const discovery_state&) = delete;

  discovery_actor::behavior_type make_behavior(discovery_settings settings, presentations forms,
                                               wall_clock wall);

private:
  // -- whom it works with --------------------------------------------------------------------
  void attach(const connection_actor& connection);
  void attach(const store_actor& store);
  void listen(const std::string& filter);
  void hear_documents();
  template <class Told>
  void take_of_decision(const Told& told);
  void on_link_up(const link_up& link);
  void on_link_down();

  // -- the time before -------------------------------------------------------------------------
  void ask_store();
  void ask_store(record_kind what);
  void told(record_kind what, const std::vector<store_record>& records);
  void not_told(record_kind what, const caf::error& why);
  void take_settings(const std::vector<store_record>& records);
  void begin_announcing();
  void hear_house();
  void take_up_late();
  [[nodiscard]] bool knows_the_past() const noexcept { return untold_.empty(); }
  void restore(const std::vector<store_record>& records);
  void settle();
  [[nodiscard]] bool may_be_wanted(const announced_record& record, const std::string& topic) const;

  // -- what is shown ---------------------------------------------------------------------------
  void choose_form();
  /// Takes what the house made of a message, and does what follows from it.
  void show(const house_news& news);
  void show_hub();
  void show_camera(const std::string& key);
  void show_everything();
  void tell(const house_event& event);
  void tell(const std::string& device, const passing_message& what);
  void tell_problems();
  [[nodiscard]] bool announces() const noexcept;
  [[nodiscard]] bool is_migrated() const noexcept;
  [[nodiscard]] std::vector<retained_message> announced(std::vector<retained_message> all) const;

  // -- what comes over MQTT --------------------------------------------------------------------
  void on_inbound(const inbound& message);
  void on_document(const inbound& message);
  void end_search();
  void end_forgetting();
  void leave_forgetting();
  void stop_forgetting(const std::string& why);

  // -- what is due -----------------------------------------------------------------------------
  void on_tick(const discovery_tick& tick);
  void work();
  void acknowledged(std::uint64_t token, const std::string& device);
  void write_counters();
  void write_records();
  void clear_left_behind();
  void arm();
  void write_the_rest();

  [[nodiscard]] caf::result<std::string> obey(announce_order order);
  [[nodiscard]] caf::result<std::string> forget(const std::string& instance);
  [[nodiscard]] std::string why_not_forget(const std::string& instance) const;
  [[nodiscard]] caf::result<std::string> migrate();
  [[nodiscard]] std::string why_not_migrate() const;
  void begin_migration(migration&& next);
  [[nodiscard]] bool forget_migration();
  [[nodiscard]] std::string outcome(const std::string& warning) const;
  [[nodiscard]] discovery_figures figures() const;
  [[nodiscard]] std::string on_the_wire(const std::string& topic) const;
  [[nodiscard]] std::optional<std::string> off_the_wire(const std::string& topic) const;
  [[nodiscard]] monotonic now() const;
  [[nodiscard]] house::moment moment() const;

  discovery_actor::stateful_pointer<discovery_state> self_;
  discovery_settings settings_;
  wall_clock wall_;
  presentations forms_;
  std::unique_ptr<presentation> form_;
  std::vector<presentation::presence> presence_;
  std::optional<house> house_;
  announcer announcer_{{}};
  migration migration_;
  /// The store is asked to remember a migration, which is to begin then; 0: none.
  std::uint64_t migration_asked_ = 0;
  std::uint64_t last_migration_ = 0;
  /// Of the form; documents of another one are made anew.
  std::uint64_t form_number_ = 0;
  record_queue queue_;
  std::optional<connection_actor> connection_;
  std::optional<store_actor> store_;
  /// Who tells of the decision.
  caf::actor_addr decider_;
  /// Operators want announcements.
  bool enabled_ = true;
  /// Of the link; 0: there is none.
  std::uint64_t generation_ = 0;
  /// What the store has not told of the time before. Until it has told everything, nothing is
  /// taken for left over, and nothing is written that could take the place of what it has.
  std::set<record_kind> untold_{record_kind::announcement, record_kind::setting,
                                record_kind::counter};
  /// What it is asked for at the moment, and when it is asked again.
  std::set<record_kind> asked_;
  std::optional<monotonic> ask_again_;
  /// When it is waited for no more; whether that is over.
  std::optional<monotonic> store_due_;
  /// The decision has told how the house stands; when it is waited for no longer.
  bool heard_house_ = false;
  std::optional<monotonic> house_due_;
  bool begun_ = false;
  std::vector<store_record> before_;
  /// An operator has ordered something that counts before what the store tells.
  bool ordered_ = false;
  bool migration_forgotten_ = false;
  /// The first link has been; when the look at retained documents is over, and when the time
  /// before is.
  bool linked_ = false;
  std::optional<monotonic> search_ends_;
  bool searched_ = false;
  std::optional<monotonic> settles_at_;
  std::set<std::string> orphans_;
  /// Filters of documents that are subscribed to.
  std::set<std::string> document_filters_;
  /// Documents of another instance, which somebody wants cleared, are being looked for.
  struct forgetting {
    std::string instance;
    /// What knows them.
    std::unique_ptr<presentation> form;
    std::set<std::string> found;
    monotonic ends;
    caf::typed_response_promise<std::string> promise;
  };
  std::optional<forgetting> forgetting_;
  std::uint64_t departures_ = 0;
  /// Documents that somebody has taken away, since the last announcement.
  std::set<std::string> taken_away_;
  std::uint64_t announcements_seen_ = 0;
  std::optional<monotonic> counters_due_;
  /// Topics of an earlier `mqtt.topic_prefix` that are still to be cleared, as the broker knows
  /// them; whether the last of them is being cleared; and those that the broker did not let us
  /// clear on this link.
  std::vector<std::string> left_behind_;
  bool clearing_left_ = false;
  std::vector<std::string> left_refused_;
  std::vector<problem> problems_;
  std::uint64_t tick_ = 0;
  std::optional<monotonic> armed_;
  std::mt19937 random_;
};

/// Behaviour of the discovery actor. It announces nothing before the store has told what was
/// announced, or 5 s have passed; in that case it clears nothing of the time before until the
/// store has told.
discovery_actor::behavior_type discovery(discovery_actor::stateful_pointer<discovery_state> self,
                                         discovery_settings settings, presentations forms,
                                         wall_clock wall);

} // namespace firefinder
