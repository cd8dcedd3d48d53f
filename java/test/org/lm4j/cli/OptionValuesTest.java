package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.Need;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.options.Ranges;
import org.lm4j.compute.Cell;
import org.lm4j.decode.BeamSearch;
import org.lm4j.train.Recipe;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Every option of every command: numbers have bounds, names are those the shell completes. */
class OptionValuesTest {
  /** Texts of the user's, though their label is that of a name. */
  private static final Set<String> FREE = Set.of("--image");

  private static final Set<Class<?>> NUMBERS =
      Set.of(int.class, Integer.class, long.class, Long.class, double.class, Double.class);

  /** An option of a command. */
  record Place(String command, OptionSpec option) {
    @Override
    public String toString() {
      return command + " " + option.names()[0];
    }

    Class<?> type() {
      return option.auxiliaryTypes()[0];
    }

    /** The arguments with this value, and something for whatever the command needs. */
    private String[] arguments(String value) {
      List<String> arguments = new ArrayList<>(List.of(command.split(" ", -1)));
      CommandSpec spec = LINES.line(command).getCommandSpec();
      for (OptionSpec other : spec.options()) {
        if (other.required() && !other.equals(option)) {
          arguments.add(other.names()[0]);
          arguments.add(
              other.completionCandidates() == null
                  ? "none"
                  : other.completionCandidates().iterator().next());
        }
      }
      for (PositionalParamSpec argument : spec.positionalParameters()) {
        for (int i = 0; i < argument.arity().min(); i++) {
          arguments.add("none");
        }
      }
      arguments.add(option.names()[0] + "=" + value);
      return arguments.toArray(String[]::new);
    }

    /** Returns the result of reading a value; nothing is run if it is accepted. */
    Commands.Outcome read(String value) {
      return LINES.read(arguments(value));
    }
  }

  /** All command lines, which are only parsed. */
  private static final class Lines {
    private final StringWriter err = new StringWriter();
    private final CommandLine lm =
        Lm.commandLine(new PrintWriter(new StringWriter()), new PrintWriter(err));

    Lines() {
      lm.setExecutionStrategy(
          parsed -> {
            Ranges.check(parsed);
            return ExitCodes.OK;
          });
    }

    Commands.Outcome read(String... arguments) {
      err.getBuffer().setLength(0);
      int code = Lm.run(lm, arguments);
      return new Commands.Outcome(code, "", err.toString());
    }

    CommandLine line(String command) {
      CommandLine line = lm;
      for (String name : command.split(" ", -1)) {
        line = Objects.requireNonNull(line.getSubcommands().get(name), name);
      }
      return line;
    }
  }

  private static final Lines LINES = new Lines();

  private static Stream<Place> options(String path, CommandLine line) {
    Stream<Place> own =
        line.getSubcommands().isEmpty()
            ? line.getCommandSpec().options().stream().map(option -> new Place(path, option))
            : Stream.of();
    return Stream.concat(
        own,
        line.getSubcommands().entrySet().stream()
            .flatMap(e -> options((path + " " + e.getKey()).strip(), e.getValue())));
  }

  private static List<Place> numbers() {
    return options("", LINES.lm).filter(place -> NUMBERS.contains(place.type())).toList();
  }

  private static List<Place> names() {
    return options("", LINES.lm)
        .filter(place -> !FREE.contains(place.option().names()[0]))
        .filter(
            place ->
                place.type().isEnum()
                    || Set.of("NAME", "CELL", "LEVEL", "UNIT").contains(place.option().paramLabel())
                    || place.option().completionCandidates() != null)
        .toList();
  }

