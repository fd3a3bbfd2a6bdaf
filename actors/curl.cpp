// libcurl's functions, as far as they are used here. open_curl loads the library, and each hands on
// to it: with what it brings (GnuTLS, Kerberos, LDAP, SSH) it takes 4.6 MiB, and a house that asks
// neither cameras nor Frigate never needs it. Linked in place of the library itself, so that
// callers need nothing but its header. None is called before open_curl has opened something.

// Its macros that check what a caller hands over have the names of functions.
#define CURL_DISABLE_TYPECHECK
#include "actors/curl.hpp"

#include <dlfcn.h>

#include <cstdarg>
#include <stdexcept>
#include <string>

#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

namespace {

struct functions {
  decltype(curl_global_init)* global_init = nullptr;
  decltype(curl_easy_init)* easy_init = nullptr;
  decltype(curl_easy_setopt)* easy_setopt = nullptr;
  decltype(curl_easy_getinfo)* easy_getinfo = nullptr;
  decltype(curl_easy_strerror)* easy_strerror = nullptr;
  decltype(curl_easy_cleanup)* easy_cleanup = nullptr;
  decltype(curl_multi_init)* multi_init = nullptr;
  decltype(curl_multi_setopt)* multi_setopt = nullptr;
  decltype(curl_multi_add_handle)* multi_add_handle = nullptr;
  decltype(curl_multi_remove_handle)* multi_remove_handle = nullptr;
  decltype(curl_multi_perform)* multi_perform = nullptr;
  decltype(curl_multi_poll)* multi_poll = nullptr;
  decltype(curl_multi_info_read)* multi_info_read = nullptr;
  decltype(curl_multi_cleanup)* multi_cleanup = nullptr;
  decltype(curl_slist_append)* slist_append = nullptr;
  decltype(curl_slist_free_all)* slist_free_all = nullptr;
};

template <class F>
bool find(void* library, const char* name, F*& to) {
  to = reinterpret_cast<F*>(::dlsym(library, name));
  return to != nullptr;
}

// Throws when it is not there, with why. Its name since 2006. It stays for the life of the process:
// it is not made to be unloaded.
functions load() {
  auto* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw std::runtime_error{::dlerror()};
  functions all;
  const bool complete = find(library, "curl_global_init", all.global_init)
                        && find(library, "curl_easy_init", all.easy_init)
                        && find(library, "curl_easy_setopt", all.easy_setopt)
                        && find(library, "curl_easy_getinfo", all.easy_getinfo)
                        && find(library, "curl_easy_strerror", all.easy_strerror)
                        && find(library, "curl_easy_cleanup", all.easy_cleanup)
                        && find(library, "curl_multi_init", all.multi_init)
                        && find(library, "curl_multi_setopt", all.multi_setopt)
                        && find(library, "curl_multi_add_handle", all.multi_add_handle)
                        && find(library, "curl_multi_remove_handle", all.multi_remove_handle)
                        && find(library, "curl_multi_perform", all.multi_perform)
                        && find(library, "curl_multi_poll", all.multi_poll)
                        && find(library, "curl_multi_info_read", all.multi_info_read)
                        && find(library, "curl_multi_cleanup", all.multi_cleanup)
                        && find(library, "curl_slist_append", all.slist_append)
                        && find(library, "curl_slist_free_all", all.slist_free_all);
  if (!complete)
    throw std::runtime_error{"it lacks functions"};
  if (all.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw std::runtime_error{"it cannot begin"};
  return all;
}

// Once for the process, and for one thread alone. Where it throws it is tried again the next time:
// a lack of descriptors or of memory passes.
const functions& loaded() {
  static const auto all = load();
  return all;
}

// The number of an option tells its type (curl.h, CURLOPTTYPE_…).
template <class F, class Handle, class Option>
auto set(F* function, Handle* handle, Option option, std::va_list& rest) {
  if (option < CURLOPTTYPE_OBJECTPOINT)
    return function(handle, option, va_arg(rest, long));
  if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
    return function(handle, option, va_arg(rest, curl_off_t));
  return function(handle, option, va_arg(rest, void*));
}

} // namespace

extern "C" {

CURL* curl_easy_init() { return loaded().easy_init(); }

CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  std::va_list rest;
  va_start(rest, option);
  const auto result = set(loaded().easy_setopt, handle, option, rest);
  va_end(rest);
  return result;
}

CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  std::va_list rest;
  va_start(rest, info);
  auto* const to = va_arg(rest, void*);
  va_end(rest);
  return loaded().easy_getinfo(handle, info, to);
}

const char* curl_easy_strerror(CURLcode code) { return loaded().easy_strerror(code); }

void curl_easy_cleanup(CURL* handle) { loaded().easy_cleanup(handle); }

CURLMcode curl_multi_setopt(CURLM* all, CURLMoption option, ...) {
  std::va_list rest;
  va_start(rest, option);
  const auto result = set(loaded().multi_setopt, all, option, rest);
  va_end(rest);
  return result;
}

CURLMcode curl_multi_add_handle(CURLM* all, CURL* handle) {
  return loaded().multi_add_handle(all, handle);
}

CURLMcode curl_multi_remove_handle(CURLM* all, CURL* handle) {
  return loaded().multi_remove_handle(all, handle);
}

CURLMcode curl_multi_perform(CURLM* all, int* running) {
  return loaded().multi_perform(all, running);
}

CURLMcode curl_multi_poll(CURLM* all, curl_waitfd* others, unsigned count, int longest,
                          int* ready) {
  return loaded().multi_poll(all, others, count, longest, ready);
}

CURLMsg* curl_multi_info_read(CURLM* all, int* left) { return loaded().multi_info_read(all, left); }

CURLMcode curl_multi_cleanup(CURLM* all) { return loaded().multi_cleanup(all); }

curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  return loaded().slist_append(list, text);
}

void curl_slist_free_all(curl_slist* list) { loaded().slist_free_all(list); }

} // extern "C"

namespace firefinder {

status open_curl(curl_multi& all) {
  try {
    if (all == nullptr)
      all.reset(loaded().multi_init());
    return all != nullptr ? status{} : status::failure("libcurl has no memory");
  } catch (const std::exception& fault) {
    return status::failure(
        std::string{"libcurl cannot be loaded, which Debian's package libcurl4 has ("}
        + fault.what() + ')');
  }
}

void leave_lookups_behind([[maybe_unused]] CURL* handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
}

} // namespace firefinder
