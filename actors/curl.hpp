#pragma once

#include "messages/status.hpp"

#include <curl/curl.h>

#include <memory>

namespace firefinder {

struct curl_easy_deleter {
  void operator()(CURL* x) const noexcept { curl_easy_cleanup(x); }
};

struct curl_multi_deleter {
  void operator()(CURLM* x) const noexcept { curl_multi_cleanup(x); }
};

struct curl_list_deleter {
  void operator()(curl_slist* x) const noexcept { curl_slist_free_all(x); }
};

/// One transfer.
using curl_easy = std::unique_ptr<CURL, curl_easy_deleter>;

/// Several transfers that go on together.
using curl_multi = std::unique_ptr<CURLM, curl_multi_deleter>;

/// Lines of a header.
using curl_list = std::unique_ptr<curl_slist, curl_list_deleter>;

/// Opens `all` if it is not open. The first time in the process this loads libcurl, which takes
/// several MiB: so not before there is something to ask. Fails, with words, when there is none;
/// that may pass.
[[nodiscard]] status open_curl(curl_multi& all);

/// Lets what a handle looks up be, rather than that the end waits for a name server.
void leave_lookups_behind(CURL* handle);

} // namespace firefinder
