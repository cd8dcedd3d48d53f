package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.cpu.CpuSpeed;
import org.lm4j.backend.cpu.MatrixReport;
import org.lm4j.backend.cpu.blas.BlasFacts;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.code.CodeTiles;
import org.lm4j.backend.cpu.kernel.Lanes;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cuda.CudaReport;
import org.lm4j.cli.Finding.State;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.foreign.NativeException;
import org.lm4j.io.Json;
import org.lm4j.parallel.mpi.Launch;
import org.lm4j.parallel.mpi.Mpi;
import org.lm4j.parallel.mpi.MpiLibrary;
import org.lm4j.verify.DeviceTrials;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** {@code lm doctor}: reports what this machine has, and how to install what is missing. */
@Command(
    name = "doctor",
    description = "Show what was found on this machine, and how to fix what is missing.",
    footer = {
      "The exit code is 1 if something that is needed is broken, else 0; with --deep it is the"
          + " number of trials that failed.",
      "",
      "Example:",
      "  lm doctor --device cuda --deep --json gpu.json"
    })
final class DoctorCommand extends Subcommand implements Callable<Integer> {
  private static final int TRIAL_SECONDS = 30;

  /** Standard output, as the value of an option. */
  private static final String OUTPUT = "-";

  /** A file to write, or standard output. */
  static final class OutputOrFile implements ITypeConverter<Path> {
    @Override
    public Path convert(String value) {
      return value.equals(OUTPUT) ? Path.of(OUTPUT) : new PathConverters.Output().convert(value);
    }
  }

  /** The devices that can be tested. */
  enum Device {
    /** An NVIDIA GPU. */
    CUDA;

