package org.lm4j.task.lm.adapt;

import org.lm4j.compute.Backend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** Copies of tensors on the host. */
final class Flat {
  private Flat() {}

  static double[] download(Backend backend, Tensor tensor) {
    try (HostStorage storage = new HostStorage(tensor.size() * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, tensor.shape(), DType.F64);
      backend.download(tensor, host);
      return host.toArray();
    }
  }

  static void upload(Backend backend, double[] values, Tensor tensor) {
    try (HostStorage storage = new HostStorage(tensor.size() * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, tensor.shape(), DType.F64);
      for (int i = 0; i < values.length; i++) {
        host.set(i, values[i]);
      }
      backend.upload(host, tensor);
    }
  }
}
