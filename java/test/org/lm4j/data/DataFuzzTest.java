package org.lm4j.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;
import org.lm4j.task.caption.CaptionFiles;
import org.lm4j.task.caption.Captions;
import org.lm4j.task.classify.LabelledText;
import org.lm4j.task.classify.LabelledTexts;
import org.lm4j.task.seq2seq.Pair;
import org.lm4j.task.seq2seq.PairFile;
import org.lm4j.task.tag.ConllBlock;
import org.lm4j.task.tag.ConllColumns;
import org.lm4j.task.tag.ConllFile;
import org.lm4j.task.tag.ConllSentence;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.QuestionFile;

/**
 * Any bytes give a table or an {@link InputException}, and nothing else. An ordinary test run tries
 * the seeds in {@code DataFuzzTestInputs}; {@code scripts/fuzz} searches for more.
 */
class DataFuzzTest {
  private static final ConllColumns COLUMNS = new ConllColumns(1, ConllColumns.LAST, List.of());

  /** Blocks and sentences are the same, and each line of the file is in one block. */
  @FuzzTest(maxDuration = "60s")
  void conll(byte[] bytes) throws IOException {
    Path file = write(bytes);
    List<ConllSentence> sentences = new ArrayList<>();
    List<ConllBlock.Line> lines = new ArrayList<>();
    boolean whole = true;
    try {
      ConllFile.readBlocks(
          file,
          block -> {
            lines.addAll(block.lines());
            if (block.sentence() != null) {
              sentences.add(block.sentence());
            }
          });
    } catch (InputException expected) {
      requireSentence(expected, file);
      whole = false;
    }
    try {
      ConllFile.Contents contents = ConllFile.readAll(file);
      require(contents.sentences().equals(sentences), "blocks have other sentences");
      COLUMNS.require(contents);
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
    int tokens = sentences.stream().mapToInt(ConllSentence::size).sum();
    require(
        lines.stream().filter(line -> line.token() >= 0).count() == tokens,
        "a token has not exactly one line");
    if (whole) {
      int[] all = new int[1];
      TextLines.read(file, (line, number) -> all[0]++);
      require(all[0] == lines.size(), "a line is in no block");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void labelled(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      LabelledTexts texts = LabelledTexts.table(file);
      for (LabelledText text : texts.all()) {
        require(!text.label().isBlank() && !text.text().isBlank(), "a blank cell");
        Objects.requireNonNull(LabelledTexts.beside(text.text(), Set.copyOf(texts.labels())));
      }
      texts.requireLearnable(note -> {});
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void pairs(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      for (Pair pair : PairFile.read(file)) {
        require(!pair.source().isBlank() && !pair.target().isBlank(), "a blank side");
      }
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void questions(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      for (Question question : QuestionFile.read(file)) {
        require(!question.image().isBlank() && !question.answer().isBlank(), "a blank cell");
      }
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void captions(byte[] bytes) throws IOException {
    Path file = write(bytes);
    try {
      Captions captions = CaptionFiles.read(file);
      int count = captions.images().stream().mapToInt(image -> captions.of(image).size()).sum();
      require(count == captions.all().size(), "a caption of no image");
      captions.ofSplits(captions.splits());
    } catch (InputException expected) {
      requireSentence(expected, file);
    }
  }

  /**
   * Writes an input to one file for all runs, since the fuzzer makes thousands of inputs a second.
   */
  private static Path write(byte[] bytes) throws IOException {
    Path file = Files.createDirectories(Path.of("target")).resolve("fuzz-table");
    return Files.write(file, bytes);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  private static void requireSentence(InputException e, Path file) {
    String message = String.valueOf(e.getMessage());
    require(message.contains(file.toString()), "the message does not name the file: " + message);
    require(message.lines().count() == 1, "the message is not one line: " + message);
  }
}
