package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkspacesTest {
  @Test
  void aShapeGetsOneWorkspaceAndAllAreClosedOnce() {
    List<String> closed = new ArrayList<>();
    Workspaces<Integer, String> workspaces =
        new Workspaces<>(steps -> "steps " + steps, closed::add);
    String three = workspaces.of(3);
    assertThat(workspaces.of(4)).isEqualTo("steps 4");
    assertThat(workspaces.of(3)).isSameAs(three);
    assertThat(workspaces.shapes()).containsExactlyInAnyOrder(3, 4);
    workspaces.close();
    workspaces.close();
    assertThat(closed).containsExactlyInAnyOrder("steps 3", "steps 4");
  }
}
