package org.lm4j.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** What is not in doubt is read without Jackson, and as Jackson reads it. */
class PlainHeaderTest {
  private static final String ENTRY = "{'dtype':'F32','shape':[1],'data_offsets':[0,4]}";

  @TempDir Path folder;

  @Test
  void readsWhatTheWriterWrites() throws IOException {
    Path file = folder.resolve("written.safetensors");
    try (HostStorage memory = new HostStorage(24)) {
      Tensor one = new Tensor(memory, 0, Shape.of(2, 3), DType.F32);
      Tensor none = new Tensor(memory, 0, Shape.of(0), DType.I32);
      SafetensorsWriter.write(file, Map.of("w", one), Map.of("key", "\u00fc \"text\"\n"));
      PlainHeader header = requireNonNull(PlainHeader.read(headerOf(file)));
      assertThat(header.tensors().get("w"))
          .isEqualTo(new PlainHeader.Tensor("F32", List.of(2L, 3L), List.of(0L, 24L)));
      assertThat(header.metadata()).containsExactly(Map.entry("key", "\u00fc \"text\"\n"));
      SafetensorsWriter.write(file, Map.of("none", none), Map.of());
      assertThat(requireNonNull(PlainHeader.read(headerOf(file))).metadata()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{'w':" + ENTRY + "} x",
        "{'w':" + ENTRY + ",'w':" + ENTRY + "}",
        "{'w':7}",
        "{'w':null}",
        "{'w':{'dtype':'F32','shape':[1]}}",
        "{'w':{'dtype':7,'shape':[1],'data_offsets':[0,4]}}",
        "{'w':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}",
        "{'w':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}}",
        "{'w':{'dtype':'F32','shape':['1'],'data_offsets':[0,4]}}",
        "{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4,8]}}",
        "{'w':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'more':1}}",
        "{'__metadata__':7}",
        "{'__metadata__':null}",
        "{'__metadata__':{'key':7}}",
      })
  void leavesAllElseToJackson(String header) {
    assertThat(PlainHeader.read(header.replace('\'', '"').getBytes(UTF_8))).isNull();
  }

  /** Beyond a megabyte a header is read as a stream. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2 << 20})
  void longAndShortHeadersAreEqual(int spaces) throws IOException {
    String header =
        "{'b':{'dtype':'F32','shape':[],'data_offsets':[4,8]},'__metadata__':{'k':'v'},"
            + "'a\\u00e9':{'shape':[1],'data_offsets':[0,4],'dtype':'F32'}}"
            + " ".repeat(spaces);
    Path file = folder.resolve("header.safetensors");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] json = header.replace('\'', '"').getBytes(UTF_8);
    bytes.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
    bytes.write(json);
    bytes.write(new byte[8]);
    Files.write(file, bytes.toByteArray());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.names()).containsExactly("b", "a\u00e9");
      assertThat(read.metadata()).containsExactly(Map.entry("k", "v"));
      assertThat(read.shape("a\u00e9")).isEqualTo(Shape.of(1));
    }
  }

  private static byte[] headerOf(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return Arrays.copyOfRange(bytes, 8, 8 + (int) length);
  }
}
