package org.lm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.data.DataFixtures.assertRefused;
import static org.lm4j.data.DataFixtures.assertRefusedSaying;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.io.numpy.NpyFile;
import org.lm4j.io.numpy.NpzWriter;
import org.lm4j.task.caption.CaptionFiles;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

class FeaturesTest {
  private final List<Tensor> owned = new ArrayList<>();
  @TempDir Path folder;
  private Path npy = Path.of("");
  private Path npz = Path.of("");
  private Path safetensors = Path.of("");
  private Path names = Path.of("");

  @BeforeEach
  void name() {
    npy = folder.resolve("f.npy");
    npz = folder.resolve("f.npz");
    safetensors = folder.resolve("f.safetensors");
    names = DataFixtures.write(folder.resolve("names.txt"), "b.jpg\na.jpg\n");
  }

  @AfterEach
  void free() {
    owned.forEach(tensor -> tensor.storage().close());
  }

  @Test
  void aMatrixOrAGridWithAFileOfNames() {
    for (DType dtype : DType.values()) {
      Tensor matrix = counted(dtype, 2, 3);
      Tensor grid = counted(dtype, 2, 2, 3);
      for (Tensor tensor : List.of(matrix, grid)) {
        NpyFile.write(npy, tensor);
        NpzWriter.write(npz, Map.of("any", tensor), Map.of());
        SafetensorsWriter.write(safetensors, Map.of("any", tensor), Map.of());
        for (Path file : List.of(npy, npz, safetensors)) {
          try (Features features = FeatureFiles.read(file, names)) {
            assertThat(features.names()).containsExactly("b.jpg", "a.jpg");
            assertThat(features.values().dtype()).isEqualTo(DType.F32);
            assertThat(features.values().shape()).isEqualTo(tensor.shape());
            assertThat(features.values().toArray()).containsExactly(tensor.toArray());
            assertThat(features.isGrid()).isEqualTo(tensor == grid);
            assertThat(features.cells()).isEqualTo(tensor == grid ? 2 : 1);
            assertThat(features.width()).isEqualTo(3);
            assertThat(features.flat().shape()).isEqualTo(Shape.of(2, tensor == grid ? 6 : 3));
            assertThat(features.row("a.jpg", "here")).isEqualTo(1);
          }
        }
      }
    }
  }

