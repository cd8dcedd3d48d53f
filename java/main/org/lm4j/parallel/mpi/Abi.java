package org.lm4j.parallel.mpi;

import org.lm4j.foreign.NativeLibrary;

/**
 * The values that a program passes to an MPI library, which differ between families of libraries.
 * Functions are the same in all. Handles are pointers in some libraries and 32-bit integers in
 * others; both are passed as 64-bit integers, in the same registers.
 *
 * @param name of the family
 * @param world {@code MPI_COMM_WORLD}
 * @param bytes {@code MPI_BYTE}
 * @param serialized {@code MPI_THREAD_SERIALIZED}
 */
record Abi(String name, long world, long bytes, int serialized) {
  private static final String OPEN_MPI_WORLD = "ompi_mpi_comm_world";

  /**
   * MPICH's, which Intel MPI, MVAPICH and Cray's library share: {@code mpi.h} of MPICH since 1.0.
   */
  static final Abi MPICH = new Abi("MPICH", 0x44000000L, 0x4c00010dL, 2);

  /** That of the MPI standard, version 5.0, chapter 20: {@code libmpi_abi}. */
  static final Abi STANDARD = new Abi("MPI standard", 0x101L, 0x247L, 2048);

  /**
   * Finds the values for a library: those of the standard go by its name alone, since it may be
   * linked with Open MPI's, whose symbols are then found in both. Open MPI's handles are addresses
   * of its variables.
   */
  static Abi of(NativeLibrary library) {
    String path = library.name().replace('\\', '/');
    if (path.substring(path.lastIndexOf('/') + 1).contains("mpi_abi")) {
      return STANDARD;
    }
    if (library.has(OPEN_MPI_WORLD)) {
      return new Abi(
          "Open MPI", library.address(OPEN_MPI_WORLD), library.address("ompi_mpi_byte"), 2);
    }
    return MPICH;
  }
}
