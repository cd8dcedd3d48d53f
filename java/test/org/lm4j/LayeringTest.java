package org.lm4j;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
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
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.lm4j.cli.Lm;

/** The shape of the whole: which package may know which. */
class LayeringTest {
  private static final String ROOT = "org.lm4j";

  /** A package may use packages of lower floors only. One that is not listed here fails. */
  private static final Map<String, Integer> FLOORS =
      Map.ofEntries(
          Map.entry("chart", 0),
          Map.entry("foreign", 0),
          Map.entry("tensor", 0),
          Map.entry("text", 0),
          Map.entry("metric", 0),
          Map.entry("io", 1),
          Map.entry("compute", 1),
          Map.entry("data", 2),
          Map.entry("backend.reference", 2),
          Map.entry("backend.openblas", 2),
          Map.entry("backend.cuda", 2),
          Map.entry("backend", 3),
          Map.entry("nn", 3),
          Map.entry("optim", 4),
          Map.entry("model", 4),
          Map.entry("train", 5),
          Map.entry("generate", 5),
          Map.entry("verify", 5),
          Map.entry("cli", 6));

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
        .allSatisfy(name -> assertThat(FLOORS).containsKey(name));
  }

  @Test
  void modelsAndTrainingAreHandedABackendAndNeverNameOne() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(in("backend.."), in("verify"), in("cli"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(in("backend..")));
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

  @Test
  void onlyLmEndsTheProcess() {
    check(
        noClasses()
            .that()
            .doNotBelongToAnyOf(Lm.class)
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
            .resideOutsideOfPackage(in("cli"))
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
            .resideOutsideOfPackage(in("cli"))
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

  @Test
  void nothingIsLookedUpByName() {
    check(
        noClasses()
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
    // The root package holds what all may use and uses nothing itself.
    return from.equals(to) || to.isEmpty() || floor(to) < floor(from);
  }

  private static int floor(String name) {
    return FLOORS.getOrDefault(name, -1);
  }

  private static String floorName(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1);
  }

  private static String in(String name) {
    return ROOT + "." + name;
  }
}
