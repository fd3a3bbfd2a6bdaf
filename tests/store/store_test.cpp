#undef CAF_SUITE
#define CAF_SUITE store

#include "actors/store/store.hpp"

#include "tests/actor_support/fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>

namespace store_test {

using namespace firefinder;
using namespace firefinder::test;

namespace {

struct fixture : actor_fixture {
  temporary_directory folder;
  store_settings settings;
  store_actor uut;

  fixture() { settings.folder = folder.path() / "state"; }

  ~fixture() {
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    settle();
  }

  std::string problem() {
    std::string result;
    self->send(uut, figures_atom_v);
    settle();
    self->receive([&result](const store_figures& x) { result = x.problem; });
    return result;
  }

  // How many settings it tells of; -1: it does not know.
  int records() {
    int result = -2;
    auto asked = self->request(uut, caf::infinite, load_atom_v, record_kind::setting);
    settle();
    asked.receive(
        [&result](const std::vector<store_record>& x) { result = static_cast<int>(x.size()); },
        [&result](const caf::error&) { result = -1; });
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(store_tests, fixture)

CAF_TEST(a folder that cannot be had at the start is tried again) {
  std::ofstream{settings.folder} << "not a folder";
  uut = own(sys.spawn(firefinder::store, settings, wall()));
  settle();
  CAF_CHECK(!problem().empty());
  pass(31s, 1s);
  CAF_CHECK(!problem().empty());
  CAF_CHECK_EQUAL(records(), -1);
  std::filesystem::remove(settings.folder);
  pass(31s, 1s);
  CAF_CHECK_EQUAL(records(), 0);
  CAF_CHECK_EQUAL(problem(), "");
  CAF_CHECK(std::filesystem::exists(settings.folder + "/firefinder.db"));
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace store_test
