#include "actors/frigate/camera_block.hpp"
#include "actors/frigate/files.hpp"
#include "actors/frigate/yaml_text.hpp"
#include "tests/frigate/cameras.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

namespace firefinder::files_test {
namespace {

namespace fs = std::filesystem;
using test::camera;
using test::read_file;

constexpr auto owner = "# mine\nmqtt: {host: a}\n";

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777U;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> result;
  for (const auto& x : fs::directory_iterator{folder})
    result.insert(x.path().filename());
  return result;
}

class frigate_files_test : public testing::Test {
protected:
  test::temporary_directory folder_;
  fs::path config_ = folder_.path() / "config.yml";
  fs::path secrets_ = folder_.path() / "secrets";

  [[nodiscard]] frigate_files what(const std::string& address = "192.0.2.7") const {
    frigate_sources all{{"aabbccddeeff", *source_of(camera("aabbccddeeff", address))}};
    frigate_files result;
    result.path = config_;
    result.blocks.cameras = yaml_text(cameras_block(all, {"0.16", frigate_settings{}.labels, 0.7}));
    result.secrets_path = secrets_;
    result.secrets = {{"FRIGATE_CAM_AABBCCDDEEFF_USER", "admin"},
                      {"FRIGATE_CAM_AABBCCDDEEFF_PASSWORD", "hunter2"}};
    return result;
  }

  static frigate_outcome write(const frigate_files& x) {
    return write_files(x, {"broker", 1883, "frigate"});
  }
};

TEST_F(frigate_files_test, writes_secrets_that_only_we_read) {
  const auto mask = ::umask(0);
  EXPECT_EQ(write(what()).failure, "");
  ::umask(mask);
  EXPECT_EQ(mode_of(secrets_), 0700U);
  EXPECT_EQ(names_in(secrets_), (std::set<std::string>{"FRIGATE_CAM_AABBCCDDEEFF_USER",
                                                       "FRIGATE_CAM_AABBCCDDEEFF_PASSWORD"}));
  for (const auto& name : names_in(secrets_))
    EXPECT_EQ(mode_of(secrets_ / name), 0600U);
  EXPECT_EQ(read_file(secrets_ / "FRIGATE_CAM_AABBCCDDEEFF_PASSWORD"), "hunter2");
  EXPECT_EQ(read_file(config_).find("hunter2"), std::string::npos);
}

TEST_F(frigate_files_test, mends_a_secret_that_others_read) {
  fs::create_directory(secrets_);
  ::chmod(secrets_.c_str(), 0755);
  const auto file = secrets_ / "FRIGATE_CAM_AABBCCDDEEFF_PASSWORD";
  folder_.write("secrets/FRIGATE_CAM_AABBCCDDEEFF_PASSWORD", "hunter2");
  ::chmod(file.c_str(), 0644);
  EXPECT_EQ(write(what()).failure, "");
  EXPECT_EQ(mode_of(file), 0600U);
  // The folder is another's.
  EXPECT_EQ(mode_of(secrets_), 0755U);
}

TEST_F(frigate_files_test, makes_a_file_where_there_is_none) {
  const auto x = write(what());
  EXPECT_EQ(x.failure, "");
  EXPECT_TRUE(x.changed);
  EXPECT_EQ(YAML::LoadFile(config_)["mqtt"]["host"].Scalar(), "broker");
  EXPECT_EQ(YAML::LoadFile(config_)["cameras"].size(), 1U);
  EXPECT_EQ(mode_of(config_), 0644U);
  EXPECT_EQ(names_in(folder_.path()), (std::set<std::string>{"config.yml", "secrets"}));
}

TEST_F(frigate_files_test, makes_no_file_without_a_camera) {
  auto x = what();
  x.blocks.cameras = "\"cameras\": {}\n";
  x.secrets.clear();
  EXPECT_EQ(write(x).failure, "");
  EXPECT_TRUE(names_in(folder_.path()).empty());
}

TEST_F(frigate_files_test, keeps_the_old_file_its_mode_and_its_owner) {
  folder_.write("config.yml", owner);
  ::chmod(config_.c_str(), 0640);
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(config_.c_str(), 12, 34), 0);
  }
  EXPECT_EQ(write(what()).failure, "");
  EXPECT_EQ(mode_of(config_), 0640U);
  EXPECT_TRUE(read_file(config_).starts_with(owner));
  EXPECT_EQ(read_file(folder_.path() / "config.yml.firefinder.bak"), owner);
  EXPECT_EQ(mode_of(folder_.path() / "config.yml.firefinder.bak"), 0640U);
  struct stat found {};
  ASSERT_EQ(::stat(config_.c_str(), &found), 0);
  if (root) {
    EXPECT_EQ(found.st_uid, 12U);
    EXPECT_EQ(found.st_gid, 34U);
  }
}