    @Override
    public String toString() {
      return "cuda";
    }
  }

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "What --deep tries: ${COMPLETION-CANDIDATES}, which it does without this too.")
  private @Nullable Device device;

  @Option(
      names = "--deep",
      description = {
        "Try all that computing on a GPU consists of, from the driver to training steps: each by"
            + " itself, in a separate process, which may take 30 seconds."
      })
  private boolean deep;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      arity = "0..1",
      fallbackValue = OUTPUT,
      converter = OutputOrFile.class,
      description =
          "Print what was found as one JSON object; with a FILE, also write it there, with"
              + " --deep after each trial.")
  private @Nullable Path json;

  @Option(
      names = "--speed",
      description = {
        "Measure what bounds a model on this CPU instead, with one thread and with several: how fast"
            + " it multiplies matrices that are in its cores' own caches, how long the functions of"
            + " a unit's gates take, and how fast it reads memory, by size. Takes about five"
            + " seconds."
      })
  private boolean speed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = Converters.Threads.class,
      description = "The threads of --speed [one per processor].")
  private @Nullable Integer threads;

  @Option(names = DeepCheck.TRIAL, hidden = true)
  private @Nullable String trial;

  @Override
  public Integer call() {
    if (trial != null) {
      PrintWriter answers = out();
      answers.println(Json.line(DeepCheck.here(trial)));
      return ExitCodes.OK;
    }
    boolean printed = json != null && json.equals(Path.of(OUTPUT));
    if (deep) {
      DeepCheck check =
          new DeepCheck(
              DeepCheck::again, TRIAL_SECONDS, printed ? err() : out(), printed ? null : json);
      int failures = check.run(DeviceTrials.names());
      if (printed) {
        out().println(Json.line(check.report()));
      }
      return failures;
    }
    if (device != null) {
      throw new InputException("--device is for --deep, which tries a GPU.");
    }
    if (threads != null && !speed) {
      throw new InputException("--threads is for --speed, which measures with them.");
    }
    if (speed) {
      int most = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
      SpeedPage page = new SpeedPage(CpuSpeed.measure(most));
      write(printed, page);
      if (!printed) {
        page.lines().forEach(out()::println);
      }
      return ExitCodes.OK;
    }
    List<Finding> findings = examine();
    boolean broken = findings.stream().anyMatch(finding -> finding.state() == State.BROKEN);
    write(printed, new Report(broken, findings.stream().map(Line::of).toList()));
    if (!printed) {
      print(findings);
    }
    return broken ? ExitCodes.FAILURE : ExitCodes.OK;
  }

  /** Writes a report as JSON where {@code --json} asks for it. */
  private void write(boolean printed, Object report) {
    if (printed) {
      out().println(Json.line(report));
    } else if (json != null) {
      Json.write(json, report);
    }
  }

  /** The output of {@code --json}. */
  private record Report(boolean broken, List<Line> findings) {}

  /** A finding with its state in words. */
  private record Line(String subject, String state, String found, @Nullable String fix) {
    static Line of(Finding finding) {
      String state = finding.state().name().toLowerCase(Locale.ROOT);
      return new Line(finding.subject(), state, finding.found(), finding.fix());
    }
  }

  private void print(List<Finding> findings) {
    PrintWriter out = out();
    for (Finding finding : findings) {
      out.printf("%-14s %-7s %s%n", finding.subject(), finding.state().mark(), finding.found());
      if (finding.fix() != null) {
        out.printf("%-22s fix: %s%n", "", finding.fix());
      }
    }
  }

  private static List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    Runtime runtime = Runtime.getRuntime();
    findings.add(Finding.ok("Java", Version.java() + ", " + System.getProperty("java.home")));
    findings.add(
        Finding.ok(
            "machine",
            "%d cores, Java heap up to %,d MiB"
                .formatted(runtime.availableProcessors(), runtime.maxMemory() >> 20)));
    boolean nativeAccess = Lm.class.getModule().isNativeAccessEnabled();
    findings.add(
        nativeAccess
            ? Finding.ok("native access", "enabled")
            : new Finding(
                "native access",
                State.BROKEN,
                "not enabled",
                "run scripts/lm, or give Java --enable-native-access=ALL-UNNAMED"));
    findings.add(vectors());
    findings.add(machineCode());
    findings.add(bf16());
    findings.add(openBlas());
    findings.add(auto());
    MatrixReport.examine(runtime.availableProcessors())
        .forEach(
            line ->
                findings.add(new Finding(line.subject(), State.OK, line.text(), line.advice())));
    CudaReport.examine().forEach(line -> findings.add(gpu(line)));
    findings.add(mpi(System.getenv()));
    return findings;
  }

  private static Finding vectors() {
    if (!Lanes.VECTOR_API) {
      return new Finding(
          "Vector API",
          State.ABSENT,
          Kernels.VECTORISED
              ? "not there; attention and skip-gram are slower without it"
              : "not there; --device cpu is much slower without it",
          "run scripts/lm, or give Java --add-modules jdk.incubator.vector");
    }
    int lanes = Lanes.COUNT;
    return Finding.ok("Vector API", lanes + " lanes of float, " + lanes * Float.SIZE + " bits");
  }

  /** Faster than the Vector API, which computes the same where it is missing. */
  private static Finding machineCode() {
    if (!Kernels.VECTORISED) {
      return new Finding("machine code", State.ABSENT, "not used without the Vector API", null);
    }
    int lanes = Lanes.COUNT;
    CodeTiles.Found products = CodeTiles.float32(lanes);
    if (products.tiles() == null) {
      return new Finding("machine code", State.ABSENT, products.missing(), null);
    }
    CodeTiles.Found bf16 = CodeTiles.bf16();
    return Finding.ok(
        "machine code",
        "matrix products in float32, %d lanes; %s"
            .formatted(
                lanes, bf16.tiles() == null ? "none in bf16: " + bf16.missing() : "and in bf16"));
  }

  /** What {@code --precision bf16} does on this CPU. */
  private static Finding bf16() {
    Bf16Panels panels = Bf16Panels.fastest();
    String reason = panels.missing().isEmpty() ? "" : " (" + panels.missing() + ")";
    return Finding.ok("--precision", "on the CPU fp32, or " + panels.description() + reason);
  }

  /** Finds what {@code --device auto} chooses here, and why if that is not the fastest. */
  private static Finding auto() {
    List<String> reasons = new ArrayList<>();
    try (Backend backend = Backends.open("auto", BackendOptions.defaults(), reasons::add)) {
      String taken = backend.description();
      String reason = reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")";
      return Finding.ok("--device auto", taken + reason);
    } catch (BackendException e) {
      return new Finding(
          "--device auto",
          State.BROKEN,
          String.valueOf(e.getMessage()),
          "--blas java and --device reference work without a library");
    }
  }

  /**
   * Looks for OpenBLAS, which is faster for large products but needed only if it is chosen by name.
   */
  private static Finding openBlas() {
    try {
      BlasFacts facts = BlasLibrary.open().facts();
      return Finding.ok(
          "OpenBLAS",
          "%s, kernels %s, one thread a call: %s, from %s"
              .formatted(
                  facts.config().strip(),
                  facts.core(),
                  facts.singleThreaded() ? "yes" : "no",
                  facts.path()));
    } catch (NativeException e) {
      boolean needed =
          System.getenv("LM4J_BLAS") != null || System.getProperty("lm4j.blas") != null;
      return new Finding(
          "OpenBLAS",
          needed ? State.BROKEN : State.ABSENT,
          String.valueOf(e.getMessage()),
          "set LM4J_BLAS to the path of a CBLAS library; --blas java works without");
    }
  }

  /** Looks for MPI, and for the program that started this process as one of several. */
  private static Finding mpi(Map<String, String> environment) {
    Optional<Launch> launch = Launch.of(environment);
    String started = launch.map(found -> "; " + found.description()).orElse("");
    if (environment.containsKey("SLURM_JOB_ID")) {
      started += "; Slurm job " + environment.get("SLURM_JOB_ID");
    }
    try {
      Mpi library = MpiLibrary.open(launch.map(Launch::starter).orElse(null));
      return Finding.ok(
          "MPI",
          "%s, MPI %s, from %s%s"
              .formatted(library.version(), library.standard(), library.name(), started));
    } catch (NativeException e) {
      return new Finding(
          "MPI",
          launch.isPresent() ? State.BROKEN : State.ABSENT,
          e.getMessage() + started,
          "needed only for training by several processes");
    }
  }

  /** A library or device of CUDA, which only {@code --device cuda} needs. */
  private static Finding gpu(CudaReport.Line line) {
    State state = line.found() ? State.OK : State.ABSENT;
    return new Finding(line.subject(), state, line.text(), null);
  }
}
