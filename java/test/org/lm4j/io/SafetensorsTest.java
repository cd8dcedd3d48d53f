package org.lm4j.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

class SafetensorsTest {
  private static final Map<String, String> METADATA = new LinkedHashMap<>();

  static {
    METADATA.put("format", "lm4j");
    METADATA.put("süß", "日本 😀");
  }

  private final List<HostStorage> owned = new ArrayList<>();

  @TempDir Path folder;

  @AfterEach
  void free() {
    owned.forEach(HostStorage::close);
  }

  @Test
  void writesTheVeryBytesThatPythonHasChecked() throws IOException {
    Path file = folder.resolve("java.safetensors");
    SafetensorsWriter.write(file, sample(), METADATA);
    try (InputStream golden = resource("java.safetensors")) {
      assertThat(Files.readAllBytes(file)).isEqualTo(golden.readAllBytes());
    }
  }

  @Test
  void dataBeginAtAMultipleOf64Bytes() throws IOException {
    for (int length = 1; length <= 70; length++) {
      Path file = folder.resolve("aligned.safetensors");
      SafetensorsWriter.write(file, Map.of("n".repeat(length), tensor(DType.F32, 3)), Map.of());
      assertThat((Files.size(file) - 12) % 64).as("name of length " + length).isZero();
    }
  }

