#include "messages/url_secrets.hpp"

#include <gtest/gtest.h>

namespace firefinder::url_secrets_test {
namespace {

TEST(path_shows_password, knows_the_names_of_passwords) {
  for (const auto* path :
       {"/user=admin&password=secret&channel=1&stream=0.sdp",
        "/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream", "/x?PWD=secret",
        "/x?user=a&Passwd=b", "/pass=1/live", "/x;passphrase=1", "/x?pass_word=1", "/x?passwd[0]=1",
        "/user=admin%26password%3Dsecret", "/x#pwd=1", "?pass:1", "/user=a&password="})
    EXPECT_TRUE(path_shows_password(path, "")) << path;
  for (const auto* path : {"", "/", "/main", "/compass=1", "/bypass/1=2", "/pwdx=1", "/x?spwd=1",
                           "/passage/1=2", "/cam/realmonitor?channel=1&subtype=0",
                           "/Streaming/Channels/101?transportmode=unicast", "/%", "/%4", "/%zz="})
    EXPECT_FALSE(path_shows_password(path, "")) << path;
}

TEST(path_shows_password, finds_the_password_itself) {
  for (const auto* path : {"/p@ss/live", "/p%40ss/live", "/x?token=p%40%73s", "/xp@ssx"})
    EXPECT_TRUE(path_shows_password(path, "p@ss")) << path;
  EXPECT_TRUE(path_shows_password("/p%40ss", "p%40ss"));
  EXPECT_FALSE(path_shows_password("/p@s/live", "p@ss"));
  // That would be any address.
  EXPECT_FALSE(path_shows_password("/live/abc", "abc"));
  EXPECT_FALSE(path_shows_password("/live", ""));
}

} // namespace
} // namespace firefinder::url_secrets_test
