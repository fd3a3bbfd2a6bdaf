#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace firefinder {

/// What a request says before its body (RFC 9112). Of headers that are absent the text is empty.
struct request_head {
  std::string method;
  /// Decoded, such as `/api/state`, and the parameters behind it; of equal names the first.
  std::string path;
  std::map<std::string, std::string> query;
  /// Of the header, or of a target that names it.
  std::string host;
  std::string authorization;
  std::string content_type;
  std::string if_none_match;
  /// The body is packed.
  bool has_encoding = false;
  bool has_body = false;
  /// The body comes when it has been asked for (RFC 9110, section 10.1.1).
  bool expects_continue = false;
  /// Another request may follow on the connection.
  bool persists = false;
  /// HTTP/1.0, which knows no chunks.
  bool is_old = false;
};

/// Reads requests from the bytes of a connection, in whatever pieces they come. The grammar is
/// Boost.Beast's; what two readers could understand in two ways, so that one sees another request
/// where the other sees a body, is refused.
class request_reader {
public:
  /// Longest body, and longest request with all that belongs to it, in bytes.
  request_reader(std::size_t max_body, std::size_t max_request);
  ~request_reader();

  enum class progress : std::uint8_t {
    /// More must come.
    needs_more,
    /// What it says before its body is known.
    has_head,
    /// All of it is known.
    is_whole,
    /// It cannot be understood, and so nothing that follows can.
    is_refused,
  };

  void take(std::string_view bytes);

  /// How far it is with what came. The head is told once.
  [[nodiscard]] progress go_on();

  [[nodiscard]] const request_head& head() const;
  [[nodiscard]] const std::string& body() const;

  /// HTTP's status, and the words, when it is refused.
  [[nodiscard]] std::uint16_t status() const noexcept { return status_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

  /// Whether anything of a request has come.
  [[nodiscard]] bool has_begun() const noexcept { return read_ > 0 || !bytes_.empty(); }
  /// Whether anything has come that is not read yet.
  [[nodiscard]] bool has_unread() const noexcept { return !bytes_.empty(); }
  /// Whether all that came is one request.
  [[nodiscard]] bool is_at_end() const noexcept;

  /// Goes over to the next request.
  void next();

private:
  class parser;

  progress refuse(std::uint16_t status, std::string why);

  std::size_t max_body_;
  std::size_t max_request_;
  std::unique_ptr<parser> parser_;
  /// What came and was not read, and how much of this request was.
  std::string bytes_;
  std::size_t read_ = 0;
  std::uint16_t status_ = 0;
  std::string why_;
};

} // namespace firefinder
