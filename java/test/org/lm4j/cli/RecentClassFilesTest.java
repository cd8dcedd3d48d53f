package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RecentClassFilesTest {
  @TempDir private Path folder;

  @Test
  void picocliIsRewrittenOnceAndEveryClassOfItPassesTheVerifier() throws Exception {
    Path original =
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path jar = Files.copy(original, folder.resolve("picocli.jar"));

    assertThat(RecentClassFiles.rewrite(jar)).isGreaterThan(100);
    byte[] rewritten = Files.readAllBytes(jar);
    assertThat(RecentClassFiles.rewrite(jar)).isZero();
    assertThat(jar).hasBinaryContent(rewritten);
    assertThat(folder.toFile().list()).containsExactly("picocli.jar");

    int classes = 0;
    try (JarFile before = new JarFile(original.toFile());
        JarFile after = new JarFile(jar.toFile());
        URLClassLoader loader =
            new URLClassLoader(
                new URL[] {jar.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      assertThat(names(after)).isEqualTo(names(before));
      for (String name : names(after)) {
        byte[] was = before.getInputStream(before.getEntry(name)).readAllBytes();
        byte[] is = after.getInputStream(after.getEntry(name)).readAllBytes();
        if (!name.endsWith(".class") || name.startsWith("META-INF/")) {
          assertThat(is).as(name).isEqualTo(was);
          continue;
        }
        ClassModel model = ClassFile.of().parse(is);
        assertThat(model.majorVersion()).as(name).isEqualTo(ClassFile.JAVA_8_VERSION);
        assertThat(ClassFile.of().verify(is)).as(name).isEmpty();
        assertThat(model.methods()).hasSameSizeAs(ClassFile.of().parse(was).methods());
        classes++;
      }
      assertThat(usage(loader)).isEqualTo(usage(CommandLine.class.getClassLoader()));
    }
    assertThat(classes).isGreaterThan(100);
  }

  @Test
  void aJarWithoutOldClassFilesStaysAsItIs() throws Exception {
    Path jar = folder.resolve("recent.jar");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.putNextEntry(new ZipEntry("text"));
      zip.write("old".getBytes(UTF_8));
      zip.putNextEntry(new ZipEntry("Test.class"));
      try (InputStream in =
          RecentClassFilesTest.class.getResourceAsStream("RecentClassFilesTest.class")) {
        zip.write(in.readAllBytes());
      }
    }
    byte[] before = Files.readAllBytes(jar);
    assertThat(RecentClassFiles.rewrite(jar)).isZero();
    assertThat(jar).hasBinaryContent(before);
  }

  /** The help of picocli's own help command, by the classes of a loader. */
  private static Object usage(ClassLoader loader) throws Exception {
    Class<?> program = loader.loadClass("picocli.CommandLine");
    Object line =
        program
            .getConstructor(Object.class)
            .newInstance(loader.loadClass("picocli.CommandLine$HelpCommand"));
    return program.getMethod("getUsageMessage").invoke(line);
  }

  private static List<String> names(JarFile jar) {
    return jar.stream().map(ZipEntry::getName).toList();
  }
}
