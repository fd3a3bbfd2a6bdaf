#include "actors/connection/tls_diagnosis.hpp"

#include "actors/file_descriptor.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace firefinder {

namespace {

template <auto Release>
struct releaser {
  template <class T>
  void operator()(T* resource) const {
    Release(resource);
  }
};

using addresses = std::unique_ptr<addrinfo, releaser<freeaddrinfo>>;
using tls_context = std::unique_ptr<SSL_CTX, releaser<SSL_CTX_free>>;
using tls_session = std::unique_ptr<SSL, releaser<SSL_free>>;

bool wait_for(int fd, short events, std::chrono::milliseconds limit) {
  pollfd item{fd, events, 0};
  return poll(&item, 1, static_cast<int>(limit.count())) == 1;
}

bool is_address(const std::string& host) {
  in6_addr buffer{};
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1
         || inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

std::string last_error() {
  const auto code = ERR_peek_last_error();
  const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? std::string{} : std::string{text};
}

tls_context context_for(const tls_settings& tls) {
  tls_context result{SSL_CTX_new(TLS_client_method())};
  if (!result)
    return result;
  if (tls.ca.empty())
    SSL_CTX_set_default_verify_paths(result.get());
  else
    SSL_CTX_load_verify_locations(result.get(), tls.ca.c_str(), nullptr);
  if (!tls.certificate.empty())
    SSL_CTX_use_certificate_chain_file(result.get(), tls.certificate.c_str());
  if (!tls.key.empty())
    SSL_CTX_use_PrivateKey_file(result.get(), tls.key.c_str(), SSL_FILETYPE_PEM);
  // The reason is read from the session afterwards; here the handshake may go on.
  SSL_CTX_set_verify(result.get(), SSL_VERIFY_NONE, nullptr);
  return result;
}

} // namespace

std::string diagnose_tls(const connection_settings& settings, std::chrono::milliseconds limit) {
  if (!settings.tls.enabled)
    return {};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(settings.host.c_str(), std::to_string(settings.port).c_str(), &hints, &list) != 0)
    return {};
  const addresses found{list};
  const file_descriptor socket{
      ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket)
    return {};
  if (connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0
      && (errno != EINPROGRESS || !wait_for(socket.get(), POLLOUT, limit)))
    return {};
  ERR_clear_error();
  const auto context = context_for(settings.tls);
  const tls_session session{context ? SSL_new(context.get()) : nullptr};
  if (!session)
    return last_error();
  SSL_set_fd(session.get(), socket.get());
  auto* rules = SSL_get0_param(session.get());
  if (is_address(settings.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, settings.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(rules, settings.host.c_str(), settings.host.size());
    SSL_set_tlsext_host_name(session.get(), settings.host.c_str());
  }
  const auto until = std::chrono::steady_clock::now() + limit;
  while (true) {
    const auto outcome = SSL_connect(session.get());
    if (outcome == 1)
      break;
    const auto wanted = SSL_get_error(session.get(), outcome);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE)
      return last_error();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0
        || !wait_for(socket.get(), wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, left))
      return "no answer to the TLS handshake";
  }
  if (const auto verdict = SSL_get_verify_result(session.get());
      verdict != X509_V_OK && !settings.tls.insecure)
    return std::string{"certificate: "} + X509_verify_cert_error_string(verdict);
  // With TLS 1.3 the broker judges our certificate after the handshake: its alert
  // is what there is to read next.
  char byte = 0;
  if (wait_for(socket.get(), POLLIN, limit / 4) && SSL_read(session.get(), &byte, 1) <= 0)
    return last_error();
  return {};
}

} // namespace firefinder
