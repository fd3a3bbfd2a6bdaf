#include "src/probe/confine.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

// AddressSanitizer reserves terabytes.
#if defined(__SANITIZE_ADDRESS__)
#define FIREFINDER_ADDRESS_SPACE RLIM_INFINITY
#else
#define FIREFINDER_ADDRESS_SPACE (rlim_t{512} * 1024 * 1024)
#endif

namespace firefinder::probe {

namespace {

template <class Resource>
void limit(Resource what, rlim_t most) noexcept {
  const rlimit both{most, most};
  ::setrlimit(what, &both);
}

void drop_capabilities() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  ::syscall(SYS_capset, &header, none);
}

} // namespace

void confine() noexcept {
  // Who asked is gone, so nobody wants to know.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Nobody of the same user reads a password out of our memory.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  drop_capabilities();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, FIREFINDER_ADDRESS_SPACE);
  limit(RLIMIT_CPU, 10);
  limit(RLIMIT_NOFILE, 64);
  limit(RLIMIT_NPROC, 0);
  // Room for the answer, where somebody has it written to a file.
  limit(RLIMIT_FSIZE, rlim_t{64} * 1024);
}

} // namespace firefinder::probe
