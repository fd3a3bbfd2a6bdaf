#include "src/manual/completion.hpp"

#include "src/configuration/key_table.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

namespace {

using configuration::key;
using configuration::value_type;

// -- what can be said of a value ---------------------------------------------------

enum class kind : unsigned char { none, file, command, setting, level, unknown };

kind kind_of(const option_description& x) {
  const std::string_view value = x.value;
  if (value.empty())
    return kind::none;
  if (value == "FILE" || value.starts_with("OUT") || value.find(".yaml") != value.npos)
    return kind::file;
  if (value == "COMMAND")
    return kind::command;
  if (value == "KEY=VALUE")
    return kind::setting;
  return value == "LEVEL" ? kind::level : kind::unknown;
}

std::string joined(std::span<const std::string_view> words) {
  std::string out;
  for (const auto word : words)
    out += (out.empty() ? "" : " ") + std::string{word};
  return out;
}

// The words that are allowed for a key, or nothing when there are too many.
std::string words_of(const key& k) {
  return k.type == value_type::boolean ? "true false" : joined(k.allowed_words());
}

std::string levels() { return joined(configuration::find_key("log.level")->allowed_words()); }

// Those with a fixed name; a camera's have its id within.
std::vector<key> plain_keys() {
  std::vector<key> out;
  for (const auto& k : configuration::keys())
    if (!k.path.starts_with(configuration::camera_prefix))
      out.push_back(k);
  return out;
}

std::string command_names(std::span<const command_description> commands,
                          std::string_view separator) {
  std::string out;
  for (const auto& x : commands.subspan(1))
    out += (out.empty() ? "" : std::string{separator}) + x.name;
  return out;
}

// `text` with a backslash before each of `special`.
std::string guarded(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != special.npos)
      out += '\\';
    out += c;
  }
  return out;
}

// One word of a shell of Bourne's kind.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string{R"('\'')"} : std::string{c};
  return out + '\'';
}

std::string quoted_for_fish(std::string_view text) { return '\'' + guarded(text, "\\'") + '\''; }

// -- bash ------------------------------------------------------------------------

std::string names_of(const command_description& x) {
  std::string out;
  for (const auto& option : x.options)
    for (const auto& name : option.names)
      out += (out.empty() ? "" : " ") + name;
  return out;
}

// A pattern of `case` with the options whose values are of this kind.
std::string pattern(std::span<const command_description> commands, kind what) {
  std::vector<std::string> names;
  for (const auto& command : commands)
    for (const auto& option : command.options)
      if (kind_of(option) == what)
        for (const auto& name : option.names)
          if (std::ranges::find(names, name) == names.end())
            names.push_back(name);
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : " | ") + name;
  return out;
}

// -- zsh -------------------------------------------------------------------------

std::string zsh_action(const option_description& x) {
  switch (kind_of(x)) {
  case kind::file:
    return ":file:_files";
  case kind::command:
    return ":command:_firefinder_topics";
  case kind::setting:
    return ":setting:_firefinder_settings";
  case kind::level:
    return ":level:(" + levels() + ")";
  case kind::unknown:
    return ":" + guarded(x.value, ":\\") + ": ";
  case kind::none:
    break;
  }
  return {};
}

// An argument of _arguments for each name of an option.
std::string zsh_arguments(const command_description& x) {
  std::string out;
  for (const auto& option : x.options) {
    if (option.names.empty())
      out += ' ' + quoted((option.repeatable ? "*" : "1") + zsh_action(option));
    for (const auto& name : option.names)
      out += ' '
             + quoted((option.repeatable ? "*" : "") + name
                      + (kind_of(option) != kind::none && name.starts_with("--") ? "=" : "") + '['
                      + guarded(option.help, "[]:\\") + ']' + zsh_action(option));
  }
  return out;
}

// -- fish ------------------------------------------------------------------------