  @Test
  void oneArrayForEachImage() {
    for (int[] dims : new int[][] {{3}, {2, 3}}) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("b.jpg", counted(DType.F32, dims));
      tensors.put("a.jpg", counted(DType.F64, dims));
      NpzWriter.write(npz, tensors, Map.of());
      SafetensorsWriter.write(safetensors, tensors, Map.of());
      for (Path file : List.of(npz, safetensors)) {
        try (Features features = FeatureFiles.read(file, null)) {
          assertThat(features.count()).isEqualTo(2);
          int each = (int) Shape.of(dims).size();
          for (String image : tensors.keySet()) {
            assertThat(features.flat().slice(features.row(image, "here"), 1).toArray())
                .containsExactly(IntStream.range(0, each).asDoubleStream().toArray());
          }
        }
      }
    }
  }

  @Test
  void namesInsideAnArchiveAndBack() {
    Tensor grid = counted(DType.F32, 2, 4, 3);
    NpzWriter.write(npz, Map.of("features", grid), Map.of("names", List.of("x", "größe 😀")));
    Path copy = folder.resolve("copy.npz");
    try (Features features = FeatureFiles.read(npz, null)) {
      assertThat(features.names()).containsExactly("x", "größe 😀");
      FeatureFiles.write(copy, features);
    }
    try (Features features = FeatureFiles.read(copy, null)) {
      assertThat(features.names()).containsExactly("x", "größe 😀");
      assertThat(features.values().toArray()).containsExactly(grid.toArray());
    }
  }

  @Test
  void captionsFindTheirRows() {
    NpyFile.write(npy, counted(DType.F32, 2, 3));
    Path table = DataFixtures.write(folder.resolve("t.tsv"), "a.jpg\tx\nb.jpg\ty\na.jpg\tz\n");
    try (Features features = FeatureFiles.read(npy, names)) {
      assertThat(features.rows(CaptionFiles.read(table).all())).containsExactly(1, 0, 1);
      DataFixtures.write(table, "a.jpg\tx\nc.jpg\ty\n");
      assertRefused(
          () -> features.rows(CaptionFiles.read(table).all()),
          table + ", line 2: image 'c.jpg' has no features in " + npy);
    }
  }

  @Test
  void anotherFormThanTheModels() {
    NpyFile.write(npy, counted(DType.F32, 2, 3));
    try (Features features = FeatureFiles.read(npy, names)) {
      features.requireForm(0, 3);
      assertRefused(
          () -> features.requireForm(0, 512),
          npy + ": each image has 3 features, but the model takes 512 features");
      assertRefused(
          () -> features.requireForm(16, 3),
          npy
              + ": each image has 3 features, but the model takes a grid of 16 cells of 3 features");
    }
    NpyFile.write(npy, counted(DType.F32, 2, 1, 3));
    try (Features features = FeatureFiles.read(npy, names)) {
      features.requireForm(1, 3);
      assertRefusedSaying(() -> features.requireForm(0, 3), "has a grid of 1 cells of 3 features");
    }
  }

  @Test
  void refusalsNameFileAndPlace() {
    NpyFile.write(npy, counted(DType.F32, 3, 2));
    assertRefused(
        () -> FeatureFiles.read(npy, names),
        names + " names 2 images, but " + npy + " holds (3, 2)");
    assertRefusedSaying(() -> FeatureFiles.read(npy, null), npy + " has no names of images in it");
    for (int[] dims : new int[][] {{2}, {2, 2, 2, 2}, {2, 0}, {}}) {
      NpyFile.write(npy, counted(DType.F32, dims));
      assertRefusedSaying(
          () -> FeatureFiles.read(npy, names), npy + " holds " + Shape.of(dims) + ", but features");
    }
    Tensor bad = counted(DType.F32, 2, 3);
    bad.set(4, Double.NaN);
    NpyFile.write(npy, bad);
    assertRefused(
        () -> FeatureFiles.read(npy, names),
        npy + ", image 'a.jpg': feature 1 is not a finite number");
    Path text = DataFixtures.write(folder.resolve("f.txt"), "1 2 3");
    assertRefusedSaying(() -> FeatureFiles.read(text, names), "read from .npy, .npz and .safeten");
  }

  @Test
  void refusalsOfArchivesNameFileAndKey() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", counted(DType.F32, 3));
    tensors.put("b", counted(DType.F32, 4));
    NpzWriter.write(npz, tensors, Map.of());
    assertRefused(() -> FeatureFiles.read(npz, null), npz + ", image 'b' is (4), but 'a' is (3)");
    assertRefusedSaying(() -> FeatureFiles.read(npz, names), "it needs a single one");
    NpzWriter.write(npz, Map.of("a", counted(DType.F32, 1, 2, 3)), Map.of());
    assertRefusedSaying(() -> FeatureFiles.read(npz, null), npz + ", image 'a' is (1, 2, 3), but");
    NpzWriter.write(npz, Map.of(), Map.of());
    assertRefused(() -> FeatureFiles.read(npz, null), npz + " has no arrays");
    Tensor two = counted(DType.F32, 2, 3);
    NpzWriter.write(npz, Map.of("features", two), Map.of("names", List.of("a", "a")));
    assertRefused(
        () -> FeatureFiles.read(npz, null), npz + ": array 'names' names image 'a' twice");
    NpzWriter.write(npz, Map.of("features", two), Map.of("names", List.of("a", "b", "c")));
    assertRefusedSaying(() -> FeatureFiles.read(npz, null), "names 3 images, but");
  }

  private Tensor counted(DType dtype, int... dims) {
    Shape shape = Shape.of(dims);
    Tensor tensor = new Tensor(new HostStorage(shape.size() * dtype.bytes()), 0, shape, dtype);
    owned.add(tensor);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.set(i, i);
    }
    return tensor;
  }
}
