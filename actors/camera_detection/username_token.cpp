#include "actors/camera_detection/username_token.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

namespace firefinder {

namespace {

constexpr auto security_namespace
    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
constexpr auto utility_namespace
    = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
constexpr auto digest_type = "http://docs.oasis-open.org/wss/2004/01/"
                             "oasis-200401-wss-username-token-profile-1.0#PasswordDigest";
constexpr auto encoding_type = "http://docs.oasis-open.org/wss/2004/01/"
                               "oasis-200401-wss-soap-message-security-1.0#Base64Binary";

// Years of four digits.
constexpr unix_seconds first_moment = 0;
constexpr unix_seconds last_moment = 253'402'300'799.0;

} // namespace

std::string password_digest(std::string_view nonce, std::string_view created,
                            std::string_view password) {
  std::string all{nonce};
  all += created;
  all += password;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(all.data(), all.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL makes no SHA-1");
  std::string bytes;
  for (unsigned int i = 0; i < length; ++i)
    bytes += static_cast<char>(digest[i]);
  return to_base64(bytes);
}

std::string zulu_time(unix_seconds moment) {
  // A NaN is the first moment.
  const auto seconds
      = static_cast<std::time_t>(moment > first_moment ? std::min(moment, last_moment) : 0);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

std::string xml_text(std::string_view text) {
  std::string result;
  for (const auto c : text) {
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r')
        result += c;
    }
  }
  return result;
}

std::string username_token(std::string_view user, std::string_view password, std::string_view nonce,
                           unix_seconds created) {
  const auto moment = zulu_time(created);
  std::string result = "<wsse:Security s:mustUnderstand=\"1\" xmlns:wsse=\"";
  result += security_namespace;
  result += "\" xmlns:wsu=\"";
  result += utility_namespace;
  result += "\"><wsse:UsernameToken><wsse:Username>";
  result += xml_text(user);
  result += "</wsse:Username><wsse:Password Type=\"";
  result += digest_type;
  result += "\">";
  result += password_digest(nonce, moment, password);
  result += "</wsse:Password><wsse:Nonce EncodingType=\"";
  result += encoding_type;
  result += "\">";
  result += to_base64(nonce);
  result += "</wsse:Nonce><wsu:Created>";
  result += moment;
  result += "</wsu:Created></wsse:UsernameToken></wsse:Security>";
  return result;
}

} // namespace firefinder