std::string fish_value(const option_description& x) {
  switch (kind_of(x)) {
  case kind::none:
    return {};
  case kind::file:
    return " -r -F";
  case kind::setting:
    return " -x -a '(__firefinder_settings)'";
  case kind::level:
    return " -x -a '" + levels() + "'";
  default:
    return " -x";
  }
}

std::string fish_options(const command_description& x) {
  const auto where = x.name.empty()
                         ? std::string{}
                         : " -n " + quoted_for_fish("__fish_seen_subcommand_from " + x.name);
  std::string out;
  for (const auto& option : x.options) {
    if (option.names.empty()) {
      if (kind_of(option) == kind::file)
        out += "complete -c firefinder" + where + " -F\n";
      continue;
    }
    out += "complete -c firefinder" + where;
    for (const std::string_view name : option.names)
      out += name.starts_with("--") ? " -l " + std::string{name.substr(2)}
                                    : " -s " + std::string{name.substr(1)};
    out += fish_value(option) + " -d " + quoted_for_fish(option.help) + '\n';
  }
  return out;
}

// -- the scripts -------------------------------------------------------------------

// The template with each @NAME@ replaced.
std::string filled(std::string_view form,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> names) {
  std::string out{form};
  for (const auto& [name, value] : names)
    for (auto at = out.find(name); at != out.npos; at = out.find(name, at + value.size()))
      out.replace(at, name.size(), value);
  return out;
}

constexpr std::string_view bash_form = R"form(# bash completion for firefinder(1)

# The words that a key of the configuration may have.
_firefinder_words() {
  case $1 in
@WORDS@  esac
}

_firefinder_keys='
@KEYS@'

_firefinder() {
  local cur prev words cword
  _init_completion -n = || return
  local command='' word
  for word in "${words[@]:1:cword-1}"; do
    case $word in
      @COMMANDS@)
        command=$word
        break
        ;;
    esac
  done
  # --option=value is one word here; readline replaces what stands behind the last =.
  case $cur in
    --*=*)
      prev=${cur%%=*}
      cur=${cur#*=}
      ;;
  esac
  case $prev in
    @FILE_OPTIONS@)
      _filedir
      return
      ;;
    @SETTING_OPTIONS@)
      if [[ $cur == *=* ]]; then
        COMPREPLY=($(compgen -W "$(_firefinder_words "${cur%%=*}")" -- "${cur#*=}"))
      else
        COMPREPLY=($(compgen -W "$_firefinder_keys" -- "$cur"))
        compopt -o nospace
      fi
      return
      ;;
    @LEVEL_OPTIONS@)
      COMPREPLY=($(compgen -W '@LEVELS@' -- "$cur"))
      return
      ;;
    @OTHER_OPTIONS@)
      return
      ;;
  esac
  local options='@OPTIONS@'
  case $command in
@CASES@    *)
      options+=' @NAMES@'
      ;;
  esac
  # Where files are, options are offered only when one has begun.
  if ((${#COMPREPLY[@]} == 0)) || [[ $cur == -* ]]; then
    COMPREPLY+=($(compgen -W "$options" -- "$cur"))
  fi
} && complete -F _firefinder firefinder
)form";

constexpr std::string_view zsh_form = R"form(#compdef firefinder

_firefinder_settings() {
  local -a keys
  if compset -P '*='; then
    local key=${IPREFIX%=}
    case ${key##*=} in
@WORDS@    esac
    return
  fi
  keys=(
@KEYS@  )
  _describe -t settings setting keys -S =
}

_firefinder_commands() {
  local -a commands
  commands=(
@COMMANDS@  )
  _describe -t commands command commands
}

_firefinder_topics() {
  _firefinder_commands
  compadd configuration
}

_firefinder() {
  local curcontext=$curcontext state line
  local -a common
  common=(@OPTIONS@ )
  _arguments -C $common '1:command:_firefinder_commands' '*::argument:->arguments'
  case $state in
    arguments)
      case $words[1] in
@CASES@      esac
      ;;
  esac
}

_firefinder "$@"
)form";

} // namespace

