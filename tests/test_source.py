"""Texts with places: what is read, what is refused, and on which line."""

from pathlib import Path

import pytest

from bot.source import DEEPEST, Fault, Node, Place, nearest, read_strings, read_typed


def write(folder: Path, content: str, name: str = "clinic.yaml") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def strings(folder: Path, content: str) -> tuple[Node | None, list[str]]:
    node, faults = read_strings(write(folder, content), folder)
    return node, [str(fault) for fault in faults]


def typed(folder: Path, content: str, name: str = "form.yaml") -> object:
    node, faults = read_typed(write(folder, content, name), folder)
    assert faults == []
    assert node is not None
    return node.plain()


def test_a_fault_reads_as_file_line_and_message() -> None:
    assert str(Place("en/menu.yaml", 7)) == "en/menu.yaml:7"
    assert str(Fault(Place("clinic.yaml", 12), "phone is missing")) == "clinic.yaml:12: phone is missing"
    assert str(Fault(None, "clinic.yaml: no such file")) == "clinic.yaml: no such file"


def test_every_scalar_is_the_text_that_was_written(tmp_path: Path) -> None:
    node, faults = strings(
        tmp_path,
        "no: yes\nprice: 55.00\nday: 2024-01-01\ntime: 12:30\nnull: ~\nempty:\n999: 010\nlist: [on, 'off']\n",
    )
    assert faults == []
    assert node is not None
    assert node.plain() == {
        "no": "yes", "price": "55.00", "day": "2024-01-01", "time": "12:30", "null": "~", "empty": "",
        "999": "010", "list": ["on", "off"],
    }  # fmt: skip


def test_every_key_and_value_has_its_place(tmp_path: Path) -> None:
    node, _ = strings(
        tmp_path,
        "# ours\nname: A\nvisits:\n  - id: first\n    say: |\n      Hello\n      you\n  - id: next\n",
    )
    assert node is not None
    assert node.place() == Place("clinic.yaml", 2)
    assert node.place("name") == Place("clinic.yaml", 2)
    assert node.place("visits") == Place("clinic.yaml", 3)
    assert node.place("visits", 0, "say") == Place("clinic.yaml", 5)
    assert node.place("visits", 1) == Place("clinic.yaml", 8)
    assert node.place("visits", 1, "price", "pence") == Place("clinic.yaml", 8), "its nearest ancestor"
    assert node.place("nothing") == Place("clinic.yaml", 2)
    node, _ = strings(tmp_path, "say:\n  a text on a line of its own\nchoices:\n  a: A\n")
    assert node is not None
    assert (node.place("say").line, node.place("choices").line) == (2, 3)


def test_a_file_is_named_as_seen_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    path = write(tmp_path / "en", "a: [", "menu.yaml")
    assert str(read_strings(path, tmp_path)[1][0]).startswith("en/menu.yaml:1: ")
    assert str(read_strings(path)[1][0]).startswith(f"{path.as_posix()}:1: ")
    assert str(read_strings(path, tmp_path / "de")[1][0]).startswith(f"{path.as_posix()}:1: ")


def test_a_key_given_twice_is_told_where_it_stands_again_and_the_first_counts(tmp_path: Path) -> None:
    node, faults = strings(tmp_path, "a: 1\nb:\n  c: 2\n  d: 3\n  c: 4\na: 5\n")
    assert faults == [
        "clinic.yaml:5: the key 'c' is given twice (first on line 3)",
        "clinic.yaml:6: the key 'a' is given twice (first on line 1)",
    ]
    assert node is not None
    assert node.plain() == {"a": "1", "b": {"c": "2", "d": "3"}}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a: 1\nb: c: d\n", 2),
        ("a: 1\nb: 'open\nc: 2\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: *nobody\n", 1),
        ("a: 1\nb: \x07\n", 2),
        ("", 1),
        ("# only a comment\n", 1),
    ],
)
def test_what_is_no_yaml_is_one_fault_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    node, faults = strings(tmp_path, content)
    assert node is None
    assert len(faults) == 1
    assert faults[0].startswith(f"clinic.yaml:{line}: ")
    assert "\n" not in faults[0]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.getcwd []", "!secret word", "!!binary aGk=", "!!set {a}"])
def test_no_tag_makes_an_object(tmp_path: Path, tag: str) -> None:
    _, faults = strings(tmp_path, f"a: 1\nb: {tag}\n")
    assert len(faults) == 1
    assert faults[0].startswith("clinic.yaml:2: the tag ")