  @Test
  void numbersOutOfRangeAreRefusedInOneSentence() {
    List<Place> numbers = numbers();
    assertThat(numbers).hasSizeGreaterThan(250);
    for (Place place : numbers) {
      double most = Ranges.most(place.option().names()[0]);
      for (String value : List.of("2000000000", "99999999999999999999", "NaN", "1e400", "-1e39")) {
        if (Math.abs(Double.parseDouble(value)) <= most) {
          continue; // seeds, and limits beyond which nothing is clipped
        }
        Commands.Outcome outcome = place.read(value);
        assertThat(outcome.code()).as("%s %s", place, value).isEqualTo(ExitCodes.BAD_INPUT);
        assertThat(outcome.err())
            .as("%s %s", place, value)
            .hasLineCount(1)
            .contains("'" + place.option().names()[0], "' is ");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "vqa train; --batch; 1000001; '1000001' is above 1,000,000",
        "seq2seq translate; --beam; 1001; '1001' is above 1,000",
        "train; --layers; 65; '65' is above 64",
        "embed train; --embedding; 65537; '65537' is above 65,536",
        "net tune; --rates; 0.1,1e7; '1.0E7' is above 1,000,000",
        "inspect; --forget-bias; -1e39; '-1.0E39' is below -3.4028234663852886E38",
        "tag train; --feature-columns; 1,2000; '2000' is above 1,000"
      })
  void theGreatestValueIsNamed(String command, String option, String value, String says) {
    OptionSpec spec = LINES.line(command).getCommandSpec().findOption(option);
    Commands.Outcome outcome = Commands.lm(new Place(command, spec).arguments(value));
    Commands.assertRefused(outcome, "Invalid value for option '" + option + "': " + says);
  }

  @Test
  void theLibraryRefusesThemToo() {
    Recipe.OptimizerChoice sgd = new Recipe.OptimizerChoice("sgd", 1, 0, 0);
    Recipe.ScheduleChoice constant = new Recipe.ScheduleChoice("constant", 1, 1, 0, 0, 0);
    Recipe.ClipChoice clip = new Recipe.ClipChoice(0, 0);
    assertThat(new Recipe(Recipe.MOST_BATCH, 1, sgd, constant, clip, 1).batch()).isEqualTo(1000000);
    assertThatThrownBy(() -> new Recipe(2_000_000_000, 1, sgd, constant, clip, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Recipe(100_000, 100_000, sgd, constant, clip, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100000 streams of 100000 steps");
    assertThatThrownBy(() -> new BeamSearch.Options(1001, 1, 0, 0, 1, List.of()))
        .hasMessageContaining("1..1000");
  }

  /** Tests that completion offers the accepted values, spelled as in the help. */
  @Test
  void everyFixedSetIsCompletedAndEachOfItsNamesAccepted() {
    List<Place> names = names();
    assertThat(names).hasSizeGreaterThan(80).allSatisfy(OptionValuesTest::completesWhatItTakes);
  }

  private static void completesWhatItTakes(Place place) {
    assertThat(place.option().completionCandidates()).as("%s completes nothing", place).isNotNull();
    List<String> names = new ArrayList<>();
    place.option().completionCandidates().forEach(names::add);
    assertThat(names).isNotEmpty().doesNotHaveDuplicates();
    for (String name : names) {
      assertThat(name).isEqualTo(name.toLowerCase(Locale.ROOT));
      assertThat(place.read(name)).isEqualTo(new Commands.Outcome(ExitCodes.OK, "", ""));
      assertThat(place.read(name.toUpperCase(Locale.ROOT)).code()).isEqualTo(ExitCodes.OK);
    }
    assertThat(place.read("nonesuch").err())
        .contains("'nonesuch' is none of " + String.join(", ", names));
    String help = LINES.line(place.command()).getUsageMessage();
    assertThat(names).allSatisfy(name -> assertThat(help).contains(name));
  }

  /** Tests the completions that bash offers. */
  @Test
  void theShellCompletesThem(@TempDir Path folder) throws Exception {
    Need.SHELL.executable("/bin/bash");
    Path script = Files.writeString(folder.resolve("c"), Commands.output("completion", "bash"));
    assertThat(completed(script, "lm", "import", "--cell", ""))
        .containsExactlyElementsOf(Stream.of(Cell.values()).map(Cell::label).toList());
    assertThat(completed(script, "lm", "plot", "--x", "")).containsExactly("step", "epoch", "time");
    assertThat(completed(script, "lm", "tag", "train", "--optimizer", "ada"))
        .containsExactly("adagrad", "adam", "adamw");
    assertThat(completed(script, "lm", "seq2seq", "tasks", "--task", ""))
        .containsExactly("dates", "reverse", "addition");
    assertThat(completed(script, "lm", "embed", "export", "--format", "b"))
        .containsExactly("binary");
  }

  private static List<String> completed(Path script, String... words)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/bin/bash",
                "-c",
                ". \"$0\"; compopt() { :; }; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
                    + " f=$(complete -p lm | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f;"
                    + " printf '%s\\n' \"${COMPREPLY[@]}\"",
                script.toString()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8)
            .lines()
            .map(String::strip)
            .toList();
    assertThat(process.waitFor()).isZero();
    return lines;
  }
}