std::string bash_completion(std::span<const command_description> commands) {
  std::string words;
  std::string keys;
  for (const auto& k : plain_keys()) {
    keys += "    " + std::string{k.path} + "=\n";
    if (const auto allowed = words_of(k); !allowed.empty())
      words += "    " + std::string{k.path} + ") echo '" + allowed + "' ;;\n";
  }
  const auto names = command_names(commands, " ");
  std::string cases;
  for (const auto& x : commands.subspan(1)) {
    cases += "    " + x.name + ")\n      options+=' " + names_of(x) + "'\n";
    for (const auto& option : x.options)
      if (option.names.empty() && kind_of(option) == kind::file)
        cases += "      [[ $cur == -* ]] || _filedir\n";
      else if (option.names.empty() && kind_of(option) == kind::command)
        cases += "      options+=' " + names + " configuration'\n";
    cases += "      ;;\n";
  }
  return filled(bash_form, {{"@WORDS@", words},
                            {"@KEYS@", keys},
                            {"@COMMANDS@", command_names(commands, " | ")},
                            {"@FILE_OPTIONS@", pattern(commands, kind::file)},
                            {"@SETTING_OPTIONS@", pattern(commands, kind::setting)},
                            {"@LEVEL_OPTIONS@", pattern(commands, kind::level)},
                            {"@OTHER_OPTIONS@", pattern(commands, kind::unknown)},
                            {"@LEVELS@", levels()},
                            {"@OPTIONS@", names_of(commands.front())},
                            {"@NAMES@", names},
                            {"@CASES@", cases}});
}

std::string zsh_completion(std::span<const command_description> commands) {
  std::string words;
  std::string keys;
  for (const auto& k : plain_keys()) {
    keys += "    " + quoted(std::string{k.path} + ':' + guarded(k.help, ":\\")) + '\n';
    if (const auto allowed = words_of(k); !allowed.empty())
      words += filled("      @KEY@) compadd -- @ALLOWED@ ;;\n",
                      {{"@KEY@", k.path}, {"@ALLOWED@", allowed}});
    else if (k.type == value_type::path)
      words += filled("      @KEY@) _files ;;\n", {{"@KEY@", k.path}});
  }
  std::string names;
  std::string cases;
  for (const auto& x : commands.subspan(1)) {
    names += "    " + quoted(x.name + ':' + guarded(x.help, ":\\")) + '\n';
    cases += "        " + x.name + ") _arguments $common" + zsh_arguments(x) + " ;;\n";
  }
  return filled(zsh_form, {{"@WORDS@", words},
                           {"@KEYS@", keys},
                           {"@COMMANDS@", names},
                           {"@OPTIONS@", zsh_arguments(commands.front())},
                           {"@CASES@", cases}});
}

std::string fish_completion(std::span<const command_description> commands) {
  std::string out = R"(# fish completion for firefinder(1)

function __firefinder_settings
)";
  for (const auto& k : plain_keys()) {
    // A tab stands before the description.
    out += filled("    printf '%s=\\t%s\\n' @KEY@ @HELP@\n",
                  {{"@KEY@", k.path}, {"@HELP@", quoted_for_fish(k.help)}});
    if (const auto words = words_of(k); !words.empty())
      out += filled("    printf '@KEY@=%s\\n' @WORDS@\n", {{"@KEY@", k.path}, {"@WORDS@", words}});
  }
  out += "end\n\ncomplete -c firefinder -f\n";
  for (const auto& x : commands.subspan(1))
    out += "complete -c firefinder -n __fish_use_subcommand -a " + x.name + " -d "
           + quoted_for_fish(x.help) + '\n';
  for (const auto& x : commands)
    out += fish_options(x);
  out += "complete -c firefinder -n '__fish_seen_subcommand_from help' -a '"
         + command_names(commands, " ") + " configuration'\n";
  return out;
}

} // namespace firefinder