  @Test
  void readsBackWhatItWrote() {
    SplittableRandom random = new SplittableRandom(7);
    Map<String, Tensor> tensors = sample();
    tensors.put("n".repeat(5000), tensor(DType.I32, 1, 1, 1, 1, 1, 1, 1, 1, 1));
    tensors.put("", tensor(DType.F64, 2));
    tensors.put("odd", tensor(DType.F32, 3, 7, 11));
    tensors.put("after odd", tensor(DType.F64, 1009));
    tensors
        .values()
        .forEach(
            t -> {
              for (long i = 0; i < t.size(); i++) {
                t.set(i, random.nextInt() / 1024.0);
              }
            });
    Path file = folder.resolve("a.safetensors");
    SafetensorsWriter.write(file, tensors, METADATA);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.metadata()).containsExactlyEntriesOf(METADATA);
      assertThat(read.names()).containsExactlyElementsOf(tensors.keySet());
      tensors.forEach(
          (name, expected) -> {
            Tensor actual = read.tensor(name);
            assertThat(actual.dtype()).isEqualTo(expected.dtype());
            assertThat(actual.shape()).isEqualTo(expected.shape());
            assertThat(actual.toArray()).as(name + " (seed 7)").isEqualTo(expected.toArray());
          });
    }
  }

  @Test
  void writesOnlyTheViewAndNotItsStorage() {
    Tensor whole = tensor(DType.F32, 4, 2);
    for (int i = 0; i < 8; i++) {
      whole.set(i, i);
    }
    Path file = folder.resolve("view.safetensors");
    SafetensorsWriter.write(file, Map.of("view", whole.slice(1, 2)), Map.of());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.metadata()).isEmpty();
      assertThat(read.tensor("view").toArray()).containsExactly(2, 3, 4, 5);
    }
  }

  @Test
  void tensorsOfManyChunksKeepEveryElement() throws IOException {
    int count = 3 * SafetensorsFile.CHUNK / 4 + 11;
    Tensor large = tensor(DType.F32, count);
    for (int i = 0; i < count; i++) {
      large.set(i, Float.intBitsToFloat((i % 0x7f00) << 16)); // exact in bfloat16
    }
    Path file = folder.resolve("large.safetensors");
    SafetensorsWriter.write(file, Map.of("w", large), Map.of());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.tensor("w").segment().mismatch(large.segment())).isEqualTo(-1);
    }

    String json =
        "{\"w\":{\"dtype\":\"BF16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(count, 2 * count);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length() + 2 * count);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length()).put(json.getBytes(UTF_8));
    for (int i = 0; i < count; i++) {
      bytes.putShort((short) (i % 0x7f00));
    }
    Files.write(file, bytes.array());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.tensor("w").segment().mismatch(large.segment())).isEqualTo(-1);
    }
  }

  @Test
  void noTensorsAtAllIsAFileToo() {
    Path file = folder.resolve("none.safetensors");
    SafetensorsWriter.write(file, Map.of(), Map.of());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.names()).isEmpty();
      assertThatThrownBy(() -> read.tensor("x"))
          .isInstanceOf(InputException.class)
          .hasMessage(file + " has no tensor 'x'; it has none at all");
    }
  }

  @Test
  void readsEveryTypePythonWrites() throws IOException, URISyntaxException {
    Path file = Path.of(url("python.safetensors").toURI());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.metadata()).isEqualTo(Map.of("format", "pt", "süß", "日本 😀"));
      assertThat(read.names())
          .containsExactly(
              "i64",
              "f64",
              "scalar",
              "empty",
              "f32",
              "größe 😀",
              "i32",
              "bf16",
              "f16",
              "u8",
              "bool");
      double[] f64 = new double[6];
      float[] f32 = new float[24];
      for (int i = 0; i < 24; i++) {
        f64[i % 6] = i % 6 / 7.0;
        f32[i] = i / 7f;
      }
      assertThat(read.tensor("f64").toArray()).isEqualTo(f64);
      assertThat(read.tensor("f64").shape()).isEqualTo(Shape.of(2, 3));
      assertThat(read.tensor("f32").shape()).isEqualTo(Shape.of(2, 3, 4));
      for (int i = 0; i < 24; i++) {
        assertThat(read.tensor("f32").get(i)).isEqualTo(f32[i]);
      }
      assertThat(read.tensor("i32").toArray())
          .containsExactly(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE);
      assertThat(read.tensor("scalar").shape()).isEqualTo(Shape.of());
      assertThat(read.tensor("scalar").toArray()).containsExactly(2.5);
      assertThat(read.tensor("empty").shape()).isEqualTo(Shape.of(0, 5));
      assertThat(read.tensor("größe 😀").toArray()).containsExactly(7);
      assertThat(read.tensor("bf16").dtype()).isEqualTo(DType.F32);
      // 3.140625 has 8 significant bits; 1e38 rounds to 0x7e96 in bfloat16.
      assertThat(read.tensor("bf16").toArray())
          .containsExactly(1, -2.5, 3.140625, Float.intBitsToFloat(0x7e96 << 16));
      assertThat(read.tensor("f16").toArray())
          .containsExactly(
              0.0,
              -0.0,
              1.5,
              -65504.0,
              0x1p-24, // the smallest subnormal, nearest to 6e-8
              Double.POSITIVE_INFINITY,
              Double.NEGATIVE_INFINITY);
    }
  }

  @Test
  void typesItCannotReadAreRefusedOnlyWhenAskedFor() throws URISyntaxException {
    Path file = Path.of(url("python.safetensors").toURI());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.storedType("i64")).isEqualTo("I64");
      assertThat(read.shape("i64")).isEqualTo(Shape.of(1));
      for (String name : List.of("i64", "u8", "bool")) {
        assertThatThrownBy(() -> read.tensor(name))
            .isInstanceOf(InputException.class)
            .hasMessageContaining(file.toString())
            .hasMessageContaining("'" + name + "'")
            .hasMessageContaining(read.storedType(name));
      }
    }
  }

  /** Tests every type of the file with memory of every type. */
  @Test
  void readsIntoMemoryOfTheSameType() throws URISyntaxException {
    Path file = Path.of(url("python.safetensors").toURI());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      for (String name : List.of("f64", "f32", "i32", "bf16", "f16", "scalar", "empty")) {
        Tensor usual = read.tensor(name);
        for (DType type : DType.values()) {
          Tensor into = tensor(type, Math.toIntExact(usual.size()) + 2);
          Tensor view = new Tensor(into.storage(), 1, usual.shape(), type);
          boolean same = type == usual.dtype();
          assertThat(read.read(name, view)).as("%s into %s", name, type).isEqualTo(same);
          double[] expected = new double[Math.toIntExact(into.size())];
          if (same) {
            System.arraycopy(usual.toArray(), 0, expected, 1, expected.length - 2);
          }
          assertThat(into.toArray()).as("%s into %s", name, type).containsExactly(expected);
        }
      }
      Tensor three = tensor(DType.F32, 3);
      assertThatThrownBy(() -> read.read("f32", three))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("f32");
      assertThatThrownBy(() -> read.read("nothing", three))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("no tensor 'nothing'");
      Tensor one = tensor(DType.F32, 1);
      assertThatThrownBy(() -> read.read("i64", one))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("cannot be read");
    }
  }

  @Test
  void theSameTensorIsReadOnceAndFreedWithTheFile() {
    Path file = folder.resolve("once.safetensors");
    SafetensorsWriter.write(file, Map.of("w", tensor(DType.F32, 3)), Map.of());
    Tensor tensor;
    SafetensorsFile read = SafetensorsFile.open(file);
    tensor = read.tensor("w");
    assertThat(read.tensor("w")).isSameAs(tensor);
    read.close();
    read.close();
    assertThatThrownBy(tensor::address).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> read.tensor("w"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    Tensor other = tensor(DType.F32, 3);
    assertThatThrownBy(() -> read.read("w", other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aFileThatShrinksAfterOpeningIsAnErrorAndNoCrash() throws IOException {
    Path file = folder.resolve("shrinks.safetensors");
    SafetensorsWriter.write(file, Map.of("w", tensor(DType.F32, 100_000)), Map.of());
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 5000));
      Tensor own = tensor(DType.F32, 100_000);
      for (ThrowingCallable reading :
          List.<ThrowingCallable>of(() -> read.tensor("w"), () -> read.read("w", own))) {
        assertThatThrownBy(reading)
            .isInstanceOf(InputException.class)
            .hasMessage(file + ": tensor 'w' ends early: the file became shorter");
      }
    }
  }

  @Test
  void aMissingFileIsReportedInOneSentence() {
    Path file = folder.resolve("missing.safetensors");
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(InputException.class)
        .hasMessage("cannot read " + file + ": no such file or folder");
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(InputException.class)
        .hasMessage(folder + " is a folder, not a safetensors file of weights; give the file");
  }

  @Test
  void namesThatTheFormatCannotHoldAreRefused() {
    Path file = folder.resolve("names.safetensors");
    Tensor tensor = tensor(DType.F32, 1);
    for (String name : List.of("__metadata__", "half \uD83D")) {
      assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(name, tensor), Map.of()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(file).doesNotExist();
  }

  /** Returns what {@code scripts/make-fixtures.py --check} expects in java.safetensors. */
  private Map<String, Tensor> sample() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Tensor weight = tensor(DType.F32, 2, 3);
    for (int i = 0; i < 6; i++) {
      weight.set(i, i / 7f);
    }
    Tensor moment = tensor(DType.F64, 4);
    for (int i = 0; i < 4; i++) {
      moment.set(i, i / 7.0);
    }
    Tensor ids = tensor(DType.I32, 3);
    ids.set(0, Integer.MIN_VALUE);
    ids.set(2, Integer.MAX_VALUE);
    Tensor scalar = tensor(DType.F64);
    scalar.set(0, 2.5);
    Tensor seven = tensor(DType.F32, 1);
    seven.set(0, 7);
    tensors.put("weight", weight);
    tensors.put("ids", ids);
    tensors.put("moment", moment);
    tensors.put("scalar", scalar);
    tensors.put("empty", tensor(DType.F32, 0, 5));
    tensors.put("größe \"😀\"\n", seven);
    return tensors;
  }

  private Tensor tensor(DType dtype, int... dims) {
    Shape shape = Shape.of(dims);
    HostStorage storage = new HostStorage(shape.size() * dtype.bytes());
    owned.add(storage);
    return new Tensor(storage, 0, shape, dtype);
  }

  private static InputStream resource(String name) throws IOException {
    return url(name).openStream();
  }

  private static java.net.URL url(String name) {
    return Objects.requireNonNull(SafetensorsTest.class.getResource(name), name);
  }
}
