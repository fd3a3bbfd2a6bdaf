#pragma once

#include "actors/store/database.hpp"
#include "actors/store/moments.hpp"
#include "actors/store/settings.hpp"
#include "messages/status.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace firefinder {

/// The tables of the store and what is done with them. Plain code: the clocks are
/// given. What must survive a power cut (alarms, the memory of the decision, settings)
/// is synchronised to the disk before a function returns; sightings survive the end
/// of the process at any moment, and at a power cut the last seconds of them may be lost.
class journal {
public:
  explicit journal(store_settings settings) : settings_(std::move(settings)) {}

  /// Opens the file and brings it to the present schema. A damaged file, or one of a
  /// later version, is renamed and a new one begun. Where no file can be had, what is
  /// kept lives as long as the process. Either is told by `figures`.
  void open(const clock_reading& now);

  /// Where no file could be had: tries it again. What was kept meanwhile goes into it.
  void reopen(const clock_reading& now);

  /// Ends the file in order. Nothing may follow.
  void close();

  [[nodiscard]] status add_alarm(const alarm_record& alarm, const clock_reading& now);
  [[nodiscard]] status finish_alarm(const alarm_outcome& outcome, const clock_reading& now);
  [[nodiscard]] status remember(const decision_memory& memory, const clock_reading& now);
  [[nodiscard]] status keep(const std::vector<sighting>& sightings, const clock_reading& now);
  /// Keeps a decision, and of all only the latest.
  [[nodiscard]] status keep(const kept_decision& decision);
  [[nodiscard]] status put(const store_record& record);

  /// Whether `records` has what an earlier process wrote. While the file cannot be opened it
  /// has not, and says why: none is not the same as none known.
  [[nodiscard]] status knows_records() const;

  [[nodiscard]] std::vector<store_record> records(record_kind kind);

  /// The last decision at or before this moment; without text and with the moment of the
  /// first one when that is later, or 0 when there is none at all.
  [[nodiscard]] kept_decision decision_at(unix_seconds at);

  /// The latest decisions, at most `most`, the oldest first.
  [[nodiscard]] std::vector<kept_decision> decisions(std::uint32_t most);

  [[nodiscard]] recovered load(const clock_reading& now);

  /// Clears away what is no longer needed, by age and by number.
  [[nodiscard]] status prune(const clock_reading& now);

  [[nodiscard]] store_figures figures();

private:
  enum class durability { process, power };

  [[nodiscard]] std::string path() const;
  [[nodiscard]] status open_file();
  [[nodiscard]] status migrate();
  void set_aside(const clock_reading& now, const std::string& reason);
  void open_memory();
  [[nodiscard]] status open_or_set_aside(const clock_reading& now);
  [[nodiscard]] status take_over(database& before);

  template <class F>
  [[nodiscard]] status change(durability how, F&& work);
  [[nodiscard]] status noted(status outcome);
  [[nodiscard]] status insert_alarm(const alarm_record& alarm, const clock_reading& now);
  [[nodiscard]] status write_memory(const decision_memory& memory, const clock_reading& now);
  [[nodiscard]] status write_pulse(const clock_reading& now);
  [[nodiscard]] status apply(statement& prepared);
  [[nodiscard]] bool has_room(record_kind kind);
  /// A file is wanted and cannot be had.
  [[nodiscard]] bool awaits_file() const noexcept;

  store_settings settings_;
  database db_;
  /// The file could be opened and is still of no use.
  bool damaged_ = false;
  /// No fewer records than there are, by kind; none: they are to be counted.
  std::map<record_kind, std::int64_t> records_at_most_;
  /// The last write failed for want of room.
  bool full_ = false;
  /// Why what is kept is only in memory, for people.
  std::string cannot_open_;
  std::string cannot_write_;
  std::string set_aside_;
  std::uint64_t failures_ = 0;
};

} // namespace firefinder
