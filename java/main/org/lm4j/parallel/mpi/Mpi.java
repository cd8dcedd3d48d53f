package org.lm4j.parallel.mpi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.foreign.Prototype;
import org.lm4j.parallel.RanksException;

/**
 * Calls an MPI library: the dozen functions that training needs. They move bytes only, so nothing
 * depends on a library's order of summation.
 */
public final class Mpi {
  private static final Map<String, MemoryLayout> TYPES =
      Map.of("MPI_Comm", JAVA_LONG, "MPI_Datatype", JAVA_LONG);
  static final int LONGEST_VERSION = 8192 + 1; // MPI_MAX_LIBRARY_VERSION_STRING of any

  private final NativeLibrary library;
  private final Abi abi;
  private final MethodHandle allToAll;
  private final MethodHandle allGather;
  private final MethodHandle broadcast;
  private final MethodHandle barrier;
  private final MethodHandle send;
  private final MethodHandle receive;
  private final MethodHandle test;
  private boolean serialized;

  /** The prototypes, as the headers have them. */
  static final Map<String, String> PROTOTYPES =
      Map.ofEntries(
          prototype("int MPI_Init_thread(int *argc, char ***argv, int required, int *provided)"),
          prototype("int MPI_Comm_rank(MPI_Comm comm, int *rank)"),
          prototype("int MPI_Comm_size(MPI_Comm comm, int *size)"),
          prototype(
              "int MPI_Alltoall(const void *sendbuf, int sendcount, MPI_Datatype sendtype, void"
                  + " *recvbuf, int recvcount, MPI_Datatype recvtype, MPI_Comm comm)"),
          prototype(
              "int MPI_Allgather(const void *sendbuf, int sendcount, MPI_Datatype sendtype, void"
                  + " *recvbuf, int recvcount, MPI_Datatype recvtype, MPI_Comm comm)"),
          prototype(
              "int MPI_Bcast(void *buffer, int count, MPI_Datatype datatype, int root, MPI_Comm"
                  + " comm)"),
          prototype("int MPI_Barrier(MPI_Comm comm)"),
          prototype(
              "int MPI_Isend(const void *buf, int count, MPI_Datatype datatype, int dest, int tag,"
                  + " MPI_Comm comm, MPI_Request *request)"),
          prototype(
              "int MPI_Irecv(void *buf, int count, MPI_Datatype datatype, int source, int tag,"
                  + " MPI_Comm comm, MPI_Request *request)"),
          prototype("int MPI_Test(MPI_Request *request, int *flag, MPI_Status *status)"),
          prototype("int MPI_Abort(MPI_Comm comm, int errorcode)"),
          prototype("int MPI_Finalize(void)"),
          prototype("int MPI_Get_library_version(char *version, int *resultlen)"),
          prototype("int MPI_Get_version(int *version, int *subversion)"));

  private static Map.Entry<String, String> prototype(String text) {
    return Map.entry(Prototype.parse(text, TYPES).name(), text);
  }

  /**
   * Binds the functions of a library.
   *
   * @throws NativeException if it lacks one
   */
  Mpi(NativeLibrary library) {
    this.library = library;
    this.abi = Abi.of(library);
    this.allToAll = bind("MPI_Alltoall");
    this.allGather = bind("MPI_Allgather");
    this.broadcast = bind("MPI_Bcast");
    this.barrier = bind("MPI_Barrier");
    this.send = bind("MPI_Isend");
    this.receive = bind("MPI_Irecv");
    this.test = bind("MPI_Test");
  }

  private MethodHandle bind(String function) {
    String text = PROTOTYPES.get(function);
    if (text == null) {
      throw new IllegalArgumentException(function);
    }
    return library.function(Prototype.parse(text, TYPES));
  }

  /** Returns the path or name that the library was opened by. */
  public String name() {
    return library.name();
  }

