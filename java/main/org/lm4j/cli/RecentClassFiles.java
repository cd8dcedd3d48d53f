package org.lm4j.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Rewrites the class files of a jar that are older than Java 6 as class files of Java 8, with the
 * same instructions. The JVM does not take older ones, nor any class that extends or implements
 * one, into its cache for fast starts, and verifies them slowly at each start: picocli's are of
 * Java 5. {@code scripts/lm} runs it before it makes that cache.
 */
final class RecentClassFiles {
  /** The first version whose class files have stack maps and can be in a cache. */
  private static final int OLDEST = ClassFile.JAVA_6_VERSION;

  private RecentClassFiles() {}

  /** Takes the jars to rewrite. */
  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      rewrite(Path.of(jar));
    }
  }

  /**
   * Replaces a jar unless all its class files are recent. Those for newer versions of Java only,
   * below {@code META-INF}, stay as they are.
   *
   * @return how many class files were rewritten
   */
  static int rewrite(Path jar) throws IOException {
    Map<ZipEntry, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile file = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : file.stream().toList()) {
        entries.put(entry, file.getInputStream(entry).readAllBytes());
      }
    }
    Map<String, byte[]> classes = new LinkedHashMap<>();
    entries.forEach((entry, bytes) -> classes.put(entry.getName(), bytes));
    ClassFile context = context(classes);
    int rewritten = 0;
    Path fresh = jar.resolveSibling("." + jar.getFileName() + ".part");
    try (OutputStream out = Files.newOutputStream(fresh);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<ZipEntry, byte[]> entry : entries.entrySet()) {
        byte[] bytes = entry.getValue();
        if (isOld(entry.getKey().getName(), bytes)) {
          bytes = recent(context, bytes);
          rewritten++;
        }
        ZipEntry copy = new ZipEntry(entry.getKey().getName());
        copy.setTime(entry.getKey().getTime());
        zip.putNextEntry(copy);
        zip.write(bytes);
      }
    }
    if (rewritten == 0) {
      Files.delete(fresh);
    } else {
      Files.move(fresh, jar, StandardCopyOption.REPLACE_EXISTING);
    }
    return rewritten;
  }

  private static boolean isOld(String name, byte[] bytes) {
    return name.endsWith(".class")
        && !name.startsWith("META-INF/")
        && ((bytes[6] & 0xff) << 8 | (bytes[7] & 0xff)) < OLDEST;
  }

  /** Stack maps need to know which class extends which: those of the jar, and those of Java. */
  private static ClassFile context(Map<String, byte[]> classes) {
    ClassHierarchyResolver ofJar =
        ClassHierarchyResolver.ofResourceParsing(
            (ClassDesc type) -> {
              String descriptor = type.descriptorString();
              byte[] bytes =
                  classes.get(descriptor.substring(1, descriptor.length() - 1) + ".class");
              return bytes == null ? null : new ByteArrayInputStream(bytes);
            });
    ClassHierarchyResolver ofJava =
        ClassHierarchyResolver.ofResourceParsing(ClassLoader.getPlatformClassLoader());
    return ClassFile.of(
        ClassFile.ClassHierarchyResolverOption.of(ofJar.orElse(ofJava)),
        ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
        ClassFile.ConstantPoolSharingOption.NEW_POOL);
  }

  private static byte[] recent(ClassFile context, byte[] bytes) {
    ClassModel model = context.parse(bytes);
    return context.transformClass(
        model,
        ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
            .andThen(
                ClassTransform.endHandler(
                    builder -> builder.withVersion(ClassFile.JAVA_8_VERSION, 0))));
  }
}
