#include "src/probe/guard.hpp"

#include "src/probe/login_header.hpp"

#include <sys/socket.h>

#include <cerrno>

// libavformat itself chooses how to log in, takes Basic when a device offers nothing else, and
// has no option against it. That a device took Digest before proves nothing: who wants the
// password offers Digest first, takes any answer, and offers Basic here. So what goes out is
// looked at on its way: the dynamic linker looks for `send` in the program before the C
// library, and finds this one for libavformat too.

namespace firefinder::probe {

namespace {

bool basic_permitted = false;
bool basic_withheld = false;

} // namespace

void permit_basic(bool may) noexcept { basic_permitted = may; }

bool withheld() noexcept { return basic_withheld; }

} // namespace firefinder::probe

// libavformat writes to TCP by nothing else, and a request as a whole.
extern "C" ssize_t send(int socket, const void* bytes, size_t size, int flags) {
  using namespace firefinder::probe;
  if (!basic_permitted && has_readable_login({static_cast<const char*>(bytes), size})) {
    basic_withheld = true;
    errno = EACCES;
    return -1;
  }
  return ::sendto(socket, bytes, size, flags, nullptr, 0);
}
