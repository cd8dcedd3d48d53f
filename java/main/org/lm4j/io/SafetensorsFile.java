package org.lm4j.io;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.MemoryShortage;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * A safetensors file, open for reading. The whole header is checked on opening; a tensor's data are
 * read when it is first requested, into memory that this object owns until it is closed.
 *
 * <p>F64, F32 and I32 are read unchanged; F16 and BF16 are widened to F32, which is exact. Other
 * types are an error only when requested. Not thread-safe.
 */
public final class SafetensorsFile implements NamedTensors, AutoCloseable {
  /**
   * The most bytes that one system call moves: far below the 2 GB limit of a buffer, and no slower.
   */
  static final int CHUNK = 1 << 20;

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final Map<String, Tensor> loaded = new HashMap<>();
  private @Nullable Arena arena; // of all that is loaded

  private SafetensorsFile(Path file, FileChannel channel, SafetensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens a file and checks all of its header.
   *
   * @throws InputException if there is no such file, or it is not a valid safetensors file; if it
   *     is of another known format, the message names that
   */
  public static SafetensorsFile open(Path file) {
    SafetensorsWriter.requireLittleEndian();
    try {
      return opened(file);
    } catch (InputException e) {
      String known = ForeignFiles.notWeights(file);
      throw known == null ? e : new InputException(known, e);
    }
  }

  private static SafetensorsFile opened(Path file) {
    StoredFile.require(file);
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      boolean valid = false;
      try {
        SafetensorsHeader header = SafetensorsHeader.read(file, channel);
        valid = true;
        return new SafetensorsFile(file, channel, header);
      } finally {
        if (!valid) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Returns the strings stored with the tensors, in file order; empty if there are none. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /** Returns the names of all tensors, in the order of the header. */
  @Override
  public List<String> names() {
    return List.copyOf(header.entries().keySet());
  }

  /** Returns whether there is a tensor of this name. */
  @Override
  public boolean contains(String name) {
    return header.entries().containsKey(name);
  }

  /**
   * Returns the shape of a tensor; reads no data.
   *
   * @throws InputException if there is no such tensor, or an extent exceeds 2^31 - 1
   */
  @Override
  public Shape shape(String name) {
    SafetensorsEntry entry = entry(name);
    int[] dims = new int[entry.shape().size()];
    for (int i = 0; i < dims.length; i++) {
      long extent = entry.shape().get(i);
      if (extent > Integer.MAX_VALUE) {
        throw new InputException(
            place(entry)
                + " is "
                + entry.describe()
                + ": extents above 2^31 - 1 are not supported");
      }
      dims[i] = (int) extent;
    }
    try {
      return Shape.of(dims);
    } catch (ArithmeticException e) {
      throw new InputException(place(entry) + " is " + entry.describe() + ": too large", e);
    }
  }

  /**
   * Returns the type of a tensor as written in the file, such as {@code BF16}; reads no data.
   *
   * @throws InputException if there is no such tensor
   */
  public String storedType(String name) {
    return entry(name).dtype();
  }

  /**
   * Returns a tensor in host memory, valid until this file is closed. Repeated calls return the
   * same tensor.
   *
   * @throws InputException if there is no such tensor, its type cannot be read, the file has
   *     changed since it was opened, or there is not enough memory
   */
  @Override
  public Tensor tensor(String name) {
    SafetensorsEntry entry = entry(name);
    requireOpen(name);
    Tensor known = loaded.get(name);
    if (known != null) {
      return known;
    }
    Tensor tensor = load(entry);
    loaded.put(name, tensor);
    return tensor;
  }

  /**
   * Reads a tensor into host memory of the type it is read as, without a copy in between.
   *
   * @param into a tensor of the same shape
   * @return false if {@code into} has another type, or is not in host memory
   * @throws InputException if there is no such tensor, its type cannot be read, or the file has
   *     changed since it was opened
   * @throws IllegalArgumentException if {@code into} has another shape
   */
  @Override
  public boolean read(String name, Tensor into) {
    SafetensorsEntry entry = entry(name);
    requireOpen(name);
    if (!into.shape().equals(shape(name))) {
      throw new IllegalArgumentException(
          name + " has shape " + shape(name) + ", not " + into.shape());
    }
    if (!into.storage().isHost() || readAs(entry) != into.dtype()) {
      return false;
    }
    readInto(entry, into.segment());
    return true;
  }

  /**
   * Maps the bytes of a tensor into memory, as they lie in the file, which must not be changed
   * while they are in use. They stay after this file is closed.
   *
   * @param arena unmaps them when it is closed
   * @throws InputException if there is no such tensor, or it cannot be mapped
   */
  public MemorySegment map(String name, Arena arena) {
    SafetensorsEntry entry = entry(name);
    try {
      return channel.map(
          FileChannel.MapMode.READ_ONLY,
          header.dataStart() + entry.begin(),
          entry.end() - entry.begin(),
          arena);
    } catch (IOException e) {
      throw new InputException("cannot read " + place(entry) + ": " + e.getMessage(), e);
    }
  }

  /** Computes the length and checksum of the whole file on disk. */
  public FileSum sum() {
    try {
      return FileSum.of(channel, Long.MAX_VALUE);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /** Closes the file and frees every tensor read from it. */
  @Override
  public void close() {
    loaded.values().forEach(tensor -> tensor.storage().close());
    loaded.clear();
    if (arena != null) {
      arena.close();
      arena = null;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }

  private void requireOpen(String name) {
    if (!channel.isOpen()) {
      throw new IllegalStateException(file + " was closed before tensor '" + name + "' was read");
    }
  }

  private Tensor load(SafetensorsEntry entry) {
    DType dtype = readAs(entry);
    Shape shape = shape(entry.name());
    HostStorage storage = allocate(entry, dtype);
    boolean complete = false;
    try {
      Tensor tensor = new Tensor(storage, 0, shape, dtype);
      readInto(entry, tensor.segment());
      complete = true;
      return tensor;
    } finally {
      if (!complete) {
        storage.close();
      }
    }
  }

  private void readInto(SafetensorsEntry entry, MemorySegment into) {
    long start = header.dataStart() + entry.begin();
    try {
      switch (entry.dtype()) {
        case "F16", "BF16" -> readHalves(entry, start, into);
        default -> readFully(entry, start, into);
      }
    } catch (IOException e) {
      throw new InputException("cannot read " + place(entry) + ": " + e.getMessage(), e);
    }
  }

  private DType readAs(SafetensorsEntry entry) {
    return switch (entry.dtype()) {
      case "F64" -> DType.F64;
      case "F32", "F16", "BF16" -> DType.F32;
      case "I32" -> DType.I32;
      default ->
          throw new InputException(
              place(entry)
                  + " has type "
                  + SafetensorsHeader.quote(entry.dtype())
                  + ", which cannot be read; store it as F64, F32, F16, BF16 or I32");
    };
  }

  /**
   * Allocates memory for a tensor. The entry's size was checked against the file's, but a file may
   * be larger than memory.
   */
  private HostStorage allocate(SafetensorsEntry entry, DType dtype) {
    long bytes = entry.count() * dtype.bytes();
    try {
      if (arena == null) {
        arena = Arena.ofShared();
      }
      return new HostStorage(bytes, arena);
    } catch (OutOfMemoryError | MemoryShortage e) {
      throw new InputException(
          place(entry) + " takes " + bytes + " bytes, more than this process can have", e);
    }
  }

  private void readFully(SafetensorsEntry entry, long start, MemorySegment into)
      throws IOException {
    for (long done = 0; done < into.byteSize(); ) {
      long chunk = Math.min(CHUNK, into.byteSize() - done);
      ByteBuffer buffer = into.asSlice(done, chunk).asByteBuffer();
      int read = channel.read(buffer, start + done);
      if (read < 0) {
        throw new InputException(place(entry) + " ends early: the file became shorter");
      }
      done += read;
    }
  }

  /** Reads 16-bit values; both formats widen exactly, and BF16 is the upper half of an F32. */
  private void readHalves(SafetensorsEntry entry, long start, MemorySegment into)
      throws IOException {
    boolean brain = entry.dtype().equals("BF16");
    long count = entry.count();
    short[] bits = new short[4096]; // arrays, for the model is read before anything is compiled
    int[] floats = new int[bits.length];
    try (HostStorage staging = new HostStorage(CHUNK)) {
      MemorySegment halves = Memory.ALL.asSlice(staging.address(), CHUNK);
      for (long done = 0; done < count; ) {
        long n = Math.min(count - done, halves.byteSize() / 2);
        readFully(entry, start + done * 2, halves.asSlice(0, n * 2));
        for (long i = 0; i < n; i += bits.length) {
          int some = (int) Math.min(bits.length, n - i);
          MemorySegment.copy(halves, JAVA_SHORT, i * Short.BYTES, bits, 0, some);
          if (brain) {
            widen(bits, floats);
          } else {
            widenHalves(bits, floats);
          }
          MemorySegment.copy(floats, 0, into, JAVA_INT, (done + i) * Float.BYTES, some);
        }
        done += n;
      }
    }
  }

  private static void widen(short[] brain, int[] floats) {
    for (int i = 0; i < brain.length; i++) {
      floats[i] = brain[i] << 16;
    }
  }

  private static void widenHalves(short[] halves, int[] floats) {
    for (int i = 0; i < halves.length; i++) {
      floats[i] = Float.floatToRawIntBits(Float.float16ToFloat(halves[i]));
    }
  }

  private SafetensorsEntry entry(String name) {
    SafetensorsEntry entry = header.entries().get(name);
    if (entry == null) {
      throw new InputException(
          file + " has no tensor " + SafetensorsHeader.quote(name) + "; it has " + someNames());
    }
    return entry;
  }

  private String someNames() {
    List<String> names = names();
    if (names.isEmpty()) {
      return "none at all";
    }
    String some = String.join(", ", names.stream().limit(8).map(SafetensorsHeader::quote).toList());
    return names.size() <= 8 ? some : some + " and " + (names.size() - 8) + " more";
  }

  private String place(SafetensorsEntry entry) {
    return file + ": tensor " + SafetensorsHeader.quote(entry.name());
  }
}
