package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.backend.cuda.cudnn.Cudnn;
import org.lm4j.backend.cuda.driver.CudaDriver;
import org.lm4j.backend.cuda.driver.CudaException;
import org.lm4j.backend.cuda.driver.CudaStatus;
import org.lm4j.backend.cuda.driver.Functions;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.compute.BackendException;
import org.lm4j.foreign.Prototype;

class BindingsTest {
  /** The types of a call are checked when it is made, so each is made. */
  @TestFactory
  Stream<DynamicTest> everyCallHasTheTypesOfItsPrototype() {
    CudaDriver driver = new CudaDriver(new Bound());
    Cudnn cudnn = new Cudnn(new Bound());
    List<Object> bindings =
        List.of(
            driver,
            driver.memory(),
            driver.streams(),
            driver.modules(),
            driver.graphs(),
            new Cublas(new Bound()),
            cudnn,
            cudnn.descriptors(),
            cudnn.rnn(),
            cudnn.weights(),
            new Nccl(new Bound()));
    return bindings.stream()
        .flatMap(
            binding ->
                Stream.of(binding.getClass().getDeclaredMethods())
                    .filter(method -> !Modifier.isStatic(method.getModifiers()))
                    .filter(method -> !Modifier.isPrivate(method.getModifiers()))
                    .filter(method -> !method.isSynthetic())
                    .map(
                        method ->
                            DynamicTest.dynamicTest(
                                binding.getClass().getSimpleName() + "." + method.getName(),
                                () -> call(binding, method))));
  }

  @Test
  void aFailedCallNamesFunctionStatusAndTheLibrarysOwnText() {
    CudaDriver driver = new CudaDriver(failing("cuMemAlloc_v2", 2));
    assertThatThrownBy(() -> driver.memory().allocate(8))
        .isInstanceOf(BackendException.class)
        .isInstanceOfSatisfying(CudaException.class, e -> assertThat(e.status()).isEqualTo(2))
        .hasMessage("cuMemAlloc_v2() failed with status 2, : ");
    Cublas cublas = new Cublas(failing("cublasSgemm_v2", 13));
    assertThatThrownBy(() -> cublas.sgemm(0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1))
        .isInstanceOf(CudaException.class)
        .hasMessageStartingWith("cublasSgemm_v2() failed with status 13, ");
    Cudnn cudnn = new Cudnn(failing("cudnnCreate", 1001));
    assertThatThrownBy(cudnn::create)
        .isInstanceOf(CudaException.class)
        .hasMessage("cudnnCreate() failed with status 1001, : no more is known");
    Nccl nccl = new Nccl(failing("ncclCommDestroy", 3));
    assertThatThrownBy(() -> nccl.leave(1))
        .isInstanceOf(CudaException.class)
        .hasMessageStartingWith("ncclCommDestroy() failed with status 3, ncclInternalError: ; ");
  }

  @Test
  void aPendingEventIsNotAnError() {
    CudaDriver driver = new CudaDriver(failing("cuEventQuery", CudaStatus.CUDA_ERROR_NOT_READY));
    assertThat(driver.streams().happened(1)).isFalse();
    assertThat(new CudaDriver(new Bound()).streams().happened(1)).isTrue();
    CudaDriver dead = new CudaDriver(failing("cuEventQuery", 700));
    assertThatThrownBy(() -> dead.streams().happened(1)).hasMessageContaining("cuEventQuery() ");
  }

  @Test
  void whatAUserCanMendIsSaid() {
    assertThat(new CudaException("cuMemAlloc_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"))
        .hasMessageStartingWith(
            "cuMemAlloc_v2() failed with status 2, CUDA_ERROR_OUT_OF_MEMORY: out of memory; ")
        .hasMessageContaining("smaller batch");
  }

  private static void call(Object binding, Method method) throws IllegalAccessException {
    Object[] arguments = Stream.of(method.getParameterTypes()).map(BindingsTest::zero).toArray();
    method.setAccessible(true);
    try {
      method.invoke(binding, arguments);
    } catch (InvocationTargetException e) {
      throw new AssertionError(method.getName() + " threw", e.getCause());
    }
  }

  private static Object zero(Class<?> type) {
    if (type == String.class) {
      return "name";
    }
    if (type == MemorySegment.class) {
      return Arena.ofAuto().allocate(Nccl.ID_BYTES);
    }
    return type.isArray() ? new int[] {2, 3, 4} : Array.get(Array.newInstance(type, 1), 0);
  }

  /** Functions of which one returns a status; texts are none. */
  private static Functions failing(String function, int status) {
    return text -> {
      Prototype prototype = Prototype.parse(text, Functions.TYPES);
      var type = prototype.type().toMethodType();
      MethodHandle result =
          prototype.name().equals(function)
              ? MethodHandles.dropArguments(
                  MethodHandles.constant(int.class, status), 0, type.parameterList())
              : MethodHandles.empty(type);
      return result;
    };
  }
}
