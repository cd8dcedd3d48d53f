package org.lm4j.parallel.mpi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/**
 * Has a C compiler compare every prototype and value that is bound with the headers of Open MPI and
 * MPICH, where they are (Debian: {@code libopenmpi-dev}, {@code libmpich-dev}): a function declared
 * twice with different types does not compile.
 */
class MpiHeadersTest {
  private static final List<String> FOLDERS =
      List.of(
          "/usr/lib/*/openmpi/include",
          "/usr/include/*/mpich",
          "/usr/include/openmpi-*",
          "/usr/include/mpich-*",
          "/usr/local/include",
          "/opt/homebrew/include");

  @TempDir private Path folder;

  @Test
  void openMpi() throws Exception {
    Path include = headers("OPEN_MPI", "libopenmpi-dev");
    assertThat(
            compile(
                include,
                bound()
                    + same("MPI_COMM_WORLD", "ompi_mpi_comm_world")
                    + same("MPI_BYTE", "ompi_mpi_byte")
                    + equal("MPI_THREAD_SERIALIZED", 2)
                    + equal("sizeof(MPI_Comm)", Long.BYTES)
                    + equal("sizeof(MPI_Datatype)", Long.BYTES)))
        .isEmpty();
  }

  @Test
  void mpich() throws Exception {
    Path include = headers("MPICH_VERSION", "libmpich-dev");
    assertThat(
            compile(
                include,
                bound()
                    + equal("MPI_COMM_WORLD", Abi.MPICH.world())
                    + equal("MPI_BYTE", Abi.MPICH.bytes())
                    + equal("MPI_THREAD_SERIALIZED", Abi.MPICH.serialized())
                    + equal("sizeof(MPI_Comm)", Integer.BYTES)
                    + equal("sizeof(MPI_Datatype)", Integer.BYTES)))
        .isEmpty();
  }

  @Test
  void aWrongPrototypeOrValueIsNoticed() throws Exception {
    Path include = headers("mpi.h", "libopenmpi-dev or libmpich-dev");
    for (String wrong :
        List.of(
            "int MPI_Barrier(MPI_Comm comm, int more);",
            "int MPI_Finalize(int code);",
            "int MPI_Isend(const void *buf, long count, MPI_Datatype datatype, int dest, int tag,"
                + " MPI_Comm comm, MPI_Request *request);",
            "void *used = (void *) &MPI_Finish;",
            equal("MPI_SUCCESS", 1),
            "extern int other;\n" + same("MPI_BYTE", "other"))) {
      assertThat(compile(include, wrong)).as(wrong).isNotEmpty();
    }
    assertThat(compile(include, "int MPI_Barrier(MPI_Comm comm);")).isEmpty();
  }

  /** What holds for all families. */
  private static String bound() {
    StringBuilder c = new StringBuilder();
    Mpi.PROTOTYPES.forEach(
        (name, text) -> {
          c.append("void *use_%s(void) { return (void *) &%s; }\n".formatted(name, name));
          c.append(text).append(";\n");
        });
    return c.append(equal("MPI_SUCCESS", 0))
        .append(holds("sizeof(MPI_Request) <= " + MpiTransfer.FLAG))
        .append(holds("sizeof(MPI_Status) <= " + MpiTransfer.STATUS_BYTES))
        .append(holds("MPI_MAX_LIBRARY_VERSION_STRING < " + Mpi.LONGEST_VERSION))
        .toString();
  }

  /** The handle is the address of a variable. */
  private static String same(String handle, String variable) {
    return holds("(const char *) %s == (const char *) &%s".formatted(handle, variable));
  }

  private static String equal(String name, long value) {
    return holds("(long long) %s == %dLL".formatted(name, value));
  }

  private static String holds(String condition) {
    return "_Static_assert(" + condition + ", \"\");\n";
  }

  /** Returns the compiler's messages; empty if there are none. */
  private String compile(Path include, String text) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("check.c"), "#include <mpi.h>\n" + text + "\n");
    Process gcc =
        new ProcessBuilder("gcc", "-fsyntax-only", "-I", include.toString(), "-c", file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(gcc.getInputStream().readAllBytes(), UTF_8);
    assertThat(gcc.waitFor() == 0).as(said).isEqualTo(said.isEmpty());
    return said;
  }

  /** Returns a folder with an {@code mpi.h} that has a word; skips the calling test without. */
  private static Path headers(String word, String packages) throws IOException {
    Need.GCC.program("gcc");
    for (Path each : folders()) {
      Path header = each.resolve("mpi.h");
      if (Files.exists(header)
          && (word.equals("mpi.h") || Files.readString(header).contains(word))) {
        return each;
      }
    }
    Need.MPI_HEADERS.check(false, "no mpi.h with " + word + ": install " + packages);
    throw new AssertionError("skipped");
  }

  private static List<Path> folders() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String pattern : FOLDERS) {
      int star = pattern.indexOf('*');
      if (star < 0) {
        found.add(Path.of(pattern));
        continue;
      }
      int slash = pattern.indexOf('/', star);
      Path parent = Path.of(pattern.substring(0, pattern.lastIndexOf('/', star)));
      String rest = slash < 0 ? "" : pattern.substring(slash + 1);
      String glob =
          pattern.substring(
              pattern.lastIndexOf('/', star) + 1, slash < 0 ? pattern.length() : slash);
      if (Files.isDirectory(parent)) {
        try (DirectoryStream<Path> matches = Files.newDirectoryStream(parent, glob)) {
          matches.forEach(match -> found.add(match.resolve(rest)));
        }
      }
    }
    return found;
  }
}
