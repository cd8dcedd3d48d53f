package org.lm4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lm4j.cli.options.OldNames;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A script that completes a command line in bash, and in zsh by its emulation of bash: commands,
 * options, values from a fixed set, and files elsewhere. All of it is read off the commands.
 */
final class CompletionScript {
  private static final String FRAME =
      """
      # Completion of lm. Made by 'lm completion'.
      _lm() {
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
        local path='' explained='' word='' head='' words='' i=0
        COMPREPLY=()
        if [[ $cur == '=' ]]; then
          cur=''
        elif [[ $prev == '=' ]] && ((COMP_CWORD > 1)); then
          prev=${COMP_WORDS[COMP_CWORD - 2]}
        fi
        for ((i = 1; i < COMP_CWORD; i++)); do
          word=${COMP_WORDS[i]}
          [[ $word != -* ]] || continue
          if [[ $i == 1 && $word == help ]]; then
            explained=1
            continue
          fi
          [[ " $(_lm_commands "$path") " == *" $word "* ]] || break
          path=${path:+$path }$word
        done
        if [[ $prev == -* ]]; then
          words=$(_lm_values "$path $prev")
          case $words in
            '(text)') return ;;
            '(file)') _lm_files "$cur" && return ;;
          esac
        fi
        if [[ -n $words ]]; then # several, with commas between them
          [[ $cur != *,* ]] || head=${cur%,*},
        elif [[ $cur == -* ]]; then
          words=$(_lm_options "$path")
        else
          words=$(_lm_commands "$path")
          [[ -n $words || -n $explained ]] || words=$(_lm_values "$path ")
          if [[ $words == '(file)' ]]; then
            _lm_files "$cur"
            return
          fi
        fi
        for word in $words; do
          [[ $head$word != "$cur"* ]] || COMPREPLY+=("$head$word")
        done
      }
      _lm_files() {
        local IFS=$'\\n'
        type compopt >/dev/null 2>&1 && compopt -o filenames
        COMPREPLY=($(compgen -f -- "$1"))
        return 0
      }
      """;

  private final Map<String, String> commands = new LinkedHashMap<>(); // by path
  private final Map<String, String> options = new LinkedHashMap<>(); // by path
  private final Map<String, List<String>> values = new LinkedHashMap<>(); // path, option by values

  private CompletionScript() {}

  /** Returns the script for a program and all its commands. */
  static String of(CommandLine program) {
    CompletionScript script = new CompletionScript();
    script.add("", program);
    StringBuilder text = new StringBuilder(FRAME);
    function(text, "_lm_commands", script.commands);
    function(text, "_lm_options", script.options);
    Map<String, String> byPlace = new LinkedHashMap<>();
    script.values.forEach((names, places) -> byPlace.put(String.join("' | '", places), names));
    function(text, "_lm_values", byPlace);
    return text.append("complete -F _lm lm\n").toString();
  }

  private void add(String path, CommandLine command) {
    if (!command.getSubcommands().isEmpty()) {
      commands.put(path, String.join(" ", shown(command)));
    }
    List<String> names = new ArrayList<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.hidden()) {
        List<String> shown = OldNames.present(option);
        names.addAll(shown);
        for (String name : shown) {
          values.computeIfAbsent(valuesOf(option), _ -> new ArrayList<>()).add(path + " " + name);
        }
      }
    }
    values.remove(""); // of options without a value
    options.put(path, String.join(" ", names));
    for (PositionalParamSpec argument : command.getCommandSpec().positionalParameters()) {
      values.computeIfAbsent(valuesOf(argument), _ -> new ArrayList<>()).add(path + " ");
    }
    command.getSubcommands().forEach((name, sub) -> add((path + " " + name).strip(), sub));
  }

  private static List<String> shown(CommandLine command) {
    return command.getSubcommands().entrySet().stream()
        .filter(below -> !below.getValue().getCommandSpec().usageMessage().hidden())
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Returns the values that an argument can have, (file) or (text) for open sets, empty for a flag.
   */
  static String valuesOf(ArgSpec argument) {
    if (argument.arity().max() == 0) {
      return "";
    }
    Iterable<String> candidates = argument.completionCandidates();
    if (candidates != null) {
      return String.join(" ", candidates);
    }
    boolean file =
        argument.auxiliaryTypes()[0] == Path.class
            || Set.of("PATH", "FILE", "DIR", "FILE|-").contains(argument.paramLabel());
    return file ? "(file)" : "(text)";
  }

  private static void function(StringBuilder text, String name, Map<String, String> cases) {
    text.append(name).append("() {\n  case $1 in\n");
    cases.forEach(
        (place, words) ->
            text.append("    '").append(place).append("') echo '").append(words).append("' ;;\n"));
    text.append("  esac\n}\n");
  }
}
