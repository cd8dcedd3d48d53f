package org.lm4j.io.numpy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.MemoryShortage;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** The data of an array in NumPy's format, read as a stream behind its checked header. */
final class NpyData {
  private static final int CHUNK = 1 << 16;

  private NpyData() {}

  /**
   * Reads numbers into a new tensor in row-major order, whose memory the caller closes. F2 is
   * widened to F32, integers become I32.
   *
   * @throws InputException if the elements are strings, a whole number does not fit I32, the stream
   *     ends early, or there is not enough memory
   */
  static Tensor numbers(NpyHeader header, InputStream in, String place) throws IOException {
    DType dtype =
        switch (header.kind()) {
          case 'f' -> header.itemBytes() == 8 ? DType.F64 : DType.F32;
          case 'i', 'u', 'b' -> DType.I32;
          default ->
              throw new InputException(
                  place + " is " + header.describe() + ", texts where numbers are needed");
        };
    Shape shape = Shape.of(header.shape().stream().mapToInt(Integer::intValue).toArray());
    HostStorage storage = allocate(header, dtype, place);
    boolean complete = false;
    try {
      Tensor tensor = new Tensor(storage, 0, shape, dtype);
      if (isAsInMemory(header)) {
        copy(in, place, tensor.segment());
      } else {
        fill(header, in, place, tensor);
      }
      complete = true;
      return tensor;
    } finally {
      if (!complete) {
        storage.close();
      }
    }
  }

  /**
   * Reads the strings of an array of rank 1 and type U (UTF-32) or S (bytes, taken as UTF-8),
   * without their NUL padding.
   *
   * @throws InputException if it is not such an array, or the stream ends early
   */
  static List<String> texts(NpyHeader header, InputStream in, String place) throws IOException {
    boolean isText = header.kind() == 'U' || header.kind() == 'S';
    if (!isText || header.shape().size() != 1) {
      throw new InputException(
          place + " is " + header.describe() + ", and a list of texts is needed");
    }
    if (header.itemBytes() == 0 && header.shape().getFirst() > 0) {
      throw new InputException(place + " has texts of no characters");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < header.shape().getFirst(); i++) {
      byte[] bytes = in.readNBytes(header.itemBytes());
      if (bytes.length < header.itemBytes()) {
        throw ends(place);
      }
      texts.add(header.kind() == 'U' ? wide(bytes, header.order(), place) : narrow(bytes));
    }
    return List.copyOf(texts);
  }

  private static String wide(byte[] bytes, ByteOrder order, String place) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(order);
    StringBuilder text = new StringBuilder();
    while (buffer.hasRemaining()) {
      int codePoint = buffer.getInt();
      if (!Character.isValidCodePoint(codePoint)) {
        throw new InputException(
            place + " has a text with the character number " + Integer.toUnsignedString(codePoint));
      }
      text.appendCodePoint(codePoint);
    }
    return withoutPadding(text.toString());
  }

  private static String narrow(byte[] bytes) {
    return withoutPadding(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String withoutPadding(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }

  private static boolean isAsInMemory(NpyHeader header) {
    boolean sameType =
        (header.kind() == 'f' && header.itemBytes() >= 4)
            || (header.kind() == 'i' && header.itemBytes() == 4);
    return sameType && !header.fortran() && header.order() == ByteOrder.nativeOrder();
  }

  private static void copy(InputStream in, String place, MemorySegment into) throws IOException {
    byte[] chunk = new byte[CHUNK];
    for (long done = 0; done < into.byteSize(); ) {
      int n = (int) Math.min(into.byteSize() - done, CHUNK);
      if (in.readNBytes(chunk, 0, n) < n) {
        throw ends(place);
      }
      MemorySegment.copy(MemorySegment.ofArray(chunk), 0, into, done, n);
      done += n;
    }
  }

  private static void fill(NpyHeader header, InputStream in, String place, Tensor tensor)
      throws IOException {
    int itemBytes = header.itemBytes();
    byte[] chunk = new byte[CHUNK];
    ByteBuffer buffer = ByteBuffer.wrap(chunk).order(header.order());
    Places places = new Places(header);
    long count = header.count();
    for (long done = 0; done < count; ) {
      int n = (int) Math.min(count - done, CHUNK / itemBytes);
      if (in.readNBytes(chunk, 0, n * itemBytes) < n * itemBytes) {
        throw ends(place);
      }
      for (int i = 0; i < n; i++) {
        tensor.set(places.next(), value(header, buffer, i * itemBytes, place, done + i));
      }
      done += n;
    }
  }

  private static double value(
      NpyHeader header, ByteBuffer buffer, int at, String place, long element) {
    boolean unsigned = header.kind() != 'i';
    if (header.kind() == 'f') {
      return switch (header.itemBytes()) {
        case 2 -> Float.float16ToFloat(buffer.getShort(at));
        case 4 -> buffer.getFloat(at);
        default -> buffer.getDouble(at);
      };
    }
    long value =
        switch (header.itemBytes()) {
          case 1 -> unsigned ? buffer.get(at) & 0xff : buffer.get(at);
          case 2 -> unsigned ? buffer.getShort(at) & 0xffff : buffer.getShort(at);
          case 4 -> unsigned ? buffer.getInt(at) & 0xffff_ffffL : buffer.getInt(at);
          default -> buffer.getLong(at);
        };
    boolean wraps = header.kind() == 'u' && value < 0; // above the largest long
    if (value != (int) value || wraps) {
      BigInteger shown =
          unsigned ? new BigInteger(Long.toUnsignedString(value)) : BigInteger.valueOf(value);
      throw new InputException(
          place + ", element " + element + ": " + shown + " does not fit 32 bits with a sign");
    }
    return value;
  }

  private static HostStorage allocate(NpyHeader header, DType dtype, String place) {
    if (header.count() > Long.MAX_VALUE / dtype.bytes()) {
      throw new InputException(place + " is " + header.describe() + ": too large");
    }
    long bytes = header.count() * dtype.bytes();
    try {
      return new HostStorage(bytes);
    } catch (OutOfMemoryError | MemoryShortage e) {
      throw new InputException(
          place + " takes " + bytes + " bytes, more than this process can have", e);
    }
  }

  private static InputException ends(String place) {
    return new InputException(place + " ends early: the file is damaged or became shorter");
  }

  /** Maps the elements of the file, in order, to their row-major positions. */
  private static final class Places {
    private final int[] extents;
    private final long[] strides;
    private final int[] index;
    private final boolean fortran;
    private long next;

    Places(NpyHeader header) {
      int rank = header.shape().size();
      this.fortran = header.fortran() && rank > 1;
      this.extents = header.shape().stream().mapToInt(Integer::intValue).toArray();
      this.strides = new long[rank];
      this.index = new int[rank];
      long stride = 1;
      for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= extents[i];
      }
    }

    long next() {
      long place = next;
      if (!fortran) {
        next++;
        return place;
      }
      for (int i = 0; i < index.length; i++) {
        next += strides[i];
        if (++index[i] < extents[i]) {
          break;
        }
        next -= strides[i] * extents[i];
        index[i] = 0;
      }
      return place;
    }
  }
}
