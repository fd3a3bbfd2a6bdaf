#include "tests/support/certificates.hpp"

#include "tests/support/child_process.hpp"
#include "tests/support/wait.hpp"

#include <stdexcept>

namespace firefinder::test {

namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  const auto done = run(std::move(arguments), {}, patience);
  if (done.state.code != 0)
    throw std::runtime_error("openssl failed: " + done.error);
}

} // namespace

certificate_authority::certificate_authority(const std::string& name) {
  own_ = {directory_.path() / "authority.crt", directory_.path() / "authority.key"};
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-days", "2", "-subj", "/CN=" + name, "-keyout", own_.key, "-out", own_.file});
}

certificate certificate_authority::issue(const std::string& name,
                                         const std::vector<std::string>& names, int days) const {
  const auto path = [&](const char* suffix) { return directory_.path() / (name + suffix); };
  std::string extensions = names.empty() ? "extendedKeyUsage=clientAuth\n" : "subjectAltName=";
  for (std::size_t i = 0; i < names.size(); ++i)
    extensions += (i == 0 ? "" : ",") + names[i];
  directory_.write(name + ".ext", extensions + '\n');
  openssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
           "-subj", "/CN=" + name, "-keyout", path(".key"), "-out", path(".csr")});
  openssl({"x509", "-req", "-in", path(".csr"), "-CA", own_.file, "-CAkey", own_.key,
           "-CAcreateserial", "-days", std::to_string(days), "-extfile", path(".ext"), "-out",
           path(".crt")});
  return {path(".crt"), path(".key")};
}

} // namespace firefinder::test