  /** Returns name and version of the library: {@code Open MPI v4.1.4}, {@code MPICH 4.0.2}. */
  public String version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(LONGEST_VERSION);
      MemorySegment length = arena.allocate(JAVA_INT);
      MethodHandle get = bind("MPI_Get_library_version");
      check("MPI_Get_library_version", (int) get.invokeExact(text.address(), length.address()));
      return shortVersion(text.getString(0));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Get_library_version", e);
    }
  }

  /** Shortens what a library says about itself to name and version. */
  static String shortVersion(String text) {
    return text.lines()
        .findFirst()
        .orElse("")
        .replaceFirst(",.*", "")
        .replaceFirst("\\s*Version:\\s*", " ")
        .strip();
  }

  /** Returns the version of the MPI standard that the library has: {@code 3.1}. */
  public String standard() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment version = arena.allocate(JAVA_INT, 2);
      MethodHandle get = bind("MPI_Get_version");
      long at = version.address();
      check("MPI_Get_version", (int) get.invokeExact(at, at + Integer.BYTES));
      return String.format(
          Locale.ROOT, "%d.%d", version.getAtIndex(JAVA_INT, 0), version.getAtIndex(JAVA_INT, 1));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Get_version", e);
    }
  }

  /** Returns the family of the library, {@code Open MPI} say. */
  public String family() {
    return abi.name();
  }

  /**
   * Makes this process a rank; only once in a process.
   *
   * @throws RanksException if the library cannot reach the other ranks
   */
  void init() {
    int level = onInt("MPI_Init_thread", provided -> init(provided));
    if (level < 0) {
      throw new RanksException("MPI_Init_thread of " + name() + " gives thread level " + level);
    }
    serialized = level >= abi.serialized();
  }

  private int init(long provided) {
    MethodHandle init = bind("MPI_Init_thread");
    try {
      return (int) init.invokeExact(0L, 0L, abi.serialized(), provided);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Init_thread", e);
    }
  }

  int rank() {
    return onInt("MPI_Comm_rank", result -> ofWorld("MPI_Comm_rank", result));
  }

  int size() {
    return onInt("MPI_Comm_size", result -> ofWorld("MPI_Comm_size", result));
  }

  private int ofWorld(String function, long result) {
    MethodHandle handle = bind(function);
    try {
      return (int) handle.invokeExact(abi.world(), result);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected(function, e);
    }
  }

  /** Calls a function that writes an integer, and returns that. */
  private static int onInt(String function, ToIntFunction<Long> call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(JAVA_INT);
      check(function, call.applyAsInt(result.address()));
      return result.get(JAVA_INT, 0);
    }
  }

  void allToAll(long send, long receive, int bytes) {
    try {
      int status =
          (int)
              allToAll.invokeExact(
                  send, bytes, abi.bytes(), receive, bytes, abi.bytes(), abi.world());
      check("MPI_Alltoall", status);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Alltoall", e);
    }
  }

  void allGather(long send, long receive, int bytes) {
    try {
      int status =
          (int)
              allGather.invokeExact(
                  send, bytes, abi.bytes(), receive, bytes, abi.bytes(), abi.world());
      check("MPI_Allgather", status);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Allgather", e);
    }
  }

  void broadcast(long buffer, int bytes) {
    try {
      check("MPI_Bcast", (int) broadcast.invokeExact(buffer, bytes, abi.bytes(), 0, abi.world()));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Bcast", e);
    }
  }

  void barrier() {
    try {
      check("MPI_Barrier", (int) barrier.invokeExact(abi.world()));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Barrier", e);
    }
  }

  /** Returns whether several threads may call the library, one after the other. */
  boolean isSerialized() {
    return serialized;
  }

  /** Begins to send; {@code request} receives a handle, in as many bytes as a pointer has. */
  void send(long buffer, int bytes, int to, int tag, long request) {
    try {
      int status =
          (int) send.invokeExact(buffer, bytes, abi.bytes(), to, tag, abi.world(), request);
      check("MPI_Isend", status);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Isend", e);
    }
  }

  /** Begins to receive. */
  void receive(long buffer, int bytes, int from, int tag, long request) {
    try {
      int status =
          (int) receive.invokeExact(buffer, bytes, abi.bytes(), from, tag, abi.world(), request);
      check("MPI_Irecv", status);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Irecv", e);
    }
  }

  /**
   * Tests whether a transfer is done.
   *
   * @param flag receives an integer: not 0 if it is
   * @param description receives what an {@code MPI_Status} holds, of 64 bytes at most
   */
  void test(long request, long flag, long description) {
    try {
      check("MPI_Test", (int) test.invokeExact(request, flag, description));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Test", e);
    }
  }

  /** Ends all ranks of the job, this one included: it usually does not return. */
  void abort(int code) {
    MethodHandle abort = bind("MPI_Abort");
    try {
      check("MPI_Abort", (int) abort.invokeExact(abi.world(), code));
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Abort", e);
    }
  }

  /** Ends the connection, once all ranks call this. */
  void end() {
    MethodHandle end = bind("MPI_Finalize");
    try {
      check("MPI_Finalize", (int) end.invokeExact());
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("MPI_Finalize", e);
    }
  }

  private static void check(String function, int status) {
    if (status != 0) {
      throw new RanksException(
          "%s failed with status %d: the connection to the other processes is broken"
              .formatted(function, status));
    }
  }
}
