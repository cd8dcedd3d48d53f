package org.lm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.io.Json;
import org.lm4j.task.lm.LanguageModel;
import tools.jackson.databind.JsonNode;

/**
 * Many clients at once that stream texts from a server, each of which is compared with the text
 * that the model generates alone. Run by hand, beside {@code lm serve --model FOLDER}:
 *
 * <pre>java … org.lm4j.serve.ServeLoad PORT[,PORT]... FOLDER CLIENTS TOKENS ROUNDS [PID]...</pre>
 *
 * <p>Of several servers, one after the other gets all rounds: only at the first are the clients
 * themselves slow from their start. With the ids of the servers' processes, the processor time that
 * each round took them is printed too.
 */
final class ServeLoad {
  private ServeLoad() {}

  /** The answer to one client: its text, and when its first byte and first token came. */
  private record Answer(String text, double firstByte, double firstToken, double whole) {}

  /** Runs the clients, and prints how long they waited. */
  public static void main(String[] args) throws InterruptedException, ExecutionException {
    String[] ports = args[0].split(",", -1);
    int clients = Integer.parseInt(args[2]);
    int tokens = Integer.parseInt(args[3]);
    List<String> expected = new ArrayList<>();
    try (Backend backend = new CpuBackend(null, 2);
        LanguageModel alone = LanguageModel.load(Path.of(args[1]), backend)) {
      for (int i = 0; i < clients; i++) {
        expected.add(alone.generate("  public ", Sampling.defaults().seed(i).length(tokens)));
      }
    }
    for (int server = 0; server < ports.length; server++) {
      String pid = args.length > 5 + server ? args[5 + server] : "";
      for (int round = 0; round < Integer.parseInt(args[4]); round++) {
        double before = processorSeconds(pid);
        run(Integer.parseInt(ports[server]), expected, tokens);
        System.out.printf("  processor time %.2f s%n", processorSeconds(pid) - before);
      }
    }
  }

  private static double processorSeconds(String pid) {
    return pid.isEmpty()
        ? Double.NaN
        : ProcessHandle.of(Long.parseLong(pid))
            .flatMap(process -> process.info().totalCpuDuration())
            .map(time -> time.toNanos() / 1e9)
            .orElse(Double.NaN);
  }

  private static void run(int port, List<String> expected, int tokens)
      throws InterruptedException, ExecutionException {
    List<Callable<Answer>> calls = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      int seed = i;
      calls.add(() -> call(port, seed, tokens));
    }
    long start = System.nanoTime();
    int lost = 0;
    int mixed = 0;
    double[] bytes = new double[expected.size()];
    double[] firsts = new double[expected.size()];
    double[] wholes = new double[expected.size()];
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = threads.invokeAll(calls);
      for (int i = 0; i < answers.size(); i++) {
        try {
          Answer answer = answers.get(i).get();
          mixed += answer.text.equals(expected.get(i)) ? 0 : 1;
          bytes[i] = answer.firstByte;
          firsts[i] = answer.firstToken;
          wholes[i] = answer.whole;
        } catch (ExecutionException e) {
          lost++;
          System.out.println("lost: " + e.getCause());
        }
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%d clients, %d tokens each: %d lost, %d with another text; %.0f requests/s, %.0f tokens/s;"
            + " first byte p50 %.3f p99 %.3f s, first token p50 %.3f p99 %.3f s, end p99 %.3f s%n",
        expected.size(),
        tokens,
        lost,
        mixed,
        expected.size() / seconds,
        (double) expected.size() * tokens / seconds,
        at(bytes, 0.5),
        at(bytes, 0.99),
        at(firsts, 0.5),
        at(firsts, 0.99),
        at(wholes, 0.99));
  }

  private static double at(double[] values, double quantile) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) (quantile * (sorted.length - 1))];
  }

  private static Answer call(int port, int seed, int tokens) throws IOException {
    byte[] body =
        """
        {"prompt": "  public ", "max_tokens": %d, "seed": %d, "stream": true}"""
            .formatted(tokens, seed)
            .getBytes(UTF_8);
    long start = System.nanoTime();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      String head =
          "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
              + body.length
              + "\r\n\r\n";
      out.write(head.getBytes(UTF_8));
      out.write(body);
      out.flush();
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      in.mark(1);
      in.read();
      in.reset();
      double firstByte = (System.nanoTime() - start) / 1e9;
      double firstToken = 0;
      StringBuilder text = new StringBuilder();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.equals("data: [DONE]")) {
          return new Answer(
              text.toString(), firstByte, firstToken, (System.nanoTime() - start) / 1e9);
        }
        if (line.startsWith("data: ")) {
          firstToken = firstToken == 0 ? (System.nanoTime() - start) / 1e9 : firstToken;
          JsonNode chunk = Json.parse(line.substring(6), "an event", JsonNode.class);
          text.append(chunk.get("choices").get(0).get("text").stringValue());
        }
      }
      throw new IOException("the stream ended early");
    }
  }
}
