/**
 * lm4j: recurrent networks for language, trained, evaluated and applied at native speed. The entry
 * points are {@link org.lm4j.task.lm.LanguageModel} and its siblings in the packages of the tasks;
 * the inside of the backends and the command line are not exported.
 *
 * <p>The command line runs from the class path, where it finds picocli; programs that use the
 * library from the module path need no picocli.
 */
module org.lm4j {
  requires jdk.incubator.vector;
  requires transitive org.jspecify; // read at run time: what may be null in JSON
  requires static info.picocli;
  requires static java.logging;
  requires static jdk.httpserver;
  requires static jdk.unsupported; // signals of the command line
  requires transitive tools.jackson.databind;

  exports org.lm4j;
  exports org.lm4j.backend;
  exports org.lm4j.backend.nccl;
  exports org.lm4j.compute;
  exports org.lm4j.compute.composed;
  exports org.lm4j.compute.update;
  exports org.lm4j.data;
  exports org.lm4j.decode;
  exports org.lm4j.io;
  exports org.lm4j.metric;
  exports org.lm4j.model;
  exports org.lm4j.ngram;
  exports org.lm4j.nn;
  exports org.lm4j.nn.attention;
  exports org.lm4j.nn.softmax;
  exports org.lm4j.optim;
  exports org.lm4j.parallel;
  exports org.lm4j.parallel.mpi;
  exports org.lm4j.serve;
  exports org.lm4j.serve.engine;
  exports org.lm4j.task;
  exports org.lm4j.task.caption;
  exports org.lm4j.task.card;
  exports org.lm4j.task.classify;
  exports org.lm4j.task.embed;
  exports org.lm4j.task.inspect;
  exports org.lm4j.task.lm;
  exports org.lm4j.task.lm.adapt;
  exports org.lm4j.task.lm.compare;
  exports org.lm4j.task.lm.line;
  exports org.lm4j.task.lm.ngram;
  exports org.lm4j.task.lm.pairs;
  exports org.lm4j.task.lm.size;
  exports org.lm4j.task.net;
  exports org.lm4j.task.scenes;
  exports org.lm4j.task.seq2seq;
  exports org.lm4j.task.tag;
  exports org.lm4j.task.vqa;
  exports org.lm4j.tensor;
  exports org.lm4j.text;
  exports org.lm4j.text.sentence;
  exports org.lm4j.text.source;
  exports org.lm4j.text.subword;
  exports org.lm4j.text.token;
  exports org.lm4j.train;
  exports org.lm4j.train.batch;
  exports org.lm4j.train.log;
  exports org.lm4j.train.trial;
  exports org.lm4j.train.watch;

  // Records that are read from JSON and written to it.
  opens org.lm4j.io to
      tools.jackson.databind;
  opens org.lm4j.model to
      tools.jackson.databind;
  opens org.lm4j.train to
      tools.jackson.databind;
  opens org.lm4j.task.caption to
      tools.jackson.databind;
  opens org.lm4j.task.classify to
      tools.jackson.databind;
  opens org.lm4j.task.embed to
      tools.jackson.databind;
  opens org.lm4j.task.lm to
      tools.jackson.databind;
  opens org.lm4j.task.lm.adapt to
      tools.jackson.databind;
  opens org.lm4j.task.lm.ngram to
      tools.jackson.databind;
  opens org.lm4j.task.net to
      tools.jackson.databind;
  opens org.lm4j.task.seq2seq to
      tools.jackson.databind;
  opens org.lm4j.task.tag to
      tools.jackson.databind;
  opens org.lm4j.task.vqa to
      tools.jackson.databind;
}
