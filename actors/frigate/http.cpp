#include "actors/frigate/http.hpp"

#include "actors/curl.hpp"

#include <list>
#include <utility>

namespace firefinder {

namespace {

// One question on its way; libcurl knows its address.
struct transfer {
  // They outlive the handle.
  curl_list header;
  std::string sent;
  curl_easy handle;
  http_client::listener done;
  std::string body;
  std::size_t most = 0;
  bool begun = false;
  bool too_much = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* whose) {
  auto& x = *static_cast<transfer*>(whose);
  const auto bytes = size * count;
  if (bytes > x.most - x.body.size()) {
    x.too_much = true;
    return 0;
  }
  x.body.append(data, bytes);
  return bytes;
}

void allow_http_only(CURL* handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
}

} // namespace

struct http_client::handles {
  http_limits limits;
  // The transfers go first, and with them what libcurl knows of their memory.
  curl_multi all;
  std::list<transfer> transfers;

  ~handles() {
    for (auto& x : transfers)
      if (x.begun)
        curl_multi_remove_handle(all.get(), x.handle.get());
  }

  // Answers those that could not begin.
  void fail(const std::string& why) {
    std::list<transfer> failed;
    for (auto x = transfers.begin(); x != transfers.end();)
      if (const auto one = x++; !one->begun)
        failed.splice(failed.end(), transfers, one);
    http_answer answer;
    answer.failure = why;
    for (const auto& x : failed)
      x.done(answer);
  }

  transfer& prepare(const std::string& address, listener done) {
    auto& x = transfers.emplace_back();
    x.done = std::move(done);
    x.most = limits.bytes;
    if (!open_curl(all))
      return x;
    x.handle.reset(curl_easy_init());
    auto* const handle = x.handle.get();
    curl_easy_setopt(handle, CURLOPT_URL, address.c_str());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &x);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    // Signals are the business of main.
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "firefinder");
    allow_http_only(handle);
    leave_lookups_behind(handle);
    return x;
  }

  // One without a handle could not be prepared, and is answered by `work`.
  void start(transfer& x) {
    x.begun = x.handle != nullptr && curl_multi_add_handle(all.get(), x.handle.get()) == CURLM_OK;
  }

  void complete(const CURLMsg& message) {
    auto* const handle = message.easy_handle;
    const auto result = message.data.result;
    curl_multi_remove_handle(all.get(), handle);
    for (auto x = transfers.begin(); x != transfers.end(); ++x) {
      if (x->handle.get() != handle)
        continue;
      http_answer answer;
      curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.code);
      if (x->too_much)
        answer.failure = "its answer is too long";
      else if (result != CURLE_OK)
        answer.failure = curl_easy_strerror(result);
      answer.body = std::move(x->body);
      const auto done = std::move(x->done);
      transfers.erase(x);
      done(std::move(answer));
      return;
    }
  }
};

http_client::http_client(const http_limits& limits) : handles_(std::make_unique<handles>()) {
  handles_->limits = limits;
}

http_client::~http_client() = default;

bool http_client::idle() const noexcept { return handles_->transfers.empty(); }

void http_client::get(const std::string& address, listener done) {
  handles_->start(handles_->prepare(address, std::move(done)));
}

void http_client::send(const std::string& method, const std::string& address,
                       const std::string& content_type, std::string body, listener done) {
  auto& x = handles_->prepare(address, std::move(done));
  auto* const handle = x.handle.get();
  if (handle == nullptr)
    return;
  x.sent = std::move(body);
  x.header.reset(curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str()));
  // Without this a long body waits a second for a server that does not say 100.
  curl_slist_append(x.header.get(), "Expect:");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, x.header.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(x.sent.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, x.sent.c_str());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
  handles_->start(x);
}

void http_client::work(std::chrono::milliseconds longest) {
  const auto opened = open_curl(handles_->all);
  handles_->fail(opened ? "libcurl has no memory" : opened.why());
  if (!opened)
    return;
  auto* const all = handles_->all.get();
  int running = 0;
  curl_multi_perform(all, &running);
  if (running != 0) {
    curl_multi_poll(all, nullptr, 0, static_cast<int>(longest.count()), nullptr);
    curl_multi_perform(all, &running);
  }
  int left = 0;
  while (const auto* message = curl_multi_info_read(all, &left))
    if (message->msg == CURLMSG_DONE)
      handles_->complete(*message);
}

} // namespace firefinder
