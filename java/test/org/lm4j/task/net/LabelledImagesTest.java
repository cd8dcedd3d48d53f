package org.lm4j.task.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.data.DataFixtures.assertRefused;
import static org.lm4j.data.DataFixtures.assertRefusedSaying;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.data.DataFixtures;
import org.lm4j.data.FeatureFiles;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** MNIST's and CIFAR-10's files. */
class LabelledImagesTest {
  private static final int RECORD = 3073;

  @TempDir Path folder;

  @Test
  void mnistPackedOrNot() throws IOException {
    byte[] images = idx(8, new int[] {2, 2, 3}, 0, 51, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    byte[] labels = idx(8, new int[] {2}, 9, 0);
    for (boolean packed : new boolean[] {false, true}) {
      Path pixels = file("images", packed ? gzip(images) : images);
      Path classes = file("labels", packed ? gzip(labels) : labels);
      LabelledImages set = IdxFiles.read(pixels, classes);
      assertThat(set.count()).isEqualTo(2);
      assertThat(set.form()).isEqualTo(new ImageFormat(1, 2, 3));
      assertThat(set.classes()).hasSize(10);
      assertThat(set.label(0)).isEqualTo(9);
      assertThat(set.pixel(0, 2)).isEqualTo(255);
      assertThat(set.pixel(1, 5)).isEqualTo(9);
      for (DType dtype : List.of(DType.F32, DType.F64)) {
        try (HostStorage storage = new HostStorage(18L * dtype.bytes())) {
          Tensor batch = new Tensor(storage, 0, Shape.of(3, 6), dtype);
          set.copyPixels(new int[] {1, 0, 1}, batch);
          assertThat(batch.get(0)).isEqualTo(4 / 255.0, within(1e-8));
          assertThat(batch.get(7)).isEqualTo(0.2, within(1e-8));
          assertThat(batch.get(8)).isEqualTo(1);
          assertThat(batch.get(17)).isEqualTo(9 / 255.0, within(1e-8));
        }
      }
      try (HostStorage storage = new HostStorage(12)) {
        Tensor batch = new Tensor(storage, 0, Shape.of(3), DType.I32);
        set.copyLabels(new int[] {1, 0, 1}, batch);
        assertThat(batch.toArray()).containsExactly(0, 9, 0);
        assertThatThrownBy(() -> set.copyPixels(new int[] {0}, batch))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> set.copyLabels(new int[] {0, 1, 2}, batch))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void brokenMnist() throws IOException {
    byte[] good = idx(8, new int[] {1, 2, 2}, 1, 2, 3, 4);
    Path labels = file("labels", idx(8, new int[] {1}, 3));
    Path images = file("images", good);
    assertThat(IdxFiles.read(images, labels).count()).isEqualTo(1);
    for (int n = 0; n < good.length; n++) {
      file("images", Arrays.copyOf(good, n));
      assertRefusedSaying(
          () -> IdxFiles.read(images, labels), images + " is not a valid IDX file: ");
    }
    byte[] packed = gzip(good);
    for (int n = 2; n < packed.length; n++) {
      file("images", Arrays.copyOf(packed, n));
      assertRefusedSaying(() -> IdxFiles.read(images, labels), images + " is damaged gzip");
    }
    byte[] damaged = packed.clone();
    damaged[packed.length - 6] ^= 1;
    file("images", damaged);
    assertRefusedSaying(() -> IdxFiles.read(images, labels), images + " is damaged gzip");
    assertImages(Arrays.copyOf(good, good.length + 1), "claims 4 bytes, but 5 follow");
    assertImages(gzip(Arrays.copyOf(good, good.length + 1)), "more bytes follow than the 4");
    assertImages(gzip(Arrays.copyOf(good, good.length - 1)), "claims 4 bytes, but 3 follow");
    assertImages(idx(13, new int[] {1, 1, 1}, 0), "its type is 13");
    assertImages(idx(8, new int[] {1, 1, 1, 1, 1}, 0), "its rank is 5");
    assertImages(idx(8, new int[] {1, 4}, 1, 2, 3, 4), "holds (1, 4), but pictures are");
    assertImages(idx(8, new int[] {2, 1, 1}, 1, 2), "holds 1 labels, but");
    assertImages(idx(8, new int[] {0x7fffffff, 2, 2}), "claims more than 2 GiB");
    assertImages(idx(8, new int[] {-1, 1, 1}), "claims more than 2 GiB");
    assertImages(gzip(idx(8, new int[] {1, 40_000, 40_000})), "claims 1600000000 bytes, but at m");
    assertImages(idx(8, new int[] {1, 0, 4}), "no picture has 1 x 0 x 4 bytes");
  }

  @Test
  void labelsOutOfRange() throws IOException {
    Path images = file("images", idx(8, new int[] {2, 1, 1}, 1, 2));
    Path labels = file("labels", idx(8, new int[] {2}, 9, 10));
    assertRefused(
        () -> IdxFiles.read(images, labels), labels + ", label 1: 10, but labels are from 0 to 9");
    file("labels", idx(8, new int[] {2, 1}, 9, 9));
    assertRefused(
        () -> IdxFiles.read(images, labels), labels + " holds (2, 1), but labels are (N)");
  }

  @Test
  void cifar() {
    byte[] first = new byte[2 * RECORD];
    first[0] = 6;
    first[1] = (byte) 200; // red of the top left
    first[1 + 1024 + 31] = 100; // green of the top right
    first[RECORD] = 9;
    byte[] second = new byte[RECORD];
    second[RECORD - 1] = (byte) 255; // blue of the bottom right
    LabelledImages set =
        CifarFiles.read(List.of(file("batch_1.bin", first), file("batch_2.bin", second)));
    assertThat(set.count()).isEqualTo(3);
    assertThat(set.form()).isEqualTo(new ImageFormat(3, 32, 32));
    assertThat(set.classes().get(set.label(0))).isEqualTo("frog");
    assertThat(set.classes().get(set.label(1))).isEqualTo("truck");
    assertThat(set.pixel(0, 0)).isEqualTo(200);
    assertThat(set.pixel(0, 1024 + 31)).isEqualTo(100);
    assertThat(set.pixel(2, 3071)).isEqualTo(255);
  }

  @Test
  void brokenCifar() {
    Path file = file("batch.bin", new byte[RECORD + 2]);
    assertRefused(
        () -> CifarFiles.read(List.of(file)),
        file
            + " is not a CIFAR-10 binary file: 3075 bytes are not a whole number of records of 3073");
    file("batch.bin", new byte[0]);
    assertRefusedSaying(() -> CifarFiles.read(List.of(file)), "0 bytes are not a whole number");
    byte[] records = new byte[3 * RECORD];
    records[2 * RECORD] = 10;
    file("batch.bin", records);
    assertRefused(
        () -> CifarFiles.read(List.of(file)),
        file + ", record 2: label 10, but labels are from 0 to 9");
    records[2 * RECORD] = (byte) 255;
    file("batch.bin", records);
    assertRefusedSaying(() -> CifarFiles.read(List.of(file)), "label 255");
    Path nowhere = folder.resolve("nowhere");
    assertRefusedSaying(() -> CifarFiles.read(List.of(nowhere)), "cannot read " + nowhere);
  }

  /** The sizes and the counts of the digits with which MNIST's test set is published. */
  @Test
  void mnistsTestSetHasItsDigits() {
    LabelledImages set =
        IdxFiles.read(
            DataFixtures.data("mnist-t10k/t10k-images-idx3-ubyte.gz"),
            DataFixtures.data("mnist-t10k/t10k-labels-idx1-ubyte.gz"));
    assertThat(set.count()).isEqualTo(10_000);
    assertThat(set.form()).isEqualTo(new ImageFormat(1, 28, 28));
    int[] digits = new int[10];
    for (int i = 0; i < set.count(); i++) {
      digits[set.label(i)]++;
    }
    assertThat(digits).containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
    assertThat(set.label(0)).isEqualTo(7);
  }

  private void assertImages(byte[] bytes, String says) {
    Path images = file("images", bytes);
    assertRefusedSaying(() -> IdxFiles.read(images, folder.resolve("labels")), says);
  }

  private static byte[] idx(int type, int[] extents, int... data) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * extents.length + data.length);
    bytes.putInt(type << 8 | extents.length);
    for (int extent : extents) {
      bytes.putInt(extent);
    }
    for (int value : data) {
      bytes.put((byte) value);
    }
    return bytes.array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private Path file(String name, byte[] bytes) {
    return DataFixtures.write(folder.resolve(name), bytes);
  }

  /** The other common form of a file is named, and the option it goes to. */
  @Test
  void otherFormsOfPicturesAreNamed(@TempDir Path other) throws IOException {
    Path labels = Files.write(other.resolve("labels"), new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 7});
    Path images =
        Files.write(
            other.resolve("images"),
            new byte[] {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9});
    byte[] one = new byte[3073];
    one[0] = 6;
    Path cifar = Files.write(other.resolve("cifar"), one);
    Path hundred = Files.write(other.resolve("hundred"), new byte[3074]);
    Path pickle = Files.write(other.resolve("pickle"), new byte[] {(byte) 0x80, 2, '}'});
    byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0};
    Path picture = Files.write(other.resolve("picture"), png);
    assertThat(IdxFiles.read(images, labels).count()).isEqualTo(1);
    refused(() -> IdxFiles.read(labels, images), "exchange images and labels");
    refused(() -> IdxFiles.read(cifar, labels), "CIFAR-10; give it as cifar");
    refused(() -> IdxFiles.read(picture, labels), "a PNG picture");
    refused(() -> CifarFiles.read(List.of(images)), "an IDX file", "images");
    refused(() -> CifarFiles.read(List.of(hundred)), "CIFAR-100");
    refused(() -> CifarFiles.read(List.of(pickle)), "pickle", "binary version");
    refused(() -> CifarFiles.read(List.of(picture)), "a PNG picture");
    Path features = Files.copy(pickle, other.resolve("f.npz"));
    refused(() -> FeatureFiles.read(features, null), "pickle");
  }

  private static void refused(ThrowableAssert.ThrowingCallable call, String... words) {
    assertThatThrownBy(call).isInstanceOf(InputException.class).hasMessageContainingAll(words);
  }
}
