#include "actors/frigate/files.hpp"

#include "actors/file_descriptor.hpp"
#include "actors/frigate/camera_block.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace firefinder {

namespace {

constexpr std::size_t max_file_bytes = std::size_t{8} * 1024 * 1024;
constexpr mode_t private_mode = 0600;
constexpr mode_t private_folder_mode = 0700;
constexpr mode_t new_file_mode = 0644;
constexpr auto backup_suffix = ".firefinder.bak";
constexpr auto original_suffix = ".before-firefinder";

// Why something failed; empty: it did not.
using failure = std::string;

std::string error_name(int code) { return std::generic_category().message(code); }

std::string cure_of(int code) {
  switch (code) {
  case EACCES:
  case EPERM:
    return "; let the user that Firefinder runs as write there";
  case EROFS:
    return "; it is mounted read-only, or ReadWritePaths= of the systemd unit lacks it";
  case ENOSPC:
  case EDQUOT:
    return "; make room on the disk";
  case ENOENT:
    return "; make the folder";
  case EBUSY:
    return "; it is mounted as a single file, mount its folder instead";
  default:
    return {};
  }
}

failure failed(const std::string& what, const std::string& path, int code) {
  return fmt::format("cannot {} {}: {}{}", what, path, error_name(code), cure_of(code));
}

std::pair<std::string, std::string> split(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// At most `max_file_bytes`, else nothing.
std::optional<std::string> read_all(int from) {
  std::string result;
  std::array<char, 65'536> buffer{};
  while (true) {
    const auto n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 || result.size() > max_file_bytes)
      return std::nullopt;
    if (n == 0)
      return result;
    result.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

// A folder in which files are replaced.
class folder {
public:
  explicit folder(std::string path)
    : path_(std::move(path)), handle_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      error_(errno) {}

  [[nodiscard]] failure why() const { return handle_ ? failure{} : failed("open", path_, error_); }

  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + '/' + name; }

  [[nodiscard]] int get() const noexcept { return handle_.get(); }

  // `name` as a whole, or not at all. With an owner: it is to be his.
  [[nodiscard]] failure replace(const std::string& name, std::string_view text, mode_t mode,
                                const struct stat* owner = nullptr) const {
    const auto draft = '.' + name + ".firefinder.new";
    // Of a process that was ended in the middle of this.
    ::unlinkat(get(), draft.c_str(), 0);
    const auto give_up = [&](const char* what) {
      const auto code = errno;
      ::unlinkat(get(), draft.c_str(), 0);
      return failed(what, path_of(name), code);
    };
    const file_descriptor file{::openat(
        get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_mode)};
    if (!file)
      return give_up("write");
    struct stat made {};
    if (::fstat(file.get(), &made) != 0)
      return give_up("write");
    if (owner != nullptr && (owner->st_uid != made.st_uid || owner->st_gid != made.st_gid)
        && ::fchown(file.get(), owner->st_uid, owner->st_gid) != 0)
      return give_up("keep the owner of");
    // Not before it is its owner's: this takes bits away.
    if (::fchmod(file.get(), mode) != 0 || !write_all(file, text) || ::fsync(file.get()) != 0)
      return give_up("write");
    if (::renameat(get(), draft.c_str(), get(), name.c_str()) != 0)
      return give_up("replace");
    // Some file systems cannot; then they need not.
    if (::fsync(get()) != 0 && errno != EINVAL)
      return failed("write", path_, errno);
    return {};
  }

private:
  std::string path_;
  file_descriptor handle_;
  int error_;
};

// -- secrets -----------------------------------------------------------------------------

bool says(const folder& in, const std::string& name, const std::string& text) {
  const file_descriptor file{::openat(in.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  struct stat found {};
  return file && ::fstat(file.get(), &found) == 0 && S_ISREG(found.st_mode)
         && (found.st_mode & 0777U) == private_mode && read_all(file.get()) == text;
}

failure write_secrets(const frigate_files& what, bool& changed) {
  if (what.secrets.empty())
    return {};
  if (::mkdir(what.secrets_path.c_str(), private_folder_mode) != 0 && errno != EEXIST)
    return failed("make", what.secrets_path, errno);
  const folder in{what.secrets_path};
  if (auto why = in.why(); !why.empty())
    return why;
  for (const auto& secret : what.secrets) {
    if (says(in, secret.name, secret.value))
      continue;
    if (auto why = in.replace(secret.name, secret.value, private_mode); !why.empty())
      return why;
    changed = true;
  }
  return {};
}

// They hurt nobody where they are; so this cannot fail. `text` is what Frigate's configuration
// says now.
void forget_secrets(const frigate_files& what, std::string_view text) {
  if (what.secrets_path.empty())
    return;
  const folder in{what.secrets_path};
  if (!in.why().empty())
    return;
  for (const auto& name : what.blocks.removed) {
    if (!is_frigate_name(name) || names_secret_of(text, name))
      continue;
    const auto prefix = secret_prefix(std::string_view{name}.substr(4));
    for (const auto* value : {"USER", "PASSWORD", "PATH", "SUBPATH"})
      ::unlinkat(in.get(), (prefix + value).c_str(), 0);
  }
}

// -- the configuration ---------------------------------------------------------------------

struct free_text {
  void operator()(char* x) const noexcept { std::free(x); }
};

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size
         && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

failure make_configuration(const frigate_files& what, const new_configuration& with,
                           bool& changed) {
  // With no camera there is nothing that Frigate lacks.
  if (what.blocks.cameras.find("\"cam_") == std::string::npos)
    return {};
  struct stat link {};
  if (::lstat(what.path.c_str(), &link) == 0)
    return fmt::format("{} is a link to nothing; make the file that it names", what.path);
  const auto [path, name] = split(what.path);
  const folder in{path};
  if (auto why = in.why(); !why.empty())
    return why;
  auto why = in.replace(name, new_file(what.blocks, with), new_file_mode);
  changed = changed || why.empty();
  return why;
}

// `text` is what stands there in the end.
failure write_configuration(const frigate_files& what, const new_configuration& with, bool& changed,
                            std::string& text) {
  // The file itself, not the link to it.
  const std::unique_ptr<char, free_text> real{::realpath(what.path.c_str(), nullptr)};
  if (!real)
    return errno == ENOENT ? make_configuration(what, with, changed)
                           : failed("read", what.path, errno);
  const file_descriptor file{::open(real.get(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat before {};
  if (!file || ::fstat(file.get(), &before) != 0)
    return failed("read", what.path, errno);
  if (!S_ISREG(before.st_mode))
    return fmt::format("{} is no file; name Frigate's configuration file, such as "
                       "/config/config.yml",
                       what.path);
  auto read = read_all(file.get());
  if (!read)
    return fmt::format("cannot read {}, or it is longer than 8 MiB", what.path);
  text = std::move(*read);
  auto after = merged(text, what.blocks);
  if (!after.problem.empty())
    return after.problem;
  if (after.text == text)
    return {};
  const auto [path, name] = split(real.get());
  const folder in{path};
  if (auto why = in.why(); !why.empty())
    return why;
  const auto mode = before.st_mode & 07777U;
  struct stat kept {};
  if (const auto original = name + original_suffix;
      is_untouched(text) && ::fstatat(in.get(), original.c_str(), &kept, AT_SYMLINK_NOFOLLOW) != 0)
    if (auto why = in.replace(original, text, mode, &before); !why.empty())
      return why;
  if (auto why = in.replace(name + backup_suffix, text, mode, &before); !why.empty())
    return why;
  struct stat now {};
  if (::fstatat(in.get(), name.c_str(), &now, 0) != 0 || !same_file(before, now))
    return fmt::format("{} was changed by another meanwhile; it is tried again", what.path);
  auto why = in.replace(name, after.text, mode, &before);
  changed = changed || why.empty();
  text = std::move(after.text);
  return why;
}

} // namespace

frigate_outcome write_files(const frigate_files& what, const new_configuration& with) {
  frigate_outcome result;
  std::string text;
  result.failure = write_secrets(what, result.changed);
  if (result.failure.empty() && !what.path.empty())
    result.failure = write_configuration(what, with, result.changed, text);
  if (result.failure.empty())
    forget_secrets(what, text);
  return result;
}

} // namespace firefinder
