package org.lm4j.io.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** NumPy's arrays, against files that NumPy wrote and files that it has checked. */
class NumpyTest {
  private static final List<String> TEXTS = List.of("a.jpg", "größe 😀", "");

  private final List<Tensor> owned = new ArrayList<>();
  @TempDir Path folder;

  @AfterEach
  void free() {
    owned.forEach(tensor -> tensor.storage().close());
  }

  @Test
  void readsASingleArray() throws URISyntaxException {
    Tensor array = own(NpyFile.read(resource("python.npy")));
    assertThat(array.toString()).isEqualTo("F32 (2, 3, 4)");
    assertThat(array.toArray())
        .containsExactly(IntStream.range(0, 24).mapToDouble(i -> i / 7f).toArray());
  }

  @Test
  void readsFloatsOfEveryWidthAndByteOrder() throws URISyntaxException {
    try (NpzFile npz = NpzFile.open(resource("python-deflated.npz"))) {
      for (String order : List.of("<", ">")) {
        Tensor halves = own(npz.tensor(order + "f2"));
        Tensor singles = own(npz.tensor(order + "f4"));
        Tensor doubles = own(npz.tensor(order + "f8"));
        assertThat(halves.toString()).isEqualTo("F32 (2, 3, 4)");
        assertThat(singles.toString()).isEqualTo("F32 (2, 3, 4)");
        assertThat(doubles.toString()).isEqualTo("F64 (2, 3, 4)");
        for (int i = 0; i < 24; i++) {
          assertThat(halves.get(i))
              .isEqualTo(Float.float16ToFloat(Float.floatToFloat16((float) (i / 7.0))));
          assertThat(singles.get(i)).isEqualTo(i / 7f);
          assertThat(doubles.get(i)).isEqualTo(i / 7.0);
        }
      }
      assertThat(own(npz.tensor("special")).toArray())
          .containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0);
      assertThat(own(npz.tensor("scalar")).shape()).isEqualTo(Shape.of());
      assertThat(own(npz.tensor("empty")).shape()).isEqualTo(Shape.of(0, 5));
    }
  }

  @Test
  void readsWholeNumbersThatFit() throws URISyntaxException {
    try (NpzFile npz = NpzFile.open(resource("python-deflated.npz"))) {
      double[] counted = IntStream.range(0, 24).asDoubleStream().toArray();
      for (String name : List.of("<i2", "<i4", "<i8", ">i2", ">i4", ">i8")) {
        assertThat(own(npz.tensor(name)).toArray()).as(name).containsExactly(counted);
      }
      assertThat(own(npz.tensor("i1")).toArray()).containsExactly(-128, 127);
      assertThat(own(npz.tensor("i2")).toArray()).containsExactly(-32768, 32767);
      assertThat(own(npz.tensor("i4")).toArray())
          .containsExactly(Integer.MIN_VALUE, Integer.MAX_VALUE);
      assertThat(own(npz.tensor("u1")).toArray()).containsExactly(0, 255);
      assertThat(own(npz.tensor("u2")).toArray()).containsExactly(0, 65535);
      assertThat(own(npz.tensor("bool")).toArray()).containsExactly(1, 0);
      assertRefused(npz, "u4", "element 1: 4294967295 does not fit");
      assertRefused(npz, "u8", "element 1: 18446744073709551615 does not fit");
      assertRefused(npz, "i8", "element 0: -9223372036854775808 does not fit");
    }
  }

  @Test
  void turnsFortranOrderIntoRows() throws URISyntaxException {
    try (NpzFile npz = NpzFile.open(resource("python-deflated.npz"))) {
      assertThat(own(npz.tensor("fortran")).toArray())
          .containsExactly(IntStream.range(0, 24).asDoubleStream().toArray());
      assertThat(own(npz.tensor("matrix")).toArray()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(npz.shape("matrix")).isEqualTo(Shape.of(2, 3));
    }
  }

  @Test
  void readsTexts() throws URISyntaxException {
    try (NpzFile npz = NpzFile.open(resource("python-deflated.npz"))) {
      assertThat(npz.texts("texts")).isEqualTo(TEXTS);
      assertThat(npz.texts("big_texts")).isEqualTo(TEXTS);
      assertThat(npz.texts("bytes")).containsExactly("a.jpg", "b");
      assertRefused(npz, "texts", "is U7 (3), texts where numbers are needed");
      assertThatThrownBy(() -> npz.texts("<f4"))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("is f4 (2, 3, 4), and a list of texts is needed");
    }
  }

  @Test
  void refusesArraysThatAreNotNumbers() throws URISyntaxException {
    try (NpzFile npz = NpzFile.open(resource("python-deflated.npz"))) {
      assertRefused(npz, "complex", "has type '<c16', which cannot be read");
      assertRefused(npz, "structured", "has a structured type");
      assertRefused(npz, "object", "holds Python objects");
      assertRefused(npz, "date", "has type '<M8[D]', which cannot be read");
      assertRefused(npz, "nothing", "has no array 'nothing'; it has '<f2', '<f4', '<f8'");
    }
  }

  @Test
  void readsEveryVersionOfTheHeader() throws URISyntaxException {
    try (NpzFile npz = NpzFile.open(resource("python-stored.npz"))) {
      assertThat(npz.names()).containsExactly("v1", "v2", "v3");
      for (String name : npz.names()) {
        assertThat(own(npz.tensor(name)).toArray()).as(name).containsExactly(0, 1 / 7f, 2 / 7f);
      }
    }
  }

  @Test
  void writesTheVeryBytesThatNumpyHasChecked() throws IOException {
    Path file = folder.resolve("java.npz");
    NpzWriter.write(file, sample(), Map.of("names", TEXTS));
    try (InputStream golden =
        Objects.requireNonNull(NumpyTest.class.getResourceAsStream("java.npz"))) {
      assertThat(Files.readAllBytes(file)).isEqualTo(golden.readAllBytes());
    }
  }

  @Test
  void readsWhatItWrites() {
    Path file = folder.resolve("java.npz");
    Map<String, Tensor> sample = sample();
    NpzWriter.write(file, sample, Map.of("names", TEXTS));
    try (NpzFile npz = NpzFile.open(file)) {
      for (Map.Entry<String, Tensor> entry : sample.entrySet()) {
        Tensor read = own(npz.tensor(entry.getKey()));
        assertThat(read.toString()).isEqualTo(entry.getValue().toString());
        assertThat(read.toArray()).containsExactly(entry.getValue().toArray());
        Path single = folder.resolve("single.npy");
        NpyFile.write(single, entry.getValue());
        assertThat(own(NpyFile.read(single)).toArray()).containsExactly(entry.getValue().toArray());
      }
      assertThat(npz.texts("names")).isEqualTo(TEXTS);
    }
  }

  @Test
  void writerRefusesWhatItCannotKeep() {
    Path file = folder.resolve("java.npz");
    assertThatThrownBy(() -> NpzWriter.write(file, Map.of(), Map.of("names", List.of("a\0"))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> NpzWriter.write(file, Map.of("x", tensor(DType.F32, 1)), Map.of("x", TEXTS)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(file).doesNotExist();
  }

  /** Returns what {@code scripts/make-fixtures.py --check} expects in java.npz. */
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
    tensors.put("weight", weight);
    tensors.put("moment", moment);
    tensors.put("ids", ids);
    tensors.put("scalar", scalar);
    tensors.put("empty", tensor(DType.F32, 0, 5));
    return tensors;
  }

  private Tensor tensor(DType dtype, int... dims) {
    Shape shape = Shape.of(dims);
    return own(new Tensor(new HostStorage(shape.size() * dtype.bytes()), 0, shape, dtype));
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  private static void assertRefused(NpzFile npz, String name, String says) {
    assertThatThrownBy(() -> npz.tensor(name))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'" + name + "'")
        .hasMessageContaining(says);
  }

  private static Path resource(String name) throws URISyntaxException {
    URL url = Objects.requireNonNull(NumpyTest.class.getResource(name), name);
    return Path.of(url.toURI());
  }
}