TEST_F(frigate_files_test, touches_nothing_when_nothing_is_new) {
  folder_.write("config.yml", owner);
  EXPECT_TRUE(write(what()).changed);
  struct stat before {};
  struct stat after {};
  struct stat secret_before {};
  struct stat secret_after {};
  const auto secret = secrets_ / "FRIGATE_CAM_AABBCCDDEEFF_USER";
  ASSERT_EQ(::stat(config_.c_str(), &before), 0);
  ASSERT_EQ(::stat(secret.c_str(), &secret_before), 0);
  const auto x = write(what());
  EXPECT_EQ(x.failure, "");
  EXPECT_FALSE(x.changed);
  ASSERT_EQ(::stat(config_.c_str(), &after), 0);
  ASSERT_EQ(::stat(secret.c_str(), &secret_after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(secret_before.st_ino, secret_after.st_ino);
}

TEST_F(frigate_files_test, follows_links_to_the_file_itself) {
  fs::create_directory(folder_.path() / "real");
  folder_.write("real/frigate.yml", owner);
  fs::create_symlink("real/frigate.yml", config_);
  EXPECT_EQ(write(what()).failure, "");
  EXPECT_TRUE(fs::is_symlink(config_));
  EXPECT_NE(read_file(folder_.path() / "real/frigate.yml"), owner);
  EXPECT_EQ(read_file(folder_.path() / "real/frigate.yml.firefinder.bak"), owner);
}

TEST_F(frigate_files_test, says_what_it_cannot_use) {
  const auto failure = [&](const fs::path& path) {
    auto x = what();
    x.path = path;
    return write(x).failure;
  };
  fs::create_directory(folder_.path() / "folder");
  fs::create_symlink("nothing", folder_.path() / "dangling");
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  EXPECT_NE(failure(folder_.path() / "folder").find("no file"), std::string::npos);
  EXPECT_NE(failure(folder_.path() / "pipe").find("no file"), std::string::npos);
  EXPECT_NE(failure(folder_.path() / "dangling").find("link to nothing"), std::string::npos);
  EXPECT_NE(failure("/nowhere/at/all/config.yml").find("make the folder"), std::string::npos);
  const auto large = folder_.write("large", std::string(std::size_t{9} * 1024 * 1024, '\n'));
  EXPECT_NE(failure(large).find("8 MiB"), std::string::npos);
  folder_.write("config.yml", "a: [");
  EXPECT_NE(failure(config_), "");
  EXPECT_EQ(read_file(config_), "a: [");
  EXPECT_FALSE(fs::exists(folder_.path() / "config.yml.firefinder.bak"));
}

TEST_F(frigate_files_test, writes_no_configuration_without_its_secrets) {
  folder_.write("config.yml", owner);
  folder_.write("secrets", "a file");
  EXPECT_NE(write(what()).failure, "");
  EXPECT_EQ(read_file(config_), owner);
}

TEST_F(frigate_files_test, removes_the_secrets_of_a_camera_that_is_gone) {
  EXPECT_EQ(write(what()).failure, "");
  folder_.write("secrets/FRIGATE_MQTT_PASSWORD", "the owner's");
  folder_.write("secrets/FRIGATE_CAM_AABBCCDDEEFF_PATH", "/pass=1");
  folder_.write("secrets/FRIGATE_CAM_AABBCCDDEEFF_SUBPATH", "/pass=1");
  auto x = what();
  x.blocks = {"\"cameras\": {}\n", {"cam_aabbccddeeff", "MQTT", "../config.yml"}};
  x.secrets.clear();
  EXPECT_EQ(write(x).failure, "");
  EXPECT_EQ(names_in(secrets_), std::set<std::string>{"FRIGATE_MQTT_PASSWORD"});
  EXPECT_EQ(YAML::LoadFile(config_)["cameras"].size(), 0U);
  // Not before the camera is gone.
  EXPECT_EQ(write(what()).failure, "");
  folder_.write("config.yml", "a: [");
  EXPECT_NE(write(x).failure, "");
  EXPECT_EQ(names_in(secrets_).size(), 3U);
}

TEST_F(frigate_files_test, keeps_the_secrets_that_frigates_file_still_names) {
  EXPECT_EQ(write(what()).failure, "");
  folder_.write("config.yml", "cameras:\n  cam_aabbccddeeff:\n    path: "
                              "rtsp://{FRIGATE_CAM_AABBCCDDEEFF_USER}@192.0.2.7/\n"
                              "  # firefinder: begin\n  # firefinder: end\n");
  auto x = what();
  x.blocks = {"\"cameras\": {}\n", {"cam_aabbccddeeff"}};
  x.secrets.clear();
  EXPECT_EQ(write(x).failure, "");
  EXPECT_EQ(names_in(secrets_).size(), 2U);
  // The owner has taken it out.
  folder_.write("config.yml", "mqtt: {host: a}\n");
  EXPECT_EQ(write(x).failure, "");
  EXPECT_EQ(names_in(secrets_).size(), 0U);
}

TEST_F(frigate_files_test, keeps_the_file_as_it_was_before_the_first_time) {
  const auto kept = folder_.path() / "config.yml.before-firefinder";
  constexpr auto marked = "cameras:\n  gate: {a: 1}\n  # firefinder: begin\n  # firefinder: end\n";
  for (const auto* text : {owner, marked}) {
    fs::remove(kept);
    folder_.write("config.yml", text);
    ::chmod(config_.c_str(), 0640);
    EXPECT_EQ(write(what()).failure, "");
    EXPECT_EQ(read_file(kept), text);
    EXPECT_EQ(mode_of(kept), 0640U);
    EXPECT_EQ(write(what("192.0.2.99")).failure, "");
    EXPECT_NE(read_file(folder_.path() / "config.yml.firefinder.bak"), text);
    EXPECT_EQ(read_file(kept), text);
    // Nor later, when it is as if we had never been there.
    folder_.write("config.yml", "mqtt: {host: later}\n");
    EXPECT_EQ(write(what()).failure, "");
    EXPECT_EQ(read_file(kept), text);
  }
}

TEST_F(frigate_files_test, does_not_take_its_own_text_for_the_owners) {
  folder_.write("config.yml", owner);
  EXPECT_EQ(write(what()).failure, "");
  const auto kept = folder_.path() / "config.yml.before-firefinder";
  fs::remove(kept);
  EXPECT_EQ(write(what("192.0.2.99")).failure, "");
  EXPECT_FALSE(fs::exists(kept));
}

TEST_F(frigate_files_test, gets_over_what_a_process_left_that_was_ended) {
  folder_.write("config.yml", owner);
  folder_.write(".config.yml.firefinder.new", "half a fi");
  fs::create_directory(secrets_);
  folder_.write("secrets/.FRIGATE_CAM_AABBCCDDEEFF_USER.firefinder.new", "adm");
  EXPECT_EQ(write(what()).failure, "");
  EXPECT_EQ(names_in(folder_.path()),
            (std::set<std::string>{"config.yml", "config.yml.before-firefinder",
                                   "config.yml.firefinder.bak", "secrets"}));
  EXPECT_EQ(names_in(secrets_).size(), 2U);
}

TEST_F(frigate_files_test, leaves_the_old_file_when_a_write_fails) {
  folder_.write("config.yml", owner);
  // Files may not grow beyond this: writes fail as on a full disk.
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const rlim_t most : {0UL, 10UL, 100UL, 500UL}) {
    const rlimit limit{most, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto x = write(what());
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_NE(x.failure, "") << most;
    EXPECT_EQ(read_file(config_), owner);
    for (const auto& name : names_in(folder_.path()))
      EXPECT_EQ(name.find(".new"), std::string::npos);
  }
  std::signal(SIGXFSZ, old);
  EXPECT_EQ(write(what()).failure, "");
}

// In a mount namespace of its own, as root. Returns nothing where that is not allowed.
template <class Check>
std::optional<int> in_namespace(Check check) {
  const auto child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0
        || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      ::_exit(77);
    ::_exit(check());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
    return std::nullopt;
  return status;
}

TEST_F(frigate_files_test, leaves_the_old_file_on_a_disk_that_is_full_or_read_only) {
  const auto disk = folder_.path() / "disk";
  fs::create_directory(disk);
  auto x = what();
  x.path = disk / "config.yml";
  const auto status = in_namespace([&] {
    if (::mount("none", disk.c_str(), "tmpfs", 0, "size=16k") != 0)
      return 77;
    folder_.write("disk/config.yml", owner);
    folder_.write("disk/filler", std::string(8'192, 'x'));
    const auto full = write(x);
    if (full.failure.find("make room") == std::string::npos || read_file(x.path) != owner)
      return 1;
    fs::remove(disk / "filler");
    if (::mount("none", disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
      return 2;
    if (write(x).failure.find("read-only") == std::string::npos || read_file(x.path) != owner)
      return 3;
    if (::mount("none", disk.c_str(), nullptr, MS_REMOUNT, "size=1m") != 0)
      return 4;
    if (!write(x).failure.empty() || read_file(x.path) == owner)
      return 5;
    // As Docker does it with a single file.
    if (::mount(x.path.c_str(), x.path.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return 6;
    auto y = what("192.0.2.99");
    y.path = x.path;
    return write(y).failure.find("mount its folder") != std::string::npos ? 0 : 7;
  });
  if (!status)
    GTEST_SKIP() << "no mount namespace without root";
  EXPECT_EQ(*status, 0);
}

TEST_F(frigate_files_test, says_who_may_not_write) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can become another";
  folder_.write("config.yml", owner);
  ::chmod(folder_.path().c_str(), 0755);
  auto x = what();
  x.secrets.clear();
  const auto child = ::fork();
  if (child == 0) {
    if (::setgid(65'534) != 0 || ::setuid(65'534) != 0)
      ::_exit(1);
    const auto done = write(x);
    ::_exit(done.failure.find("let the user that Firefinder runs as write") == std::string::npos
                ? 2
                : 0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(config_), owner);
}

} // namespace
} // namespace firefinder::files_test
