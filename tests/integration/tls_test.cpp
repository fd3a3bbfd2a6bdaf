// The link over TLS.

#include "tests/integration/fixture.hpp"

#include <netdb.h>

#include <csignal>

namespace firefinder::test::tls_test {
namespace {

using namespace std::chrono_literals;

class tls : public integration {
protected:
  [[nodiscard]] environment trusting(const std::string& authority) const {
    return {{"MQTT_TLS", "true"},
            {"TLS_CA_PATH", authority},
            {"MQTT_RECONNECT_MAX_DELAY", "2"},
            {"MQTT_PROTOCOL", "5"}};
  }

  /// Whether this machine can resolve the name.
  [[nodiscard]] static bool is_known(const char* host) {
    addrinfo* list = nullptr;
    if (getaddrinfo(host, nullptr, nullptr, &list) != 0)
      return false;
    freeaddrinfo(list);
    return true;
  }

  /// Waits until the daemon is online at the broker.
  [[nodiscard]] bool comes_online(const broker& b, const peer_options& as) {
    return poll_until(patience, [&] {
      return retained_payload(b.port(), "system/fire_consensus/lwt", as) == "online";
    });
  }

  /// Expects a word in the log, and that nobody is let in.
  void expect_refused(const broker& b, const std::string& words) {
    EXPECT_TRUE(poll_until(patience, [&] {
      return subject->logged("(warn|error).*(" + words + ")");
    })) << "the log does not name the problem";
    EXPECT_FALSE(b.logged("New client connected")) << b.log();
    EXPECT_EQ(subject->terminate(SIGTERM).state, (exit_state{0, 0}));
  }

  const certificate_authority ours{"ours"};
  const certificate_authority foreign{"foreign"};
  const certificate server = ours.issue("server", {"DNS:localhost", "IP:127.0.0.1"});
};

TEST_F(tls, TheRightCertificateIsAccepted) {
  const broker b{{.tls = broker_tls{server, {}}}};
  for (const char* host : {"localhost", "127.0.0.1"}) {
    if (!is_known(host))
      continue; // a bare container has no /etc/hosts
    auto env = trusting(ours.file());
    env["MQTT_BROKER"] = host;
    start(b.port(), env);
    EXPECT_TRUE(comes_online(b, {.authority = ours.file()})) << host;
    EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
    EXPECT_EQ(retained_payload(b.port(), "system/fire_consensus/lwt", {.authority = ours.file()}),
              "offline");
  }
}

TEST_F(tls, AFireIsSeenThroughIt) {
  const broker b{{.tls = broker_tls{server, {}}}};
  start(b.port(), trusting(ours.file()));
  ASSERT_TRUE(comes_online(b, {.authority = ours.file()}));
  mqtt_peer peer{b.port(), {.authority = ours.file()}};
  peer.subscribe("fire/trigger");
  for (const char* camera : {"north", "south"})
    for (const auto& one : growing_fire(camera))
      peer.publish("fire/detection", one.dump());
  EXPECT_TRUE(peer.wait_for("fire/trigger", patience));
}

TEST_F(tls, ACertificateForAnotherHostIsRefused) {
  const broker b{{.tls = broker_tls{ours.issue("other", {"DNS:other.example"}), {}}}};
  start(b.port(), trusting(ours.file()));
  expect_refused(b, "host|name|certificate");
}

TEST_F(tls, ACertificateOfAForeignAuthorityIsRefused) {
  const broker b{{.tls = broker_tls{server, {}}}};
  start(b.port(), trusting(foreign.file()));
  expect_refused(b, "certificate|verify|issuer");
}

TEST_F(tls, AnExpiredCertificateIsRefused) {
  const broker b{{.tls = broker_tls{ours.issue("old", {"DNS:localhost", "IP:127.0.0.1"}, -1), {}}}};
  start(b.port(), trusting(ours.file()));
  expect_refused(b, "expired|certificate");
}

TEST_F(tls, InsecureAcceptsAnyCertificate) {
  const broker b{{.tls = broker_tls{foreign.issue("other", {"DNS:other.example"}), {}}}};
  auto env = trusting(ours.file());
  env["TLS_INSECURE"] = "true";
  start(b.port(), env);
  EXPECT_TRUE(poll_until(patience, [&] { return b.logged("fire_consensus/lwt"); })) << b.log();
}

TEST_F(tls, AClientCertificateIsShown) {
  const broker b{{.tls = broker_tls{server, ours.file()}}};
  const auto client = ours.issue("client", {});
  auto env = trusting(ours.file());
  env["TLS_CERT_PATH"] = client.file;
  env["TLS_KEY_PATH"] = client.key;
  start(b.port(), env);
  EXPECT_TRUE(poll_until(patience, [&] { return b.logged("fire_consensus/lwt"); })) << b.log();
}

TEST_F(tls, WithoutTheClientCertificateThereIsNoWayIn) {
  const broker b{{.tls = broker_tls{server, ours.file()}}};
  start(b.port(), trusting(ours.file()));
  expect_refused(b, "certificate|tls|ssl|handshake");
}

TEST_F(tls, AForeignClientCertificateIsRefused) {
  const broker b{{.tls = broker_tls{server, ours.file()}}};
  const auto client = foreign.issue("client", {});
  auto env = trusting(ours.file());
  env["TLS_CERT_PATH"] = client.file;
  env["TLS_KEY_PATH"] = client.key;
  start(b.port(), env);
  expect_refused(b, "certificate|tls|ssl|handshake|authority");
}

TEST_F(tls, PlainTextAtATlsPortIsSaid) {
  const broker b{{.tls = broker_tls{server, {}}}};
  start(b.port(), {{"MQTT_PROTOCOL", "5"}});
  EXPECT_TRUE(poll_until(patience, [&] { return subject->logged("(warn|error)"); }));
  EXPECT_EQ(subject->terminate(SIGTERM).state.code, 0);
}

TEST_F(tls, TlsAtAPlainTextPortIsSaid) {
  const broker b;
  start(b.port(), trusting(ours.file()));
  expect_refused(b, "tls|ssl|certificate|handshake");
}

} // namespace
} // namespace firefinder::test::tls_test
