package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.serve.engine.Limits;

/** A client that goes before it has its answer leaves nothing behind. */
@EnabledOnOs({OS.LINUX, OS.MAC}) // elsewhere the number of open files is not known
class LostClientsTest {
  private static final int CLIENTS = 60;
  private static final String GET = "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private static long descriptors() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }

  private static void sendAndGo(int port, String requests) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoLinger(true, 0); // closing resets the connection
      OutputStream out = socket.getOutputStream();
      out.write(requests.getBytes(StandardCharsets.US_ASCII));
    } catch (SocketException _) { // the server was faster
      return;
    }
  }

  @Test
  void connectionsOfLostClientsAreClosed() throws IOException, InterruptedException {
    try (Backend backend = new CpuBackend(null, 1);
        ServedModels models =
            new ServedModels(
                List.of(Path.of("models/java-source")),
                backend,
                new Limits(2, 4, 0, 10),
                line -> {});
        TextServer server =
            new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, line -> {})) {
      sendAndGo(server.port(), GET.formatted("health")); // loads what is loaded once
      Thread.sleep(100);
      long before = descriptors();
      for (int i = 0; i < CLIENTS; i++) {
        String path = List.of("health", "", "nothing").get(i % 3);
        sendAndGo(server.port(), GET.formatted(path).repeat(5));
      }
      long deadline = System.nanoTime() + 10_000_000_000L;
      while (descriptors() > before + 5 && System.nanoTime() < deadline) {
        Thread.sleep(50);
      }
      assertThat(descriptors()).isLessThanOrEqualTo(before + 5);
    }
  }
}
