"""One form for YAML text: what moves, what stays, and what is left alone."""

from __future__ import annotations

import textwrap

import pytest

from reconciler.documents.format import formatted


def text(content: str) -> str:
    return textwrap.dedent(content).lstrip("\n")


def test_keys_and_their_comments_move_together() -> None:
    before = text("""
        # License: MIT

        # What it is.
        kind: Deployment  # apps
        apiVersion: apps/v1
        status: {}
        spec:
            # How many.
            replicas: 3

            template:
              spec:
                containers:
                # The program.
                - image: a  # pinned
                  name: main
                  args: ["a",
                    "b"]
                -   name: side
                    command:
                        - sh
                        - |
                          # no comment
                            indented

                          end
            # The end of spec.
        metadata:
          labels: {a: b}
          # Its name.
          name: web
        # The end.
    """)
    after = text("""
        # License: MIT

        apiVersion: apps/v1
        # What it is.
        kind: Deployment  # apps
        metadata:
          # Its name.
          name: web
          labels: {a: b}
        spec:
          # How many.
          replicas: 3

          template:
            spec:
              containers:
              # The program.
              - name: main
                image: a  # pinned
                args: ["a",
                  "b"]
              - name: side
                command:
                - sh
                - |
                  # no comment
                    indented

                  end
          # The end of spec.
        status: {}
        # The end.
    """)
    assert formatted(before) == after
    assert formatted(after) == after
    assert formatted(before.replace("\n", "\r\n")) == after.replace("\n", "\r\n")


def test_lists_are_indented_as_the_first_one_is() -> None:
    mixed = "a:\n  - 1\nb:\n- kind: x\n  name: y\n  apiVersion: z\nc:\n    - - 1\n      - 2\n"
    indented = "a:\n  - 1\nb:\n  - apiVersion: z\n    kind: x\n    name: y\nc:\n  - - 1\n    - 2\n"
    assert formatted(mixed) == indented
    assert formatted(mixed.replace("  - 1\nb", "- 1\nb")) == "".join(
        line.removeprefix("  ") + "\n" for line in indented.splitlines()
    )


def test_documents_are_formatted_one_by_one() -> None:
    before = "---  # first\nkind: A\napiVersion: v1\n---\n# nothing\n---\nkind: B\napiVersion: v1\n...\n"
    after = "---  # first\napiVersion: v1\nkind: A\n---\n# nothing\n---\napiVersion: v1\nkind: B\n...\n"
    assert formatted(before) == after


@pytest.mark.parametrize(
    "same",
    [
        "",
        "# only a comment\n",
        "kind: &a x\napiVersion: *a\n",
        "kind: A\n? apiVersion\n: v1\n",
        "kind: !!str A\napiVersion: v1\n",
        "{kind: A, apiVersion: v1}\n",
        "kind: [never closed\napiVersion: v1\n",
        "kind: {{ .Values.kind }}\napiVersion: v1\n",
        "kind: A\nkind: B\napiVersion: v1\n",
        "kind: A\r\napiVersion: v1\n",
        "b: 2\na: 1\nc:\n- 3\n- 1\n",
        "a: text\n  that goes on\n\n  and on\nb: 'in quotes\n\n  too'\n",
    ],
)
def test_what_stays_as_it_is(same: str) -> None:
    assert formatted(same) == same


def test_an_anchor_in_one_document_leaves_the_others_alone() -> None:
    anchored = "kind: &a A\nb: *a\napiVersion: v1\n"
    assert formatted(f"{anchored}---\nkind: B\napiVersion: v1\n") == f"{anchored}---\napiVersion: v1\nkind: B\n"


def test_a_file_without_a_line_break_at_its_end() -> None:
    assert formatted("kind: A\napiVersion: v1") == "apiVersion: v1\nkind: A\n"


def test_a_blank_line_does_not_become_a_part_of_a_text() -> None:
    before = text("""
        data: |+
          keep

        kind: ConfigMap

        status: {}
        apiVersion: v1
        spec: |+
          last

    """)
    after = text("""
        apiVersion: v1
        kind: ConfigMap
        data: |+
          keep

        spec: |+
          last

        status: {}
    """)
    assert formatted(before) == after


def test_a_blank_line_does_not_come_between_a_dash_and_its_key() -> None:
    assert formatted("items:\n- kind: A\n\n  apiVersion: v1\n") == "items:\n- apiVersion: v1\n  kind: A\n"
