#include "actors/store/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace firefinder {

namespace {

constexpr int busy_ms = 1'000;

constexpr auto in_memory = ":memory:";

} // namespace

// -- statement ------------------------------------------------------------------------

void statement::finalizer::operator()(sqlite3_stmt* handle) const noexcept {
  sqlite3_finalize(handle);
}

// A value that cannot be bound leaves its place NULL, and the column refuses that.
statement& statement::bind(std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), ++bound_, value);
  return *this;
}

statement& statement::bind(double value) {
  sqlite3_bind_double(handle_.get(), ++bound_, value);
  return *this;
}

statement& statement::bind(std::string_view value) {
  // An empty view may point nowhere, and that would be NULL.
  sqlite3_bind_text64(handle_.get(), ++bound_, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

statement::result statement::step() {
  read_ = 0;
  switch (sqlite3_step(handle_.get())) {
  case SQLITE_ROW:
    return result::row;
  case SQLITE_DONE:
    return result::done;
  default:
    return result::failed;
  }
}

std::int64_t statement::integer() { return sqlite3_column_int64(handle_.get(), read_++); }

double statement::real() { return sqlite3_column_double(handle_.get(), read_++); }

std::string statement::text() {
  const auto column = read_++;
  const auto* bytes = sqlite3_column_text(handle_.get(), column);
  const auto size = sqlite3_column_bytes(handle_.get(), column);
  if (bytes == nullptr || size <= 0)
    return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)}; // NOLINT
}

void statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  bound_ = 0;
}

// -- database -------------------------------------------------------------------------

void database::closer::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

namespace {

// Where cameras are, and when somebody was seen there, is nobody's business but the owner's.
// SQLite gives the files beside this one its mode; what cannot be done here fails there. One that
// exists is not opened: closing it would take SQLite's locks on it away (fcntl(2)).
void keep_private(const std::string& path) noexcept {
  constexpr mode_t owner_only = S_IRUSR | S_IWUSR;
  if (path == in_memory)
    return;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only);
  if (file >= 0)
    ::close(file);
  else
    (void)::chmod(path.c_str(), owner_only);
}

} // namespace

status database::open(const std::string& path) {
  keep_private(path);
  sqlite3* raw = nullptr;
  const auto code
      = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  // Also when it fails: the reason is read from it.
  handle_.reset(raw);
  // Whoever looks into the file, or is about to end, has it for a moment.
  sqlite3_busy_timeout(raw, busy_ms);
  if (code == SQLITE_OK)
    return {};
  auto reason = why();
  handle_.reset();
  return status::failure(std::move(reason));
}

status database::attach_copy(database& other, const std::string& name) {
  if (auto done = run("ATTACH ':memory:' AS " + name); !done)
    return done;
  auto* copy = sqlite3_backup_init(handle_.get(), name.c_str(), other.handle_.get(), "main");
  if (copy == nullptr)
    return status::failure(why());
  sqlite3_backup_step(copy, -1);
  if (sqlite3_backup_finish(copy) != SQLITE_OK)
    return status::failure(why());
  return {};
}

status database::run(const std::string& sql) {
  if (!handle_)
    return status::failure("the store is not open");
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
    return {};
  return status::failure(why());
}

statement database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (handle_)
    sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  return statement{raw};
}

std::int64_t database::number(std::string_view sql, std::int64_t otherwise) {
  auto asked = prepare(sql);
  return asked && asked.step() == statement::result::row ? asked.integer() : otherwise;
}

std::string database::word(std::string_view sql) {
  auto asked = prepare(sql);
  return asked && asked.step() == statement::result::row ? asked.text() : std::string{};
}

std::string database::why() const {
  if (!handle_)
    return "out of memory";
  const auto* text = sqlite3_errmsg(handle_.get());
  return text != nullptr ? text : "unknown";
}

bool database::is_damaged() const {
  const auto code = handle_ ? sqlite3_errcode(handle_.get()) : SQLITE_OK;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

bool database::is_full() const { return handle_ && sqlite3_errcode(handle_.get()) == SQLITE_FULL; }

// -- transaction ----------------------------------------------------------------------

transaction::~transaction() {
  if (open_ && begun_)
    static_cast<void>(db_->run("ROLLBACK"));
}

status transaction::commit() {
  if (!begun_)
    return begun_;
  auto done = db_->run("COMMIT");
  open_ = !done;
  return done;
}

} // namespace firefinder
