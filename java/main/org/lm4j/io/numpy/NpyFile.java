package org.lm4j.io.numpy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.IoErrors;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.io.StoredFile;
import org.lm4j.tensor.Tensor;

/**
 * Reads and writes arrays in NumPy's {@code .npy} format (NumPy Enhancement Proposal 1).
 *
 * <p>Supports versions 1.0 to 3.0, both byte orders, row-major and Fortran order. F2 and F4 become
 * F32, F8 becomes F64; whole numbers and booleans become I32, and one that does not fit is refused
 * with its position. Structured types, complex numbers, dates and Python objects are refused.
 */
public final class NpyFile {
  private static final int ALIGNMENT = 64;
  private static final int CHUNK = 1 << 20;

  private NpyFile() {}

  /**
   * Reads an array into new host memory; the caller closes {@code tensor.storage()}.
   *
   * @throws InputException if the file cannot be read, is not a valid array of numbers, or is
   *     larger than memory; nothing is allocated until the header agrees with the file's length
   */
  public static Tensor read(Path file) {
    StoredFile.require(file);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      NpyHeader header = NpyHeader.read(in, Files.size(file), file.toString());
      return NpyData.numbers(header, in, file.toString());
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  /**
   * Writes an array to a file, which is replaced: version 1.0, row-major, little-endian.
   *
   * @throws IllegalStateException if the tensor is closed or lies on a device
   * @throws java.io.UncheckedIOException if it cannot be written; an old one is then unchanged
   */
  public static void write(Path file, Tensor tensor) {
    AtomicFile.writeStream(file, out -> write(out, tensor));
  }

  static void write(OutputStream out, Tensor tensor) throws IOException {
    SafetensorsWriter.requireLittleEndian();
    String type =
        switch (tensor.dtype()) {
          case F32 -> "<f4";
          case F64 -> "<f8";
          case I32 -> "<i4";
        };
    out.write(header(type, tensor.shape().dims()));
    WritableByteChannel channel = Channels.newChannel(out);
    var data = tensor.segment();
    for (long done = 0; done < data.byteSize(); ) {
      long chunk = Math.min(CHUNK, data.byteSize() - done);
      channel.write(data.asSlice(done, chunk).asByteBuffer());
      done += chunk;
    }
  }

  /**
   * Writes a list of strings as an array of type U as wide as the longest; no string may end with
   * NUL.
   */
  static void write(OutputStream out, List<String> texts) throws IOException {
    int width = 1;
    for (String text : texts) {
      if (text.endsWith("\0")) {
        throw new IllegalArgumentException(
            "a string that ends with NUL cannot be distinguished from padding");
      }
      width = Math.max(width, text.codePointCount(0, text.length()));
    }
    out.write(header("<U" + width, new int[] {texts.size()}));
    for (String text : texts) {
      ByteBuffer item = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
      text.codePoints().forEach(item::putInt);
      out.write(item.array());
    }
  }

  /**
   * Returns the header, padded with spaces so that the data begin at a multiple of 64 bytes, as
   * NumPy does.
   */
  private static byte[] header(String type, int[] dims) {
    String extents =
        Arrays.toString(dims).replace("[", "(").replace("]", dims.length == 1 ? ",)" : ")");
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + extents + ", }";
    int unpadded = 10 + text.length() + 1;
    int total = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    header.putShort((short) (total - 10));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').array();
  }
}
