#include "src/manual/manual_page.hpp"

#include "src/manual/roff.hpp"
#include "src/program_version.hpp"

namespace firefinder {

namespace {

// One entry of a list of options: how it is typed, then what it does.
std::string entry(const option_description& x) {
  std::string out = ".TP\n";
  for (std::size_t i = 0; i < x.names.size(); ++i)
    out += (i > 0 ? ", " : "") + roff::literal(x.names[i]);
  if (!x.value.empty())
    out += (x.names.empty() ? "" : " ") + roff::placeholder(x.value);
  out += '\n' + roff::text(x.help) + ".\n";
  if (!x.standard.empty())
    out += "Default: " + roff::literal(x.standard) + ".\n";
  return out;
}

std::string entries(const command_description& x) {
  std::string out;
  for (const auto& option : x.options)
    out += entry(option);
  return out;
}

// How a command is called: its own options, then what it takes without a name.
std::string heading(const command_description& x) {
  std::string out = ".SS " + roff::literal("firefinder " + x.name);
  bool options = false;
  std::string arguments;
  for (const auto& option : x.options)
    if (option.names.empty())
      arguments += ' ' + roff::placeholder(option.value) + (option.repeatable ? "..." : "");
    else
      options = true;
  return out + (options ? " [" + roff::placeholder("OPTION") + "]..." : "") + arguments + '\n';
}

constexpr auto after_the_commands = R"(.SH EXIT STATUS
.TP
.B 0
Success; the daemon was stopped by SIGTERM or SIGINT.
.TP
.BR 1 ", " 2
Of
.BR "firefinder status" :
the daemon is degraded; nobody was reached.
.TP
.B 64
The command line makes no sense.
.TP
.BR 65 ", " 66
A recording has a bad line; a file cannot be read.
.TP
.B 70
An internal fault.
.TP
.B 74
A file cannot be written.
.TP
.B 75
Another daemon works with the same store.
.TP
.B 78
The configuration cannot be used; standard error says which key, which value, where it comes from
and what is allowed.
.SH ENVIRONMENT
Most settings can be given as environment variables, such as
.BR MQTT_BROKER ;
.BR firefinder.yaml (5)
names them all.
.SH FILES
.TP
.I /etc/firefinder/firefinder.yaml
The configuration, read where
.B \-\-config
names no other file.
.TP
.I /var/lib/firefinder
What outlives a restart, when systemd runs the daemon.
.TP
.I /usr/share/doc/firefinder
Installation, operation, a broker's access rules, dashboards.
.SH SEE ALSO
.BR firefinder.yaml (5),
.BR mosquitto (8),
.BR systemctl (1),
.BR journalctl (1)
)";

} // namespace

std::string manual_page(std::span<const command_description> commands) {
  const auto& program = commands.front();
  auto out = roff::title("firefinder", 1, program_version(), "User Commands");
  out += ".SH NAME\nfirefinder \\- fire alarm by agreement between cameras, over MQTT\n"
         ".SH SYNOPSIS\n.B firefinder\n[\\fIOPTION\\fR]... [\\fICOMMAND\\fR] "
         "[\\fIARGUMENT\\fR]...\n"
         ".SH DESCRIPTION\n"
         + roff::paragraphs(program.help)
         + roff::paragraphs("Without a command it runs the daemon.\n")
         + ".SH OPTIONS\nThese stand before or behind a command.\n" + entries(program)
         + ".SH COMMANDS\n";
  for (const auto& x : commands.subspan(1))
    out += heading(x) + roff::text(x.help) + ".\n" + roff::paragraphs(x.details) + entries(x);
  return out + ".SH EXAMPLES\n" + roff::paragraphs(program.details) + after_the_commands;
}

} // namespace firefinder
