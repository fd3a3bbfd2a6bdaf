#pragma once

#include "messages/status.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace firefinder {

/// A prepared statement. Values are bound and read in order; both begin anew with
/// each `reset`.
class statement {
public:
  /// What `step` found.
  enum class result { row, done, failed };

  statement() = default;
  explicit statement(sqlite3_stmt* handle) : handle_(handle) {}

  [[nodiscard]] explicit operator bool() const noexcept { return handle_ != nullptr; }

  statement& bind(std::int64_t value);
  statement& bind(double value);
  statement& bind(std::string_view value);

  [[nodiscard]] result step();

  [[nodiscard]] std::int64_t integer();
  [[nodiscard]] double real();
  [[nodiscard]] std::string text();

  void reset();

private:
  struct finalizer {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
  int bound_ = 0;
  int read_ = 0;
};

/// One SQLite database. The functions return what SQLite says when they fail.
class database {
public:
  /// Opens or creates the file; `:memory:` for one that lives as long as this.
  [[nodiscard]] status open(const std::string& path);

  void close() noexcept { handle_.reset(); }

  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }

  /// Attaches a copy of all that the other one holds, under this name, until this is closed.
  [[nodiscard]] status attach_copy(database& other, const std::string& name);

  /// Runs SQL that answers nothing.
  [[nodiscard]] status run(const std::string& sql);

  /// Prepares one statement; false when it cannot be: `why` says the reason.
  [[nodiscard]] statement prepare(std::string_view sql);

  /// The first column of the first row, or the alternative.
  [[nodiscard]] std::int64_t number(std::string_view sql, std::int64_t otherwise);
  [[nodiscard]] std::string word(std::string_view sql);

  /// What the last failure was, for people.
  [[nodiscard]] std::string why() const;

  /// Whether the last failure says that the file is damaged.
  [[nodiscard]] bool is_damaged() const;

  /// Whether the last failure says that there is no room, on the disk or in the file.
  [[nodiscard]] bool is_full() const;

private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, closer> handle_;
};

/// A transaction that is rolled back unless it was committed.
class transaction {
public:
  explicit transaction(database& db) : db_(&db), begun_(db.run("BEGIN IMMEDIATE")) {}
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction();

  /// Why it could not begin, if so.
  [[nodiscard]] const status& begun() const noexcept { return begun_; }

  [[nodiscard]] status commit();

private:
  database* db_;
  status begun_;
  bool open_ = true;
};

} // namespace firefinder