def test_a_key_must_be_a_text(tmp_path: Path) -> None:
    _, faults = strings(tmp_path, "a: 1\n{placeholder}: 2\n")
    assert faults == ["clinic.yaml:2: a key must be one word or text"]


def test_an_alias_stands_for_what_it_names(tmp_path: Path) -> None:
    node, faults = strings(tmp_path, "monday: &day [09:00-13:00]\ntuesday: *day\n")
    assert faults == []
    assert node is not None
    assert node.plain()["tuesday"] == ["09:00-13:00"]


def test_aliases_of_aliases_end_in_a_fault(tmp_path: Path) -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    node, faults = strings(tmp_path, "\n".join(["l0: &l0 lol", *levels]))
    assert node is None
    assert "aliases of aliases" in faults[0]


def test_an_alias_that_holds_itself_ends_in_a_fault(tmp_path: Path) -> None:
    node, faults = strings(tmp_path, "a: &a\n  b: *a\n")
    assert node is None
    assert f"nested more than {DEEPEST} deep" in faults[0]


@pytest.mark.parametrize("name", ["clinic.yaml", "form.json"])
@pytest.mark.parametrize("depth", [200, 200_000])
def test_what_is_nested_without_end_is_a_fault_and_no_crash(tmp_path: Path, name: str, depth: int) -> None:
    node, faults = read_typed(write(tmp_path, "[" * depth + "]" * depth, name), tmp_path)
    assert node is None
    assert [str(fault) for fault in faults] == [f"{name}:1: nested more than {DEEPEST} deep"]


def test_a_file_that_is_not_utf_8_is_a_fault_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes("a: 1\nname: Zoë\n".encode("latin-1"))
    node, faults = read_strings(path, tmp_path)
    assert node is None
    assert str(faults[0]).startswith("clinic.yaml:2: not UTF-8")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: A\n")
    node, faults = read_strings(path)
    assert faults == []
    assert node is not None
    assert node.plain() == {"name": "A"}


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert [str(fault) for fault in read_strings(tmp_path / "x.yaml", tmp_path)[1]] == ["x.yaml: no such file"]
    assert [str(fault) for fault in read_strings(tmp_path, tmp_path.parent)[1]] == [
        f"{tmp_path.name}: cannot be read (is a directory)"
    ]


def test_a_typed_file_knows_the_types_of_json_and_no_others(tmp_path: Path) -> None:
    assert typed(
        tmp_path,
        "yes: [true, false, null, ~, 0, -12, 1.5, -2e3, 0.0]\n"
        "text: [yes, off, True, 2024-01-01, 12:30, 010, 1_000, .5, 0x10, .inf, 'true', \"1\", !!str 7]\n"
        "empty:\n1: one\n",
    ) == {
        "yes": [True, False, None, None, 0, -12, 1.5, -2000.0, 0.0],
        "text": [
            "yes", "off", "True", "2024-01-01", "12:30", "010", "1_000", ".5", "0x10", ".inf", "true", "1",
            "7",
        ],
        "empty": None,
        "1": "one",
    }  # fmt: skip


def test_a_typed_value_that_no_type_holds_is_a_fault(tmp_path: Path) -> None:
    path = write(tmp_path, f"a: 1e999\nb: {'9' * 5000}\nc: !!bool maybe\n")
    _, faults = read_typed(path, tmp_path)
    assert [fault.place for fault in faults] == [Place("clinic.yaml", n) for n in (1, 2, 3)]


def test_json_is_read_with_its_places(tmp_path: Path) -> None:
    text = '["\\ud83d\\ude00", "\\\\ud83d", "\\u00e9\\/\\t"]'
    content = f'\ufeff\t{{\n\t"a":1,\n\t"b": {text},\n\t"c": {{"d":null}}\n}}\n'
    assert typed(tmp_path, content, "form.json") == {"a": 1, "b": ["😀", "\\ud83d", "é/\t"], "c": {"d": None}}
    node, _ = read_typed(tmp_path / "form.json", tmp_path)
    assert node is not None
    assert node.place("c", "d") == Place("form.json", 4)


@pytest.mark.parametrize(("content", "line"), [('{\n"a": 1,\n}', 3), ('{"a": 1,\n"a": 2}', 2), ("{\n'a': 1}", 2)])
def test_what_is_no_json_is_a_fault_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    _, faults = read_typed(write(tmp_path, content, "form.json"), tmp_path)
    assert [fault.place for fault in faults] == [Place("form.json", line)]


def test_the_nearest_known_word_is_offered() -> None:
    assert nearest("prise", ["price", "phone"]) == "; did you mean 'price'?"
    assert nearest("xyz", ["price", "phone"]) == ""
