"""The JSON report: what its schema says, and the same run when it is read back. No arrays: the dtypes are names."""

import copy
import json
from importlib.resources import files
from pathlib import Path

import pytest

from tests.json_schema import errors
from tests.planted_run import planted
from unigrad_conformance.schema import STATUSES, from_json, to_json, write_json

SCHEMA = json.loads(files("unigrad_conformance").joinpath("report.schema.json").read_text(encoding="utf-8"))
PAGE = Path(__file__).parents[1] / "docs" / "conformance-report.md"


@pytest.mark.parametrize("failing", [True, False])
@pytest.mark.parametrize("interrupted", [True, False])
def test_it_is_as_its_schema_says(failing, interrupted):
    data = json.loads(json.dumps(to_json(planted(failing, interrupted)), allow_nan=False))
    assert not list(errors(SCHEMA, data))
    assert data["interrupted"] is interrupted


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "something else"), (("schema_version",), "2.0"), (("seconds",), "41"), (("interrupted",), 0),
        (("plan", "orders"), 4), (("plan", "extra"), 1), (("cells", 0, "status"), "fine"), (("cells", 0, "comparisons"), -1),
        (("failures", 0, "script"), None), (("summary", "cells"), {}), (("versions",), {}), (("ops", 0), {"name": "sin"}),
    ],
)  # fmt: skip
def test_what_is_not_so_is_found(path, value):
    data = copy.deepcopy(to_json(planted()))
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert list(errors(SCHEMA, data))


def test_it_is_read_back_as_it_was():
    run = planted()
    data = json.loads(json.dumps(to_json(run)))
    again = from_json(data)
    assert to_json(again) == data
    assert (again.plan, again.machine, again.backends, again.counts) == (
        run.plan,
        run.machine,
        run.backends,
        run.counts,
    )


@pytest.mark.parametrize(
    ("change", "told"), [({"schema": "x"}, "no report"), ({"schema_version": "2.0"}, "schema 2.0")]
)
def test_another_file_is_not_read(change, told):
    with pytest.raises(ValueError, match=told):
        from_json(to_json(planted()) | change)


def test_the_counts_are_those_of_the_cells():
    data = to_json(planted())
    for status in STATUSES:
        assert data["summary"]["cells"][status] == sum(c["status"] == status for c in data["cells"])
    assert data["summary"]["failures"] == len(data["failures"]) == sum(c["failures"] for c in data["cells"]) == 4
    sizes = [f["size"] for f in data["failures"] if f["op"] == "sin"]
    assert sizes == [1, 6, 24], "the smallest comes first"


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    write_json(planted(), path)
    before = path.read_text()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("no space")))
    with pytest.raises(OSError, match="no space"):
        write_json(planted(False), path)
    assert path.read_text() == before
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


def test_its_page_names_every_field():
    text = PAGE.read_text(encoding="utf-8")

    def walk(schema):
        for name, inner in schema.get("properties", {}).items():
            yield name
            yield from walk(inner)
            yield from walk(inner.get("items", {}))

    assert not [name for name in walk(SCHEMA) if f"`{name}`" not in text]
