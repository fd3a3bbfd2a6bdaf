#pragma once

#include <string_view>

namespace firefinder {

/// Whether what follows the host in the address of a stream shows a password: something in it is
/// given to a name that begins with `pass`, or is `pwd`, in any case, as firmware by XM writes
/// (`/user=admin&password=…&channel=1&stream=0.sdp`, or with `_` for `&`); or `password`, if that
/// is of at least four characters, stands in it. Both also where it is percent-encoded
/// (RFC 3986, section 2.1).
[[nodiscard]] bool path_shows_password(std::string_view path_and_query, std::string_view password);

} // namespace firefinder
