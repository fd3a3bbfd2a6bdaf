#include "tests/support/broker.hpp"

#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <unistd.h>

#include <csignal>
#include <stdexcept>

namespace firefinder::test {

namespace {

// Distributions put it where an ordinary user's PATH does not look.
std::string program(const std::string& name) {
  for (const char* folder : {"/usr/sbin/", "/usr/local/sbin/", "/usr/bin/", "/usr/local/bin/"})
    if (::access((folder + name).c_str(), X_OK) == 0)
      return folder + name;
  return name;
}

} // namespace

broker::broker(broker_options options) : options_(std::move(options)), port_(free_port()) {
  start();
}

void broker::write_users() const {
  if (options_.users.empty())
    return;
  std::string lines;
  for (const auto& [name, password] : options_.users)
    lines += name + ':' + password + '\n';
  const auto file = directory_.write("users", lines);
  const auto done = run({program("mosquitto_passwd"), "-U", file}, {}, patience);
  if (done.state.code != 0)
    throw std::runtime_error("mosquitto_passwd failed: " + done.error);
}

void broker::write_configuration() const {
  const auto folder = directory_.path().string() + '/';
  std::string text;
  // As root it would become the user "mosquitto", who may not read our files, and
  // who would lose the signal that ends it with us.
  if (::geteuid() == 0)
    text += "user root\n";
  // What it drops it tells as a notice.
  text += options_.logs_packets ? "log_type all\n"
                                : "log_type information\nlog_type notice\nlog_type warning\n";
  text += "per_listener_settings false\nlog_dest stderr\nconnection_messages true\n"
          "set_tcp_nodelay true\n";
  if (!options_.default_limits)
    text += "max_queued_messages 100000\n";
  text += options_.users.empty() ? "allow_anonymous true\n"
                                 : "allow_anonymous false\npassword_file " + folder + "users\n";
  if (options_.persistence)
    text += "persistence true\npersistence_location " + folder + '\n';
  text += "listener " + std::to_string(port_) + " 127.0.0.1\n";
  if (options_.tls) {
    text += "certfile " + options_.tls->server.file.string() + '\n';
    text += "keyfile " + options_.tls->server.key.string() + '\n';
    if (!options_.tls->client_authority.empty())
      text += "require_certificate true\ncafile " + options_.tls->client_authority.string() + '\n';
  }
  text += options_.further + '\n';
  directory_.write("mosquitto.conf", text);
}

void broker::start() {
  write_users();
  write_configuration();
  const auto file = directory_.path() / "log";
  process_ = std::make_unique<child_process>(
      std::vector<std::string>{program("mosquitto"), "-c", directory_.path() / "mosquitto.conf"},
      environment{}, file);
  ++starts_;
  // Asked of the log, not by a connection, which would count among the clients.
  const auto serves = [&] {
    const auto text = process_->standard_error();
    int seen = 0;
    for (std::size_t at = 0; (at = text.find(" running\n", at)) != std::string::npos; ++at)
      ++seen;
    return seen >= starts_;
  };
  if (!poll_until(patience, [&] { return serves() || !process_->running(); }) || !serves())
    throw std::runtime_error("mosquitto does not start: " + log());
}

void broker::stop() {
  process_->signal(SIGCONT);
  process_->signal(SIGTERM);
  if (!process_->wait(patience))
    throw std::runtime_error("mosquitto does not stop: " + log());
}

void broker::restart() {
  stop();
  start();
}

void broker::kill() { process_->kill(); }

void broker::freeze() const noexcept { process_->signal(SIGSTOP); }

void broker::thaw() const noexcept { process_->signal(SIGCONT); }

void broker::set_users(std::map<std::string, std::string> users) {
  options_.users = std::move(users);
  write_users();
  process_->signal(SIGHUP);
}

std::string broker::log() const { return process_->standard_error(); }

bool broker::logged(const std::string& text) const { return log().find(text) != std::string::npos; }

} // namespace firefinder::test
