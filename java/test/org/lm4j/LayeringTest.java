package org.lm4j;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.cpu.code.CodeExponentials;
import org.lm4j.cli.Lm;
import org.lm4j.parallel.mpi.MpiRanks;
import org.lm4j.task.LoadedModel;

/** The shape of the whole: which package may know which. */
class LayeringTest {
  private static final String ROOT = "org.lm4j";

  /** The floors, lowest first: a package may use packages of lower floors only. */
  private static final List<List<String>> BUILDING =
      List.of(
          List.of("chart", "foreign", "text.source", "metric"),
          List.of("tensor"),
          List.of("text.subword", "text.token", "compute.update"),
          List.of("text"),
          List.of("io", "compute", "backend.cpu.code"),
          List.of("compute.composed", "compute.queue", "text.sentence"),
          List.of(
              "io.numpy",
              "ngram",
              "backend.reference",
              "backend.cpu.kernel",
              "backend.cuda.driver"),
          List.of("backend.cpu.kernel.scalar"),
          List.of("backend.cpu.kernel.vector"),
          List.of("backend.cpu.kernel.machine"),
          List.of("backend.cpu.kernel.choice"),
          List.of(
              "data",
              "backend.cpu.blas",
              "backend.cuda.cublas",
              "backend.cuda.cudnn",
              "backend.cuda.nccl"),
          List.of("backend.cpu.panel"),
          List.of("backend.cpu.job", "backend.cuda.device"),
          List.of("backend.cpu.rnn", "backend.cuda.rnn"),
          List.of("backend.cpu", "backend.cuda"),
          List.of("backend", "nn", "parallel"),
          List.of("nn.attention", "nn.softmax", "optim", "parallel.mpi", "backend.nccl"),
          List.of("model"),
          List.of("train.log"),
          List.of("train", "decode"),
          List.of("train.batch", "train.trial", "train.watch"),
          List.of("task"),
          List.of("serve.engine"),
          List.of("serve"),
          List.of("verify"),
          List.of("cli.frame"),
          List.of("cli.report"),
          List.of("cli.options"),
          List.of("cli.plot", "cli.score", "cli.adapt"),
          List.of(
              "cli.lm",
              "cli.compare",
              "cli.tag",
              "cli.classify",
              "cli.seq2seq",
              "cli.caption",
              "cli.vqa",
              "cli.embed",
              "cli.serve",
              "cli.net",
              "cli.ngram",
              "cli.inspect"),
          List.of("cli"));

  /** A task knows no other, but for these. */
  private static final Set<String> TASKS_THAT_USE_ANOTHER =
      Set.of("inspect lm", "seq2seq scenes", "vqa caption", "classify tag");

  /** Machine code of a function, which belongs to no backend. */
  private static final DescribedPredicate<JavaClass> EXPONENTIALS =
      type(CodeExponentials.class).or(type(CodeExponentials.Numbers.class));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void packagesUseLowerFloorsOnly() {
    TreeSet<String> broken = new TreeSet<>();
    for (JavaClass user : CLASSES) {
      for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
        JavaClass used = dependency.getTargetClass().getBaseComponentType();
        if (used.getPackageName().startsWith(ROOT) && !allowed(user, used)) {
          broken.add(dependency.getDescription());
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyPackageHasAFloorAndThereAreClasses() {
    assertThat(CLASSES).hasSizeGreaterThan(20);
    assertThat(CLASSES.stream().map(LayeringTest::floorName).filter(name -> !name.isEmpty()))
        .allSatisfy(name -> assertThat(floor(name)).isNotNegative());
  }

  @Test
  void modelsAndTrainingAreHandedABackendAndNeverNameOne() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(in("backend.."), in("verify"), in("cli.."))
            .and()
            .doNotBelongToAnyOf(LoadedModel.class) // opens the fastest one for the entry points
            .should()
            .dependOnClassesThat(
                resideInAPackage(in("backend.."))
                    .and(DescribedPredicate.not(type(BackendOptions.class)))
                    .and(DescribedPredicate.not(EXPONENTIALS))));
  }

  @Test
  void onlyForeignOpensNativeLibraries() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(in("foreign"))
            .should()
            .dependOnClassesThat()
            .areAssignableTo(Linker.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(SymbolLookup.class)
            .orShould()
            .callMethod(System.class, "load", String.class)
            .orShould()
            .callMethod(System.class, "loadLibrary", String.class));
  }

  /** But for a rank that is stuck in a library, waiting for one that is gone. */
  @Test
  void onlyLmEndsTheProcess() {
    check(
        noClasses()
            .that()
            .doNotBelongToAnyOf(Lm.class, MpiRanks.class)
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class));
  }

  @Test
  void theLibraryPrintsNothing() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(in("cli.."))
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethodWhere(target(name("printStackTrace")))
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("java.util.logging.."));
  }

  @Test
  void eachToolHasOneHome() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(in("cli.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(in("io"))
            .should()
            .dependOnClassesThat(
                resideInAPackage("tools.jackson..")
                    .or(resideInAPackage("com.fasterxml.jackson.."))
                    .and(
                        DescribedPredicate.not(
                            resideInAPackage("com.fasterxml.jackson.annotation..")))));
  }

  /** The library's messages name parameters; {@code OptionNames} makes options of them. */
  @Test
  void noStringOutsideTheCommandLineNamesAnOption() throws IOException {
    Pattern option = Pattern.compile("\"[^\"]*--[a-z]");
    // of java, pip and docker
    List<String> others = List.of("--add-modules jdk", "--upgrade nvidia", "--gpus all");
    Path main = Path.of("java", "main", "org", "lm4j");
    try (Stream<Path> files = Files.walk(main)) {
      List<String> found = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        if (!file.startsWith(main.resolve("cli"))) {
          Files.readAllLines(file).stream()
              .filter(line -> option.matcher(line).find())
              .filter(line -> others.stream().noneMatch(line::contains))
              .forEach(line -> found.add(file + ": " + line.strip()));
        }
      }
      assertThat(found).isEmpty();
    }
  }

  /** But for the JDK's class for signals, of whose use javac warns. */
  @Test
  void nothingIsLookedUpByName() {
    check(
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("org.lm4j.cli.serve.HangUp")
            .should()
            .callMethod(Class.class, "forName", String.class)
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("sun.misc.Unsafe"));
  }

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }

  private static boolean allowed(JavaClass user, JavaClass used) {
    String from = floorName(user);
    String to = floorName(used);
    if (from.equals("task") && to.equals("task")) {
      String one = task(user);
      return one.equals(task(used))
          || task(used).isEmpty()
          || TASKS_THAT_USE_ANOTHER.contains(one + " " + task(used));
    }
    // The root package holds what all may use and uses nothing itself.
    return from.equals(to) || to.isEmpty() || floor(to) < floor(from);
  }

  private static int floor(String name) {
    for (int i = 0; i < BUILDING.size(); i++) {
      if (BUILDING.get(i).contains(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Returns the floor of a package; all tasks are on the same floor. */
  private static String floorName(JavaClass type) {
    String name = type.getPackageName();
    String below = name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
    return below.startsWith("task.") ? "task" : below;
  }

  /** Returns the task that a class belongs to; a task may have packages below its own. */
  private static String task(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(in("task")) ? "" : name.substring(in("task.").length()).split("\\.", -1)[0];
  }

  private static String in(String name) {
    return ROOT + "." + name;
  }
}
